from hashlib import sha256

import pytest

from publisher.model.record import Parameters, Parent
from publisher.model.row import row_of
from publisher.publish.run.neighbours import Neighbours
from publisher.store.records import record_text
from tests.publish import samples

ID = samples.run_id


def rows(tmp_path, *facts):
    project = samples.project_at(tmp_path)
    made = [samples.record(project, number, **each) for number, each in enumerate(facts, 1)]
    return [row_of(each, f"{each.id}.yml", sha256(record_text(each).encode()).hexdigest()) for each in made]


def values(**named):
    return {"parameters": Parameters(values=named)}


def compared(tmp_path, *facts):
    """For each run the number of its neighbour, and the names of the parameters that differ."""
    made = Neighbours(rows(tmp_path, *facts))
    numbers = {ID(number): number for number in range(1, len(facts) + 1)}
    found = [made.of(run).neighbour for run in numbers]
    return [(numbers[each.id], [d.name for d in each.differences]) if each else None for each in found]


def test_the_neighbour_is_a_run_before_of_the_same_step(tmp_path):
    made = rows(
        tmp_path,
        {"step": "a", **values(nx=64, dt=0.1, name="x")},
        {"step": "b", **values(nx=1)},
        {"step": "a", **values(nx=128, dt=0.1, seed=2)},
    )
    found = Neighbours(made)
    assert found.of(ID(1)).neighbour is None
    assert found.of(ID(2)).neighbour is None
    neighbour = found.of(ID(3)).neighbour
    assert neighbour.id == ID(1)
    assert [(d.name, d.now, d.before) for d in neighbour.differences] == [
        ("nx", "128", "64"),
        ("seed", "2", "not set"),
        ("name", "not set", "x"),
    ]
    assert neighbour.same == 1


def test_of_the_runs_before_the_one_with_the_fewest_other_parameters_is_taken(tmp_path):
    found = compared(
        tmp_path, values(nx=64, seed=1), values(nx=128, seed=1), values(nx=64, seed=2), values(nx=64, seed=3)
    )
    assert found == [None, (1, ["nx"]), (1, ["seed"]), (3, ["seed"])]


def test_a_run_with_other_parameters_says_more_than_one_with_the_same(tmp_path):
    assert compared(tmp_path, values(nx=64), values(nx=128), values(nx=128))[2] == (1, ["nx"])


def test_where_all_parameters_are_the_same_the_run_before_is_taken(tmp_path):
    assert compared(tmp_path, values(nx=1), values(nx=1), values(nx=1))[2] == (2, [])


def test_the_run_that_is_repeated_is_the_neighbour_whatever_lies_between(tmp_path):
    made = Neighbours(
        rows(
            tmp_path,
            values(nx=1),
            values(nx=2),
            {**values(nx=1), "parent": Parent(repeats=ID(1)), "step": "x"},
        )
    )
    neighbour = made.of(ID(3)).neighbour
    assert (neighbour.id, neighbour.repeated) == (ID(1), True)


def test_a_repeated_run_that_is_not_on_the_site_is_no_neighbour(tmp_path):
    made = Neighbours(rows(tmp_path, {**values(nx=1), "parent": Parent(repeats="f" * 12)}))
    assert made.of(ID(1)).neighbour is None


def test_values_typed_behind_the_command_do_not_make_it_another_command(tmp_path):
    command = ["python", "simulate.py", "params.json"]
    found = compared(
        tmp_path,
        {"step": None, "command": [*command, "nx=64"], **values(nx=64)},
        {"step": None, "command": [*command, "nx=128"], **values(nx=128)},
        {"step": None, "command": [*command, "--fast"], **values(nx=128)},
    )
    assert found == [None, (1, ["nx"]), None]


def test_true_is_not_one_and_nan_is_nan(tmp_path):
    nan = float("nan")
    assert compared(tmp_path, values(a=1, b=nan), values(a=True, b=nan))[1] == (1, ["a"])


def test_along_a_parameter_stand_the_next_smaller_and_the_next_larger_value(tmp_path):
    made = Neighbours(rows(tmp_path, *(values(nx=nx, seed=1) for nx in (256, 64, 32, 128))))
    (sweep,) = made.of(ID(4)).sweeps
    assert sweep.name == "nx"
    assert [(each.value, each.run) for each in sweep.values] == [("64", ID(2)), ("128", ""), ("256", ID(1))]


def test_a_run_that_differs_in_two_parameters_is_not_along_one(tmp_path):
    made = Neighbours(rows(tmp_path, values(nx=64, seed=1), values(nx=128, seed=2)))
    assert made.of(ID(2)).sweeps == []


def test_of_repeated_values_along_a_parameter_the_last_run_before_is_linked(tmp_path):
    made = Neighbours(rows(tmp_path, *(values(nx=nx) for nx in (64, 64, 128, 64))))
    (sweep,) = made.of(ID(3)).sweeps
    assert [each.run for each in sweep.values] == [ID(2), ""]


@pytest.mark.parametrize("odd", [float("nan"), True, "many", [1, 2], None, 10**400])
def test_values_of_any_kind_stand_in_an_order(tmp_path, odd):
    made = Neighbours(rows(tmp_path, values(a=odd), values(a=1), values(a=0.5), {"parameters": Parameters()}))
    for number in range(1, 5):
        assert made.of(ID(number)).sweeps


def test_a_new_run_changes_the_keys_of_few_others(tmp_path):
    made = rows(tmp_path, *(values(seed=seed, nx=seed % 3) for seed in range(60)))
    before, after = Neighbours(made[:-1]), Neighbours(made)
    changed = [row.id for row in made[:-1] if before.key(row.id) != after.key(row.id)]
    assert len(changed) <= 2


def test_the_key_tells_another_value_of_a_neighbour(tmp_path):
    one = Neighbours(rows(tmp_path / "one", values(nx=1), values(nx=2)))
    other = Neighbours(rows(tmp_path / "other", values(nx=3), values(nx=2)))
    assert one.key(ID(2)) != other.key(ID(2))


def test_the_key_tells_another_run_along_a_parameter(tmp_path):
    one = Neighbours(rows(tmp_path / "one", values(nx=1), values(nx=2), values(nx=3)))
    other = Neighbours(rows(tmp_path / "other", values(nx=1), values(nx=2), values(nx=4)))
    assert one.of(ID(2)).neighbour == other.of(ID(2)).neighbour
    assert one.key(ID(2)) != other.key(ID(2))


def test_where_none_differs_in_one_parameter_the_one_that_differs_in_few_is_taken(tmp_path):
    found = compared(tmp_path, values(a=1, b=1, c=1), values(a=1, b=2, c=2), values(a=2, b=3, c=3))
    assert found[2] == (2, ["a", "b", "c"])
    found = compared(tmp_path / "alike", values(a=1, b=1), values(a=2, b=2), values(a=2, b=2))
    assert found[2] == (1, ["a", "b"])


def test_a_run_of_very_many_parameters_has_a_neighbour(tmp_path):
    many = {f"p{number}": number for number in range(40)}
    found = compared(tmp_path, values(**many), values(**dict.fromkeys(many, -1)), values(**many | {"p39": 0}))
    assert found[2] == (1, ["p39"])


def test_other_code_is_told(tmp_path):
    from publisher.model.record import Code

    made = Neighbours(rows(tmp_path, {"code": Code(commit="a" * 40)}, {"code": Code(commit="b" * 40)}))
    assert made.of(ID(2)).neighbour.code == "another commit (bbbbbbb here, aaaaaaa there)"
