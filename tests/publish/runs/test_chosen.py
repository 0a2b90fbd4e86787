import json

import msgspec

from publisher.model.record import Annotations, Parameters
from publisher.model.row import row_of
from publisher.publish.runs.chosen import Unreadable, chosen, records_data
from publisher.publish.runs.table import BrokenLine, runs_page
from publisher.store.records import record_name
from tests.publish import samples


def rows(tmp_path, *facts):
    project = samples.project_at(tmp_path)
    made = [samples.record(project, number, **each) for number, each in enumerate(facts, 1)]
    return [row_of(each, record_name(each.started, each.id)) for each in made]


def values(**named):
    return {"parameters": Parameters(values=named)}


def test_a_run_that_is_not_to_be_published_is_nowhere(tmp_path):
    found = chosen(rows(tmp_path, {}, {"annotations": Annotations(publish=False)}), [])
    assert [row.id for row in found.rows] == [samples.run_id(1)]
    assert samples.run_id(2) not in records_data(found).decode()


def test_of_two_files_with_one_id_the_first_is_shown_and_the_other_named(tmp_path):
    first = rows(tmp_path, {})[0]
    second = msgspec.structs.replace(first, name="runs/2027-01/copy.yml")
    found = chosen([first, second], [])
    assert found.rows == [first]
    assert found.problems[0].file == "records/runs/2027-01/copy.yml"


def test_a_record_that_cannot_be_read_stands_in_its_place(tmp_path):
    file = "records/runs/2026-11/20261101T000130-bbbbbbbbbbbb.yml"
    found = chosen(rows(tmp_path, {}, {}), [Unreadable(file=file, line=3, reason="is no YAML")])
    page = runs_page(found)
    kinds = [isinstance(line, BrokenLine) for line in page.lines]
    assert kinds == [False, True, False]
    assert page.lines[1].when == "1 Nov 2026, 00:01 UTC"
    assert page.summary == "2 runs: 2 completed; 1 record is unreadable"


def test_a_record_file_of_any_name_has_a_place(tmp_path):
    found = chosen(
        rows(tmp_path, {}), [Unreadable(file="records/runs/x/99999999T999999-zz.yml", line=0, reason="x")]
    )
    assert runs_page(found).lines[0].when == ""


def test_only_parameters_that_vary_get_a_column(tmp_path):
    page = runs_page(chosen(rows(tmp_path, values(nx=1, dt=0.1), values(nx=2, dt=0.1)), []))
    assert page.parameters == ["nx"]
    assert [line.values for line in page.lines] == [["2"], ["1"]]


def test_numbers_that_json_has_no_word_for_are_texts(tmp_path):
    data = json.loads(records_data(chosen(rows(tmp_path, values(a=float("nan"), b=[float("-inf")])), [])))
    assert data["records"][0]["param.a"] == "NaN"
    assert data["records"][0]["param.b"] == ["-Infinity"]


def test_integers_of_any_size_keep_their_digits_in_json(tmp_path):
    many = rows(tmp_path, values(a=10**30, b=True), values(a=1, b=False))
    data = json.loads(records_data(chosen(many, [])))
    assert [(each["param.a"], each["param.b"]) for each in data["records"]] == [(10**30, True), (1, False)]
