import shlex

import msgspec

from benchmarks.records import record
from publisher.model.paper import PaperFacts
from publisher.model.project import FigureText, Settings
from publisher.model.record import Code, FileRef, Parameters, Record
from publisher.model.row import row_of
from publisher.publish.files.contents import Contents
from publisher.publish.frame.templates import Pages
from publisher.publish.launching import Ground
from publisher.publish.run.lineage import ALONE, Flow, Others
from publisher.publish.run.neighbours import Neighbours
from publisher.publish.run.page import DEEPEST, MOST_FILES, Around, run_page
from publisher.publish.run.rerun import Kept
from publisher.store.environments import read_environment
from tests.publish import samples

DIGEST = "ab" * 32


def page_of(tmp_path, *, kept=None, prefix="", row=None, around=None, environment=None, **facts):
    around = around or {}
    made = samples.record(samples.project_at(tmp_path), 1, **facts)
    copies = kept or {}
    shown = row(row_of(made, "")) if row else row_of(made, "")
    return run_page(
        made,
        shown,
        kept=lambda d: copies.get(d.removeprefix("sha256:")),
        listings={},
        around=Around(ground=Ground(prefix=prefix), **around),
        environment=environment,
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
    assert [file.opens for file in page.outputs.files] == [False]


def test_a_figure_whose_copy_is_gone_leaves_no_hole(tmp_path):
    page = page_of(tmp_path, outputs=[FileRef(path="a.png", sha256=DIGEST, size=1, artifact=True)])
    assert page.figures == []
    assert page.outputs.files[0].address == ""


def test_parameters_keep_their_nesting(tmp_path):
    page = page_of(tmp_path, parameters=Parameters(values={"mesh": {"nx": 1, "box": {}}, "a.b": 2}))
    (mesh, dotted) = page.parameters
    assert (mesh.name, mesh.shown, [(p.name, p.shown) for p in mesh.inner]) == (
        "mesh",
        "",
        [("nx", "1"), ("box", "{}")],
    )
    assert (dotted.name, dotted.shown, dotted.inner) == ("a.b", "2", [])


def test_parameters_of_any_depth_have_a_page(tmp_path):
    values = {"leaf": 1}
    for _ in range(40):
        values = {"in": values}
    line, depth = page_of(tmp_path, parameters=Parameters(values=values)).parameters[0], 1
    while line.inner:
        line, depth = line.inner[0], depth + 1
    assert depth == DEEPEST + 1
    assert line.name.endswith("in.leaf")


def test_all_overrides_of_a_step_are_told_even_if_its_command_has_them(tmp_path):
    command = ["python", "simulate.py", "params.json", "seed=1"]
    assert page_of(tmp_path, command=command).steps_to_rerun[-1] == "publisher run coarsening seed=1"


def test_the_repository_of_the_paper_is_taken_when_the_record_names_none(tmp_path):
    around = {"paper": PaperFacts(repository="https://github.com/someone/paper")}
    page = page_of(tmp_path, code=Code(commit=samples.COMMIT), around=around)
    assert page.steps_to_rerun[0] == "git clone https://github.com/someone/paper"
    assert "the paper names" in page.rerun_notes[0]


def test_links_to_commit_and_file_lead_to_the_repository_of_the_paper(tmp_path):
    around = {"paper": PaperFacts(repository="https://github.com/someone/paper")}
    page = page_of(tmp_path, code=Code(commit=samples.COMMIT, main_file="a.py"), around=around)
    links = {fact.name: fact.link for fact in page.code}
    assert links["commit"] == f"https://github.com/someone/paper/commit/{samples.COMMIT}"
    assert links["main file"] == f"https://github.com/someone/paper/blob/{samples.COMMIT}/a.py"


def test_packages_that_the_commands_pin_are_not_listed_again(tmp_path):
    project = samples.project_at(tmp_path)
    environment = read_environment(project, samples.environment(project))
    page = page_of(tmp_path, environment=environment)
    assert "uv pip install numpy==2.4.6 scipy==1.17.0" in page.steps_to_rerun
    assert page.imports == []
    assert page_of(tmp_path).imports == ["numpy 2.4.6", "scipy 1.17.0"]


def test_words_for_a_figure_come_from_the_settings(tmp_path):
    outputs = [FileRef(path="out/a.png", sha256=DIGEST, size=1, artifact=True)]
    kept = {DIGEST: Kept(address="artifacts/ab/x.png", place="")}
    texts = {"out/*.png": FigureText(alt="A line that falls", caption="Energy")}
    around = {"settings": Settings(figures=texts)}
    (figure,) = page_of(tmp_path, outputs=outputs, kept=kept, around=around).figures
    assert (figure.alt, figure.caption) == ("A line that falls", "Energy")
    (figure,) = page_of(tmp_path, outputs=outputs, kept=kept).figures
    assert figure.alt == f"out/a.png of run {samples.run_id(1)[:7]}"


def test_a_copy_of_an_input_is_linked_only_if_a_run_of_the_site_made_it(tmp_path):
    inputs = [FileRef(path="in.csv", sha256=DIGEST, size=1)]
    kept = {DIGEST: Kept(address="artifacts/ab/x.csv", place="")}
    assert page_of(tmp_path, inputs=inputs, kept=kept).inputs.files[0].address == ""
    lineage = msgspec.structs.replace(ALONE, made={DIGEST: Others(["b" * 12])})
    page = page_of(tmp_path, inputs=inputs, kept=kept, around={"lineage": lineage})
    assert page.inputs.files[0].address == "artifacts/ab/x.csv"
    assert page.inputs.files[0].runs == ["b" * 12]


def test_of_very_many_files_the_rest_is_counted(tmp_path):
    inputs = [FileRef(path=f"{n}", sha256=DIGEST, size=1) for n in range(MOST_FILES + 5)]
    page = page_of(tmp_path, inputs=inputs)
    assert (len(page.inputs.files), page.inputs.count) == (MOST_FILES, MOST_FILES + 5)


def test_a_folder_that_all_files_lie_in_is_said_once(tmp_path):
    outputs = [FileRef(path=f"out/{name}", sha256=DIGEST, size=1) for name in ("a.csv", "b/a.csv", "ab.csv")]
    found = page_of(tmp_path, outputs=outputs).outputs
    assert (found.folder, [file.path for file in found.files]) == ("out/", ["a.csv", "b/a.csv", "ab.csv"])


def test_of_few_files_or_in_different_folders_each_path_is_whole(tmp_path):
    for paths in (
        ["out/a", "out/b"],
        ["a", "b", "c"],
        ["out/a", "out/b", "outer/c"],
        ["out/x", "out/x", "o"],
    ):
        found = page_of(tmp_path, outputs=[FileRef(path=p, sha256=DIGEST, size=1) for p in paths]).outputs
        assert (found.folder, [file.path for file in found.files]) == ("", paths)


def test_a_permalink_is_promised_only_when_the_address_of_the_site_is_known(tmp_path):
    assert page_of(tmp_path).permalink == ""
    page = page_of(tmp_path, around={"address": "https://example.org/paper/"})
    assert page.permalink == f"https://example.org/paper/runs/{samples.run_id(1)}.html"
    assert page.permalink in page.citation.text
    assert f"url = {{{page.permalink}}}" in page.citation.bibtex


def test_an_environment_that_is_missing_is_named_and_not_linked(tmp_path):
    page = page_of(tmp_path)
    assert page.environment == ""
    assert "missing" in page.environment_summary


def test_the_smallest_record_has_a_page():
    least = Record(schema=1, id="7f3a9c1e5b02", status="running", command=[], started="2026-11-23T06:35:12Z")
    page = run_page(least, row_of(least, ""), kept=lambda digest: None, listings={}, around=Around())
    assert page.title == "a run"


def test_the_page_of_a_usual_run_is_small():
    records = [record(number) for number in range(30)]
    rows = [row_of(each, f"{each.id}.yml") for each in records]
    around = Around(beside=Neighbours(rows).of(rows[20].id), lineage=Flow(rows, Contents(rows)).of(rows[20]))
    page = run_page(records[20], rows[20], kept=lambda digest: None, listings={}, around=around)
    content = Pages().render("run", {"run": page, "root": "../"})
    assert len(content.encode()) < 4200


def test_uncertain_files_have_a_section_of_their_own(tmp_path):
    files = [FileRef(path=f"out/{n:03}.csv", seen_by="changed") for n in range(MOST_FILES + 2)]
    page = page_of(tmp_path, uncertain=files)
    assert page.uncertain[0] == "out/000.csv" and len(page.uncertain) == MOST_FILES
    assert page.more_uncertain == 2
