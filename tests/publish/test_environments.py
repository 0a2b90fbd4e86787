from publisher.model.environment import Environment, Python, System
from publisher.model.row import row_of
from publisher.publish.environments import (
    MOST_RUNS,
    by_environment,
    environment_page,
    environments_page,
    summary,
)
from publisher.store.environments import read_environment
from tests.publish import samples


def rows_of(project, count, **facts):
    return [
        row_of(samples.record(project, number, **facts), f"{number}.yml") for number in range(1, count + 1)
    ]


def test_the_list_tells_how_many_runs_saw_each(tmp_path):
    project = samples.project_at(tmp_path)
    rows = [*rows_of(project, 3), row_of(samples.record(project, 9, environment=None), "9.yml")]
    page = environments_page(by_environment(rows), lambda name: read_environment(project, name))
    (line,) = page.lines
    assert (line.runs, line.packages, line.python, page.without) == (3, 42, "CPython 3.11.7", 1)


def test_an_environment_whose_file_is_gone_stands_in_the_list(tmp_path):
    rows = rows_of(samples.project_at(tmp_path), 1, environment="0" * 16)
    (line,) = environments_page(by_environment(rows), lambda name: None).lines
    assert line.missing


def test_the_page_does_not_change_with_every_run_that_follows(tmp_path):
    project = samples.project_at(tmp_path)
    rows = rows_of(project, MOST_RUNS + 5)
    name = rows[0].environment
    found = read_environment(project, name)
    assert environment_page(name, found, rows[:-1]) == environment_page(name, found, rows)
    assert len(environment_page(name, found, rows).runs) == MOST_RUNS
    assert not environment_page(name, found, rows[:3]).more


def test_what_is_shown_of_packages_is_visible():
    hostile = Environment(
        schema=1,
        system=System(name="L\x1b", release="1", machine="x"),
        python=Python(implementation="C\u202e", version="3", packages={"a\x00": "1\u2066"}),
    )
    page = environment_page("0" * 16, hostile, [])
    assert page.packages == [("a\ufffd", "1\\u2066")]
    assert "\u202e" not in page.summary


def test_a_program_that_is_not_python_has_an_environment_too():
    assert summary(Environment(schema=1, system=System(name="Linux", release="6", machine="x86_64"))) == (
        "Linux 6 (x86_64)"
    )
