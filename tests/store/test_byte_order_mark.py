"""Files that begin with the byte order mark of UTF-8, as editors on Windows write them, are read like others."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from publisher.capture.parameters import merged, values_in
from publisher.store.citation import read_citation
from publisher.store.project import project_at
from publisher.store.records import annotate, read_record, read_text, seal_holds
from publisher.store.soundness import findings
from tests.conftest import ProjectFolder
from tests.factory import a_record, file_of, keep, keep_text, posix, record_text

MARK = b"\xef\xbb\xbf"


def test_settings_and_a_citation_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "publisher.yml").write_bytes(MARK + b"paper: {title: A walk}\n")
    (tmp_path / "CITATION.cff").write_bytes(MARK + b"cff-version: 1.2.0\ntitle: A walk\n")
    assert project_at(tmp_path).settings.paper.title == "A walk"
    assert read_citation(tmp_path / "CITATION.cff").title == "A walk"
    (tmp_path / "publisher.yml").write_bytes(MARK + b"# nothing\n")
    assert project_at(tmp_path).settings.paper.title is None


def test_parameters_are_read_and_a_copy_with_other_values_keeps_the_mark() -> None:
    for name, text in (("p.json", b'{"dt": 0.1}'), ("p.yml", b"dt: 0.1\n")):
        assert values_in(name, MARK + text) == {"dt": 0.1}
        found = merged(name, MARK + text, {"dt": "0.2"}, new=False)
        assert found.values == {"dt": 0.2} and found.text.encode().startswith(MARK)


def sealed_with_a_mark(root: Path) -> Path:
    """A record whose facts begin with a mark, under a seal over all bytes above it, as a program may write one."""
    text = record_text(a_record())
    facts, below = text.split("\nseal: ", 1)
    bytes_above = MARK + facts.encode() + b"\n"
    digest = hashlib.sha256(bytes_above).hexdigest()
    rest = below.split("\n", 1)[1]
    keep(root)
    path = file_of(root, a_record())
    path.write_bytes(bytes_above + f"seal: sha256:{digest}\n{rest}".encode())
    return path


@posix
def test_a_record_is_read_and_its_seal_is_over_the_bytes_as_they_are(tmp_path: Path) -> None:
    path = sealed_with_a_mark(tmp_path)
    told = subprocess.run(
        f"sed '/^seal:/,$d' '{path}' | sha256sum", shell=True, capture_output=True, text=True
    )
    assert f"seal: sha256:{told.stdout.split()[0]}" in path.read_text("utf-8-sig")
    assert read_record(path).id == a_record().id and seal_holds(read_text(path))
    annotate(path, lambda annotations: annotations.update(outcome="x"))
    assert path.read_bytes().startswith(MARK) and seal_holds(read_text(path))
    assert read_record(path).annotations.outcome == "x"


def test_a_mark_that_came_later_breaks_the_seal_and_that_is_said(tmp_path: Path) -> None:
    keep(tmp_path)
    path = file_of(tmp_path, a_record())
    path.write_bytes(MARK + path.read_bytes())
    assert read_record(path).id == a_record().id and not seal_holds(read_text(path))
    (found,) = findings(project_at(tmp_path))
    assert "byte order mark" in found.what and "without that mark" in found.hint


def test_a_mark_elsewhere_is_still_refused(tmp_path: Path) -> None:
    path = keep_text(tmp_path, b"schema: 1\n" + MARK + b"id: x\n")
    project = project_at(tmp_path)
    assert [each.kind for each in findings(project)] == ["unreadable"] and path.exists()


def test_all_of_it_is_built(project: ProjectFolder) -> None:
    project.write_files(
        {
            "publisher.yml": MARK + b"paper: {title: A walk}\n",
            "mkdocs.yml": MARK + b"site_name: A walk\nplugins: [search, publisher]\n",
            "docs/index.md": MARK + b"# Home\n",
            "CITATION.cff": MARK + b"cff-version: 1.2.0\ntitle: A walk\nauthors: [{family-names: Example}]\n",
        }
    )
    project.commit()
    sealed_with_a_mark(project.root)
    done = project.publisher("build")
    assert done.returncode == 0 and "byte order mark" not in done.stderr, done.stderr
    assert "holds 1 run:" in done.stderr
    assert (project.root / "site" / "runs" / f"{a_record().id}.html").exists()
