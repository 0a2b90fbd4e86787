"""The forms that credentials of common services have, each found by a fixed prefix.

One table. A prefix is searched for as a literal text; one regular expression reads the run of characters after it
and never backtracks (possessive quantifiers), so the time is linear in the length of the text. Under which names
people keep credentials is not its concern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from msgspec import Struct

from publisher.model.secrets.values import is_mixed, is_plain, is_sequence, looks_random

Found = tuple[int, int, str]  #: where a credential begins and ends, and of which kind it is


class Form(Struct, frozen=True):
    """One kind of credential."""

    kind: str
    prefixes: tuple[str, ...]
    tail: str  #: what follows the prefix, as a regular expression that cannot run back
    apart: bool = False  #: no letter or digit stands before the prefix
    keeps: bool = False  #: the prefix is no secret and stays
    test: Callable[[str], bool] | None = None  #: what the text behind the prefix has to be besides
    within: str = ""  #: stands in every prefix: what lacks it is passed over at once
    skips: bool = False  #: its tail may fail after a long run, of which the rest is then not tried again


def _is_pair(text: str) -> bool:
    """Whether it is `user:password` in base64."""
    from binascii import Error, a2b_base64

    try:
        said = a2b_base64(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except Error:
        return False
    return b":" in said and all(32 <= each < 127 or each >= 128 for each in said)


def _is_key_id(text: str) -> bool:
    return not is_sequence(text)


def _is_opaque(text: str) -> bool:
    """Whether a text behind `Bearer` is a token rather than a word."""
    return looks_random(text, shortest=8)


_WORD = "[A-Za-z0-9]"
_URL = r"[^\s\"'<>&;,\\`)\]}]"

FORMS = (
    Form("GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"[A-Za-z0-9_]{20,}+"),
    Form("GitHub token", ("github_pat_",), r"[A-Za-z0-9_]{20,}+"),
    Form(
        "GitLab token",
        ("glpat-", "gldt-", "glptt-", "glrt-", "glft-", "glsoat-", "glcbt-", "glimt-", "glagent-", "gloas-",
         "glffct-"),
        r"[A-Za-z0-9_.-]{18,}+",
    ),
    Form("GitLab token", ("GR1348941",), r"[A-Za-z0-9_-]{20,}+"),
    Form("AWS key id", ("AKIA", "ASIA", "ABIA", "ACCA"), r"[A-Z0-9]{16}(?![A-Z0-9])", True, False, _is_key_id),
    Form(
        "AWS signature",
        ("X-Amz-Signature=", "X-Amz-Credential=", "X-Amz-Security-Token=", "X-Goog-Signature=",
         "X-Goog-Credential="),
        rf"{_URL}{{8,}}+", False, True,
    ),
    Form(
        "Azure key", ("AccountKey=", "SharedAccessKey=", "accountkey="),
        r"[A-Za-z0-9+/]{20,}+={0,2}", False, True,
    ),
    Form(
        "Azure signature", ("?sig=", "&sig=", "&amp;sig=", "SharedAccessSignature="),
        rf"{_URL}{{16,}}+", False, True,
    ),
    Form("Google key", ("AIza",), r"[A-Za-z0-9_-]{35,}+", True),
    Form("Google token", ("ya29.",), r"[A-Za-z0-9._-]{20,}+", True),
    Form("Google client secret", ("GOCSPX-",), r"[A-Za-z0-9_-]{20,}+"),
    Form("Google refresh token", ("1//0",), r"[A-Za-z0-9_-]{30,}+", True),
    Form(
        "Slack token",
        ("xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-"),
        r"[A-Za-z0-9%.-]{10,}+", within="xox",
    ),
    Form("Slack token", ("xapp-",), r"[A-Za-z0-9-]{20,}+"),
    Form(
        "webhook",
        ("hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/",
         "discord.com/api/webhooks/", "discordapp.com/api/webhooks/", "webhook.office.com/webhook",
         "hooks.zapier.com/hooks/", "chat.googleapis.com/v1/spaces/", "open.feishu.cn/open-apis/bot/v2/hook/"),
        rf"{_URL}{{8,}}+", False, True,
    ),
    Form("Telegram token", ("api.telegram.org/bot",), r"[0-9]{6,12}+:[A-Za-z0-9_-]{20,}+", False, True),
    Form(
        "key of a model service",
        ("sk-proj-", "sk-ant-", "sk-svcacct-", "sk-admin-", "sk-or-", "sk-lf-", "sk-None-"),
        r"[A-Za-z0-9_-]{20,}+", True, False, looks_random, "sk-",
    ),
    Form(
        "key of a model service", ("sk-",),
        r"(?:[a-z0-9]{1,12}+-){0,2}+[A-Za-z0-9_]{20,}+", True, False, looks_random,
    ),
    Form(
        "key of a model service", ("gsk_", "xai-", "pplx-", "nvapi-", "r8_", "csk-"),
        r"[A-Za-z0-9_-]{30,}+", True,
    ),
    Form("Hugging Face token", ("hf_", "api_org_"), rf"{_WORD}{{30,}}+", True, False, is_mixed),
    Form(
        "Stripe key", ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_org_", "whsec_"),
        r"[A-Za-z0-9_+/=]{10,}+",
    ),
    Form("SendGrid key", ("SG.",), r"[A-Za-z0-9_-]{16,80}+\.[A-Za-z0-9_-]{16,}+", True),
    Form("DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"[0-9a-f]{32,}+"),
    Form("npm token", ("npm_",), rf"{_WORD}{{30,}}+", True),
    Form("PyPI token", ("pypi-",), r"[A-Za-z0-9_-]{50,}+"),
    Form("W&B key", ("wandb_v1_",), r"[A-Za-z0-9_]{20,}+"),
    Form("Neptune token", ("eyJhcGlfYWRkcmVzcyI6",), r"[A-Za-z0-9_=-]{20,}+"),
    Form("Docker token", ("dckr_pat_", "dckr_oat_"), r"[A-Za-z0-9_-]{20,}+"),
    Form("Shopify token", ("shpat_", "shpss_", "shpca_", "shppa_"), r"[A-Fa-f0-9]{32,}+", within="shp"),
    Form("Square token", ("sq0atp-", "sq0csp-", "sq0idp-"), r"[A-Za-z0-9_-]{20,}+"),
    Form("Atlassian token", ("ATATT3", "ATCTT3", "ATBB"), r"[A-Za-z0-9_=-]{24,}+", True, False, looks_random),
    Form("Postman key", ("PMAK-",), r"[A-Za-z0-9-]{24,}+"),
    Form("Vault token", ("hvs.", "hvb.", "hvr."), r"[A-Za-z0-9_-]{24,}+", True, within="hv"),
    Form("Doppler token", ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa."), r"[A-Za-z0-9._-]{24,}+", True),
    Form("New Relic key", ("NRAK-", "NRJS-", "NRRA-"), r"[A-Za-z0-9]{19,}+"),
    Form("Sentry token", ("sntrys_", "sntryu_"), r"[A-Za-z0-9_=+/-]{20,}+"),
    Form("Grafana token", ("glsa_", "glc_"), r"[A-Za-z0-9_=+/]{20,}+", True),
    Form("Tailscale key", ("tskey-",), r"[A-Za-z0-9-]{16,}+"),
    Form("Pulumi token", ("pul-",), r"[0-9a-f]{40}", True),
    Form("Linear key", ("lin_api_",), r"[A-Za-z0-9]{32,}+"),
    Form("Figma token", ("figd_",), r"[A-Za-z0-9_-]{32,}+"),
    Form("RubyGems key", ("rubygems_",), r"[0-9a-f]{32,}+"),
    Form("1Password token", ("ops_eyJ",), r"[A-Za-z0-9_=-]{40,}+"),
    Form("Mailgun key", ("key-",), r"[0-9a-f]{32}(?![0-9a-z])", True),
    Form(
        "private key in base64",
        ("LS0tLS1CRUdJTiBQUklWQVRF", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURS", "LS0tLS1CRUdJTiBPUEVOU1NI",
         "LS0tLS1CRUdJTiBFQyBQUklWQVRF", "LS0tLS1CRUdJTiBFTkNSWVBURU", "LS0tLS1CRUdJTiBQR1AgUFJJVkFURS",
         "LS0tLS1CRUdJTiBEU0EgUFJJVkFURS"),
        r"[A-Za-z0-9+/=_-]{16,}+", within="LS0tLS1CRUdJTi",
    ),
    Form("age key", ("AGE-SECRET-KEY-1",), r"[A-Z0-9]{30,}+"),
    Form("Cloudflare key", ("v1.0-",), r"[0-9a-f]{24}-[0-9a-f]{64,}+", True),
    Form(
        "JSON web token", ("eyJ",),
        r"[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]{4,}+){2,4}+", True, skips=True,
    ),
    Form(
        "bearer token", ("Bearer ", "bearer ", "BEARER ", "Bearer%20"),
        r"[A-Za-z0-9._~+/-]{8,}+=*+", False, True, _is_opaque,
    ),
    Form("login in base64", ("Basic ", "basic ", "BASIC "), r"[A-Za-z0-9+/_-]{6,}+={0,2}", True, True, _is_pair),
)  # fmt: skip


@cache
def _compiled(tail: str) -> re.Pattern[str]:
    return re.compile(tail)


_RUN = r"[A-Za-z0-9_-]*+"


def _run_end(text: str, at: int) -> int:
    read = _compiled(_RUN).match(text, at)
    return read.end() if read else at


def tokens(text: str) -> Iterator[Found]:
    """Yield the credentials that have one of the forms in the table.

    Args:
        text: Any text.
    """
    for form in FORMS:
        if form.within and form.within not in text:
            continue
        for prefix in form.prefixes:
            at = text.find(prefix)
            while at >= 0:
                behind = at + len(prefix)
                end = behind
                if form.apart and at and text[at - 1].isalnum() and text[at - 1].isascii():
                    end = _run_end(text, behind) if form.skips else end
                else:
                    read = _compiled(form.tail).match(text, behind)
                    if read is None and form.skips:
                        end = _run_end(text, behind)
                    elif read is not None:
                        end = read.end()
                        if form.test is None or form.test(read[0]):
                            yield (behind if form.keeps else at, end, form.kind)
                at = text.find(prefix, max(end, at + 1))


# -- keys in blocks ------------------------------------------------------------------------------------------

_SPACE = r"(?: |\+|%20)"  # also as it stands in an address
_LONGEST = 65536  #: characters that a block may have
_REST = (
    r"(?:(?:\\[nr]|[\s\"',+|>-])*+(?:[A-Za-z0-9+/=]{16,}+"
    r"|[A-Za-z-]{2,30}+: [^\n]{0,200}+))*+(?:(?:\\[nr]|\s)*+[A-Za-z0-9+/=]++)?"
)


def blocks(text: str) -> Iterator[Found]:
    """Yield private keys between BEGIN and END; where the END is missing, the lines that may belong to it."""
    opening = (
        rf"-----BEGIN{_SPACE}(?:[A-Z0-9]{{1,16}}+{_SPACE}){{0,4}}?PRIVATE{_SPACE}KEY(?:{_SPACE}BLOCK)?-----"
    )
    at, closing = text.find("-----BEGIN"), -2
    while at >= 0:
        read = _compiled(opening).match(text, at)
        if read is None:
            at = text.find("-----BEGIN", at + 10)
            continue
        if closing != -1 and closing < read.end():
            closing = text.find("-----END", read.end())
        if closing != -1 and closing - at <= _LONGEST:
            ended = _compiled(r"-----END[A-Z0-9 +%]{0,80}+(?:-----)?").match(text, closing)
            end = ended.end() if ended else closing
        else:
            end = _compiled(_REST).match(text, read.end()).end()  # type: ignore[union-attr]
        yield at, end, "private key"
        at = text.find("-----BEGIN", end)
    yield from _tails(text)
    for start, stop in (
        ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY", "---- END SSH2"),
        ("PuTTY-User-Key-File-", "Private-MAC: "),
    ):
        at = text.find(start)
        while at >= 0:
            closing = text.find(stop, at, at + _LONGEST)
            end = len(text) if closing < 0 else text.find("\n", closing)
            end = min(len(text) if end < 0 else end, at + _LONGEST)
            yield at, end, "private key"
            at = text.find(start, end)


def _tails(text: str) -> Iterator[Found]:
    """Yield the lines of a key above its END, whose BEGIN was left out of a log."""
    at = text.find("-----END")
    while at >= 0:
        read = _compiled(rf"-----END{_SPACE}(?:[A-Z0-9]{{1,16}}+{_SPACE}){{0,4}}?PRIVATE{_SPACE}KEY").match(
            text, at
        )
        start = at
        while read and start > 0 and at - start < _LONGEST:
            line = text.rfind("\n", max(0, start - 200), start - 1) + 1
            if not _compiled(r"[-+ ]?[A-Za-z0-9+/=]{4,100}\r?\n").fullmatch(text, line, start):
                break
            start = line
        if start < at:
            yield start, at, "private key"
        at = text.find("-----END", at + 8)


_LEFT_OUT = " bytes left out …]\n"  #: ends the line that a log has in place of its middle


def fragments(text: str) -> Iterator[Found]:
    """Yield what may be half of a credential, beside the place where the middle of a log was left out."""
    at = text.find(_LEFT_OUT)
    while at >= 0:
        begin, end = text.rfind("\n[… ", max(0, at - 40), at), at + len(_LEFT_OUT)
        before = text[max(0, begin - 300) : max(begin, 0)].split("\n")[-1].split(" ")[-1]
        after = text[end : end + 300].split("\n")[0].split(" ")[0]
        if begin >= 0 and len(before) < 300 and looks_random(before, shortest=6):
            yield begin - len(before), begin, "fragment beside a cut"
        if begin >= 0 and len(after) < 300 and looks_random(after, shortest=6):
            yield end, end + len(after), "fragment beside a cut"
        at = text.find(_LEFT_OUT, end)


# -- logins in addresses -------------------------------------------------------------------------------------

_LONGEST_LOGIN = 200  #: characters of `user:password` in front of an `@` without `://`
_LOGIN = r"[^\s@\"'<>`|\x00]++@(?:[^\s/@\"'<>`?#|\x00]*+@)*+(?P<host>[^\s/?#\"'<>,;)]{0,64})"
_WEB = ("http", "https", "ftp", "ftps", "ws", "wss")
_ADDRESSED = frozenset("mailto from to cc bcc email mail author contact by sip xmpp".split())
_DIGESTS = ("sha256", "sha512", "sha1", "md5")  #: stand behind the `@` of images, in the place of a host


#: What documentation writes in the place of a login.
_ANY_LOGIN = frozenset({"user:password", "username:password", "user:pass", "user:passwd"})


def logins(text: str) -> Iterator[Found]:
    """Yield logins in addresses: `scheme://user:password@host`, `scheme://token@host`."""
    at = text.find("://")
    while at >= 0:
        end = behind = at + 3
        run = _compiled(r"[^\s@\"'<>`|\x00]*+").match(text, behind)
        if run is not None:
            end = run.end()
        if at and text[at - 1].isalnum() and text[end : end + 1] == "@":
            read = _compiled(_LOGIN).match(text, behind)
            if read is not None:
                stop = read.start("host") - 1
                if _is_login(text[max(0, at - 12) : at], text[behind:stop], read["host"]):
                    yield behind, stop, "login in an address"
                end = stop
        at = text.find("://", end)


def _is_login(before: str, login: str, host: str) -> bool:
    read = _compiled(r"[a-z0-9]*+$").search(before.lower())
    scheme = read[0] if read else ""
    user, colon, password = login.partition(":")
    if not colon:
        return scheme in _WEB and len(login) >= 16 and not any(each in login for each in "/?#$%{(")
    if any(each in user for each in "/?#"):
        return False
    if _compiled(r"[0-9]{1,5}[/?#].*").fullmatch(password):
        return False  # a port, and an `@` in the path behind it
    if host.lower().startswith(_DIGESTS) or user.lower() == "anonymous" or not password:
        return False
    if login.lower() in _ANY_LOGIN:
        return False
    return not is_plain(password, words=False)


def copies(text: str) -> Iterator[Found]:
    """Yield logins as `scp` and its like take them: `user:password@host:path`."""
    at = text.find("@")
    while at >= 0:
        host = _compiled(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}+(?=:)").match(text, at + 1)
        if host is not None and at and not text[at - 1].isspace():
            before = text[max(0, at - _LONGEST_LOGIN) : at].split()[-1]
            login = before[max(map(before.rfind, "\"'`<>()[]=,;")) + 1 :]
            if is_copy(login, host[0]):
                yield at - len(login), at, "login in an address"
        at = text.find("@", at + 1)


def is_copy(login: str, host: str) -> bool:
    """Return whether the two sides of an `@` are `user:password` and a host."""
    user, _, password = login.partition(":")
    if not _compiled(r"[A-Za-z_][\w.-]{0,31}").fullmatch(user) or len(password) < 4 or "/" in password[:2]:
        return False
    if user.lower() in _ADDRESSED or host.lower() in _DIGESTS or password.isalpha():
        return False
    return not is_plain(password, words=False)
