"""What git prints, understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.probe.git import read_repository, read_status, remote_of, without_credentials

CASES = (Path(__file__).parent.parent / "cases" / "git-status.txt").read_text("utf-8").split("\n\n")


@pytest.mark.parametrize("case", CASES, ids=[case.partition("\n")[0] for case in CASES])
def test_a_status_is_understood(case: str) -> None:
    given, expected = case.partition("--- in\n")[2].split("--- out\n")
    told = read_status(given.replace("\n", "\0"))
    changed = ", ".join(
        f"{each.kind} {each.path}{' (submodule)' if each.submodule else ''}" for each in told.changed
    )
    found = f"{(told.commit or 'none')[:10]} {told.branch or 'detached'}: {changed or 'clean'}"
    assert found == expected.strip()


def test_a_plain_repository() -> None:
    told = read_repository("/a\n/a/.git\n.git\nfalse\nsha1\n", Path("/a"))
    assert (told.top, told.shallow, told.linked_worktree, told.superproject) == (
        Path("/a"),
        False,
        False,
        None,
    )


def test_a_common_folder_elsewhere_makes_a_linked_worktree() -> None:
    told = read_repository("/b\n/a/.git/worktrees/b\n/a/.git\nfalse\nsha1\n", Path("/b"))
    assert told.linked_worktree


def test_the_common_folder_is_relative_to_where_git_was_asked() -> None:
    told = read_repository("/a\n/a/.git\n../../.git\nfalse\nsha1\n", Path("/a/deep/er"))
    assert not told.linked_worktree


@pytest.mark.parametrize(
    ("configured", "branch", "address"),
    [
        ({}, "main", None),
        ({"remote.origin.url": "o"}, "main", "o"),
        ({"remote.origin.url": "o", "remote.lab.url": "l", "branch.main.remote": "lab"}, "main", "l"),
        ({"remote.origin.url": "o", "remote.lab.url": "l", "branch.main.remote": "lab"}, None, "o"),
        ({"remote.lab.url": "l"}, "main", "l"),
        ({"remote.lab.url": "l", "remote.other.url": "x"}, "main", None),
    ],
)
def test_which_remote(configured: dict[str, str], branch: str | None, address: str | None) -> None:
    assert remote_of(configured, branch) == address


def test_an_address_on_this_machine_is_left_as_it_is() -> None:
    assert without_credentials("../other repository") == "../other repository"
