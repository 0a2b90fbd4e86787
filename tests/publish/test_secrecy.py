"""A build refuses to publish what looks like a credential, until its id is allowed."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import ProjectFolder
from tests.support.planted import secrets

TOKEN = next(each.text for each in secrets(3) if each.kind == "Slack bot")


@pytest.fixture
def leaking(project: ProjectFolder) -> ProjectFolder:
    """A project with one run, into whose record somebody wrote a token."""
    project.commit(sim_py="print(1)\n")
    project.publisher("run", "--", "python", "sim.py")
    path = project.records()[-1]
    path.write_text(path.read_text() + f"odd: {TOKEN}\n")
    return project


def test_a_build_refuses_says_where_and_obeys_an_id(leaking: ProjectFolder) -> None:
    done = leaking.publisher("build")
    assert done.returncode == 1 and TOKEN not in done.stdout + done.stderr
    where = leaking.records()[-1].relative_to(leaking.root).as_posix()
    named = re.search(rf"{re.escape(where)}:\d+: Slack token \[([0-9a-f]{{8}})\]", done.stderr)
    assert named, done.stderr
    assert "Revoke" in done.stderr and "git rm" in done.stderr and "filter-repo" in done.stderr
    assert not any(TOKEN in path.read_text(errors="replace") for path in (leaking.root / "site").rglob("*.*"))
    other = leaking.publisher("build", "--allow-secrets", "00000000")
    assert other.returncode == 1
    assert leaking.publisher("build", "--allow-secrets", named[1]).returncode == 0
    leaking.write(publisher_yml=f'site: {{allow_secrets: ["{named[1]}"]}}\n')
    assert leaking.publisher("build").returncode == 0
    assert leaking.publisher("check", "--secrets").returncode == 0


def test_a_run_that_is_not_published_is_not_in_the_way(leaking: ProjectFolder) -> None:
    leaking.publisher("annotate", "latest", "--no-publish")
    assert leaking.publisher("build").returncode == 0


def test_a_notebook_is_looked_at(project: ProjectFolder) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": [f"see {TOKEN}"]}
    project.commit(nb_ipynb=json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}))
    done = project.publisher("build")
    assert done.returncode == 1 and "nb.ipynb:1: Slack token" in done.stderr


def test_check_names_the_place_and_never_the_credential(leaking: ProjectFolder) -> None:
    done = leaking.publisher("check", "--secrets")
    assert done.returncode == 1 and TOKEN not in done.stdout + done.stderr
    where = leaking.records()[-1].relative_to(leaking.root).as_posix()
    assert re.search(rf"^{re.escape(where)}:\d+: Slack token \[[0-9a-f]{{8}}\]$", done.stdout, re.MULTILINE)
    assert "Revoke" in done.stdout
    told = json.loads(leaking.publisher("check", "--secrets", "--json").stdout)
    assert [(each["where"], each["kind"]) for each in told] == [(where, "Slack token")]


def test_an_edition_is_refused_and_obeys_what_is_allowed_today(leaking: ProjectFolder) -> None:
    leaking.commit()
    leaking.git("tag", "v1")
    done = leaking.publisher("edition", "publish", "v1")
    assert done.returncode == 1 and "Slack token" in done.stderr and TOKEN not in done.stderr
    (found,) = json.loads(leaking.publisher("check", "--secrets", "--json").stdout)
    leaking.commit(publisher_yml=f'site: {{allow_secrets: ["{found["id"]}"]}}\n')
    done = leaking.publisher("edition", "publish", "v1")
    assert done.returncode == 0, done.stderr


def test_the_log_of_a_re_run_is_looked_at(project: ProjectFolder) -> None:
    project.commit(sim_py="import sys, time\nprint(1)\nprint(time.time(), file=sys.stderr)\n")
    project.publisher("run", "--", "python", "sim.py")
    project.publisher("verify", "latest")
    (path,) = project.root.glob("records/verifications/*/*.yml")
    (digest,) = re.findall(r"stderr: sha256:(\w+)", path.read_text())
    (log,) = project.root.glob(f"records/artifacts/*/{digest}*")
    log.write_text(f"{TOKEN}\n")
    done = project.publisher("build")
    assert done.returncode == 1
    assert f"{log.relative_to(project.root).as_posix()}:1: Slack token" in done.stderr
