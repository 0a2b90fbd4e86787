"""gzip: one content, packed. What is packed is compared as what it is: `energy.csv.gz` is a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.formats.essence import Essence, sha256_of
from publisher.formats.kinds import essence_in, kind_of, module_of
from publisher.formats.source import Packed, Source, Unreadable

if TYPE_CHECKING:
    from publisher.formats.tally import Tally

_INNER = {".tgz": ".tar", ".svgz": ".svg", ".gz": ""}


def unpacked(source: Source) -> Packed:
    """The content that is packed, under the name that it would have.

    Raises:
        Unreadable: It is packed twice.
    """
    if isinstance(source, Packed):
        raise Unreadable("is packed more than once")
    stem, _, suffix = source.name.rpartition(".")
    return Packed(source.path, stem + _INNER.get(f".{suffix.lower()}", ""))


def essence(source: Source) -> str:
    """The content that is packed, by its own essence if it has one; the header of gzip is set aside."""
    inner = unpacked(source)
    digest = Essence("gzip", 1)
    of_inner = essence_in(inner)
    if of_inner is not None:
        digest.add("essence", of_inner)
    else:
        with inner.open() as file:
            digest.add("bytes", sha256_of(file))
    return digest.hexdigest()


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Looks into what is packed, if numbers can be found there."""
    one, other = unpacked(recorded), unpacked(found)
    kind = kind_of(one.name, one.head())
    if (
        kind is None
        or kind.compare is None
        or kind.looks_at != "numbers"
        or kind != kind_of(other.name, other.head())
    ):
        raise Unreadable("holds another content, of a kind that is not looked into")
    tally.passed_over += kind.passes_over
    module_of(kind.compare).compare(one, other, tally)
