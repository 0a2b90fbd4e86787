"""Settings with which git starts no program that a repository names.

A folder that was copied, and not cloned, comes with a `.git/config` and hooks of its own; so does a bare
repository that a clone carries as files. The user's own settings (global, system, `GIT_*`) are trusted. What the
repository says is not, except the filters that Git LFS and git-annex write themselves. It does not run git.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

_TRUSTED = frozenset({"system", "global"})
ALWAYS = tuple(
    word
    for setting in (
        "core.fsmonitor=false",
        f"core.hooksPath={os.devnull}",
        "core.pager=cat",
        "gc.auto=0",
        "maintenance.auto=false",
        "log.showSignature=false",
        "push.gpgSign=false",
        "push.recurseSubmodules=no",
        "fetch.recurseSubmodules=false",
        "protocol.ext.allow=never",
        "advice.detachedHead=false",
    )
    for word in ("-c", setting)
)  #: words for every call
IMPLICIT_BARE = ("-c", "safe.bareRepository=explicit")  #: words that refuse a bare repository among files
OFFLINE = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}  #: variables for a call that needs no remote
REMOTE = frozenset(
    {"clone", "fetch", "ls-remote", "push", "submodule", "checkout"}
)  #: commands that may need one
PURE = frozenset(
    {
        *(
            "--version",
            "cat-file",
            "check-attr",
            "commit-tree",
            "config",
            "for-each-ref",
            "ls-files",
            "ls-tree",
        ),
        *("rev-list", "rev-parse", "symbolic-ref", "tag", "update-ref", "write-tree"),
    }
)  #: commands that read no setting which names a program, but for those in `ALWAYS`

_OWN_FILTERS = {
    "lfs": {
        "clean": ("git-lfs clean -- %f",),
        "smudge": ("git-lfs smudge -- %f", "git-lfs smudge --skip -- %f"),
        "process": ("git-lfs filter-process", "git-lfs filter-process --skip"),
    },
    "annex": {
        "clean": ("git-annex smudge --clean -- %f", "git-annex smudge --clean %f"),
        "smudge": ("git-annex smudge -- %f", "git-annex smudge %f"),
        "process": ("git-annex filter-process",),
    },
}  #: as `git lfs install` and `git annex init` write them
_MISUSE = {
    "lfs": r"lfs\.extension\..*",
    "annex": r"annex\..*command|remote\..*\.annex-.*command",
}  #: settings that have these programs start others when they look at a file
_FILTER = r"filter\.(?P<name>.*)\.(?P<kind>clean|smudge|process)"
_NEUTRAL = (
    (r"core\.sshcommand", "ssh"),
    (r"core\.(?:askpass|editor)|sequence\.editor", ""),
    (r"core\.alternaterefscommand", "true"),
    (r"gpg\.program|gpg\..*\.program|gpg\.ssh\.defaultkeycommand", "false"),
    (r"diff\.external|diff\..*\.command", "false"),
    (r"diff\..*\.textconv", "cat"),
    (r"merge\..*\.driver|trailer\..*\.(?:command|cmd)|pager\..*", "false"),
    (r"remote\..*\.uploadpack", "git-upload-pack"),
    (r"remote\..*\.receivepack", "git-receive-pack"),
    (r"remote\..*\.vcs", ""),
    (r"lfs\.(?:.*\.)?standalonetransferagent|lfs\.customtransfer\..*\.path", ""),
)  #: keys that name a program -> what has git run none, or its own
_HELPER = r"credential\.(?:.*\.)?helper"
_WORDS = (
    *(b"clean", b"smudge", b"process", b"command", b"cmd", b"askpass", b"editor", b"program", b"external"),
    *(b"textconv", b"driver", b"pager", b"uploadpack", b"receivepack", b"vcs", b"transfer", b"helper"),
    *(b"gitproxy", b"extension.", b'extension "', b"include", b"worktreeconfig"),
)  #: one of them is in every configuration file that a guard has anything to say about


def may_name_programs(configuration: bytes) -> bool:
    """Return whether a configuration file may name a program, or another file: then git has to be asked."""
    text = configuration.lower()
    return any(word in text for word in _WORDS)


def _is(pattern: str, key: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, key, re.DOTALL)


class Setting(Struct, frozen=True):
    """One setting as git found it."""

    scope: str  #: `system`, `global`, `local`, `worktree`, `command`
    key: str  #: section and name in lower case
    value: str


class Guard(Struct, frozen=True, kw_only=True):
    """What git has to be told in one repository."""

    settings: list[tuple[str, str]] = field(default_factory=list)  #: key and value, the last one holds
    variables: dict[str, str] = field(default_factory=dict)
    filters: list[str] = field(default_factory=list)  #: names of filters that are switched off

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return an environment with the settings added. As words, a key with `=` in it could not be told."""
        if not self.settings:
            return {**environment, **self.variables}
        before = int(environment.get("GIT_CONFIG_COUNT") or 0)
        told = {"GIT_CONFIG_COUNT": str(before + len(self.settings))}
        for number, (key, value) in enumerate(self.settings, before):
            told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return {**environment, **self.variables, **told}


