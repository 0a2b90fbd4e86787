"""What a run's page says of its re-runs: the claim, the evidence, and who found what before."""

import pytest
from msgspec import structs

from publisher.model.record import Author
from publisher.model.row import verified_of
from publisher.model.verification import Deviation, Finding, Machine, Measured, Verdict, Verification
from publisher.publish.run.checks import (
    MOST_BEFORE,
    MOST_DEVIATIONS,
    check,
    job_link,
    place_of,
    sentence_of,
    signature_check,
)


def verification(*outcomes, **facts):
    findings = [Finding(path=f"out/{n}", outcome=each) for n, each in enumerate(outcomes)]
    fields = {"schema": 1, "run": "a" * 12, "verdict": "identical", "started": "2026-11-12T02:00:00Z"}
    return Verification(**(fields | {"findings": findings} | facts))


def checked(made, *before, imports=()):
    told = [verified_of(each, "") for each in (*before, made)]
    return check(told, made, kept=lambda digest: None, imports=imports)


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        ([], "There was no output to compare"),
        (["identical"], "Its one output is identical"),
        (["identical", "identical"], "Both outputs are identical"),
        (["close"] * 3, "All 3 outputs are close"),
        (["identical", "identical", "different"], "Of 3 outputs 2 are identical, 1 is different"),
        (["missing", "different"], "Of 2 outputs 1 is different, 1 is missing"),
        (
            ["identical", "additional", "outside"],
            "Its one output is identical; 1 more came out than the record names",
        ),
    ],
)
def test_outputs_are_told_in_a_sentence(outcomes, sentence):
    assert sentence_of(verification(*outcomes)) == sentence


def test_the_largest_relative_error_is_told():
    found = Finding(path="a", outcome="close", measured=Measured(compared=3, differing=1, relative=3e-9))
    assert sentence_of(verification(findings=[found])).endswith("; the largest relative error is 3.0e-09")


def test_a_reason_comes_before_outputs():
    assert sentence_of(verification("identical", reason="it was killed.")) == "It was killed"


def test_what_was_blocked_ran_in_no_environment():
    assert checked(verification(verdict="blocked", reason="no data")).mode == ""
    assert "in the environment" in checked(verification("identical")).mode


def test_a_number_that_the_sentence_tells_is_not_told_twice():
    measured = Measured(compared=38400, differing=4935, absolute=60.0, rms=5.14522, where="pixel 122, 87")
    told = Finding(
        path="a.png",
        outcome="different",
        measured=measured,
        said="4935 of 38400 pixels differ, by 5.15 levels RMS",
    )
    bare = Finding(path="a.png", outcome="different", measured=measured)
    first, second = checked(verification(findings=[told, bare])).findings
    assert first.error == "up to 60 at pixel 122, 87"
    assert second.error == "5.15 of 255 levels RMS; up to 60 at pixel 122, 87; 4935 of 38400 differ"


def test_outputs_that_came_out_alike_are_told_together():
    measured = Finding(
        path="far.csv", outcome="close", measured=Measured(compared=2, differing=1, absolute=0.1)
    )
    alike = [Finding(path=path, outcome="identical", how="bytes") for path in ("a", "b", "c")]
    other = Finding(path="d", outcome="identical", how="content")
    found = checked(verification(findings=[alike[0], measured, alike[1], other, alike[2], measured])).findings
    assert [(each.paths, each.how) for each in found] == [
        (["a", "b", "c"], "byte for byte"),
        (["far.csv"], ""),
        (["d"], "by content"),
        (["far.csv"], ""),
    ]


def test_packages_that_the_run_did_not_import_are_counted():
    names = ("numpy", "Python", "pytest", "wheel")
    made = verification("identical", deviations=[Deviation(what=each, recorded="1") for each in names])
    found = checked(made, imports=["numpy", "scipy"])
    assert [what for what, _, _ in found.deviations] == ["numpy", "Python"]
    assert (found.more_deviations, found.unused) == (0, 2)
    found = checked(structs.replace(made, more_deviations=40), imports=["numpy"])
    assert (found.more_deviations, found.unused) == (0, 42)


