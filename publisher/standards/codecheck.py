"""The authors' half of a `codecheck.yml`: the paper, and the files whose making is to be checked. Pure.

The other half (`codechecker`, `report`, `certificate`) is for the person who checks, and is never written here.
Its form: CODECHECK configuration 1.0, https://codecheck.org.uk/spec/config/1.0/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publisher.model.files import is_figure
from publisher.model.paper import PaperFacts
from publisher.model.row import Row

VERSION = "https://codecheck.org.uk/spec/config/1.0/"


def authors_half(paper: PaperFacts, runs: Sequence[Row], repository: str = "") -> dict[str, Any]:
    """What the authors can say; a value that nobody knows is left out.

    Args:
        paper: Whose check it would be.
        runs: Those that made the results, in the order in which they are to be repeated.
        repository: The address of the code, where the paper names none.
    """
    about: dict[str, Any] = {"title": paper.title} if paper.title else {}
    if paper.authors:
        about["authors"] = [
            {"name": each.name, **({"ORCID": each.orcid} if each.orcid else {})} for each in paper.authors
        ]
    reference = f"https://doi.org/{paper.doi}" if paper.doi else paper.url
    about |= {"reference": reference} if reference else {}
    found: dict[str, Any] = {"version": VERSION}
    found |= {"paper": about} if about else {}
    found |= {"manifest": [each for run in runs for each in _manifest(run)]}
    address = paper.repository or repository
    return found | ({"repository": address} if address else {})


def _manifest(run: Row) -> list[dict[str, str]]:
    made = f"made by run {run.id[:7]}" + (f" of the step {run.step}" if run.step else "")
    return [
        {"file": out.path, "comment": f"{'Figure' if is_figure(out.path) else 'File'} {made}: {run.command}"}
        for out in run.outputs
        if not out.path.startswith(("~/", "/"))
    ]
