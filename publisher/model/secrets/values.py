"""Whether a text under the name of a credential may be one, by what it looks like. Pure."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

MASK = "(masked)"

#: Words that are found in place of a credential: statements about one, and tokens of language models.
WORDS = frozenset(
    """
    absent accepted access account active admin_token all allow allowed an and anonymous any api api_key
    apikey are ask auth authenticated authentication authorization auto automatic available bad basic be
    bearer been begin bos but by can cannot cert certificate changed class cls code config constant
    could credential credentials cookie cross custom default denied deny detected did digest disable
    disabled do does does_not_exist done dynamic each either else email empty enable enabled end env
    environment eos error expired external fail failed failure false file first fixed for force format
    found from generated github gitlab given global granted gssapi guest had has have header helper
    hidden hmac https id identity if ignored image in incorrect input int integer invalid is it item jwt
    kerberos key keychain keyring keys kms last ldap learned length list local locked login loss manual
    mask masked match matched matches max mean missing mismatch model must my n/a na name needed never
    next nil no none not not_set notset null oauth oauth2 object of off ok omitted on only open optional
    or other output overridden pad padding pam pass passed password passwd passphrase pat peer pending
    plain please policy pool present private prompt protected provided public random read received
    redacted refresh refreshed rejected removed required reset revoked root saml same sample scram
    secret secrets sep session set shared should skip skipped some ssh ssl start static stored str
    string strong success succeeded sum tbd text that the their there this tls to todo token tokens too
    true trust type undefined unk unknown unset unused updated use used user username valid value values
    vault verified void want was weak webhook were when will with without word wrong xxx yes you your
    """.split()
)  # fmt: skip

_NUMBER = (
    r"[-+]?(?:[0-9]{1,6}|[0-9]{0,12}\.[0-9]{1,20}|[0-9]{1,12}\.[0-9]{0,20})(?:[eE][-+]?[0-9]{1,4})?"
    r"|[-+]?(?:inf|nan)|0x[0-9a-fA-F]{1,4}|[0-9]{1,6}/[0-9]{1,6}"
)
#: `2.23.4`, `v1.0rc2`, `2026-11-28T12:00:00Z`
_VERSION = (
    r"[vV=~<>^! ]{0,4}[0-9]{1,5}(?:\.[0-9a-z*]{1,12}){1,5}(?:[-+_.][0-9A-Za-z.]{1,20}+)?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+-]{1,20}Z?)?"
)
#: `$X`, `${X}`, `%(x)s`, `<your token>`, `{token}`, `****`
_PLACEHOLDER = (
    r"[$%].*|<.*>?|\{.*\}|\[.*\]?|\(.*\)|[*#?…•]+|x{3,}|X{3,}|[.]{2,}|-{2,}|_{2,}|!.*"
    r"|(?:(?i:your|my|the|some|insert|replace|change)[-_ ].*)|(?i:change[-_]?(?:me|it)|replace[-_]?me"
    r"|to[-_]?do|placeholder)"
    r"|[A-Z][A-Z0-9]*_[A-Z0-9_]*(?:KEY|TOKEN|PASSWORD|SECRET|PASS)"  # the name of a variable
    r"|(?:[A-Za-z0-9]{1,12}[-_: ])?\$?\{{1,2}[^{}]*\}{1,2}"
)
#: `os.environ`, `self._token`, `args.password`: what a program names, not what it holds.
_EXPRESSION = (
    r"(?:os|self|cls|args|arg|opts?|options|config|conf|cfg|settings|environ|env|process|params?"
    r"|parameters|kwargs|ctx|"
    r"context|request|req|secrets|data|state|getpass|keyring|this|cmd|parser|obj|session|client"
    r"|credentials|creds|hydra|"
    r"key_?vault|vault|var|local|module|data|fields?|types?|typing|Sys|System|ENV|st)(?:\.|\[|->"
    r"|::)[A-Za-z_].*"
    r"|[A-Za-z_][\w.]*[(\[].*|lambda\b.*|@[A-Za-z/~.].*"
)
_PATH = (
    r"(?:~|\.{1,2})?/(?:[\w.@+-]{1,255}/)*[\w.@+-]{0,255}|~/.*|[A-Za-z]:\\.*"
    r"|[\w./@+-]{1,255}\.(?:json|pem|key|pub|ya?ml|txt|env|toml|ini|cfg|conf|crt|cert|cer|p12|pfx|enc"
    r"|gpg|asc|age|csv|py|md|jks|kdbx|sh|npy|h5)"
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def is_plain(value: str, *, words: bool = True) -> bool:
    """Return whether nobody would hide a value, whatever its name: a number, a word, a placeholder, a path.

    Args:
        value: A text of any length; of a long one the beginning decides.
        words: Whether words such as `ok` count as plain.
    """
    value = value.strip()[:400]
    if not value or MASK in value:
        return True
    if words and value.lower().strip(".:;,!?") in WORDS:
        return True
    return any(
        _compiled(each).fullmatch(value)
        for each in ((_NUMBER, _VERSION, _PLACEHOLDER, _EXPRESSION) if words else (_PLACEHOLDER,))
    ) or (words and is_path(value))


def is_path(value: str) -> bool:
    """Return whether a value is the path of a file rather than a credential: `~/.ssh/id_rsa`, `key.pem`."""
    if not (_compiled(_PATH).fullmatch(value) or value.startswith("~/")):
        return False
    if value.startswith(("~/", "./", "../")) or "." in value.rpartition("/")[2]:
        return True
    return value.count("/") > 1 and not any(looks_random(part, shortest=10) for part in value.split("/"))


def _classes(value: str) -> str:
    return "".join(
        "d" if each.isdigit() else "u" if each.isupper() else "l" if each.isalpha() else "s" for each in value
    )


def looks_random(value: str, *, shortest: int = 12) -> bool:
    """Return whether a text looks random: digits, capitals and small letters alternate as in no word."""
    value = value[:80]
    if len(value) < shortest:
        return False
    classes = _classes(value)
    if "d" not in classes and not ("u" in classes and "l" in classes):
        return False
    if ("/" in value or "." in value) and is_path(value):
        return False
    if _compiled(_NUMBER).fullmatch(value):
        return False
    kinds = classes.replace("s", "")
    changes = sum(a != b for a, b in pairwise(kinds) if (a, b) != ("u", "l"))
    return changes >= max(3, len(kinds) // 7)


def is_mixed(value: str) -> bool:
    """Return whether capitals and digits are as frequent as in random text, and not as in words."""
    capitals = sum(each.isupper() for each in value) / len(value)
    digits = sum(each.isdigit() for each in value) / len(value)
    return 0.2 <= capitals <= 0.8 or digits >= 0.1


def is_sequence(value: str) -> bool:
    """Return whether a text could be a protein: nothing but the letters of amino acids."""
    return not value.translate(_NOT_AMINO)


_NOT_AMINO = dict.fromkeys(map(ord, "ACDEFGHIKLMNPQRSTVWY"))
