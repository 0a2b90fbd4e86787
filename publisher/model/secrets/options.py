"""Credentials that programs are given on their command lines without a name: `curl -u user:pw`, `mysql -pX`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from publisher.model.secrets.forms import Found, is_copy
from publisher.model.secrets.names import grade
from publisher.model.secrets.values import MASK, is_plain, looks_random

_LOGIN = ("-u", "--user", "--proxy-user", "--auth", "--login")
#: Programs that are given a password with `-p` by their command `login` alone.
_OF_LOGIN = ("docker", "podman", "buildah", "skopeo", "helm", "oc", "az", "cf", "apptainer", "singularity")
#: Program -> options with a value `user:password`, those with a password, and those to which it is glued.
_PROGRAMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    **dict.fromkeys(
        ("curl", "curlie"),
        (("-u", "--user", "-U", "--proxy-user"), ("--pass", "--key-passwd"), ("-u",)),
    ),
    **dict.fromkeys(("wget", "wget2"), (("--user",), ("--http-password", "--ftp-password"), ())),
    **dict.fromkeys(("http", "https", "xh", "xhs"), (("-a", "--auth"), (), ("-a",))),
    **dict.fromkeys(
        ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow", "mysqlsh", "mysqlpump",
         "mariadb", "mariadb-dump", "mariadb-admin", "mycli"),
        ((), (), ("-p",)),
    ),
    **dict.fromkeys(
        ("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"),
        ((), ("-p",), ("-p",)),
    ),
    "sshpass": ((), ("-p",), ("-p",)),
    **dict.fromkeys(("7z", "7za", "7zr", "7zz"), ((), (), ("-p",))),
    **dict.fromkeys(("rar", "unrar"), ((), (), ("-hp", "-p"))),
    **dict.fromkeys(("zip", "unzip", "zipcloak"), ((), ("-P",), ("-P",))),
    "redis-cli": ((), ("-a", "--pass"), ()),
    **dict.fromkeys(("ldapsearch", "ldapmodify", "ldapadd", "ldapwhoami", "ldappasswd"), ((), ("-w",), ("-w",))),
    **dict.fromkeys(_OF_LOGIN, ((), ("-p",), ("-p",))),
    **dict.fromkeys(("sqlcmd", "bcp", "mosquitto_pub", "mosquitto_sub"), ((), ("-P",), ("-P",))),
    **dict.fromkeys(("smbclient", "rpcclient"), (("-U", "--user"), (), ("-U",))),
    "lftp": (("-u",), (), ()),
    "openssl": ((), ("-k", "-K"), ()),
    **dict.fromkeys(("snmpwalk", "snmpget"), ((), ("-A", "-X"), ())),
    **dict.fromkeys(("twine", "flit", "poetry", "hatch"), ((), ("-p", "-a", "--auth"), ())),
    "ipmitool": ((), ("-P",), ()),
    **dict.fromkeys(("xfreerdp", "freerdp"), ((), (), ("/p:",))),
}  # fmt: skip
_ENDS = frozenset(("|", "||", "&&", ";", "&", "|&"))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def program_of(word: str) -> str:
    """Return the name of a known program that a word starts; empty for any other word."""
    name = re.split(r"[/\\]", word)[-1].removesuffix(".exe")
    return name if name in _PROGRAMS else ""


def given(words: Sequence[str], program: str = "") -> Iterator[tuple[int, int, int]]:
    """Yield where the words of a command line hold credentials without a name: word, begin, end.

    Args:
        words: The words, without quotes.
        program: The one whose words these are, when it is not among them.
    """
    behind, login = "", False
    for at, word in enumerate(words):
        if word in _ENDS:
            program, login = "", False
        elif program_of(word):
            program, login, behind = program_of(word), False, ""
            continue
        if word == "login":
            login = True
        pairs, secret, glued = _PROGRAMS.get(program, ((), (), ()))
        if program in _OF_LOGIN and not login:
            secret, glued = (), ()
        if behind and (
            behind in pairs or (program == "curl" and _compiled(r"-[a-zA-Z]+u").fullmatch(behind))
        ):
            if (place := _behind_colon(word)) is not None:
                yield at, place, len(word)
        elif behind and behind in secret:
            if not word.startswith("-") and MASK not in word and not word.startswith("$"):
                yield at, 0, len(word)
        elif behind in _LOGIN and behind and _is_login(word):
            yield at, _behind_colon(word) or 0, len(word)
        elif word.startswith(("-", "/p:")):
            yield from _glued(at, word, pairs, glued)
        elif (found := _compiled(r"(?:pass|pw):(?P<secret>.+)").fullmatch(word)) and program == "openssl":
            yield at, found.start("secret"), len(word)
        elif (
            behind
            and not behind.startswith("-")
            and "_" in behind
            and grade(behind) == 2
            and not is_plain(word)
        ):
            if program_of(words[0]) or looks_random(
                word, shortest=8
            ):  # `aws configure set aws_secret_access_key …`
                yield at, 0, len(word)
        else:
            read = _compiled(r"(?P<login>[^@\s]+)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(?:[:/].*)?").fullmatch(
                word
            )
            if (
                read
                and "://" not in word
                and is_copy(read["login"], read["host"])
                and _is_login(read["login"])
            ):
                yield at, 0, read.end("login")
        behind = word


def _glued(at: int, word: str, pairs: Sequence[str], glued: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    option, equals, value = word.partition("=")
    if equals and option in (*pairs, *_LOGIN) and (place := _behind_colon(value)) is not None:
        if option in pairs or _is_login(value):
            yield at, len(option) + 1 + place, len(word)
        return
    for each in glued:
        if word.startswith(each) and len(word) > len(each) and not word.startswith("--"):
            value = word[len(each) :]
            place = _behind_colon(value) if each in pairs else 0
            if place is not None and not value.startswith(("$", MASK)) and value != "ort":
                yield at, len(each) + place, len(word)
            return


def _behind_colon(word: str) -> int | None:
    """Where the password of `user:password` begins; None when there is none to hide."""
    read = _compiled(r"[^:%,/\s]*[:%,]").match(word)
    if read is None or MASK in word:
        return None
    value = word[read.end() :]
    return None if not value or value.startswith(("$", "{", "<", "//")) else read.end()


def _is_login(word: str) -> bool:
    """Whether a word is `user:password` and not `1000:1000`, `user:group` or `mode:value`."""
    user, colon, value = word.partition(":")
    if not colon or not value or value.startswith("/") or "://" in word:
        return False
    odd = any(each.isdigit() for each in value) and any(each.isalpha() for each in value)
    return (
        not user.isdigit()
        and not is_plain(value, words=False)
        and (odd or looks_random(value, shortest=8))
        and len(value) >= 5
    )


_LONGEST_LINE = 4096  #: characters behind a program's name that are read as its command
_AROUND = "\"'`()[]{},"
_TOKEN = r"(?:[^\s\"'\\]|\\.|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'|[\"'])++"


def in_lines(text: str) -> Iterator[Found]:
    """Yield such credentials in the lines of a text: a script, or a log that shows commands."""
    for name in _IN_TEXT:
        at = text.find(name)
        while at >= 0:
            end = text.find("\n", at, at + _LONGEST_LINE)
            end = min(len(text), at + _LONGEST_LINE) if end < 0 else end
            if _is_apart(text, at, len(name)):
                tokens = [(each.start(), each[0]) for each in _compiled(_TOKEN).finditer(text, at, end)]
                for number, begin, stop in given([word.strip(_AROUND) for _, word in tokens]):
                    place, word = tokens[number]
                    place += len(word) - len(word.lstrip(_AROUND))
                    yield place + begin, place + stop, "value of an option"
                at = text.find(name, end)
            else:
                at = text.find(name, at + len(name))


_IN_TEXT = (
    "curl", "wget", "http ", "mysql", "mariadb", "mycli", "mongo", "sshpass", "7z", "unzip", "zip ", "redis-cli",
    "ldap", "docker login", "podman login", "helm ", "sqlcmd", "mosquitto_", "smbclient", "lftp", "openssl",
    "twine", "rar ", "aws configure",
)  # fmt: skip


def _is_apart(text: str, at: int, length: int) -> bool:
    return not at or not (text[at - 1].isalnum() or text[at - 1] in "_-.")