def test_of_a_run_whose_imports_are_not_known_all_packages_are_told():
    deviations = [Deviation(what=f"package-{n}", found="2") for n in range(MOST_DEVIATIONS + 2)]
    found = checked(verification("identical", deviations=deviations, more_deviations=3))
    assert (len(found.deviations), found.more_deviations, found.unused) == (MOST_DEVIATIONS, 5, 0)


def test_the_history_tells_when_where_and_by_whom():
    job = "https://github.com/someone/paper/actions/runs/7"
    first = verification(
        "different", verdict="different", author=Author(name="Bo"), machine=Machine(system="x", job=job)
    )
    found = checked(verification("identical"), first)
    assert [(each.mark.word, each.day, each.where, each.who) for each in found.strip] == [
        ("different", "12 Nov 2026", "on GitHub Actions", "Bo"),
        ("identical", "12 Nov 2026", "", ""),
    ]
    assert found.older == 0


def test_a_long_history_is_cut_and_counted():
    found = checked(verification("identical"), *[verification("close")] * (MOST_BEFORE + 4))
    assert (len(found.strip), found.older, found.strip[-1].mark.word) == (MOST_BEFORE, 5, "identical")


@pytest.mark.parametrize(
    ("job", "system", "where"),
    [
        ("https://github.com/a/b/actions/runs/1", "Linux", "on GitHub Actions"),
        ("https://gitlab.com/a/b/-/jobs/1", "Linux", "in a CI job"),
        ("", "Linux 6.1", "on Linux 6.1"),
        ("", "", ""),
    ],
)
def test_where_it_was_is_told_in_words(job, system, where):
    assert place_of(job, system) == where


@pytest.mark.parametrize(
    ("job", "repository"),
    [
        ("https://github.com/someone/paper/actions/runs/7", "someone/paper"),
        ("https://github.com/someone/paper/actions/runs/7/attempts/2", "someone/paper"),
        ("https://gitlab.com/a/b/-/jobs/1", None),
        ("https://github.com/a;b/c/actions/runs/7", None),
        ("https://github.com/a/$(b)/actions/runs/7", None),
        ("", None),
    ],
)
def test_what_was_made_on_github_can_be_checked_for_its_signature(job, repository):
    each = verification("identical")
    told = verified_of(each, "verifications/2026-11/20261112T020000-aaaaaaaaaaaa.yml")
    shown = signature_check(job, [told], each)
    assert shown == (
        ""
        if repository is None
        else f"gh attestation verify records/{told.name} --repo {repository} "
        "--predicate-type https://in-toto.io/attestation/test-result/v0.1"
    )


@pytest.mark.parametrize("job", ["javascript:alert(1)", "https://a/b?c", 'https://a.org/"', "//a.org/b", ""])
def test_only_a_plain_address_becomes_a_link(job):
    assert job_link(job) == ""


@pytest.mark.parametrize(
    ("verdict", "blamed", "said"),
    [
        ("different", "numpy 2.3.5 instead of 2.2.0", "Turned by numpy 2.3.5 instead of 2.2.0"),
        ("identical", "commit 1a2b3c4 (x)", "Since commit 1a2b3c4 (x), later code no longer puts it out"),
        ("identical", "commit 1a2b3c4 (\x1b[31mx)", "Since commit 1a2b3c4 (\ufffd[31mx), later code no longer puts it out"),
        ("different", None, ""),
    ],
)  # fmt: skip
def test_what_turned_it_is_said_apart_from_the_verdict(
    verdict: Verdict, blamed: str | None, said: str
) -> None:
    found = Verification(
        schema=1, run="7f3a9c1e5b02", verdict=verdict, started="2026-11-24T00:00:00Z", blamed=blamed
    )
    shown = check([], found, kept=lambda digest: None)
    assert shown.blamed == said
    assert shown.mark.word == verdict
