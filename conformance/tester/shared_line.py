"""A line that is one for all who use it at a time: a serial port cannot be opened twice."""

from __future__ import annotations

from typing import Literal

from conformance.link.link import Link
from conformance.link.pace import Pace
from conformance.tester.line import Line, PduStream
from conformance.tester.tape import Tape


class SharedLine(Line):
    """Opened with its first user, closed with its last; each data link on it takes the frames of its own addresses."""

    def __init__(
        self, link: Link, stream: PduStream, layer: Literal["hdlc", "wrapper"], tape: Tape, pace: Pace | None = None
    ) -> None:
        super().__init__(link, stream, layer, tape, pace)
        self._users = 0

    def open(self) -> None:
        """Begin to use the line; it starts afresh when nobody else does, or when it was closed from the other side.

        Raises:
            LinkError: it cannot be opened.
        """
        if not self._users or self.closed is not None:
            super().open()
        self._users += 1

    def close(self) -> None:
        """End to use the line."""
        self._users = max(0, self._users - 1)
        if not self._users:
            super().close()
