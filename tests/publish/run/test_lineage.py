import msgspec

from publisher.model.record import FileRef
from publisher.model.row import row_of
from publisher.publish.files.contents import Contents
from publisher.publish.run.lineage import ALONE, MOST_READERS, Flow
from tests.publish import samples

ID = samples.run_id


def file(name, content=None):
    return FileRef(path=name, sha256=(content or name).encode().hex().ljust(64, "0")[:64], size=10)


def flow_of(tmp_path, *runs):
    """A flow of runs, each given as what it reads and what it writes."""
    project = samples.project_at(tmp_path)
    made = [
        samples.record(project, number, inputs=inputs, outputs=outputs)
        for number, (inputs, outputs) in enumerate(runs, 1)
    ]
    rows = [row_of(each, f"{each.id}.yml") for each in made]
    flow = Flow(rows, Contents(rows))
    return [flow.of(row) for row in rows]


def test_an_input_leads_to_the_run_that_made_it_and_an_output_to_those_that_read_it(tmp_path):
    first, second = flow_of(tmp_path, ([file("raw")], [file("clean")]), ([file("clean")], [file("figure")]))
    assert [(each.runs, each.more) for each in second.made.values()] == [([ID(1)], False)]
    assert [each.runs for each in first.read.values()] == [[ID(2)]]


def test_runs_that_share_an_input_are_not_linked(tmp_path):
    assert flow_of(tmp_path, ([file("raw")], [file("a")]), ([file("raw")], [file("b")])) == [ALONE, ALONE]


def test_a_content_is_found_under_another_path(tmp_path):
    _, second = flow_of(tmp_path, ([], [file("out/energy.csv", "x")]), ([file("copy.csv", "x")], []))
    assert [each.name for each in second.made.values()] == ["energy.csv"]
    assert second.up[0].file == "energy.csv"


def test_a_run_that_made_the_same_bytes_later_did_not_make_the_input(tmp_path):
    assert flow_of(tmp_path, ([file("a")], []), ([], [file("a")])) == [ALONE, ALONE]


def test_a_run_that_reads_what_it_writes_is_not_its_own_source(tmp_path):
    assert flow_of(tmp_path, ([file("state")], [file("state")])) == [ALONE]


def test_empty_files_link_nothing(tmp_path):
    import hashlib

    empty = FileRef(path="a", sha256=hashlib.sha256(b"").hexdigest(), size=0)
    found = flow_of(tmp_path, ([], [empty]), ([empty], []))
    assert [(each.made, each.read) for each in found] == [({}, {}), ({}, {})]


def test_of_many_readers_the_first_are_named(tmp_path):
    readers = [([file("a")], [])] * (MOST_READERS + 1)
    first = flow_of(tmp_path, ([], [file("a")]), *readers)[0]
    (others,) = first.read.values()
    assert others.runs == [ID(number) for number in range(2, MOST_READERS + 2)]
    assert others.more


def test_one_more_reader_changes_nothing_once_there_are_enough(tmp_path):
    readers = [([file("a")], [])] * (MOST_READERS + 1)
    before = flow_of(tmp_path / "one", ([], [file("a")]), *readers)[0]
    after = flow_of(tmp_path / "two", ([], [file("a")]), *readers, readers[0])[0]
    assert before == after


def test_two_steps_up_and_down_are_drawn(tmp_path):
    found = flow_of(
        tmp_path,
        ([file("raw")], [file("a")]),
        ([file("a")], [file("b")]),
        ([file("b")], [file("c")]),
        ([file("c")], [file("d")]),
        ([file("d")], [file("e")]),
    )
    runs = [box.run for box in found[2].drawing.boxes]
    assert runs == [ID(1), ID(2), "", ID(4), ID(5)]
    lefts = [box.x for box in found[2].drawing.boxes]
    assert lefts == sorted(lefts)
    assert found[2].up[0].branches[0].run == ID(1)


def test_a_circle_of_contents_comes_to_an_end(tmp_path):
    found = flow_of(tmp_path, *[([file("a"), file("b")], [file("a"), file("b")])] * 4)
    assert all(each.drawing.boxes for each in found)


def test_a_picture_of_many_runs_stays_small_and_tells_how_many_it_leaves_out(tmp_path):
    sources = [([], [file(f"part {number}")]) for number in range(30)]
    last = flow_of(tmp_path, *sources, ([file(f"part {number}") for number in range(30)], []))[-1]
    assert [box.lines for box in last.drawing.boxes if box.kind == "more"] == [["and 27 more"]]
    assert len(last.drawing.boxes) == 5
    assert len(last.made) == 30


def test_files_of_the_run_itself_stand_in_its_tables_and_those_of_others_in_the_picture(tmp_path):
    files = [file("clean"), file("log of it")]
    found = flow_of(tmp_path, ([file("raw")], files), ([file("clean"), file("own")], [file("figure")]))
    assert [box.lines[0] for box in found[1].drawing.boxes if box.kind == "file"] == ["raw"]
    assert [box.lines[0] for box in found[0].drawing.boxes if box.kind == "file"] == ["figure"]


def test_long_names_are_cut_and_told_whole(tmp_path):
    name = "a-name-that-no-box-has-room-for.csv"
    first, _ = flow_of(tmp_path, ([], [file(name)]), ([file(name)], []))
    box = first.drawing.boxes[-1]
    assert len(box.lines[1]) < len(name)
    assert name in box.whole


def test_a_lineage_is_told_by_its_repr(tmp_path):
    one = flow_of(tmp_path / "one", ([], [file("a")]), ([file("a")], []))[0]
    other = flow_of(tmp_path / "two", ([], [file("a")]), ([file("a")], [file("b")]), ([file("b")], []))[0]
    assert repr(one) != repr(other)
    assert msgspec.json.encode(one) != msgspec.json.encode(other)
