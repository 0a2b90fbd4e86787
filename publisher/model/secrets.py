"""Texts that look like credentials, so that none reaches a record. Pure.

This is a net, not a wall: it knows the forms that tokens of common services have, and the names under which
people keep passwords.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "(masked)"

_TOKEN = re.compile(
    r"""
      gh[pousr]_[A-Za-z0-9]{20,}                      # GitHub
    | github_pat_[A-Za-z0-9_]{20,}
    | glpat-[A-Za-z0-9_-]{20,}                        # GitLab
    | (?:AKIA|ASIA)[A-Z0-9]{16}                       # AWS key id
    | AIza[A-Za-z0-9_-]{35}                           # Google
    | xox[abprs]-[A-Za-z0-9-]{10,}                    # Slack
    | (?<![A-Za-z0-9)])sk-(?=[a-z-]*[A-Z0-9])[A-Za-z0-9_-]{20,}    # several model services; no hyphenated words
    | (?<=[Bb]earer[ ])[A-Za-z0-9._~+/-]{8,}=*        # an HTTP header
    | (?<=[?&]access_token=)[^&\s]+                   # a query
    | (?<=[?&]token=)[^&\s]+
    | (?<=[?&]api_key=)[^&\s]+
    | hf_[A-Za-z0-9]{30,}                             # Hugging Face
    | pypi-[A-Za-z0-9_-]{50,}                         # PyPI
    | eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}    # JSON web token
    | -----BEGIN[ A-Z]*PRIVATE[ ]KEY-----.*?(?:-----END[ A-Z]*PRIVATE[ ]KEY-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_LOGIN_IN_ADDRESS = re.compile(
    r"(?P<scheme>\b(?:https?|ftps?)://)[^/\s@:]{16,}@|(?P<other>\b[a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]+@",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"(?:pass(?:word|wd|phrase)"
    r"|(?:^|[._-])(?:secret(?:[_-]?key)?|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
    r"|(?:^|[.]|^--?|(?:auth|access|api|bearer|refresh|secret|github|gitlab|slack|hf)[_-]?)token)$",
    re.IGNORECASE,
)  # pad_token and eos_token are words of language models, no secrets
_SECRET_FILE = re.compile(
    r"(?:.*/)?(?:\.env(?:\..*)?|.*\.env|.*\.(?:pem|key|p12|pfx|kdbx|jks)|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass"
    r"|\.pypirc|\.npmrc|credentials(?:\..*)?)",
    re.IGNORECASE,
)
_SETTINGS_FILE = re.compile(
    r".*\.(?:json|ya?ml|toml|ini|cfg|conf|properties|env|txt)|(?:.*/)?\.[^/]*", re.IGNORECASE
)
_NAMED_VALUE = re.compile(
    r"""(?P<head>["']?(?P<name>[\w.-]+)["']?[ \t]*[:=][ \t]*)(?P<value>"[^"\n]+"|'[^'\n]+'|[^\s,;{}\[\]()"']+)"""
)
_OPTION = re.compile(r"--?[A-Za-z][\w-]*(?:=.*)?", re.DOTALL)
_NAMED = re.compile(r"(?P<name>-{0,2}[\w.-]+)=(?P<value>.+)", re.DOTALL)


def masked(text: str) -> str:
    """The text with every credential that we recognise replaced by `(masked)`."""
    return _LOGIN_IN_ADDRESS.sub(
        lambda found: f"{found['scheme'] or found['other']}{MASK}@", _TOKEN.sub(MASK, text)
    )


def keeps_secrets(path: str) -> bool:
    """Whether people keep credentials in such a file: `.env`, `id_rsa`, `server.pem`."""
    return _SECRET_FILE.fullmatch(path) is not None


def masked_changes(patch: str) -> str:
    """A patch without credentials: also what stands under the name of one.

    In a file of settings every value of such a name is masked, in code only a text in quotes.
    """
    shown = []
    mask = _quoted_masked
    for line in masked(patch).splitlines(keepends=True):
        if line.startswith("diff --git "):
            path = line.rstrip().rpartition(" b/")[2]
            mask = _value_masked if _SETTINGS_FILE.fullmatch(path) else _quoted_masked
        elif line[:1] in "+- " and not line.startswith(("+++ ", "--- ")):
            line = _NAMED_VALUE.sub(mask, line)
        shown.append(line)
    return "".join(shown)


def _value_masked(found: re.Match[str]) -> str:
    value = found["value"]
    if not names_a_secret(found["name"]) or value.strip("\"'") == MASK:
        return found[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{found['head']}{quote}{MASK}{quote}"


def _quoted_masked(found: re.Match[str]) -> str:
    return _value_masked(found) if found["value"][0] in "\"'" else found[0]


def names_a_secret(name: str) -> bool:
    """Whether people keep credentials under such a name: `password`, `db.api_key`, `--auth-token`."""
    return _SECRET_NAME.search(name) is not None


def masked_bytes(data: bytes) -> bytes:
    """What a program said, with what looks like a credential masked; the same bytes when there is none."""
    text = data.decode("utf-8", "surrogateescape")
    shown = masked(text)
    return data if shown == text else shown.encode("utf-8", "surrogateescape")


def masked_command(words: list[str]) -> list[str]:
    """A command without credentials: `--token=x`, `--password x` and recognised tokens are masked."""
    shown: list[str] = []
    secret_follows = False
    for word in words:
        named = _NAMED.fullmatch(word)
        if secret_follows and not _OPTION.fullmatch(word):
            shown.append(MASK)
        elif named and names_a_secret(named["name"]):
            shown.append(f"{named['name']}={MASK}")
        else:
            shown.append(masked(word))
        secret_follows = word.startswith("-") and named is None and names_a_secret(word)
    return shown


def masked_values(value: Any, name: str = "") -> Any:
    """A tree of parameters without credentials; texts are masked by name and by form."""
    if isinstance(value, dict):
        return {
            key: masked_values(each, name if names_a_secret(name) else str(key))
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [masked_values(each, name) for each in value]
    if isinstance(value, bool) or value is None or value == "":
        return value
    if names_a_secret(name):
        return MASK
    return masked(value) if isinstance(value, str) else value
