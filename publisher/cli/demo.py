"""`publisher demo`: a small paper, made, run and published by the commands that a user would type.

Everything goes through the command line itself, in processes of its own, so that the demo shows nothing that
a user cannot do.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from publisher.cli.terminal import answer, say
from publisher.errors import PublisherError, Refused
from publisher.shipped import shipped

HELP = "make a small paper repository, run it, and serve its site"
EXAMPLE = "publisher demo my-first-paper"
RUNS_STRANGERS = True  #: programs that a repository names are started

_AUTHOR = {"user.name": "A Reader", "user.email": "reader@example.org"}
_UNCHANGED, _CHANGED = "FIT_FROM = 10 ", "FIT_FROM = 200 "
_GITS_OWN = ("gitattributes", "gitignore")  # shipped without the dot, so that git does not obey them here
_NOT_SHIPPED = {"__pycache__", "out", "site", "records", ".publisher"}


def options(parser: argparse.ArgumentParser) -> None:
    """Where the paper goes, and whether a server follows."""
    parser.add_argument(
        "directory", nargs="?", default="publisher-demo", metavar="DIR", help="a new folder (publisher-demo)"
    )
    parser.add_argument(
        "--no-serve",
        dest="serve",
        action="store_false",
        help="stop when the site is built, and say where it is",
    )


def run(args: argparse.Namespace) -> int:
    """Make the paper, run it six times, commit the records, build the site, serve it."""
    if shutil.which("git") is None:
        raise Refused(
            "git is not installed", hint="get it from https://git-scm.com/downloads, then try again"
        )
    folder = Path(args.directory).absolute()
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused("the folder is not empty", where=folder, hint="name a new one: publisher demo DIR")

    paper = _Paper(folder)
    say(f"A small paper in {folder}")
    paper.make()
    paper.runs()
    paper.records()
    if not _can_build():
        say("")
        say("The runs are recorded. To see them as a site:")
        say("  pip install 'provenance-publisher[site]'")
        say(f'  cd "{folder}" && publisher build && publisher serve')
        return Refused.exit_code
    paper.publisher("build")
    say("")
    say("The site is built. Open it as a file, or serve it with `publisher serve`:")
    answer(str(folder / "site" / "index.html"))
    if args.serve:
        say("")
        return paper.serve()
    return 0


class _Paper:
    """The repository that is made, and the commands that are typed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mine = str(Path(sys.executable).parent)  # so that `python` is the one that has us
        self.environment = {**os.environ, "PATH": os.pathsep.join([mine, os.environ.get("PATH", "")])}

    def make(self) -> None:
        """The files, in a new git repository."""
        _copy(shipped("examples/walk"), self.folder)
        self._name_python()
        self.git("init", "--quiet")
        for name, value in self._settings().items():
            self._call(["git", "config", name, value])
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "The walk, its parameters, and what the paper is made of")

    def runs(self) -> None:
        """Six runs: three that agree, two with a drift of which one is of changed code, one that fails."""
        self.run_walk("does a fair crowd spread as theory says?", "-t", "fig1", "--label", "baseline")
        self.run_walk("is it the luck of one seed?", "-t", "fig1", changed="seed=2")
        self.run_walk("do longer walks change the exponent?", "-t", "fig1", changed="steps=8000")
        self.run_walk("what does a drift do?", "-t", "fig2", changed="bias=0.2")

        program = self.folder / "walk.py"
        text = program.read_text(encoding="utf-8")
        say("")
        say(f"(walk.py is edited, and not committed: {_UNCHANGED.strip()} becomes {_CHANGED.strip()})")
        program.write_text(text.replace(_UNCHANGED, _CHANGED, 1), encoding="utf-8", newline="\n")
        self.run_walk("and what at late times?", "-t", "fig2", changed="bias=0.2")
        self.git("checkout", "--quiet", "walk.py")

        self.run_walk("are five walkers enough?", changed="walkers=5", may_fail=True)
        say("(the program refused, and that is on record too)")

    def records(self) -> None:
        """What came out is looked at, remarked upon and committed."""
        self.publisher("list")
        self.publisher("annotate", "baseline", "--outcome", "the exponent agrees with 1 within its error")
        self.git("add", "records")
        self.git("commit", "--quiet", "-m", "Records of six runs")

    def serve(self) -> int:
        """The site at an address of this machine, until somebody interrupts it."""
        words = self._publisher("serve")
        with subprocess.Popen(words, cwd=self.folder, env=self.environment) as server:
            while True:
                try:
                    return server.wait()
                except KeyboardInterrupt:  # the server got it as well, and ends
                    continue

    def run_walk(self, reason: str, *words: str, changed: str = "", may_fail: bool = False) -> None:
        """One recorded run of the paper's step."""
        step = ["walk", changed] if changed else ["walk"]
        self.publisher("run", "-r", reason, *words, *step, may_fail=may_fail)

    def publisher(self, *words: str, may_fail: bool = False) -> None:
        """One command of ours, shown as it is typed."""
        _show(["publisher", *words])
        self._call(self._publisher(*words), may_fail=may_fail)

    def git(self, *words: str) -> None:
        """One command of git, shown as it is typed."""
        _show(["git", *(word for word in words if word != "--quiet")])
        self._call(["git", *words])

    def _publisher(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "publisher", *words]

    def _call(self, words: Sequence[str], *, may_fail: bool = False) -> None:
        code = subprocess.run(words, cwd=self.folder, env=self.environment, check=False).returncode
        if code and not may_fail:
            raise PublisherError(
                f"the demo stopped: `{_typed(words)}` ended with exit code {code}",
                where=self.folder,
                hint="what it said stands above; the folder stays as it is",
            )

    def _settings(self) -> Mapping[str, str]:
        """What git needs to know in this repository: an author, if it knows none, and that nothing is signed."""
        known = subprocess.run(
            ["git", "config", "user.name"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        author = {} if known.stdout.strip() else _AUTHOR
        return {**author, "commit.gpgsign": "false"}

    def _name_python(self) -> None:
        """Some systems have no `python`, only `python3`: the step then says so."""
        path = self.environment["PATH"]
        name = next((name for name in ("python", "python3") if shutil.which(name, path=path)), None)
        if name == "python":
            return
        for file in ("publisher.yml", "README.md"):
            place = self.folder / file
            text = place.read_text(encoding="utf-8")
            command = f"{name or Path(sys.executable).as_posix()} walk.py"
            place.write_text(text.replace("python walk.py", command), encoding="utf-8", newline="\n")


def _copy(source: Path, folder: Path) -> None:
    """The shipped files as a user would have written them: writable, and git's own with their dot."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and not _NOT_SHIPPED.intersection(name.parts):
            target = folder / (f".{name}" if name.as_posix() in _GITS_OWN else name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _can_build() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in ("jinja2", "material", "mkdocs", "nbconvert"))


def _show(words: Sequence[str]) -> None:
    say("")
    say(f"$ {_typed(words)}")


def _typed(words: Sequence[str]) -> str:
    return " ".join(word if re.fullmatch(r"[\w@%+=:,./-]+", word) else f'"{word}"' for word in words)
