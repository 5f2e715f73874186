"""APDUs out of units: the LLC header taken off, HDLC segments put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.intake.conversation import Damage, Direction, HeardApdu, Layer, Unit
from conformance.diagnose.intake.frame_look import FrameLook, look
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER

_HEADER_OCTETS: Final = 8
_LLC_OCTETS: Final = 3
_LONGEST_APDU: Final = 1 << 20
_CARRIERS: Final = (FrameType.I, FrameType.UI)


@dataclass(slots=True)
class _Open:
    """Segments of an APDU whose last one has not come."""

    units: list[int] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)
    notes: list[str] = field(default_factory=list)
    complete: bool = True
    last_number: int | None = None


def apdus(units: Sequence[Unit]) -> list[HeardApdu]:
    """The APDUs that the units carry, in the order in which they were complete."""
    joiner = _Joiner(units)
    for index, unit in enumerate(units):
        joiner.take(index, unit)
    return joiner.finish()


class _Joiner:
    """Gathers the segments of each stream and direction."""

    __slots__ = ("_found", "_open", "_units")

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._found: list[HeardApdu] = []
        self._open: dict[tuple[int, Direction | None], _Open] = {}

    def take(self, index: int, unit: Unit) -> None:
        """Take a unit; it may complete an APDU."""
        if unit.layer is Layer.APDU:
            llc, octets = _without_llc(unit.octets)
            self._put(index, unit, octets, llc)
        elif unit.layer is Layer.WRAPPER and unit.damage not in (Damage.FORMAT, Damage.STRAY):
            if len(unit.octets) > _HEADER_OCTETS:
                self._put(index, unit, unit.octets[_HEADER_OCTETS:], b"")
        elif unit.layer is Layer.HDLC:
            frame = look(unit.octets)
            if frame is not None and frame.information and frame.control.type in _CARRIERS:
                self._segment(index, unit, frame)
            elif frame is not None and frame.control.type in (FrameType.SNRM, FrameType.DISC):
                self._abandon(unit)

    def finish(self) -> list[HeardApdu]:
        """All of them; those that were never completed come last."""
        for (stream, direction), opened in self._open.items():
            self._found.append(self._joined(stream, direction, opened, "its last segment never came"))
        self._open.clear()
        return self._found

    def _put(self, index: int, unit: Unit, octets: bytes, llc: bytes) -> None:
        notes = (unit.remark,) if unit.remark else ()
        self._found.append(HeardApdu(unit.direction, octets, unit.stream, (index,), llc, unit.whole, notes))

    def _segment(self, index: int, unit: Unit, frame: FrameLook) -> None:
        key = (unit.stream, unit.direction)
        opened = self._open.get(key)
        numbered = frame.control.type is FrameType.I
        if opened is None and not frame.segmented:
            llc, octets = _without_llc(frame.information)
            notes = _flaws(unit, frame)
            self._found.append(HeardApdu(unit.direction, octets, unit.stream, (index,), llc, not notes, notes))
            return
        if opened is None:
            opened = self._open[key] = _Open()
        if numbered and opened.last_number is not None:
            if frame.control.send_number == opened.last_number:
                opened.notes.append(f"segment N(S)={opened.last_number} was sent again")
                return
            if frame.control.send_number != (opened.last_number + 1) % 8:
                opened.complete = False
                opened.notes.append(f"N(S)={frame.control.send_number} follows N(S)={opened.last_number}")
        opened.last_number = frame.control.send_number if numbered else None
        flaws = _flaws(unit, frame)
        opened.notes += flaws
        opened.complete = opened.complete and not flaws
        opened.units.append(index)
        opened.octets += frame.information
        if not frame.segmented or len(opened.octets) > _LONGEST_APDU:
            del self._open[key]
            remark = "longer than any APDU" if frame.segmented else ""
            self._found.append(self._joined(unit.stream, unit.direction, opened, remark))

    def _abandon(self, unit: Unit) -> None:
        """A link that is set up or taken down ends what was under way in either direction."""
        for key in [key for key in self._open if key[0] == unit.stream]:
            self._found.append(self._joined(*key, self._open.pop(key), "the link was set up anew, or disconnected"))

    def _joined(self, stream: int, direction: Direction | None, opened: _Open, remark: str) -> HeardApdu:
        llc, octets = _without_llc(bytes(opened.octets))
        notes = (*opened.notes, remark) if remark else tuple(opened.notes)
        complete = opened.complete and not remark
        return HeardApdu(direction, octets, stream, tuple(opened.units), llc, complete, notes)


def _flaws(unit: Unit, frame: FrameLook) -> tuple[str, ...]:
    """What makes the information field of a frame doubtful."""
    found = [unit.remark] if unit.remark else []
    found += [f"{check.name} wrong" for check in (frame.hcs, frame.fcs) if check is not None and not check.good]
    if unit.unknown:
        found.append("octets that are not known")
    return tuple(found)


def _without_llc(octets: bytes) -> tuple[bytes, bytes]:
    """The LLC header, once or as often as it stands there up to twice, and what is behind it."""
    end = 0
    while end < 2 * _LLC_OCTETS and octets[end : end + _LLC_OCTETS] in (COMMAND_HEADER, RESPONSE_HEADER):
        end += _LLC_OCTETS
    return octets[:end], octets[end:]
