"""When the octets arrived that make a PDU: its beginning, and the longest pause within it."""

from __future__ import annotations

from collections import deque

from conformance.link.pace import Pace


class Arrivals:
    """The moments of the octets that have arrived and belong to no PDU yet, oldest first.

    Octets that arrive in one piece are taken to have followed one another without a pause, the last one at the moment
    of the piece; where the time of a character is known, the others that much earlier each.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        # The moment of the last octet of a piece, None for a flag that closed the frame before; how many are left.
        self._pieces: deque[tuple[float | None, int]] = deque()

    def add(self, octets: int, now: float) -> None:
        """A piece of so many octets has arrived."""
        self._pieces.append((now, octets))

    def clear(self) -> None:
        """Nothing waits any more."""
        self._pieces.clear()

    def keep(self, octets: int) -> None:
        """Only the last so many octets still wait."""
        self._drop(sum(count for _, count in self._pieces) - octets)

    def cut(self, start: int, length: int, *, shared: int = 0) -> tuple[float | None, float | None]:
        """Take a PDU out: `length` octets behind the first `start`, which go with it.

        Args:
            start: octets before it.
            length: of the PDU.
            shared: of its last octets, how many may open the next one too: the flag between two frames.

        Returns:
            When it began, and its longest pause in seconds; None for a pause that the link cannot tell.
        """
        self._drop(start)
        character_s = self._pace.character_s or 0.0
        began = gap = before = None
        left = length
        for moment, count in self._pieces:
            if left <= 0:
                break
            left -= count
            if moment is None:
                continue
            if began is None:
                began = moment - (count - 1) * character_s
            if before is not None and self._pace.sees_pauses:
                gap = max(gap or 0.0, moment - count * character_s - before)
            before = moment
        self._drop(length - shared)
        self._used(shared)
        return began, gap

    def _drop(self, octets: int) -> None:
        while octets > 0 and self._pieces:
            moment, count = self._pieces.popleft()
            if count > octets:
                self._pieces.appendleft((moment, count - octets))
            octets -= count

    def _used(self, octets: int) -> None:
        """The first so many octets closed a PDU: when they came says nothing of the next one."""
        if octets and self._pieces:
            moment, count = self._pieces.popleft()
            if count > octets:
                self._pieces.appendleft((moment, count - octets))
            self._pieces.appendleft((None, octets))
