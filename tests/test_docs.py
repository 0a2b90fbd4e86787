"""The documentation says what the code does."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from publisher.cli.main import COMMANDS
from publisher.store.records import read_record, seal_holds
from tests.conftest import ProjectFolder

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "record.schema.json"])
def test_a_page_made_from_the_code_is_as_the_code_says(reference: ModuleType, name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == reference.pages()[name], "run `python docs/reference.py`"


def test_the_example_record_is_one_and_its_seal_holds() -> None:
    read_record(DOCS / "example-record.yml")
    assert seal_holds((DOCS / "example-record.yml").read_text())


def test_the_documented_way_to_check_a_seal_works(project: ProjectFolder) -> None:
    page = (DOCS / "record.md").read_text()
    commands = re.search(r"```sh\n(sed.*?)```", page, re.DOTALL)
    assert commands
    project.commit()
    project.publisher("run", "--", "true")
    file = project.records()[0].relative_to(project.root).as_posix()
    script = commands[1].replace("records/runs/2026-11/FILE.yml", f"'{file}'")
    done = subprocess.run(["sh", "-c", script], cwd=project.root, capture_output=True, text=True, check=True)
    computed, written = re.findall(r"[0-9a-f]{64}", done.stdout)
    assert computed == written


def test_every_record_of_this_repository_is_sound_and_fits_the_schema() -> None:
    from jsonschema import Draft202012Validator
    from ruamel.yaml import YAML

    from publisher.store.project import project_at
    from publisher.store.soundness import findings

    validator = Draft202012Validator(json.loads((DOCS / "record.schema.json").read_text()))
    files = sorted((ROOT / "records").glob("runs/*/*.yml"))
    assert len(files) >= 26
    for path in files:
        validator.validate(YAML(typ="safe").load(path))
    assert [each for each in findings(project_at(ROOT)) if each.kind != "cache"] == []


def test_the_records_of_this_repository_name_no_place_of_a_machine() -> None:
    for path in (ROOT / "records").rglob("*"):
        if path.suffix in (".yml", ".txt", ".patch", ".json"):
            assert not re.search(r"/(?:home|root|Users|work|tmp)/", path.read_text("utf-8")), path


def test_every_command_has_its_section() -> None:
    page = (DOCS / "commands.md").read_text()
    assert all(f"\n## {name}\n" in page for name in COMMANDS)


def test_every_room_named_in_the_architecture_exists() -> None:
    page = (DOCS / "architecture.md").read_text()
    for path in re.findall(
        r"`((?:cli|plugin|capture|publish|store|probe|standards|model)/[\w/]*(?:\.py)?)`", page
    ):
        assert (ROOT / "publisher" / path).exists(), path
