"""The reproduction page as data: in full where it matters, and small however many runs there are."""

import msgspec

from publisher.model.paper import PaperFacts
from publisher.model.project import Step
from publisher.model.row import Row, Verified
from publisher.model.verification import Deviation, Finding, Machine, Verification
from publisher.publish.costs import Cost
from publisher.publish.frame.templates import Pages
from publisher.publish.launching import Door
from publisher.publish.reproduction import page as room
from publisher.publish.reproduction.criteria import Known
from publisher.publish.reproduction.page import reproduction_page

WHERE = "Linux 6.1, x86_64"
NO_PAPER = PaperFacts()


class Study:
    """Runs with their verifications."""

    def __init__(self):
        self.rows = []
        self.verified = {}
        self.whole = {}
        self.read = []

    def run(self, verdict="unverified", *more, status="completed", step="walk", reason="", by="Ada", **facts):
        """A run, re-run so often; what the last re-run that was not blocked came to is its verdict."""
        number = len(self.rows)
        run = f"{number:012x}"
        told = [each for each in (*more, verdict) if each != "unverified"]
        for at, each in enumerate(told):
            who = by if isinstance(by, str) else by[at]
            name = f"verifications/{run}-{at}.yml"
            started = f"2026-11-{1 + at:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00Z"
            line = Verified(
                run=run, name=name, verdict=each, started=started, system=WHERE, author=who, reason=reason
            )
            self.verified.setdefault(run, []).append(line)
            self.whole[name] = Verification(
                schema=1,
                run=run,
                verdict=each,
                started=started,
                reason=reason or None,
                machine=Machine(system=WHERE),
                **facts,
            )
        self.rows.append(
            Row(
                id=run,
                name="",
                status=status,
                started=f"2026-10-01T00:00:{number % 60:02d}Z",
                step=step,
                reason=f"run {number}",
                verdict=verdict,
                verified=self.verified[run][-1].started if told else "",
            )
        )
        return run

    def page(self, steps=("walk",), paper=NO_PAPER, **around):
        def read(each):
            self.read.append(each.name)
            return self.whole[each.name]

        return reproduction_page(
            self.rows,
            self.verified,
            steps={name: Step(command="python walk.py") for name in steps},
            facts=Known(paper=paper, files=0, unknown=0, sources=0, steps=len(steps), lock=""),
            read=read,
            kept=lambda digest: None,
            **around,
        )


def html(page):
    return Pages(None).render("reproduction", {"page": page, "badge": "badge.svg", "root": "../"})


def test_a_step_says_what_it_costs_to_run_it_and_where_a_click_does_it():
    study = Study()
    newest = study.run("identical")
    asked = []

    def again(row):
        asked.append(row.id)
        return Cost(about="about $0.02"), [
            Door(name="Binder", address="https://mybinder.org/v2/gh/a/b/c?x=1&y")
        ]

    shown = html(study.page(steps=("walk", "never"), again=again))
    assert asked == [newest]
    assert f'<a href="../runs/{newest}.html#run-it-yourself">Run it</a>: about $0.02' in shown
    assert '<a href="https://mybinder.org/v2/gh/a/b/c?x=1&amp;y">Binder</a>' in shown
    assert shown.count("Run it</a>") == 1


def test_a_step_stands_by_its_newest_completed_run():
    study = Study()
    study.run("different")
    newest = study.run("identical")
    study.run("unverified", status="failed")
    (step,) = study.page().steps
    assert (step.newest.run, step.mark.word, step.where) == (newest, "identical", f"on {WHERE}")
    assert [(mark.word, count) for mark, count in step.marks] == [
        ("identical", 1),
        ("different", 1),
        ("unverified", 1),
    ]


def test_a_step_that_never_ran_is_told_and_one_that_is_no_more_too():
    study = Study()
    study.run("identical", step="old")
    first, second = study.page(steps=["fit"]).steps
    assert (first.name, first.newest, first.declared) == ("fit", None, True)
    assert (second.name, second.declared) == ("old", False)


def test_what_does_not_match_tells_which_outputs_and_what_was_otherwise():
    study = Study()
    findings = [Finding(path=f"out/{n}.csv", outcome="different", said="a number") for n in range(5)]
    findings.insert(0, Finding(path="out/same.csv", outcome="identical"))
    study.run(
        "different",
        findings=findings,
        blamed="numpy 2.3.5",
        deviations=[Deviation(what="numpy", recorded="2.4.6", found="2.3.5")],
        more_deviations=4,
    )
    (found,) = study.page().differing
    assert found.sentence == "Of 6 outputs 1 is identical, 5 are different"
    assert [each.paths for each in found.outputs] == [["out/0.csv"], ["out/1.csv"], ["out/2.csv"]]
    assert (found.more_outputs, found.blamed) == (2, "Turned by numpy 2.3.5")
    assert (found.deviations, found.more_deviations) == ([("numpy", "2.4.6", "2.3.5")], 4)


