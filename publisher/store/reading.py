"""Records for who needs each of them twice: for its row in a table, and for its page.

What was read a moment ago is remembered in a compact form, up to a number of bytes, and forgotten when it is
asked for again. Nothing depends on it: what is not remembered is read from its file.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from publisher.model.record import Record
from publisher.store.records import read_bytes, text_of, understood

MOST = 256_000_000  #: bytes that are remembered: those of 80,000 records of the usual size

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


class Reading:
    """Reads the records of a project."""

    def __init__(self, records: Path, *, most: int = MOST) -> None:
        """Begin with nothing remembered.

        Args:
            records: The folder `records/`.
            most: Bytes that are remembered at most.
        """
        self._records = records
        self._most = most
        self._lately: dict[str, tuple[bytes, bytes]] = {}

    def remember(self, name: str, data: bytes, record: Record) -> None:
        """Take a record in that was read for its row.

        Args:
            name: Of its file, relative to `records/`.
            data: The bytes of the file.
            record: What they say.
        """
        if len(data) > self._most:
            return
        try:
            packed = _encode(record)
        except (OverflowError, ValueError, TypeError):  # a value that the compact form has no room for
            return
        self._most -= len(data) + len(packed)
        self._lately[name] = (data, packed)

    def __call__(self, name: str) -> tuple[bytes, Record]:
        """The bytes of a record's file, and the record.

        Raises:
            UnreadableRecord: It cannot be read as a record.
        """
        lately = self._lately.pop(name, None)
        if lately is not None:
            data, packed = lately
            self._most += len(data) + len(packed)
            return data, _decode(packed)
        path = self._records / name
        data = read_bytes(path)
        return data, understood(text_of(data, path), path)