def read_settings(text: str) -> list[Setting]:
    """Return the settings that `git config --list --show-scope -z` printed, in its order."""
    parts = text.split("\0")
    found = []
    for scope, entry in zip(parts[::2], parts[1::2], strict=False):
        key, equals, value = entry.partition("\n")
        found.append(Setting(scope, key, value if equals else "true"))
    return found


def guard(settings: Sequence[Setting], *, annex_hooks: bool = False) -> Guard:
    """Return what switches off every program that a repository names.

    Args:
        settings: Those that hold in it and in the repositories inside it.
        annex_hooks: Whether among its hooks are some that git-annex would run.
    """
    trusted = {each.key: each.value for each in settings if each.scope in _TRUSTED}
    theirs = [each for each in settings if each.scope not in _TRUSTED and each.scope != "command"]
    told: list[tuple[str, str]] = []
    variables: dict[str, str] = {}
    misused = [name for name, keys in _MISUSE.items() if any(_is(keys, each.key) for each in theirs)]
    misused += ["annex"] if annex_hooks else []
    off = _filters_of_theirs(theirs)
    for name in dict.fromkeys([*off, *misused]):
        usual = {} if name in misused else trusted
        for kind in ("clean", "smudge", "process"):
            told.append((f"filter.{name}.{kind}", usual.get(f"filter.{name}.{kind}", "")))
        told.append((f"filter.{name}.required", usual.get(f"filter.{name}.required", "false")))
    for key in dict.fromkeys(each.key for each in theirs):
        neutral = next((value for pattern, value in _NEUTRAL if _is(pattern, key)), None)
        if neutral is not None:
            told.append((key, trusted.get(key, neutral)))
    if any(each.key == "core.gitproxy" for each in theirs):
        variables["GIT_PROXY_COMMAND"] = ""  # git takes the first such setting, not the last
    helpers = [each for each in settings if _is(_HELPER, each.key)]
    if any(each in theirs for each in helpers):
        told += [(key, "") for key in dict.fromkeys(each.key for each in helpers)]  # forgets all before
        told += [(each.key, each.value) for each in helpers if each.scope in _TRUSTED]
    return Guard(settings=told, variables=variables, filters=list(dict.fromkeys([*off, *misused])))


def _filters_of_theirs(theirs: Sequence[Setting]) -> list[str]:
    """The filters of which the repository says anything that is not word for word their makers' own."""
    found: dict[str, None] = {}
    for each in theirs:
        named = _is(_FILTER, each.key)
        if named and each.value not in _OWN_FILTERS.get(named["name"], {}).get(named["kind"], ()):
            found[named["name"]] = None
    return list(found)
