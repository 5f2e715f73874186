"""Long values in blocks, by the services' own block transfer: one being sent, or one being received."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

LONGEST_RECEIVED: Final = 0x1_0000
"""Octets of the longest value that is put together from blocks."""

_SOUND: Final[frozenset[str]] = frozenset()


class Octets(Protocol):
    """The octets of a long value: all there, or made when they are taken."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


def block_room(room: int, head: int) -> int:
    """Octets of raw-data that fit in an APDU of `room` octets besides `head` others and their own length."""
    left = room - head
    if left <= 0x80:
        return left - 1
    return min(left - 2, 0xFF) if left <= 0x101 else left - 3


@dataclass(slots=True)
class Sending:
    """A long value on its way to the client.

    Attributes:
        octets: all of it.
        sent: number of the block sent last, 0 before the first.
        faults: the defects that are switched on.
    """

    octets: Octets
    sent: int = 0
    faults: frozenset[str] = _SOUND
    _position: int = 0

    def next_block(self, size: int) -> tuple[bool, int, bytes]:
        """Whether the next block is the last, its number, and at most `size` octets of raw-data."""
        first = self._position == 0
        if first and "reply-block-empty" in self.faults and not self.sent:
            size = 0
        block = self.octets[self._position : self._position + size]
        self._position += len(block)
        self.sent += 1
        last = self._position >= len(self.octets)
        if self.faults:
            last = self._distorted(last, first, size)
        return last, self.sent, block

    def acknowledged(self, block_number: int) -> bool:
        """Whether the client acknowledges the block sent last, and so asks for the one after it."""
        return block_number == self.sent or "reply-block-number-not-checked" in self.faults

    def lose(self, octets: int) -> None:
        """Pass over some octets: what faulty meters do."""
        self._position += octets

    def rewind(self) -> None:
        """Begin anew with the numbers going on: what faulty meters do."""
        self._position = 0

    def rest(self) -> bytes:
        """What was not sent yet."""
        return self.octets[self._position :]

    def _distorted(self, last: bool, first: bool, size: int) -> bool:
        if first and not last and "octet-lost-at-a-reply-block-boundary" in self.faults:
            self.lose(1)
        if "last-reply-block-said-early" in self.faults and 0 < len(self.rest()) <= size:
            return True
        return last and "last-reply-block-never-said" not in self.faults


@dataclass(slots=True)
class Receiving:
    """A long value on its way from the client.

    Attributes:
        received: number of the block received last, 0 before the first.
        faults: the defects that are switched on.
    """

    received: int = 0
    faults: frozenset[str] = _SOUND
    _parts: list[bytes] = field(default_factory=list)
    _octets: int = 0

    def accept(self, block_number: int, raw: bytes) -> bool:
        """Take a block; False when it is not the next one, or one too many."""
        expected = block_number == self.received + 1 or "request-block-number-not-checked" in self.faults
        if not expected or self._octets + len(raw) > LONGEST_RECEIVED:
            return False
        self.received = block_number
        self._octets += len(raw)
        self._parts.append(raw)
        return True

    def value(self) -> bytes:
        """All the octets so far."""
        return b"".join(self._parts)

    def lose_block(self) -> None:
        """Forget the content of the block received last: what faulty meters do."""
        self._parts = self._parts[:-1]


@dataclass(slots=True)
class ReplyBlocks:
    """The long value that is on its way to the client, if any; at most one in a service.

    Attributes:
        faults: the defects that are switched on.
        sending: the value; None while there is none.
    """

    faults: frozenset[str]
    sending: Sending | None = None
    _before: Sending | None = None

    def begin(self, octets: Octets) -> Sending:
        """Send a new value; it takes the place of any other."""
        number = 0
        if self.faults and self._before is not None:
            if "new-request-continues-old-reply" in self.faults:
                octets = self._before.rest() or octets
            if "reply-block-number-not-reset" in self.faults:
                number = self._before.sent
        if "reply-block-number-from-zero" in self.faults:
            number = -1
        self.sending = self._before = Sending(octets, number, self.faults)
        return self.sending

    def finish(self) -> None:
        """The last block was sent: there is nothing more."""
        if self.sending is not None and "block-after-last-begins-anew" in self.faults:
            self.sending.rewind()
            return
        self.sending = None

    def abort(self) -> None:
        """Forget the value."""
        self.sending = None

    def interrupt(self) -> None:
        """Another service was asked for, which ends the transfer."""
        if self.sending is not None and survives_interruption(self.faults):
            self.sending.lose(8)
            return
        self.abort()


@dataclass(slots=True)
class RequestBlocks:
    """The long value that is on its way from the client, if any; at most one in a service.

    Attributes:
        faults: the defects that are switched on.
        receiving: the value; None while there is none.
    """

    faults: frozenset[str]
    receiving: Receiving | None = None

    def begin(self) -> None:
        """Receive a new value; it takes the place of any other."""
        before = self.receiving
        self.receiving = Receiving(faults=self.faults)
        if before is not None and "new-long-request-appended" in self.faults:
            before.received = 0
            self.receiving = before

    def finish(self) -> bytes:
        """The last block has come: all of the value."""
        receiving = self.receiving
        if receiving is None:
            return b""
        if "last-request-block-lost" in self.faults:
            receiving.lose_block()
        if "block-after-last-appended" not in self.faults:
            self.abort()
        return receiving.value()

    def abort(self) -> None:
        """Forget what has come."""
        self.receiving = None

    def interrupt(self) -> None:
        """Another service was asked for, which ends the transfer."""
        if self.receiving is not None and survives_interruption(self.faults):
            self.receiving.lose_block()
            return
        self.abort()


def survives_interruption(faults: frozenset[str]) -> bool:
    """Whether a faulty meter goes on after another service, whose reply has taken part of the buffer."""
    return "other-service-damages-transfer" in faults
