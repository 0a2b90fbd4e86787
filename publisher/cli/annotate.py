"""`publisher annotate`: what people add to a run. Its facts and their seal stay as they are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from publisher.cli.here import project_here
from publisher.cli.terminal import say

HELP = "add tags, an outcome or a note to runs"
EXAMPLE = 'publisher annotate latest -t fig3 --outcome "exponent agrees with 1/3"'


def options(parser: argparse.ArgumentParser) -> None:
    """Which runs, and what is added."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="the beginning of an id, a label, or `latest`")
    parser.add_argument("-t", "--tag", action="append", default=[], dest="tags", help="add a tag")
    parser.add_argument("--untag", action="append", default=[], metavar="TAG", help="take a tag away")
    parser.add_argument("--outcome", help="what came of it, in a sentence; empty takes it away")
    parser.add_argument("--note", help="add a remark with today's date")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--publish", action="store_true", default=None, help="show it on the site")
    shown.add_argument("--no-publish", action="store_false", dest="publish", help="keep it off the site")


def run(args: argparse.Namespace) -> int:
    """Annotate; all runs are found before any is changed."""
    from publisher.cli.run import refuse_long
    from publisher.errors import WrongUsage
    from publisher.store.index import Index
    from publisher.store.records import annotate, read_record

    if not (args.tags or args.untag or args.note or args.outcome is not None or args.publish is not None):
        raise WrongUsage("nothing to add", hint="give a tag (-t), --outcome, --note or --publish")
    project = project_here()
    refuse_long(tag=args.tags, outcome=args.outcome, note=args.note)
    index = Index(project)
    paths = list(dict.fromkeys(index.find(each) for each in args.runs))
    for path in paths:
        read_record(path)
    note = _note(project.root, args.note, project.settings.privacy.user) if args.note else None

    import os

    from publisher.model.secrets import Masking

    mask = Masking.of(os.environ).text

    def change(annotations: Any) -> None:
        tags = annotations.get("tags") or []
        for at in reversed(range(len(tags))):
            if tags[at] in args.untag:
                del tags[at]
        more = [tag for tag in dict.fromkeys(map(mask, args.tags)) if tag not in tags]
        if more:
            _extend(annotations, "tags", more)
        if args.outcome:
            annotations["outcome"] = mask(args.outcome)
        elif args.outcome == "":
            annotations.pop("outcome", None)
        if args.publish is not None:
            annotations["publish"] = args.publish
        if note:
            _extend(annotations, "notes", [{name: mask(text) for name, text in note.items()}])

    for path in paths:
        annotate(path, change)
        say(f"publisher: annotated {path.stem.rpartition('-')[2][:7]}")
    return 0


def _extend(annotations: Any, name: str, more: list[Any]) -> None:
    """Add to a list where it stands, so that comments in it stay."""
    if annotations.get(name):
        annotations[name].extend(more)
    else:
        annotations[name] = more


def _note(root: Path, text: str, user: str) -> dict[str, str]:
    from datetime import UTC, datetime

    from publisher.probe.git import configuration

    note = {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    name = configuration(root).get("user.name") if user != "none" else None
    return note | ({"by": name} if name else {}) | {"text": text}
