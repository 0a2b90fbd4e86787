"""Texts that look like credentials do not reach a record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.secrets import (
    MASK,
    keeps_secrets,
    masked,
    masked_changes,
    masked_command,
    masked_values,
    names_a_secret,
)

TOKENS = [
    "ghp_" + "a1B2" * 9,
    "gho_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 8,
    "glpat-" + "a1B2-" * 5,
    "AKIA" + "ABCD1234" * 2,
    "ASIA" + "ABCD1234" * 2,
    "AIza" + "a1B2_" * 7,
    "xoxb-" + "1234567890-abc",
    "sk-" + "a1B2" * 12,
    "hf_" + "aB" * 17,
    "pypi-" + "AgEIcHlwaS5vcmc" * 4,
    "eyJ" + "a1b2" * 4 + ".eyJ" + "c3d4" * 4 + "." + "e5f6" * 4,
    "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n" + "MIIEa1B2" * 8,
]


@pytest.mark.parametrize("token", TOKENS, ids=[token[:8] for token in TOKENS])
def test_a_known_token_is_masked_wherever_it_stands(token: str) -> None:
    assert masked(token) == MASK
    assert masked_command(["curl", "-H", f"Authorization: {token}"])[2].startswith(f"Authorization: {MASK}")
    assert masked_values({"a": [{"b": token}]}) == {"a": [{"b": MASK}]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:hunter2@example.org/x", f"https://{MASK}@example.org/x"),
        ("git+ssh://ada:p%40w@host:22/x y", f"git+ssh://{MASK}@host:22/x y"),
        ("postgres://:secret@db", f"postgres://{MASK}@db"),
        ("https://ada@example.org", "https://ada@example.org"),
        ("https://example.org:8080/a@b", "https://example.org:8080/a@b"),
        ("mail ada@example.org: hello", "mail ada@example.org: hello"),
        ("see https://a:b@c and https://d:e@f", f"see https://{MASK}@c and https://{MASK}@f"),
    ],
)
def test_a_login_in_an_address_is_masked_and_nothing_else(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "08d04df6a9b561eb146d3a7461f763869fdc48a7",
        "sk-learn",
        "task-force",
        "AKIA",
        "hf_model",
        "a=1",
        "",
        "ghp_short",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWORD", "--password", "db.password", "db_passwd", "api_key", "apikey", "--api-key", "SECRET_KEY",
     "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "token", "auth-token", "access_token", "credentials", "private.key.passphrase"],
)  # fmt: skip
def test_names_under_which_people_keep_credentials(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name", ["tokens", "n_tokens", "tokenizer", "key", "compass", "passes", "secretary", "seed", ""]
)
def test_names_under_which_they_do_not(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["run", "--password", "x y"], ["run", "--password", MASK]),
        (["run", "--password=x"], ["run", f"--password={MASK}"]),
        (["run", "password=x=y"], ["run", f"password={MASK}"]),
        (["GITHUB_TOKEN=x", "run"], [f"GITHUB_TOKEN={MASK}", "run"]),
        (["run", "--token", "-#x", "-v"], ["run", "--token", MASK, "-v"]),
        (["run", "--token", "--verbose", "x"], ["run", "--token", "--verbose", "x"]),
        (["run", "--tokens", "5"], ["run", "--tokens", "5"]),
        (["run", "--token"], ["run", "--token"]),
        (["run", "token", "x"], ["run", "token", "x"]),
        (["run", "a.json", "n=3"], ["run", "a.json", "n=3"]),
    ],
)
def test_credentials_on_a_command_line_are_masked(words: list[str], shown: list[str]) -> None:
    assert masked_command(words) == shown


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        (".env", True),
        ("deploy/.env.local", True),
        ("keys/server.pem", True),
        ("id_ed25519", True),
        (".netrc", True),
        ("credentials.json", True),
        ("environment.yml", False),
        ("id_rsa.md", False),
        ("keys.py", False),
        ("params.json", False),
    ],
)
def test_files_in_which_people_keep_credentials(path: str, holds: bool) -> None:
    assert keeps_secrets(path) is holds


def test_credentials_in_a_patch_are_masked_by_name_and_by_form_and_code_stays() -> None:
    patch = (
        "diff --git a/conf.yml b/conf.yml\n--- a/conf.yml\n+++ b/conf.yml\n@@ -1 +1,2 @@\n"
        "-password: old\n+password: new\n+seed: 3\n"
        "diff --git a/sim.py b/sim.py\n--- a/sim.py\n+++ b/sim.py\n@@ -1 +1,3 @@\n"
        f"+password = getpass()\n+api_key = \"abc\"\n+url = '{TOKENS[0]}'\n"
    )
    shown = masked_changes(patch)
    assert shown == (
        "diff --git a/conf.yml b/conf.yml\n--- a/conf.yml\n+++ b/conf.yml\n@@ -1 +1,2 @@\n"
        f"-password: {MASK}\n+password: {MASK}\n+seed: 3\n"
        "diff --git a/sim.py b/sim.py\n--- a/sim.py\n+++ b/sim.py\n@@ -1 +1,3 @@\n"
        f"+password = getpass()\n+api_key = \"{MASK}\"\n+url = '{MASK}'\n"
    )
    assert masked_changes(shown) == shown


def test_values_under_such_names_are_masked_and_others_are_not() -> None:
    assert masked_values(
        {"db": {"password": "x", "port": 3, "secret": ["a", "b"]}, "token": "", "n": 1.5}
    ) == {
        "db": {"password": MASK, "port": 3, "secret": [MASK, MASK]},
        "token": "",
        "n": 1.5,
    }


pieces = st.sampled_from(
    [*TOKENS, MASK, "://", "@", ":", "a", " ", "https://a:b@c", "-----BEGIN PRIVATE KEY-----", "gh"]
)
texts = st.text() | st.lists(pieces).map(" ".join)


@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(st.lists(texts | st.sampled_from(["--password", "--token=x", "token=x", "-x"])))
def test_masking_a_command_twice_is_masking_it_once_and_keeps_its_length(words: list[str]) -> None:
    once = masked_command(words)
    assert masked_command(once) == once and len(once) == len(words)


@given(st.sampled_from(TOKENS), st.text())
def test_no_token_comes_through(token: str, around: str) -> None:
    assert token not in masked(f"{around} {token} {around}")
