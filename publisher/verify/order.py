"""In which order runs are re-run: who read what another had written comes after it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.model.row import Row


def makers(rows: Sequence[Row]) -> dict[str, set[str]]:
    """For each run, those among some runs that wrote a content which it read.

    Only a run that started earlier can have written it, so nobody waits for who waits for them.

    Args:
        rows: The runs that are to be re-run.

    Returns:
        Ids by id; a run that depends on none of the others has an empty set.
    """
    wrote: dict[str, list[Row]] = {}
    for row in rows:
        for out in row.outputs:
            if out.sha256:
                wrote.setdefault(out.sha256, []).append(row)
    return {
        row.id: {
            maker.id
            for read in row.inputs
            for maker in wrote.get(read.sha256 or "", ())
            if maker.id != row.id and maker.started < row.started
        }
        for row in rows
    }


def handed_on(rows: Sequence[Row]) -> frozenset[str]:
    """SHA-256 of the contents that one of some runs wrote and another read."""
    made = {out.sha256 for row in rows for out in row.outputs if out.sha256}
    return frozenset(made.intersection(read.sha256 for row in rows for read in row.inputs if read.sha256))
