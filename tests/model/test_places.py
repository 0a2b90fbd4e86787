"""Sentences without paths that only one machine has."""

from __future__ import annotations

import time

import pytest

from publisher.model.places import without_places

ROOT, HOME = "/home/me/my study", "/home/me"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "`/home/me/my study/in/grow.bin` changed while it was read",
            "`in/grow.bin` changed while it was read",
        ),
        ("/home/me/my study: cannot write", ".: cannot write"),
        ("/home/me/my study/a b/c.txt: no", "a b/c.txt: no"),
        ("no room in /home/me/.cache/x", "no room in ~/.cache/x"),
        ("/home/me/my study2/x", "~/my study2/x"),
        ("/home/meow/x", "…/x"),
        ("/tmp/publisher-abc/7f3a/index: no space", "…/index: no space"),
        ("/opt/tool/bin/solve: Permission denied", "…/solve: Permission denied"),
        ("/scratch is full", "…/scratch is full"),
        ("file:///home/me/my study/x", "file://x"),
        ("see https://example.org/a/b and/or out/c.txt, 3 / 4, ./d/e", None),
        ("could not look at the project", None),
    ],
)
def test_no_absolute_path_is_left(text: str, said: str | None) -> None:
    assert without_places(text, root=ROOT, home=HOME) == (text if said is None else said)


def test_a_project_at_the_top_of_the_disk_spoils_nothing() -> None:
    assert without_places("out/a: no", root="/", home="/") == "out/a: no"


@pytest.mark.parametrize(
    "text", ["/a" * 200_000, "/" * 400_000, "a/" * 200_000, "/home/me/my study" * 20_000]
)
def test_it_is_linear(text: str) -> None:
    def took(part: str) -> float:
        begun = time.process_time()
        without_places(part, root=ROOT, home=HOME)
        return time.process_time() - begun

    short = text[: len(text) // 10]
    assert min(took(text) for _ in range(5)) <= 15 * max(min(took(short) for _ in range(5)), 0.002)
