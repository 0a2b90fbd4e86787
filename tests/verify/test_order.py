"""Who waits for whom when runs are re-run."""

from __future__ import annotations

from publisher.model.record import FileRef
from publisher.model.row import Row, row_of
from publisher.verify.order import handed_on, makers
from tests.factory import a_record

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def run(number: int, *, reads: tuple[str, ...] = (), writes: tuple[str, ...] = ()) -> Row:
    inputs = [FileRef(path=f"in/{each[0]}", sha256=each) for each in reads]
    outputs = [FileRef(path=f"out/{each[0]}", sha256=each) for each in writes]
    return row_of(a_record(number, inputs=inputs, outputs=outputs), f"runs/{number}.yml")


def test_who_read_waits_for_all_who_wrote_it_before() -> None:
    first, again, reader, later = (
        run(1, writes=(A,)),
        run(2, writes=(A, B)),
        run(3, reads=(A, C), writes=(C,)),
        run(4, reads=(B,), writes=(A,)),
    )
    assert makers([first, again, reader, later]) == {
        first.id: set(),
        again.id: set(),
        reader.id: {first.id, again.id},
        later.id: {again.id},
    }


def test_who_writes_what_it_reads_waits_for_nobody() -> None:
    alone = run(1, reads=(A,), writes=(A,))
    assert makers([alone]) == {alone.id: set()}


def test_what_is_handed_on_was_written_by_one_and_read_by_another() -> None:
    assert handed_on([run(1, writes=(A, B)), run(2, reads=(A, C))]) == {A}
    assert handed_on([run(1, writes=(A,))]) == frozenset()
