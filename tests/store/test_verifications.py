"""Verification files: what is written is read again, sealed, and never written over."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import UnreadableRecord
from publisher.model.record import Author, Log
from publisher.model.verification import Deviation, Finding, Machine, Measured, Verification
from publisher.store.records import seal_holds
from publisher.store.verifications import (
    verification_files,
    verification_of,
    verification_text,
    write_verification,
)
from tests.factory import NASTY, posix

STARTED = "2026-11-24T05:06:07.123456Z"
words = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(NASTY)
numbers = st.floats(allow_nan=False) | st.integers(-(2**70), 2**70).map(float)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
maybe = st.none

findings = st.builds(
    Finding,
    path=words,
    outcome=st.sampled_from(["identical", "close", "different", "missing", "additional"]),
    how=maybe() | st.sampled_from(["bytes", "numbers"]),
    recorded=maybe() | digests,
    found=maybe() | digests,
    set_aside=st.lists(words, max_size=2),
    measured=maybe() | st.builds(Measured, compared=st.integers(0, 2**63 - 1), absolute=maybe() | numbers, where=maybe() | words),
    rtol=maybe() | numbers,
    said=maybe() | words,
    steady=maybe() | st.booleans(),
)  # fmt: skip
verifications = st.builds(
    Verification,
    schema=st.just(1),
    run=st.just("7f3a9c1e5b02"),
    verdict=st.sampled_from(["identical", "different", "failed", "blocked"]),
    started=st.just(STARTED),
    duration=maybe() | st.floats(0, 1e9),
    record=maybe() | digests.map("sha256:{}".format),
    reason=maybe() | words,
    unblock=maybe() | words,
    deviations=st.lists(st.builds(Deviation, what=words, recorded=maybe() | words), max_size=2),
    variables=st.dictionaries(words, words, max_size=2),
    findings=st.lists(findings, max_size=3),
    notes=st.lists(words, max_size=2),
    log=maybe() | st.builds(Log, stdout=maybe() | digests.map("sha256:{}".format)),
    author=maybe() | st.builds(Author, name=maybe() | words),
    machine=maybe() | st.builds(Machine, system=words),
    seal=st.none(),
)  # fmt: skip


def a_verification(**facts: object) -> Verification:
    fields = {"schema": 1, "run": "7f3a9c1e5b02", "verdict": "identical", "started": STARTED}
    return Verification(**(fields | facts))  # type: ignore[arg-type]


@given(verifications)
def test_what_is_written_is_read_again(verification: Verification) -> None:
    text = verification_text(verification)
    assert seal_holds(text)
    found = verification_of(text, "x.yml")
    assert msgspec.structs.replace(found, seal=None) == verification


@posix
def test_anybody_can_check_the_seal(tmp_path: Path) -> None:
    path = write_verification(
        tmp_path,
        a_verification(reason="seal: not here\n\nseal:", findings=[Finding(path="ü", outcome="missing")]),
    )
    done = (
        subprocess.run(
            ["sh", "-c", "sed '/^seal:/,$d' \"$1\" | sha256sum", "sh", path], capture_output=True, text=True
        )
        if shutil.which("sha256sum")
        else None
    )
    kept = verification_of(path.read_text(encoding="utf-8"), path)
    said = (
        done.stdout.split()[0]
        if done
        else hashlib.sha256(path.read_bytes().partition(b"\nseal:")[0] + b"\n").hexdigest()
    )
    assert kept.seal == f"sha256:{said}"


def test_a_changed_fact_breaks_the_seal() -> None:
    text = verification_text(a_verification(verdict="different"))
    assert not seal_holds(text.replace("different", "identical"))


def test_none_is_written_over(tmp_path: Path) -> None:
    told = [a_verification(reason=f"{n}") for n in range(4)]
    paths = [write_verification(tmp_path, each) for each in told]
    stem = "20261124T050607-7f3a9c1e5b02"
    assert [path.name for path in paths] == [f"{stem}.yml", *(f"{stem}.{n}.yml" for n in (2, 3, 4))]
    assert {path.parent for path in paths} == {tmp_path / "verifications" / "2026-11"}
    assert [verification_of(path.read_text(), path).reason for path in paths] == ["0", "1", "2", "3"]
    assert sorted(each.name for each in verification_files(tmp_path)) == sorted(path.name for path in paths)


def test_of_many_at_the_same_moment_none_is_lost(tmp_path: Path) -> None:
    count = 16
    begin = threading.Barrier(count)
    paths: list[Path] = []

    def write(number: int) -> None:
        begin.wait()
        paths.append(write_verification(tmp_path, a_verification(reason=f"{number}")))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(paths)) == count
    assert {verification_of(path.read_text(), path).reason for path in paths} == {
        f"{n}" for n in range(count)
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "x.yml"),
        ("a: [\n", "x.yml:"),
        ("schema: 2\n", "newer"),
        ("schema: 1\nrun: no\n", "x.yml:"),
        (verification_text(a_verification()).replace("verdict: identical", "verdict: perfect"), "x.yml:3"),
        ("- 1\n", "x.yml"),
    ],
)
def test_what_is_no_verification_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(UnreadableRecord) as caught:
        verification_of(text, "x.yml")
    assert says in str(caught.value)


def test_keys_of_a_later_day_are_passed_over() -> None:
    text = verification_text(a_verification())
    assert verification_of(text.replace("verdict:", "new: {a: 1}\nverdict:"), "x.yml").verdict == "identical"


def test_only_files_of_verifications_are_listed(tmp_path: Path) -> None:
    assert list(verification_files(tmp_path)) == []
    path = write_verification(tmp_path, a_verification())
    for name in (".part.yml", "x.txt", "../x.yml"):
        (path.parent / name).write_text("")
    assert [os.fspath(path)] == [each.path for each in verification_files(tmp_path)]
