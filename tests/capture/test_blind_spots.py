"""What git does not tell of the code, and a record says all the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.conftest import ProjectFolder
from tests.factory import posix

SIM = "import sys, help_er\nopen('out.csv', 'w').write('1\\n')\n"


@pytest.fixture
def study(project: ProjectFolder) -> ProjectFolder:
    project.write_files(
        {"sim.py": SIM, "help_er.py": "x = 1\n", "plain.txt": "a\n", ".gitignore": "out.csv\n"}
    )
    project.commit()
    return project


def problems(project: ProjectFolder, *words: str) -> str:
    done = project.publisher("run", "-q", *(words or ("--", "python", "sim.py")))
    assert done.returncode == 0, done.stderr
    return "\n".join(project.record().get("problems", []))


# -- changes that git was told not to look at ----------------------------------------------------------------


@pytest.mark.parametrize("mark", ["--skip-worktree", "--assume-unchanged"])
def test_a_hidden_change_counts_and_is_kept_in_the_patch(mark: str, study: ProjectFolder) -> None:
    study.git("update-index", mark, "help_er.py", "plain.txt")
    assert problems(study) == ""
    study.write_files({"help_er.py": "x = 2\n"})
    assert (
        problems(study)
        == "`help_er.py`: changed, although marked skip-worktree or assume-unchanged, which hides it from git"
    )
    code = study.record()["code"]
    assert code["changed"] == ["help_er.py"]
    (patch,) = study.root.glob("records/artifacts/*/*.patch")
    assert b"+x = 2" in patch.read_bytes() and b"plain.txt" not in patch.read_bytes()
    assert study.git("ls-files", "-v", "help_er.py").startswith("S" if "skip" in mark else "h")
    done = study.publisher("verify", "latest")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_hidden_change_stops_a_run_that_wants_committed_code(study: ProjectFolder) -> None:
    study.git("update-index", "--skip-worktree", "help_er.py")
    study.write_files({"help_er.py": "x = 2\n"})
    done = study.publisher("run", "-q", "--on-dirty", "error", "--", "python", "sim.py")
    assert done.returncode == 3 and "help_er.py" in done.stderr


@posix
def test_a_hidden_link_that_leads_elsewhere_counts(study: ProjectFolder) -> None:
    (study.root / "link").symlink_to("plain.txt")
    study.commit()
    study.git("update-index", "--assume-unchanged", "link")
    assert problems(study) == ""
    (study.root / "link").unlink()
    (study.root / "link").symlink_to("sim.py")
    assert "`link`: changed" in problems(study)


def test_what_a_sparse_checkout_leaves_out_is_no_change(study: ProjectFolder) -> None:
    study.write_files({"other/a.txt": "a\n", "other/b.txt": "b\n"})
    study.commit()
    study.git("sparse-checkout", "set", "--no-cone", "/*", "!/other/")
    assert problems(study) == "" and "changed" not in study.record()["code"]


# -- submodules ----------------------------------------------------------------------------------------------


def test_a_submodule_that_is_not_there_is_said(study: ProjectFolder, tmp_path: Path) -> None:
    inner = ProjectFolder(tmp_path / "inner")
    inner.commit(lib_py="y = 1\n")
    study.git("submodule", "add", "-q", str(inner.root), "lib/inner")
    study.commit()
    assert problems(study) == ""
    study.git("submodule", "deinit", "-q", "--force", "lib/inner")
    assert problems(study) == "the submodule `lib/inner` is not initialised: its files were not there"


# -- sources that change meanwhile ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sim.py", "help_er.py"])
def test_a_program_that_changes_its_own_source_is_said(name: str, study: ProjectFolder) -> None:
    study.write_files({"sim.py": f"{SIM}open('{name}', 'a').write('# more\\n')\n"})
    study.commit()
    assert f"`{name}`: changed while the program ran" in problems(study)


def test_a_source_that_is_written_as_it_was_is_not_said(study: ProjectFolder) -> None:
    study.write_files({"sim.py": f"{SIM}t = open('help_er.py').read(); open('help_er.py', 'w').write(t)\n"})
    study.commit()
    assert "changed while" not in problems(study)


def test_a_source_that_the_program_makes_is_no_change(study: ProjectFolder) -> None:
    study.write_files({"sim.py": f"{SIM}open('made.py', 'w').write('z = 1')\nimport made\n"})
    study.commit()
    assert "changed while" not in problems(study)


# -- pointers in place of data -------------------------------------------------------------------------------

LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(b'x').hexdigest()}\nsize 1\n"
ANNEX = f"/annex/objects/SHA256E-s1--{hashlib.sha256(b'x').hexdigest()}.dat\n"


@pytest.mark.parametrize(("pointer", "told"), [(LFS, "Git LFS"), (ANNEX, "git-annex")])
def test_a_pointer_that_is_read_or_written_is_said(pointer: str, told: str, study: ProjectFolder) -> None:
    study.write_files({"in.dat": pointer, "sim.py": "import shutil; shutil.copy('in.dat', 'out.csv')\n"})
    study.commit()
    assert f"`in.dat`, `out.csv` are {told} pointers, not the data" in problems(study)
    done = study.publisher("verify", "latest")
    assert done.returncode == 0, done.stderr
    (verification,) = study.root.glob("records/verifications/*/*.yml")
    assert f"the input `in.dat` is a {told} pointer, not the data" in verification.read_text().replace(
        "\n ", ""
    )


@posix
def test_a_link_of_annex_that_leads_nowhere_is_said(study: ProjectFolder) -> None:
    (study.root / "in.dat").symlink_to(".git/annex/objects/aa/bb/SHA256E-s1--00/SHA256E-s1--00")
    study.write_files({"sim.py": "open('out.csv', 'w').write('1')\n"})
    study.commit()
    assert "`in.dat` is a git-annex pointer, not the data; run `git annex get`" in problems(
        study, "--", "python", "sim.py", "in.dat"
    )


def test_text_about_pointers_is_none(study: ProjectFolder) -> None:
    study.write_files(
        {"in.dat": LFS + "and more\n" * 200, "sim.py": "open('out.csv', 'w').write(open('in.dat').read())\n"}
    )
    study.commit()
    assert problems(study) == ""


def test_setup_says_that_data_are_a_pointer(study: ProjectFolder) -> None:
    study.write_files(
        {
            "in.dat": LFS,
            "publisher.yml": "data:\n  in.dat:\n    url: https://example.org/in.dat\n    sha256: '"
            + "0" * 64
            + "'\n",
        }
    )
    done = study.publisher("setup", "--check", "--data")
    assert "is a Git LFS pointer, not the data" in done.stdout + done.stderr


def test_a_hundred_thousand_files_are_looked_at_in_a_fraction_of_what_git_takes(study: ProjectFolder) -> None:
    from time import process_time

    from publisher.probe.git import read_listed

    entry = b"H 100644 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 0\tsome/folder/of/many/file-%d.txt\0"
    data = b"".join(entry % number for number in range(100_000)) + b"S" + entry[1:] % 7 + b"h" + entry[1:] % 8
    started = process_time()
    found = read_listed(data)
    taken = process_time() - started
    started = process_time()
    hashlib.sha256(data * 20).hexdigest()
    assert list(found.unwatched) == [f"some/folder/of/many/file-{number}.txt" for number in (7, 8)]
    assert taken < 20 * (process_time() - started)
