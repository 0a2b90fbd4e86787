import shlex

from publisher.model.record import Code, FileRef, Parameters, Record
from publisher.model.row import row_of
from publisher.publish.rerun import Kept
from publisher.publish.run_page import run_page
from tests.publish import samples

DIGEST = "ab" * 32


def page_of(tmp_path, *, kept=None, prefix="", row=None, **facts):
    record = samples.record(samples.project_at(tmp_path), 1, **facts)
    copies = kept or {}
    shown = row(row_of(record, "")) if row else row_of(record, "")
    return run_page(
        record,
        shown,
        kept=lambda d: copies.get(d.removeprefix("sha256:")),
        listings={},
        neighbour=None,
        prefix=prefix,
    )


def test_the_commands_begin_with_the_clone_and_end_with_the_run(tmp_path):
    assert page_of(tmp_path).steps_to_rerun == [
        "git clone https://github.com/someone/paper",
        "cd paper",
        f"git checkout {samples.COMMIT}",
        "publisher run coarsening seed=1",
    ]


def test_a_patch_is_applied_before_the_run(tmp_path):
    code = Code(
        repository="git@github.com:a/b.git", commit=samples.COMMIT, changed=["x.py"], patch=f"sha256:{DIGEST}"
    )
    copy = Kept(address="artifacts/x", place=f"records/artifacts/ab/{DIGEST}.patch")
    page = page_of(tmp_path, code=code, kept={DIGEST: copy}, prefix="study/", directory="sub", step=None)
    assert page.steps_to_rerun[3:5] == [
        f"git show origin/HEAD:study/records/artifacts/ab/{DIGEST}.patch | git apply",
        "cd study/sub",
    ]


def test_values_typed_behind_the_command_are_not_given_twice(tmp_path):
    parameters = Parameters(overrides={"wait": 3, "mode": "no"}, values={"wait": 3, "mode": "no"})
    command = ["python", "my sim.py", "p.json", "wait=3"]
    page = page_of(tmp_path, step=None, parameters=parameters, command=command)
    assert shlex.split(page.steps_to_rerun[-1]) == ["publisher", "run", "-p", 'mode="no"', "--", *command]


def test_without_a_commit_no_checkout_is_promised(tmp_path):
    page = page_of(tmp_path, code=Code(version_control="none"))
    assert not any(line.startswith("git") for line in page.steps_to_rerun)
    assert "No commit is known" in page.rerun_notes[0]


def test_nothing_is_claimed_that_was_not_verified(tmp_path):
    assert page_of(tmp_path).verdict.word == "unverified"


def test_a_lost_run_does_not_say_that_it_is_running(tmp_path):
    import msgspec

    page = page_of(
        tmp_path,
        status="running",
        duration=None,
        exit_code=None,
        row=lambda row: msgspec.structs.replace(row, status="lost"),
    )
    assert page.mark.word == "lost"
    assert "how it ended is not known" in page.ended


def test_the_signal_that_ended_a_run_is_named(tmp_path):
    page = page_of(tmp_path, status="interrupted", exit_code=None, signal="SIGTERM", duration=2.0)
    assert page.ended == "by SIGTERM after 2.0 s"


def test_an_svg_file_is_shown_but_not_opened(tmp_path):
    outputs = [FileRef(path="a.svg", sha256=DIGEST, size=1, artifact=True)]
    page = page_of(tmp_path, outputs=outputs, kept={DIGEST: Kept(address="artifacts/ab/x.svg", place="")})
    assert [figure.opens for figure in page.figures] == [False]
    assert [file.opens for file in page.outputs] == [False]


def test_a_figure_whose_copy_is_gone_leaves_no_hole(tmp_path):
    page = page_of(tmp_path, outputs=[FileRef(path="a.png", sha256=DIGEST, size=1, artifact=True)])
    assert page.figures == []
    assert page.outputs[0].address == ""


def test_parameters_keep_their_nesting(tmp_path):
    page = page_of(tmp_path, parameters=Parameters(values={"mesh": {"nx": 1, "box": {}}, "a.b": 2}))
    assert [(p.depth, p.name, p.shown, p.branch) for p in page.parameters] == [
        (0, "mesh", "", True),
        (1, "nx", "1", False),
        (1, "box", "{}", False),
        (0, "a.b", "2", False),
    ]


def test_the_smallest_record_has_a_page():
    record = Record(schema=1, id="7f3a9c1e5b02", status="running", command=[], started="2026-11-23T06:35:12Z")
    page = run_page(record, row_of(record, ""), kept=lambda digest: None, listings={}, neighbour=None)
    assert page.title == "a run"
