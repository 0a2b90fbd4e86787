"""Files by content, and the data page that shows them."""

from msgspec import Raw, msgpack

from publisher.model.record import FileRef
from publisher.model.row import Row
from publisher.publish.files.contents import PATH_BITS, Contents, Use
from publisher.publish.files.page import MOST_CONTENTS, MOST_PATHS, MOST_RUNS, data_page
from publisher.publish.run.rerun import Kept

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def row(number, inputs=(), outputs=()):
    files = ([FileRef(**each) for each in inputs], [FileRef(**each) for each in outputs])
    return Row(
        id=f"{number:012x}",
        name=f"runs/{number}.yml",
        status="completed",
        started="2026-11-01T00:00:00Z",
        files=Raw(msgpack.encode(files)),
    )


def file(path, sha256, size=8, **more):
    return {"path": path, "sha256": sha256, "size": size, **more}


def none_kept(digest):
    return None


def test_a_content_is_one_whatever_it_is_called():
    contents = Contents(
        [
            row(1, outputs=[file("out/a.csv", A)]),
            row(2, inputs=[file("data/copy.csv", A)], outputs=[file("out/b.csv", A)]),
        ]
    )
    assert len(contents) == 1
    assert list(contents) == [A]
    assert contents.makers(A) == [Use("000000000001", "out/a.csv"), Use("000000000002", "out/b.csv")]
    assert contents.readers(A) == [Use("000000000002", "data/copy.csv")]


def test_runs_of_a_content_are_told_oldest_first_and_once():
    twice = [file("out/a.csv", A), file("out/b.csv", A)]
    contents = Contents([row(3, outputs=twice), row(1, outputs=twice), row(2, inputs=twice)])
    assert contents.made_by(A) == ["000000000003", "000000000001"]
    assert contents.read_by(A) == ["000000000002"]


def test_a_content_that_nobody_knows_has_no_runs():
    contents = Contents([row(1, outputs=[file("out/a.csv", A)])])
    assert contents.made_by(B) == []
    assert contents.read_by(B) == []
    assert contents.size(B) is None


def test_a_file_of_unknown_content_is_counted_and_no_more():
    contents = Contents([row(1, inputs=[file("data/gone.csv", None), file("in.csv", A, None)]), row(2)])
    assert (len(contents), contents.unknown, contents.size(A)) == (1, 1, None)


def test_a_use_is_found_by_the_number_in_a_line():
    contents = Contents([row(1), row(2, outputs=[file("x", A), file("y", B, artifact=True)])])
    _, (sha256, size, kept, made, read) = contents.lines()
    assert (sha256, size, kept, read) == (B, 8, True, ())
    assert made[0] >> PATH_BITS == 1
    assert contents.use(made[0]) == Use("000000000002", "y")


def test_the_data_page_tells_what_goes_in_what_is_handed_on_and_what_comes_out():
    page = data_page(
        Contents(
            [
                row(1, inputs=[file("data/in.csv", A)], outputs=[file("out/table.csv", B)]),
                row(2, inputs=[file("out/table.csv", B)], outputs=[file("out/figure.png", C)]),
            ]
        ),
        none_kept,
    )
    assert {kind.title: [group.path for group in kind.paths] for kind in page.kinds} == {
        "What goes in": ["data/in.csv"],
        "Handed on": ["out/table.csv"],
        "What comes out": ["out/figure.png"],
    }
    handed = page.kinds[1].paths[0].contents[0]
    assert (handed.made.named, handed.read.named) == (["000000000001"], ["000000000002"])


def test_the_data_page_counts_as_people_do():
    paths = ["in-10.csv", "in-2.csv", "in-02.csv", "a/9/x", "a/10/x"]
    page = data_page(Contents([row(1, [file(p, f"{n:064x}") for n, p in enumerate(paths)])]), none_kept)
    assert [g.path for g in page.kinds[0].paths] == ["a/9/x", "a/10/x", "in-02.csv", "in-2.csv", "in-10.csv"]


def test_the_data_page_is_capped_and_says_so():
    many = [file(f"out/{number:04}.csv", f"{number:064x}") for number in range(MOST_PATHS + 7)]
    same = [
        row(
            number,
            inputs=[file("in.csv", A)],
            outputs=[file("out/log.csv", f"{number:032x}{1:032x}"), *(many if number == 1 else ())],
        )
        for number in range(1, MOST_CONTENTS + 4)
    ]
    page = data_page(Contents(same), none_kept)
    goes_in, comes_out = page.kinds
    assert len(comes_out.paths) == MOST_PATHS
    assert comes_out.more == 8
    assert goes_in.paths[0].contents[0].read.more == len(same) - MOST_RUNS
    log = data_page(Contents([each for each in same if each.id != same[0].id]), none_kept).kinds[1].paths[0]
    assert (len(log.contents), log.more) == (MOST_CONTENTS, 2)
    assert log.contents[0].made.named == [same[-1].id]


def test_a_kept_copy_is_linked_only_where_a_run_kept_it():
    def kept(digest):
        return Kept(address=f"artifacts/aa/{digest}.svg", place="records")

    rows = [row(1, inputs=[file("a.svg", A)], outputs=[file("b.svg", B, artifact=True)])]
    read, made = [kind.paths[0].contents[0] for kind in data_page(Contents(rows), kept).kinds]
    assert read.address == ""
    assert (made.address, made.opens) == (f"artifacts/aa/{B}.svg", False)


def test_a_kept_copy_that_a_run_reads_is_the_file_that_it_is_a_copy_of():
    copy = file(f"records/artifacts/aa/{A}.csv", A)
    page = data_page(Contents([row(1, outputs=[file("out/a.csv", A)]), row(2, inputs=[copy])]), none_kept)
    assert [(kind.title, [group.path for group in kind.paths]) for kind in page.kinds] == [
        ("Handed on", ["out/a.csv"])
    ]
    alone = data_page(Contents([row(2, inputs=[copy])]), none_kept)
    assert [group.path for group in alone.kinds[0].paths] == [copy["path"]]
