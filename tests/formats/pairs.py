"""Two versions of one file, and what the comparison says of them."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from publisher.formats.kinds import essence_of
from publisher.model.project import Tolerance
from publisher.model.record import FileRef
from publisher.model.verification import Finding
from publisher.verify.comparison import compared

LOOSE = Tolerance(rtol=1e-6)


def finding(
    name: str, recorded: bytes, found: bytes, tolerance: Tolerance | None = None, *, kept: bool = True
) -> Finding:
    """Compares two contents of a file of that name, through real files."""
    with tempfile.TemporaryDirectory() as folder:
        # Artifacts are kept under the digest, with the last suffix alone.
        one, other = Path(folder) / f"{'ab' * 32}{Path(name).suffix}", Path(folder) / "found"
        one.write_bytes(recorded)
        other.write_bytes(found)
        reference = FileRef(
            path=name,
            sha256=hashlib.sha256(recorded).hexdigest(),
            size=len(recorded),
            essence=essence_of(one, name),
        )
        return compared(name, reference, one if kept else None, other, tolerance)


def outcome(name: str, recorded: bytes, found: bytes, tolerance: Tolerance | None = None) -> str:
    return finding(name, recorded, found, tolerance).outcome


def essence(name: str, content: bytes) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        return essence_of(path, name)
