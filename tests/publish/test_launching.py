"""Addresses of services that run something, and when there is none."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from publisher.model.cost import Need
from publisher.publish.launching import Ground, binder_reads, doors

COMMIT = "08d04df6a9b561eb146d3a7461f763869fdc48a7"
SMALL = Need(cores=1, memory=1e9, seconds=10.0, cpu_time=10.0)
GITHUB = "git@github.com:someone/paper.git"


def opened(repository=GITHUB, commit=COMMIT, ground=Ground(), need=SMALL, binder=True, **more):  # noqa: B008
    found = doors(repository, commit, ground=ground, need=need, binder=binder, **more)
    return {each.name: each.address for each in found}


def test_a_run_of_a_repository_at_github():
    assert opened(ground=Ground(workflow=True)) == {
        "Codespaces": "https://codespaces.new/someone/paper?quickstart=1",
        "Binder": f"https://mybinder.org/v2/gh/someone/paper/{COMMIT}",
        "GitHub Actions": "https://github.com/someone/paper/actions/workflows/run.yml",
    }


def test_a_notebook_is_opened_at_its_place_in_the_repository():
    found = opened(ground=Ground(prefix="my study/"), notebook='plots/a "b".ipynb')
    assert found["Binder"].endswith(f"{COMMIT}?labpath=my%20study%2Fplots%2Fa%20%22b%22.ipynb")
    assert found["Colab"] == (
        "https://colab.research.google.com/github/someone/paper/blob/"
        f"{COMMIT}/my%20study/plots/a%20%22b%22.ipynb"
    )


def test_what_does_not_work_has_no_button():
    assert "GitHub Actions" not in opened()
    assert "Colab" not in opened(notebook="a.py") and "Colab" not in opened(notebook="a.ipynb", commit=None)
    assert "Binder" not in opened(binder=False)
    assert "Binder" not in opened(need=None)
    assert "Binder" not in opened(need=Need(cores=1, memory=2.1e9, seconds=1.0, cpu_time=1.0))
    assert "Binder" not in opened(need=Need(cores=1, memory=1e9, seconds=1.0, cpu_time=3601.0))
    assert "Binder" not in opened(commit="main")


def test_gitlab_has_binder_alone():
    assert opened("https://gitlab.com/group/sub/paper", ground=Ground(workflow=True), notebook="a.ipynb") == {
        "Binder": f"https://mybinder.org/v2/gl/group%2Fsub%2Fpaper/{COMMIT}?labpath=a.ipynb"
    }
    assert opened("https://gitlab.example.org/group/paper") == {}


def test_a_deposit_stands_in_where_there_is_no_repository():
    assert opened(None, deposit="10.5281/zenodo.1234") == {
        "Binder": "https://mybinder.org/v2/zenodo/10.5281/zenodo.1234/"
    }
    assert opened(None, deposit="10.1103/PhysRev.1") == {}


@pytest.mark.parametrize(
    "repository", [None, "", "/srv/paper", "https://git.example.org/a/b", "https://github.com/./b"]
)
def test_a_repository_that_no_service_knows_has_no_button(repository):
    assert opened(repository, ground=Ground(workflow=True), notebook="a.ipynb") == {}


def test_binder_looks_for_files_at_the_top():
    assert binder_reads(["requirements.txt"], "") and binder_reads(["uv.lock", "environment.yml"], "")
    assert not binder_reads(["requirements.txt"], "study/")
    assert not binder_reads(["uv.lock"], "")


HOSTS = {"codespaces.new", "mybinder.org", "colab.research.google.com", "github.com"}


names = some.from_regex(r"[\w.~-]{1,12}", fullmatch=True) | some.text(max_size=12)


@given(names, names, some.text(max_size=20))
def test_no_name_leads_anywhere_else(owner, name, path):
    found = opened(
        f"https://github.com/{owner}/{name}",
        ground=Ground(prefix=path, workflow=True),
        notebook=f"{path}.ipynb",
    )
    for address in found.values():
        assert urlsplit(address).hostname in HOSTS
        assert address.startswith("https://")
        assert address.isascii() and not set(address) & set(" \"'<>\\^`{|}\n")
        assert address.count("?") <= 1 and "#" not in address
