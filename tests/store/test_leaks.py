"""What looks like a credential is found again in what is committed, by file, line and kind, and never shown."""

from __future__ import annotations

import json

import pytest

from publisher.model.secrets import MASK
from publisher.store.leaks import Leak, committed, leaks_in, published
from publisher.store.project import project_at
from tests.conftest import ProjectFolder
from tests.support.planted import secrets, tell_tales


def of_kind(kind: str, seed: int = 1) -> str:
    """A credential of a kind."""
    return next(each.text for each in secrets(seed) if each.kind == kind)


@pytest.fixture
def run(project: ProjectFolder) -> ProjectFolder:
    """A project with one run that has a log and a kept file."""
    project.commit(sim_py="import json\nprint('said')\njson.dump({'a': 1}, open('metrics.json', 'w'))\n")
    project.publisher("run", "--", "python", "sim.py", "--n", "3")
    return project


def add(project: ProjectFolder, text: str) -> None:
    """Write something into the newest record by hand, below its seal."""
    path = project.records()[-1]
    path.write_text(path.read_text() + text)


def leaks(project: ProjectFolder) -> list[Leak]:
    """What is found."""
    return committed(project_at(project.root))


def test_a_record_of_ours_holds_none(run: ProjectFolder) -> None:
    assert leaks(run) == []


def test_every_credential_in_unknown_fields_is_found_by_its_line(run: ProjectFolder) -> None:
    kept = secrets(2)
    before = run.records()[-1].read_text().count("\n")
    add(run, "odd:\n" + "".join(f"  {each.name}: {json.dumps(each.text)}\n" for each in kept))
    found = leaks(run)
    assert {leak.where for leak in found} == {run.records()[-1].relative_to(run.root).as_posix()}
    assert {leak.line for leak in found} == {before + 2 + number for number in range(len(kept))}
    assert not any(part in str(found) for each in kept for part in tell_tales(each))


def test_a_word_behind_an_option_is_found_in_a_command_that_was_not_masked(run: ProjectFolder) -> None:
    path = run.records()[-1]
    path.write_text(path.read_text().replace("--n", "--password").replace('- "3"', "- orchid47xQ"))
    assert "orchid47xQ" in path.read_text()
    assert [leak.kind for leak in leaks(run)] == ["value of --password"]


def test_logs_environments_verifications_and_settings_are_looked_at(run: ProjectFolder) -> None:
    token = of_kind("GitHub ghp")
    (log,) = run.root.glob("records/artifacts/*/*.txt")
    log.write_text(f"said {token}\n")
    (environment,) = run.root.glob("records/environments/*.yml")
    environment.write_text(environment.read_text() + f"odd: {of_kind('npm')}\n")
    run.write_files({
        "records/verifications/2026-11/20261128T120000-0123456789ab.yml": f"a: {of_kind('Stripe live')}\n",
        "publisher.yml": f"data:\n  a.csv: {{url: 'https://ada:{token}@example.org/a.csv'}}\n",
    })  # fmt: skip
    found = leaks(run)
    assert {leak.where.split("/")[1] if "/" in leak.where else leak.where: leak.kind for leak in found} == {
        "artifacts": "GitHub token",
        "environments": "npm token",
        "verifications": "Stripe key",
        "publisher.yml": "GitHub token",
    } | {"publisher.yml": found[-1].kind}
    assert len(found) == 4


def test_what_a_secret_variable_of_here_holds_is_found(
    run: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(run, "odd: it was orchid47xQ\n")
    assert leaks(run) == []
    monkeypatch.setenv("LAB_PASSWORD", "orchid47xQ")
    assert [leak.kind for leak in leaks(run)] == ["value of a secret variable"]


def test_an_id_stays_when_lines_move_and_is_another_for_another_credential_or_file() -> None:
    token, other = of_kind("GitHub ghp"), of_kind("GitHub ghp", 2)

    def of(where: str, text: str) -> str:
        (leak,) = leaks_in(where, text.encode())
        return leak.id

    first = of("a.txt", f"x {token}\n")
    assert of("a.txt", f"\n\n\ny {token} z\n") == first
    assert len({first, of("a.txt", f"x {other}\n"), of("b.txt", f"x {token}\n")}) == 3


def test_pictures_and_scripts_of_pages_are_looked_at_for_forms_alone() -> None:
    token = of_kind("GitHub ghp")
    assert leaks_in("a.html", b"<script>x={password:'orchid47xQ'}</script>") == []
    assert [leak.kind for leak in leaks_in("a.html", f"<p>{token}".encode())] == ["GitHub token"]
    assert leaks_in("a.png", b"\0\1" + token.encode()) == []


def test_what_was_looked_at_is_remembered_until_it_changes(run: ProjectFolder) -> None:
    project = project_at(run.root)
    path = run.records()[-1]
    name = path.relative_to(run.root).as_posix()
    assert published(project, [name]) == []
    add(run, f"odd: {of_kind('npm')}\n")
    (leak,) = published(project, [name])
    assert published(project, [name]) == [leak], "also from memory"
    path.write_text(path.read_text().replace(of_kind("npm"), MASK))
    assert published(project, [name, "none.yml", "a\0b"]) == []


def test_notebooks_and_documents_are_looked_at_and_prose_for_forms_alone(run: ProjectFolder) -> None:
    token = of_kind("GitHub ghp")
    run.write_files({
        "docs/index.md": f"Write `password=orchid47xQ`.\n\nNot {token}\n",
        "nb/a.ipynb": json.dumps({"cells": [token]}),
        "env/pyvenv.cfg": "", "env/b.ipynb": token, ".hidden/c.ipynb": token,
    })  # fmt: skip
    assert [(leak.where, leak.line) for leak in leaks(run)] == [("docs/index.md", 3), ("nb/a.ipynb", 1)]
