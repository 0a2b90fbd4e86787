"""What a program says, kept up to a size: its beginning and its end, and how much lies between."""

from __future__ import annotations

from collections import deque


class Log:
    """One stream on its way through, of which at most `limit` bytes are held."""

    def __init__(self, limit: int) -> None:
        self._room = limit - limit // 2  #: bytes still free for the beginning
        self._most_at_end = limit // 2
        self._beginning: list[bytes] = []
        self._end: deque[bytes] = deque()
        self._at_end = 0
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Keep a piece, or as much of it as the size allows."""
        if self._room > 0:
            self._beginning.append(data[: self._room])
            data, self._room = data[self._room :], max(0, self._room - len(data))
        if data:
            self._end.append(data)
            self._at_end += len(data)
        while self._end and self._at_end - len(self._end[0]) >= self._most_at_end:
            gone = self._end.popleft()
            self._at_end -= len(gone)
            self._dropped += len(gone)

    @property
    def left_out(self) -> int:
        """How many bytes between the beginning and the end were not kept."""
        return self._dropped + max(0, self._at_end - self._most_at_end)

    def whole(self) -> bytes:
        """Everything that was kept; a line says how much is missing between beginning and end."""
        end = b"".join(self._end)
        if not self.left_out:
            return b"".join(self._beginning) + end
        missing = f"\n[… {self.left_out} bytes left out …]\n".encode()
        return b"".join(self._beginning) + missing + end[len(end) - self._most_at_end :]
