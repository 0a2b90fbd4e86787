"""Where a project lies, and what its `publisher.yml` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import UnreadableSettings
from publisher.model.project import Settings, Tolerance
from publisher.store.project import project_at, read_settings
from tests.factory import posix

PAPER = """\
# everything
paper: {title: "Heat", doi: 10.5281/zenodo.1, authors: [Ada, {name: Bob}], licence: MIT}
environment: {lock: uv.lock, apt: [gfortran]}
data:
  data/in.csv: {url: "https://example.org/in.csv", sha256: aa}
steps:
  coarsening:
    command: python simulate.py "a b" params.json
    parameters: params.json
    inputs: ["data/*.csv"]
    figures: ["out/*.png"]
    metrics: out/metrics.json
    tolerance: {"out/*.csv": {rtol: 1.0e-6}}
  plain:
    command: [make, all]
tolerance: {"**/*.json": {atol: 1, rms: 2}}
privacy: {hostname: true, user: none}
on_dirty: error
artifacts: ["*.csv"]
ignore: [tmp/]
limits: {file: 2 MiB, run: 500 kB, log: 1000, patch: 1.5 GB, parameters: "7"}
site: {publish: only, notebooks: []}
"""


def settings(folder: Path, text: str | bytes) -> Settings:
    path = folder / "publisher.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings(path)


def refused(folder: Path, text: str | bytes) -> UnreadableSettings:
    with pytest.raises(UnreadableSettings) as caught:
        settings(folder, text)
    assert caught.value.exit_code == 2
    return caught.value


def test_everything_is_understood(tmp_path: Path) -> None:
    read = settings(tmp_path, PAPER)
    assert read.paper.title == "Heat" and read.paper.doi == "10.5281/zenodo.1"
    assert read.steps["coarsening"].words == ["python", "simulate.py", "a b", "params.json"]
    assert read.steps["coarsening"].tolerance == {"out/*.csv": Tolerance(rtol=1e-6)}
    assert read.steps["plain"].words == ["make", "all"]
    assert read.tolerance["**/*.json"] == Tolerance(atol=1, rms=2)
    assert (read.on_dirty, read.privacy.hostname, read.privacy.user) == ("error", True, "none")
    assert read.data["data/in.csv"].url == "https://example.org/in.csv"
    assert (read.site.publish, read.site.notebooks, read.ignore) == ("only", [], ["tmp/"])


def test_sizes_are_read_as_people_write_them(tmp_path: Path) -> None:
    limits = settings(tmp_path, PAPER).limits
    assert limits.bytes_of("file") == 2 * 1024 * 1024
    assert limits.bytes_of("run") == 500_000
    assert limits.bytes_of("log") == 1000
    assert limits.bytes_of("patch") == 1_500_000_000
    assert limits.bytes_of("parameters") == 7


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment\n", "\n  # one\n# two", "{}\n", "paper: {}\n"]
)
def test_nothing_said_is_everything_by_default(text: str, tmp_path: Path) -> None:
    assert settings(tmp_path, text) == Settings()
    assert Settings().limits.bytes_of("file") == 1024 * 1024


@pytest.mark.parametrize(
    ("text", "line", "key", "near"),
    [
        ("paper: {}\non_dirt: patch\n", 2, "on_dirt", "on_dirty"),
        ("paper:\n  titla: x\n", 2, "paper.titla", "title"),
        (
            "steps:\n  a: {command: x}\n  b:\n    command: y\n    output: [z]\n",
            5,
            "steps.b.output",
            "outputs",
        ),
        ("steps:\n  a:\n    commanx: x\n", 3, "steps.a.commanx", "command"),
        (
            "steps:\n  a:\n    command: x\n    tolerance:\n      out: {rtoll: 1}\n",
            5,
            "steps.a.tolerance.out.rtoll",
            "rtol",
        ),
        ("data:\n  in.csv:\n    url: x\n    sha265: y\n", 4, "data.in.csv.sha265", "sha256"),
        ("limits:\n  files: 1 MiB\n", 2, "limits.files", "file"),
        ("privacy: {host: true}\n", 1, "privacy.host", "hostname"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(
    text: str, line: int, key: str, near: str, tmp_path: Path
) -> None:
    error = refused(tmp_path, text)
    assert error.where == f"{tmp_path / 'publisher.yml'}:{line}"
    assert error.what == f"unknown key `{key}`"
    assert f"did you mean `{near}`?" in error.hint


def test_an_unknown_key_that_is_near_to_none_gets_the_list(tmp_path: Path) -> None:
    error = refused(tmp_path, "zzzzzz: 1\n")
    assert "known are paper, environment, data, steps" in error.hint


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        ("on_dirty: maybe\n", 1, "$.on_dirty"),
        ("paper: {}\nprivacy:\n  hostname: very\n", 3, "$.privacy.hostname"),
        ("paper: {}\nsteps: [a]\n", 2, "$.steps"),
        ("ignore:\n- a\n- 3\n", 3, "$.ignore[1]"),
        ("paper: {}\nsteps:\n  a:\n    command: 3\n", 2, "$.steps[...].command"),
        ("steps:\n  a: {inputs: []}\n", 1, "`command`"),
        ("limits: {file: true}\n", 1, "$.limits.file"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_by_path_and_line(
    text: str, line: int, path: str, tmp_path: Path
) -> None:
    error = refused(tmp_path, text)
    assert path in error.what
    assert error.where == f"{tmp_path / 'publisher.yml'}:{line}"


@pytest.mark.parametrize("size", ["2 MiBs", "big", "-1", "1e3", "", "MiB", "1 mib"])
def test_what_is_no_size_is_named_with_its_key_and_line(size: str, tmp_path: Path) -> None:
    error = refused(tmp_path, f'limits:\n  run: 1 MiB\n  log: "{size}"\n')
    assert error.what.startswith(f"limits.log: `{size}` is no size")
    assert error.where == f"{tmp_path / 'publisher.yml'}:3"


def test_a_command_that_no_shell_would_understand_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, "steps:\n  a: {command: b}\n  c:\n    command: echo 'never closed\n")
    assert error.what.startswith("steps.c.command: No closing quotation")
    assert error.where == f"{tmp_path / 'publisher.yml'}:4"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("paper: {}\n".encode("utf-16"), 1),
        (b"paper: {}\npaper: {}\n", 2),
        (b"paper:\n  title: \xe9\n", 2),
        (b"- 1\n", 1),
        (b"paper: &a {}\n", 1),
        (b"a: 1\n<<<<<<< HEAD\n", 2),
    ],
    ids=["UTF-16", "key twice", "Latin-1", "list", "anchor", "conflict"],
)
def test_what_is_no_yaml_of_ours_is_refused_with_its_line(text: bytes, line: int, tmp_path: Path) -> None:
    assert refused(tmp_path, text).where == f"{tmp_path / 'publisher.yml'}:{line}"


# -- where --------------------------------------------------------------------------------------------------


def test_the_nearest_settings_upwards_are_those_of_the_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "paper" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "publisher.yml").write_text("on_dirty: allow\n")
    (tmp_path / "paper" / "publisher.yml").write_text("on_dirty: error\n")
    found = project_at(tmp_path / "paper" / "deep" / "er")
    assert (found.root, found.settings.on_dirty, found.configured) == (tmp_path / "paper", "error", True)
    assert project_at(tmp_path).settings.on_dirty == "allow"
    assert found.records == tmp_path / "paper" / "records"


def test_records_make_a_project_of_a_folder_without_settings(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "paper" / "records" / "runs").mkdir(parents=True)
    (tmp_path / "paper" / "src").mkdir()
    found = project_at(tmp_path / "paper" / "src")
    assert (found.root, found.configured) == (tmp_path / "paper", False)


@pytest.mark.parametrize("form", ["folder", "file"])
def test_without_either_it_is_the_top_of_the_repository(form: str, tmp_path: Path) -> None:
    (tmp_path / "publisher.yml").write_text("on_dirty: error\n")
    top = tmp_path / "repo"
    (top / "src").mkdir(parents=True)
    if form == "folder":
        (top / ".git").mkdir()
    else:
        (top / ".git").write_text("gitdir: elsewhere\n")
    found = project_at(top / "src")
    assert (found.root, found.settings.on_dirty) == (top, "patch"), (
        "settings outside of the repository are not ours"
    )
    assert project_at(top / "src", repository=top / "src").root == top / "src"


def test_without_anything_it_is_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert project_at(tmp_path / "a").root == tmp_path / "a"


@posix
def test_a_link_to_a_folder_of_the_project_leads_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "paper" / ".git").mkdir(parents=True)
    (tmp_path / "paper" / "src").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "paper" / "src")
    assert project_at(tmp_path / "link").root == tmp_path / "paper"
