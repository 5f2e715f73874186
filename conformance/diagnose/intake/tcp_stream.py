"""One direction of a TCP connection put back in order: retransmissions dropped, overlaps cut, gaps told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_MODULUS: Final = 1 << 32
_HALF: Final = 1 << 31
_MOST_WAITING: Final = 64
"""Segments that wait for an earlier one; more, and that one is given up."""
_MOST_WAITING_OCTETS: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Segment:
    """Octets in their order.

    Attributes:
        octets: new ones only.
        packet: number of the packet that carried them.
        time_ns: when it was captured.
        order: number of the packet with which they were in order.
        lost: octets that are missing before them.
    """

    octets: bytes
    packet: int
    time_ns: int | None
    order: int
    lost: int = 0


@dataclass(slots=True)
class _Waiting:
    sequence: int
    octets: bytes
    packet: int
    time_ns: int | None


@dataclass(slots=True)
class TcpDirection:
    """What one end has sent so far.

    Attributes:
        expected: sequence number of the next octet; None before the first segment.
        repeated: segments that brought nothing new.
        reordered: segments that came before an earlier one.
    """

    expected: int | None = None
    repeated: int = 0
    reordered: int = 0
    _waiting: list[_Waiting] = field(default_factory=list)
    _octets: int = 0
    _order: int = 0

    def begin(self, sequence: int) -> None:
        """A SYN was seen: the first octet comes behind it."""
        self.expected = (sequence + 1) % _MODULUS

    def take(self, sequence: int, octets: bytes, packet: int, time_ns: int | None) -> list[Segment]:
        """The segments that a packet puts in order; none where an earlier one is still missing."""
        if self.expected is None:
            self.expected = sequence
        ahead = self._ahead(sequence)
        if ahead > 0:
            self.reordered += 1
            self._waiting.append(_Waiting(sequence, octets, packet, time_ns))
            self._octets += len(octets)
            if len(self._waiting) <= _MOST_WAITING and self._octets <= _MOST_WAITING_OCTETS:
                return []
            return self.flush()
        if ahead + len(octets) <= 0:
            self.repeated += 1
            return []
        found = [self._next(octets[-ahead:], packet, time_ns, packet)]
        return found if not self._waiting else found + self._due(packet)

    def flush(self) -> list[Segment]:
        """All that waits, with the octets that are missing before it counted."""
        found: list[Segment] = []
        while self._waiting:
            first = min(self._waiting, key=lambda item: self._ahead(item.sequence))
            lost = max(self._ahead(first.sequence), 0)
            self.expected = ((self.expected or 0) + lost) % _MODULUS
            found += self._due(max(self._order, first.packet), lost)
        return found

    def missed(self, octets: int) -> None:
        """The capture cut so many octets off the packet taken last."""
        if self.expected is not None:
            self.expected = (self.expected + octets) % _MODULUS

    def _ahead(self, sequence: int) -> int:
        """How far a sequence number lies before what is expected; negative behind it."""
        return (sequence - (self.expected or 0) + _HALF) % _MODULUS - _HALF

    def _next(self, octets: bytes, packet: int, time_ns: int | None, order: int, lost: int = 0) -> Segment:
        self.expected = ((self.expected or 0) + len(octets)) % _MODULUS
        self._order = max(self._order, order)
        return Segment(octets, packet, time_ns, self._order, lost)

    def _due(self, order: int, lost: int = 0) -> list[Segment]:
        """What waited and is now in order."""
        found: list[Segment] = []
        self._waiting.sort(key=lambda item: self._ahead(item.sequence))
        while self._waiting and self._ahead(self._waiting[0].sequence) <= 0:
            item = self._waiting.pop(0)
            self._octets -= len(item.octets)
            octets = item.octets[-self._ahead(item.sequence) :]
            if octets:
                found.append(self._next(octets, item.packet, item.time_ns, order, lost))
                lost = 0
            else:
                self.repeated += 1
        return found
