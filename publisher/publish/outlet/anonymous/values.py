"""Records, rows and settings without what names somebody. Pure."""

from __future__ import annotations

import msgspec

from publisher.model.paper import PaperFacts
from publisher.model.project import Paper
from publisher.model.record import Record
from publisher.model.row import Row


def anonymous_record(record: Record) -> Record:
    """A record that says nothing of persons and of where the code lies."""
    notes = [msgspec.structs.replace(note, by=None) for note in record.annotations.notes]
    return msgspec.structs.replace(
        record,
        author=None,
        code=msgspec.structs.replace(record.code, repository=None),
        annotations=msgspec.structs.replace(record.annotations, notes=notes),
    )


def anonymous_row(row: Row) -> Row:
    """The line of a table of such a record."""
    return msgspec.structs.replace(row, author="", repository="")


def anonymous_facts(paper: PaperFacts) -> PaperFacts:
    """The paper without its authors, and without what leads to them."""
    return msgspec.structs.replace(paper, authors=[], doi="", repository="", url="")


def anonymous_settings(paper: Paper) -> Paper:
    """The same of what `publisher.yml` says."""
    return msgspec.structs.replace(paper, authors=None, doi=None, repository=None, url=None)
