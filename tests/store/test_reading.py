"""Records read once for two uses: what is remembered is what the file says, and no more than was allowed."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from publisher.errors import UnreadableRecord
from publisher.model.project import Project
from publisher.store.index import Index
from publisher.store.reading import Reading
from publisher.store.records import read_record
from tests.factory import NASTY, file_of, keep, project_in, same, with_parameters


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_in(tmp_path)


def read_for_rows(project: Project, reading: Reading) -> str:
    (row,) = Index(project, reading=reading).rows().rows
    return row.name


def test_what_was_read_for_its_row_is_not_read_again_for_its_page(project: Project) -> None:
    path = file_of(project.root, keep(project))
    data, expected = path.read_bytes(), read_record(path)
    reading = Reading(project.records)
    name = read_for_rows(project, reading)
    path.unlink()
    assert reading(name) == (data, expected)
    with pytest.raises(UnreadableRecord):
        reading(name)  # forgotten once it was asked for, so that memory does not grow


def test_no_more_is_remembered_than_was_allowed(project: Project) -> None:
    path = file_of(project.root, keep(project))
    reading = Reading(project.records, most=100)
    name = read_for_rows(project, reading)
    assert reading(name)[1] == read_record(path)
    path.unlink()
    with pytest.raises(UnreadableRecord):
        reading(name)


def test_every_value_comes_back_as_the_file_says_it(project: Project) -> None:
    odd = [
        10**30,
        -(10**30),
        2**64 - 1,
        math.inf,
        math.nan,
        -0.0,
        True,
        None,
        {"7": [None, True]},
        [],
        *NASTY,
    ]
    path = file_of(project.root, keep(project, parameters=with_parameters(odd=odd)))
    reading = Reading(project.records)
    found = reading(read_for_rows(project, reading))[1]
    assert same(msgspec.to_builtins(found), msgspec.to_builtins(read_record(path)))
    assert found.parameters and same(found.parameters.values["odd"], odd)
