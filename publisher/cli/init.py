"""`publisher init`: set a repository up. What is there stays; run twice, it changes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from publisher.cli.terminal import say

HELP = "set a repository up"
EXAMPLE = "publisher init"

PUBLISHER_YML = """\
# What this paper consists of. Everything in here is optional; docs: `publisher run --help`.

paper:
  title: {title}
  # doi: 10.5281/zenodo.0000000
  # authors: CITATION.cff

# A step is a named command: `publisher run simulate mesh.n=256` runs it with another value.
# steps:
#   simulate:
#     command: python simulate.py params.json
#     parameters: params.json        # the file in which mesh.n=256 is changed, in a copy
#     outputs: ["out/**"]
#     figures: ["out/*.png"]         # shown on the site
#     metrics: out/metrics.json      # numbers that are compared between runs

# What another machine needs; `publisher setup` brings it there.
# environment: uv.lock               # or {{lock: uv.lock, apt: [gfortran]}}
# data:
#   data/in.csv: {{url: "https://example.org/in.csv", sha256: "..."}}

# Small outputs are kept by content below records/artifacts, because people look at them.
# artifacts: ["out/*.csv"]           # more than figures and metrics
# limits: {{file: 1 MiB, run: 5 MiB}}

# What of you and your machine goes into records, which are public when the repository is.
# privacy: {{hostname: false, user: email}}    # user: email, name or none

# on_dirty: patch                    # or `error`: refuse to run code that is not committed
"""

MKDOCS_YML = """\
site_name: {title}
theme:
  name: material
  font: false                        # nothing is loaded from elsewhere
  palette:
    - media: "(prefers-color-scheme: light)"
      scheme: default
      toggle: {{icon: material/weather-night, name: Dark}}
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      toggle: {{icon: material/weather-sunny, name: Light}}
plugins:
  - search
  - publisher                        # the pages of runs, figures and notebooks
nav:
  - Home: index.md
  - Runs: runs/index.md
  - Figures: figures/index.md
  - Reproduction: reproduction/index.md
  - Notebooks: notebooks/index.md
"""

INDEX_MD = """\
# {title}

The supplement of the paper: every [run](runs/index.md) with its code, parameters, data and environment, and the
[figures](figures/index.md) that came out of them.
"""

OUR_OWN = ".[site,verify,example]"  #: what this project's own workflows install
_GITHUB = {
    "actions/publisher/action.yml": "what the workflows install",
    "workflows/publish.yml": "tags become editions on GitHub Pages, the branch a draft beside them",
    "workflows/verify.yml": "re-runs what a pull request touches, and all of it each week",
    "workflows/run.yml": "runs a step on a machine of GitHub's, and proposes the record",
    "workflows/preview.yml": "the site of a pull request, and what it changes",
}
GITATTRIBUTES = ["records/** -text"]
GITIGNORE = [".publisher/", "site/", "__pycache__/"]


class Wanted(Struct, frozen=True):
    """One file that `init` sees to."""

    path: str
    text: str
    why: str


def options(parser: argparse.ArgumentParser) -> None:
    """What the paper is called."""
    parser.add_argument("--title", help="of the paper; the folder's name unless given")
    parser.add_argument("--github", action="store_true", help="workflows too: publish, verify, run, preview")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def run(args: argparse.Namespace) -> int:
    """Write what is missing, and say what each is for."""
    from publisher.store.folder import write_whole
    from publisher.store.project import project_at

    root = project_at(Path.cwd()).root
    title = args.title or root.name.replace("-", " ").replace("_", " ").capitalize()
    wrote, added = ("would write", "would add to") if args.dry_run else ("wrote", "added to")
    done = 0
    wanted = _wanted(" ".join(title.split()))
    if args.github:
        wanted += _workflows(root)
    for each in wanted:
        path = root / each.path
        if path.exists():
            say(f"  kept {each.path}")
            continue
        if not args.dry_run:
            write_whole(path, each.text.encode(errors="backslashreplace"), replace=False, below=root)
        done += 1
        say(f"  {wrote} {each.path:<16} {each.why}")
    for name, lines, why in (
        (".gitignore", GITIGNORE, "what can be made again"),
        (".gitattributes", GITATTRIBUTES, "their bytes are under seals, git leaves their line ends alone"),
    ):
        missing = _not_in(root / name, lines)
        if missing:
            if not args.dry_run:
                _add(root, name, missing)
            done += 1
            say(f"  {added} {name:<16} {' and '.join(missing)}: {why}")
    if not done:
        say("everything is set up already")
    else:
        following = "publisher rehearse" if args.github else "publisher run -- COMMAND, then publisher build"
        say(f"next: {following}" + (" (nothing was written)" if args.dry_run else ""))
        if args.github:
            say("on GitHub: Settings, Pages, Source: GitHub Actions")
    return 0


def _wanted(title: str) -> list[Wanted]:
    from publisher.store.yaml import scalar

    return [
        Wanted(
            "publisher.yml",
            PUBLISHER_YML.format(title=scalar(title)),
            "the paper: its steps, what is kept, privacy",
        ),
        Wanted(
            "mkdocs.yml", MKDOCS_YML.format(title=scalar(title)), "how the site looks, and its navigation"
        ),
        Wanted("docs/index.md", INDEX_MD.format(title=title), "the site's first page, yours to write"),
    ]


def _workflows(root: Path) -> list[Wanted]:
    """The workflows that this project itself uses, for the branch and the version that are here."""
    import re

    from publisher import __version__
    from publisher.errors import WrongUsage
    from publisher.probe import git
    from publisher.shipped import shipped

    try:
        top = Path(git.git(root, "rev-parse", "--show-toplevel").decode().strip())
    except git.NoAnswer:
        top = root
    if top.resolve() != root.resolve():
        raise WrongUsage(
            "the workflows want publisher.yml at the top of the repository",
            where=root,
            hint="without --github all else is set up; copy workflows from docs/github.md and adapt them",
        )
    branch = _main_branch(root)
    ours = shipped(".github")
    found = []
    for path, why in _GITHUB.items():
        text = (ours / path).read_text("utf-8")
        text = text.replace(OUR_OWN, f"provenance-publisher[site,verify]=={__version__}")
        if re.fullmatch(r"[A-Za-z0-9._/-]+", branch):
            text = text.replace("branches: [main]", f"branches: [{branch}]")
        found.append(Wanted(f".github/{path}", text, why))
    return found


def _main_branch(root: Path) -> str:
    """The branch that is published: the remote's own, else one that is called so, else the one that is here."""
    from publisher.probe import git

    asked = (
        ("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"),
        ("for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/heads/master"),
        ("symbolic-ref", "--quiet", "--short", "HEAD"),
    )
    for words in asked:
        try:
            told = git.git(root, *words).decode().split()
        except git.NoAnswer:
            continue
        if told:
            return told[0].removeprefix("origin/")
    return "main"


def _not_in(path: Path, wanted: Sequence[str]) -> list[str]:
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    known = {" ".join(line.split()).strip("/") for line in lines}
    return [each for each in wanted if each.strip("/") not in known]


def _add(root: Path, name: str, lines: Sequence[str]) -> None:
    from publisher.errors import NotWritten
    from publisher.safe_io import is_linked_out
    from publisher.store.folder import write_whole

    path = root / name
    if is_linked_out(path):
        raise NotWritten("is a symbolic link that leads out of the project", where=path, hint="remove it")
    before = path.read_bytes() if path.exists() else b""
    glue = b"" if not before or before.endswith(b"\n") else b"\n"
    write_whole(path, before + glue + "".join(f"{line}\n" for line in lines).encode(), below=root)
