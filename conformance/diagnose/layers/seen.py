"""The frames of one stream as they were seen, each with its fields and whether it can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Conversation, Damage, Direction, Unit
from conformance.diagnose.intake.frame_look import CheckSequence, FrameLook, look
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType

_SLOW_S: Final = 2.0
_SLOWEST_OCTETS_S: Final = 240
"""Octets a second at 2400 baud."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One unit of an HDLC stream.

    Attributes:
        index: in the units of the conversation.
        unit: as it was cut.
        look: its fields; None where there is no room for them.
    """

    index: int
    unit: Unit
    look: FrameLook | None

    @property
    def direction(self) -> Direction | None:
        """Who sent it."""
        return self.unit.direction

    @property
    def name(self) -> str:
        """Where the file has it, such as `frame 3` or `line 12`."""
        return str(self.unit.place)

    @property
    def type(self) -> FrameType | None:
        """The kind of the frame; None where it has no control field."""
        return None if self.look is None else self.look.control.type

    @property
    def checks(self) -> tuple[CheckSequence, ...]:
        """Its check sequences that can be judged: none where an octet is not known."""
        if self.look is None or self.unit.unknown:
            return ()
        return (self.look.fcs,) if self.look.hcs is None else (self.look.hcs, self.look.fcs)

    @property
    def polls(self) -> bool:
        """Whether its P/F bit is set."""
        return self.look is not None and self.look.control.poll_final

    @property
    def broken(self) -> bool:
        """Whether a receiver must drop it: no whole frame, or a check sequence that is wrong."""
        if self.unit.damage is not Damage.NONE or self.look is None:
            return True
        return not all(check.good for check in self.checks)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the client sent up to a frame that polls, and what the meter sent before the client spoke again.

    Attributes:
        sent: frames of the client; empty where the meter speaks first.
        received: frames of the meter; empty where it was silent.
    """

    sent: tuple[Seen, ...]
    received: tuple[Seen, ...]

    @property
    def request(self) -> Seen | None:
        """The frame that the meter answers: the last one."""
        return self.sent[-1] if self.sent else None


def streams(conversation: Conversation) -> list[list[tuple[int, Unit]]]:
    """The units of each stream with their indices."""
    found: list[list[tuple[int, Unit]]] = [[] for _ in conversation.streams]
    for index, unit in enumerate(conversation.units):
        found[unit.stream].append((index, unit))
    return found


def frames(units: Sequence[tuple[int, Unit]]) -> list[Seen]:
    """Each unit with the fields of the frame that it is, if it is one."""
    return [Seen(index, unit, look(unit.octets)) for index, unit in units]


def turns(seen: Sequence[Seen]) -> Iterator[Turn]:
    """The frames of a stream by turns; those without a direction belong to none."""
    sent: list[Seen] = []
    received: list[Seen] = []
    for frame in seen:
        if frame.direction == "C>S":
            if received or (sent and (sent[-1].polls or sent[-1].broken)):
                yield Turn(tuple(sent), tuple(received))
                sent, received = [], []
            sent.append(frame)
        elif frame.direction == "S>C":
            received.append(frame)
    if sent or received:
        yield Turn(tuple(sent), tuple(received))


def server_words(address: HdlcAddress) -> str:
    """A server address in the words of the device config."""
    lower = "" if address.lower is None else f", physical device {address.lower} ({address.lower:#06x})"
    octets = "1 octet" if address.length == 1 else f"{address.length} octets"
    return f"logical device {address.upper}{lower} on {octets}"


def hexed(octets: bytes, most: int = 16) -> str:
    """Octets for a message, bounded."""
    text = octets[:most].hex(" ").upper()
    return f"{text} … ({len(octets)} octets)" if len(octets) > most else text


def slow(index: int, request: Unit, reply: Unit, said: Statements) -> None:
    """A reply that took long, transmission apart."""
    if request.time is None or reply.time is None:
        return
    took = reply.time - request.time
    if took > _SLOW_S + len(reply.octets) / _SLOWEST_OCTETS_S:
        text = f"The reply came {took:.1f} s after its request."
        hint = "Let response_timeout_s under [timing] be longer than that."
        said.info("reply-slow", index, "", text, hint)
