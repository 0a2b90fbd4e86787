"""What an author names is found among the runs, or the sentence says what is near."""

import msgspec
import pytest

from publisher.model.project import FigureText
from publisher.model.record import Annotations, FileRef, Parameters
from publisher.model.row import row_of
from publisher.publish import words
from publisher.publish.paper.blocks import Unresolved
from publisher.publish.paper.elements import Elements
from publisher.publish.run.rerun import Kept
from publisher.store.records import record_name
from tests.publish import samples


def figure(path, digit, artifact=True):
    return FileRef(path=path, sha256=digit * 64, size=9, artifact=artifact)


def elements(tmp_path, *facts, figures=None, kept=True):
    project = samples.project_at(tmp_path)
    made = [samples.record(project, number, **each) for number, each in enumerate(facts, 1)]
    rows = [row_of(each, record_name(each.started, each.id)) for each in made]

    def copy(digest):
        return Kept(address=f"artifacts/{digest[:2]}/{digest}.png", place="x") if kept else None

    return Elements(rows, kept=copy, figures=figures)


def refused(ask, *words):
    with pytest.raises(Unresolved) as caught:
        ask(*words)
    return caught.value


ID = [samples.run_id(number) for number in range(6)]


# -- runs


@pytest.mark.parametrize("name", [ID[1], ID[1][:4], "final", "latest"])
def test_a_run_is_named_by_its_id_its_beginning_a_label_or_latest(tmp_path, name):
    found = elements(tmp_path, {"label": "final"}).run(name)
    assert (found.run, found.short, found.title) == (ID[1], ID[1][:7], samples.REASON)


def test_a_label_that_is_not_there_is_told_with_the_nearest(tmp_path):
    error = refused(elements(tmp_path, {"label": "final"}).run, "fnal")
    assert "no published run has the label or the id `fnal`" in str(error)
    assert "nearest: final" in str(error)


def test_three_digits_of_an_id_are_too_few(tmp_path):
    assert "4 digits" in refused(elements(tmp_path, {}).run, ID[1][:3]).hint


def test_a_step_is_no_run(tmp_path):
    error = refused(elements(tmp_path, {}, {}).run, "coarsening")
    assert "`coarsening` is a step" in str(error)
    assert f"run:{ID[2][:7]}" in error.hint


def test_a_label_of_two_runs_names_neither(tmp_path):
    assert "means 2 runs" in str(refused(elements(tmp_path, {"label": "a"}, {"label": "a"}).run, "a"))


# -- figures


def test_the_newest_completed_run_of_a_step_made_the_figure(tmp_path):
    asked = elements(
        tmp_path,
        {"outputs": [figure("out/field.png", "1")]},
        {"outputs": [figure("out/field.png", "2")]},
        {"outputs": [figure("out/field.png", "3")], "status": "failed"},
        {"outputs": [], "step": "other"},
    )
    found = asked.figure("coarsening/field.png", "the field")
    assert found.address.startswith("artifacts/22/")
    assert (found.made.run, found.made.commit, found.made.day) == (ID[2], "08d04df", "1 Nov 2026")
    assert found.made.commit_page == f"https://github.com/someone/paper/commit/{samples.COMMIT}"
    assert found.made.verdict == words.UNVERIFIED


def test_a_run_that_kept_none_is_passed_over_for_one_before_it(tmp_path):
    asked = elements(
        tmp_path, {"outputs": [figure("a/b.png", "1")]}, {"outputs": [figure("a/b.png", "2", artifact=False)]}
    )
    assert asked.figure("coarsening/b.png", "b").made.run == ID[1]


def test_a_run_that_is_named_made_the_figure_though_it_failed(tmp_path):
    asked = elements(tmp_path, {"outputs": [figure("f.png", "1")], "status": "failed"}, {"outputs": []})
    assert asked.figure(f"{ID[1][:5]}/f.png", "f").made.status == words.STATUS["failed"]


def test_the_whole_path_wins_over_an_end_of_it(tmp_path):
    asked = elements(tmp_path, {"outputs": [figure("a/f.png", "1"), figure("f.png", "2")]})
    assert asked.figure("coarsening/f.png", "f").path == "f.png"