def test_runs_blocked_for_one_reason_stand_together_with_what_would_unblock_them():
    study = Study()
    study.run("blocked", reason="there is no Rscript", unblock="install R")
    for _ in range(3):
        study.run("blocked", reason="the input is nowhere.", unblock="put it back")
    found = study.page().obstacles
    assert [(each.reason, each.unblock, each.count) for each in found] == [
        ("The input is nowhere", "put it back", 3),
        ("There is no Rscript", "install R", 1),
    ]


def test_a_run_of_which_parties_found_otherwise_is_told():
    study = Study()
    study.run("identical", "different", by=["Bo", "Ada"])
    study.run("identical", "close", by=["Bo", "Ada"])
    study.run("identical", "blocked", by=["Bo", "Ada"])
    study.run("identical", "different", by="Ada")
    (found,) = study.page().disputed
    assert found.name.title == "run 0"
    assert [(each.mark.word, each.who) for each in found.opinions] == [
        ("identical", "Ada"),
        ("different", "Bo"),
    ]


def test_verifications_of_runs_that_are_not_published_are_passed_over():
    study = Study()
    study.run("different", reason="a secret", by="Nobody Else")
    study.run("identical")
    del study.rows[0]
    text = html(study.page())
    assert "a secret" not in text
    assert "Nobody Else" not in text
    assert "0" * 12 not in text
    assert study.read == []


def test_a_reader_is_told_how_to_check_it():
    page = Study().page(clone="https://github.com/someone/paper", prefix="my study/")
    assert page.again == [
        "git clone https://github.com/someone/paper paper",
        "cd 'paper/my study'",
        "publisher verify --all",
    ]


def test_the_explorer_is_asked_for_what_is_counted():
    study = Study()
    study.run("unverified")
    study.run("unverified", status="lost")
    assert [(each.count, each.query) for each in study.page().tallies] == [
        (1, "verdict:unverified%20-status:running%20-status:lost")
    ]


def test_without_a_re_run_the_page_says_so_and_how_to_make_one():
    study = Study()
    study.run()
    text = html(study.page())
    assert "Nobody has tried yet." in text
    assert "<code>publisher verify --all</code>" in text
    assert "Last checked" not in text


def test_nothing_from_a_verification_is_markup():
    study = Study()
    evil = "\"'><script>window.hacked=1</script>\u202e`"
    finding = Finding(path=evil, outcome="different", said=evil)
    study.run("different", findings=[finding], blamed=evil, by=evil, step=evil)
    study.run("blocked", reason=evil, unblock=evil)
    text = html(study.page(steps=[evil]))
    assert "<script>" not in text
    assert "\u202e" not in text


def test_a_hundred_thousand_runs_make_a_small_page_from_few_files():
    study = Study()
    for number in range(20_000):
        finding = Finding(path="out/a.csv", outcome="different", said="a number")
        study.run("different", step=f"step {number % 1000}", findings=[finding])
        study.run("blocked", reason=f"reason {number}", unblock="wait")
        study.run("identical", "different", by=["Bo", "Ada"], step="walk")
        study.run("close")
        study.run("unverified")
    page = study.page()
    text = html(page)
    assert len(text) < 300_000
    assert len(study.read) == room.MOST_DIFFERING + room.MOST_OBSTACLES
    assert (page.more_differing, page.more_obstacles) == (
        20_000 - room.MOST_DIFFERING,
        20_000 - room.MOST_OBSTACLES,
    )
    assert page.more_disputed == 20_000 - room.MOST_DISPUTED
    assert page.matching == []
    assert '<a href="../runs/index.html?query=verdict:matches">' in text


def test_the_same_runs_make_the_same_page():
    study = Study()
    study.run("different", findings=[Finding(path="a", outcome="different")])
    study.run("identical", by="Bo")
    assert repr(study.page()) == repr(study.page())
    assert html(study.page()) == html(study.page())


def test_a_count_of_runs_is_no_claim_of_reproduction():
    study = Study()
    study.run("identical")
    page = study.page()
    text = html(msgspec.structs.replace(page, schemes=[]))
    assert "reproduced" not in text.lower()
    assert "replicated" not in text.lower()
