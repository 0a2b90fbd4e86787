"""Environments are shared between runs: a file is named by the digest of its own bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import UnreadableRecord
from publisher.store.environments import environment_text, keep_environment, path_of, read_environment
from publisher.store.yaml import read
from tests.factory import an_environment, keep_text, project_in, sha256


def test_an_environment_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    place, environment = project_in(tmp_path), an_environment(numpy="2.4.6")
    assert read_environment(place, keep_environment(place, environment)) == environment


def test_a_name_is_the_digest_of_the_files_bytes(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    name = keep_environment(place, an_environment(numpy="2.4.6"))
    path = path_of(place, name)
    assert path is not None and name == sha256(path.read_bytes())[:16] == path.stem


def test_equal_environments_are_one_file_and_others_are_others(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    names = [
        keep_environment(place, an_environment(numpy=version)) for version in ("2.4.6", "2.4.6", "2.4.7")
    ]
    assert names[0] == names[1] != names[2]
    assert len(list((place.records / "environments").iterdir())) == 2


def test_a_file_reads_as_a_person_would_write_it() -> None:
    assert environment_text(an_environment(numpy="2.4.6", no="1.10")).startswith(
        "schema: 1\nsystem:\n  name: Linux\n"
    )
    values = read(environment_text(an_environment(numpy="2.4.6", no="1.10")))
    assert values["python"]["packages"] == {"numpy": "2.4.6", "no": "1.10"}


@pytest.mark.parametrize("name", ["", "../runs/x", "0" * 15, "0" * 17, "A" * 16, "0" * 16])
def test_what_is_no_name_or_was_not_kept_has_no_file(name: str, tmp_path: Path) -> None:
    place = project_in(tmp_path)
    keep_environment(place, an_environment())
    keep_text(tmp_path, environment_text(an_environment()), "runs/x.yml")
    assert path_of(place, name) is None
    with pytest.raises(UnreadableRecord, match="is missing"):
        read_environment(place, name)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("schema: 1\nschema: 1\n", ":2"),
        ("schema: 1\nsystem: 3\n", ""),
        ("- 1\n", ":1"),
        ("schema: 1\n\0\n", ":2"),
    ],
    ids=["key twice", "wrong type", "list", "NUL"],
)
def test_a_file_that_is_no_environment_is_named(text: str, line: str, tmp_path: Path) -> None:
    place = project_in(tmp_path)
    path = place.records / "environments" / f"{'0' * 16}.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(UnreadableRecord) as caught:
        read_environment(place, "0" * 16)
    assert str(caught.value.where) == f"{path}{line}"