def test_an_end_of_two_paths_names_neither(tmp_path):
    asked = elements(tmp_path, {"outputs": [figure("a/f.png", "1"), figure("b/f.png", "2")]})
    error = refused(asked.figure, "coarsening/f.png", "f")
    assert "means 2 files" in str(error)
    assert "a/f.png, b/f.png" in error.hint


def test_a_mistyped_step_is_told_with_the_nearest(tmp_path):
    error = refused(elements(tmp_path, {}).figure, "coarsning/field.png", "f")
    assert "no published run of step `coarsning`" in str(error)
    assert error.hint == "nearest: coarsening"


def test_a_mistyped_file_is_told_with_the_nearest(tmp_path):
    error = refused(
        elements(tmp_path, {"outputs": [figure("out/field.png", "1")]}).figure, "coarsening/fieldx.png", "f"
    )
    assert "no completed run of step `coarsening` kept a figure `fieldx.png`" in str(error)
    assert error.hint == "nearest: out/field.png, field.png"


def test_what_a_browser_cannot_draw_is_no_figure(tmp_path):
    asked = elements(tmp_path, {"outputs": [figure("f.pdf", "1")]})
    assert "kept a figure" in str(refused(asked.figure, "coarsening/f.pdf", "f"))


def test_a_copy_that_is_gone_is_no_figure(tmp_path):
    asked = elements(tmp_path, {"outputs": [figure("f.png", "1")]}, kept=False)
    refused(asked.figure, "coarsening/f.png", "f")


def test_a_figure_without_alt_text_is_refused(tmp_path):
    asked = elements(tmp_path, {"outputs": [figure("f.png", "1")]})
    assert "has no alt text" in str(refused(asked.figure, "coarsening/f.png", " "))


def test_the_settings_may_have_the_alt_text_and_the_caption(tmp_path):
    said = {"*.png": FigureText(alt="waves", caption="The field")}
    found = elements(tmp_path, {"outputs": [figure("f.png", "1")]}, figures=said).figure("coarsening/f.png")
    assert (found.alt, found.caption) == ("waves", "The field")


def test_an_svg_is_shown_and_not_opened(tmp_path):
    project = samples.project_at(tmp_path)
    made = samples.record(project, 1, outputs=[figure("f.svg", "1")])
    rows = [row_of(made, "x")]
    asked = Elements(rows, kept=lambda digest: Kept(address=f"artifacts/11/{digest}.svg", place="x"))
    assert not asked.figure("coarsening/f.svg", "f").opens


def test_the_newest_figure_of_each_path_those_with_words_first(tmp_path):
    asked = elements(
        tmp_path,
        {"outputs": [figure("a.png", "1"), figure("z.png", "2")]},
        {"outputs": [figure("a.png", "3")], "status": "failed"},
        figures={"z.png": FigureText(alt="z")},
    )
    found, paths = asked.newest_figures(1)
    assert ([each.path for each in found], paths) == (["z.png"], 2)
    found, _ = asked.newest_figures(9)
    assert [each.made.run for each in found] == [ID[1], ID[1]]


# -- tables


def study(tmp_path):
    values = [(64, 1.0, 0.31), (128, 0.5, 0.33), (256, 1.0, None)]
    return elements(
        tmp_path,
        *(
            {
                "parameters": Parameters(values={"mesh": {"n": n}, "mobility": m}),
                "metrics": {} if e is None else {"exponent": e},
                "annotations": Annotations(tags=["fig3"] if n > 64 else []),
            }
            for n, m, e in values
        ),
    )


def test_a_table_has_what_varies_and_the_metrics_newest_first(tmp_path):
    table = study(tmp_path).runs("step:coarsening")
    assert table.columns == [("mesh.n", True), ("mobility", True), ("exponent", True)]
    assert [line.run for line in table.lines] == [ID[3], ID[2], ID[1]]
    assert [cell.text for cell in table.lines[1].cells] == ["128", "0.5", "0.33"]
    assert table.lines[0].cells[2].text == ""


def test_columns_order_and_limit_are_the_authors(tmp_path):
    table = study(tmp_path).runs("columns: exponent, n status\nsort: -exponent\nlimit: 2\ncaption: All")
    assert [title for title, _ in table.columns] == ["exponent", "mesh.n", "status"]
    assert [line.run for line in table.lines] == [ID[2], ID[1]]
    assert (table.more, table.caption) == (1, "All")


