"""What a process prints, kept in a file of bounded length: its beginning and its end."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from conformance.dlms.text import printable

_MOST_OCTETS = 1 << 20
_TAIL = 64 << 10
_LONGEST_WORDS = 500
_OURS = "dlms-conformance: "


class ProcessLog:
    """Appends to a log; what goes beyond its limit is left out, but for its end. A full disk loses the log only.

    Args:
        path: of the file.
        title: said first, with the time.
    """

    def __init__(self, path: Path, title: str) -> None:
        self._tail = b""
        self._written = 0
        self._left_out = 0
        self._file: BinaryIO | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
        except OSError:
            return
        self._put(f"== {datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z} {title}\n".encode())

    def write(self, octets: bytes) -> None:
        """Take what has been printed."""
        self._tail = (self._tail + octets)[-_TAIL:]
        room = max(0, _MOST_OCTETS - self._written)
        self._written += len(octets)
        self._left_out += max(0, len(octets) - room)
        self._put(octets[:room])

    def close(self) -> None:
        """Write the end of what was left out, and close the file; a second call does nothing."""
        if self._left_out:
            end = self._tail[-min(self._left_out, _TAIL) :]
            self._put(f"\n… {self._left_out - len(end)} octets left out …\n".encode() + end)
            self._left_out = 0
        self._drop()

    def last_words(self) -> str:
        """What the process said last that tells why it ended: the problem that it names, or else its last line."""
        lines = [line.strip() for line in self._tail.decode("utf-8", "replace").splitlines() if line.strip()]
        ours = [line.removeprefix(_OURS) for line in lines if line.startswith(_OURS)]
        return printable((ours or lines or [""])[-1], _LONGEST_WORDS)

    def _put(self, octets: bytes) -> None:
        if self._file is None or not octets:
            return
        try:
            self._file.write(octets)
            self._file.flush()
        except OSError:
            # The record does not need it, and what the process prints must go on being taken.
            self._drop()

    def _drop(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