def test_a_query_may_stand_on_several_lines(tmp_path):
    assert len(study(tmp_path).runs("tag:fig3\nmesh.n<200\n").lines) == 1


def test_no_run_is_an_empty_table(tmp_path):
    assert study(tmp_path).runs("status:failed").lines == []


@pytest.mark.parametrize(
    ("block", "line", "sentence", "hint"),
    [
        ("columns: exponnt", 1, "no published run has a parameter or a metric `exponnt`", "exponent"),
        ("tag:fig3\nsort: mesh.m", 2, "a metric `mesh.m`", "mesh.n"),
        ("step:coarsning", 1, "no published run has the step `coarsning`", "nearest: coarsening"),
        ("stat:failed", 1, "no such key as `stat`", "status"),
        ("tag:fig3\ncolumnz: n", 2, "unknown line `columnz:`", "columns"),
        ("limit: many", 1, "takes a number from 1 to", ""),
        ("limit: 3\nlimit: 4", 2, "stands there twice", ""),
    ],
)
def test_what_is_wrong_in_a_block_is_named_with_its_line(tmp_path, block, line, sentence, hint):
    error = refused(study(tmp_path).runs, block)
    assert sentence in str(error)
    assert hint in error.hint
    assert error.line == line


def test_a_name_that_is_both_has_to_be_said_in_full(tmp_path):
    asked = elements(tmp_path, {"parameters": Parameters(values={"n": 1}), "metrics": {"n": 2}})
    assert "`param.n` or `metric.n`" in str(refused(asked.runs, "columns: n"))
    assert asked.runs("columns: metric.n").lines[0].cells[0].text == "2"


# -- plots

PLOT = "x: mesh.n\ny: exponent\nalt: grows\n"


def test_each_run_with_both_numbers_is_a_point(tmp_path):
    plot = study(tmp_path).plot(PLOT)
    assert [point.run for point in plot.points] == [ID[1], ID[2]]
    assert plot.points[0].title == f"run {ID[1][:7]}: mesh.n 64, exponent 0.31"
    assert plot.note == "1 run without these numbers not drawn"
    assert plot.colour == ""


def test_a_colour_is_a_shape_too(tmp_path):
    plot = study(tmp_path).plot(PLOT + "color: mobility\n")
    assert [(each.name, each.count) for each in plot.series] == [("0.5", 1), ("1.0", 1)]
    assert len({point.shape for point in plot.points}) == 2


def test_many_values_share_the_last_shape(tmp_path):
    facts = [
        {"parameters": Parameters(values={"n": n, "seed": max(n, 4)}), "metrics": {"e": n}} for n in range(15)
    ]
    plot = elements(tmp_path, *facts).plot("x: n\ny: e\ncolour: seed\nalt: a")
    assert [each.name for each in plot.series] == ["4", "5", "6", "7", "8", "9", "10", "4 other values"]


def test_the_table_below_a_plot_has_all_digits(tmp_path):
    asked = elements(tmp_path, {"metrics": {"e": 0.12345678901, "t": 1.5}})
    assert asked.plot("x: t\ny: e\nalt: a").table.lines[0].cells[1].text == "0.12345678901"


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("x: mesh.n\ny: exponent", "has no line `alt:`"),
        ("y: exponent\nalt: a", "has no line `x:`"),
        ("x: mesh.n\ny: mesh.n\nlog: z\nalt: a", "takes `x`, `y` or both"),
        ("query: status:failed\n" + PLOT, "there is nothing to plot"),
        ("x: reason\ny: exponent\nalt: a", "there is nothing to plot"),
    ],
)
def test_a_plot_that_cannot_be_drawn_says_why(tmp_path, block, sentence):
    assert sentence in str(refused(study(tmp_path).plot, block))


def test_what_is_not_above_zero_has_no_place_on_a_logarithmic_axis(tmp_path):
    facts = [{"metrics": {"a": n, "b": 1.0}} for n in (-1, 0, 10)]
    plot = elements(tmp_path, *facts).plot("x: a\ny: b\nlog: x\nalt: a")
    assert [point.run for point in plot.points] == [ID[3]]


def test_the_same_runs_give_the_same_bytes(tmp_path):
    one, other = (study(tmp_path / name).plot(PLOT + "colour: mobility") for name in "ab")
    assert msgspec.json.encode(one) == msgspec.json.encode(other)
