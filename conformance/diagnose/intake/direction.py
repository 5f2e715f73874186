"""Who sent what, where a file does not say it, or says it from the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conformance.diagnose.intake.conversation import Direction, Heard, Layer, Unit
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.frame_look import FrameLook, look
from conformance.dlms import apdu as apdus
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.security.ciphered import NAMES

_COMMANDS: Final = (FrameType.SNRM, FrameType.DISC)
_RESPONSES: Final = (FrameType.UA, FrameType.DM, FrameType.FRMR)
_WITH_INFORMATION: Final = (FrameType.I, FrameType.UI)
_FROM_SERVER: Final = ("data-notification", "event-notification-request", "information-report-request")
_ACSE: Final[dict[int, Direction]] = {0x60: "C>S", 0x61: "S>C", 0x62: "C>S", 0x63: "S>C"}
_HEADER_OCTETS: Final = 8

_Sign = tuple[Direction, str]
_Ends = tuple[int, object, object]
"""Stream, then who received and who sent."""


def of_tag(tag: int) -> Direction | None:
    """Who sends an APDU of this tag; None where both may."""
    if tag in _ACSE:
        return _ACSE[tag]
    kind = apdus.TAGS.get(tag)
    if kind is None:
        return None
    name = NAMES.get(tag, kind.name)
    if name.startswith("general-"):
        return None
    if name.endswith(_FROM_SERVER):
        return "S>C"
    return "C>S" if name.endswith("-request") else "S>C"


def other(direction: Direction) -> Direction:
    """The other way."""
    return "S>C" if direction == "C>S" else "C>S"


class Directions:
    """Infers directions for the units of a conversation, and tells each inference as one."""

    __slots__ = ("_findings", "_learned", "_looks", "_units")

    def __init__(self, units: Sequence[Unit], findings: Findings) -> None:
        self._units = list(units)
        self._findings = findings
        self._looks: dict[int, FrameLook | None] = {}
        self._learned: dict[_Ends, Direction] = {}

    def settle(self, relative: Sequence[bool]) -> list[Unit]:
        """The units with all directions that can be known.

        Args:
            relative: of each stream, whether its directions only say who kept the file, or which end was called.
        """
        signs = [self._sign(index, unit) for index, unit in enumerate(self._units)]
        self._turn(signs, relative)
        self._contradicted(signs)
        self._learn(signs)
        told: dict[str, list[int]] = {}
        for index, unit in enumerate(self._units):
            if unit.direction is not None:
                continue
            sign = signs[index] or self._by_ends(index, unit) or self._by_turns(index, unit)
            if sign is not None:
                self._units[index] = replace(unit, direction=sign[0], inferred=True)
                told.setdefault(sign[1], []).append(index)
        self._tell(told)
        return self._units

    def _sign(self, index: int, unit: Unit) -> _Sign | None:
        """What the octets of a unit say themselves."""
        if unit.layer is Layer.HDLC:
            frame = self._looks[index] = look(unit.octets)
            return None if frame is None else _of_frame(frame)
        octets = unit.octets[_HEADER_OCTETS:] if unit.layer is Layer.WRAPPER else unit.octets
        return None if unit.layer is Layer.OCTETS else _of_apdu(octets)

    def _turn(self, signs: Sequence[_Sign | None], relative: Sequence[bool]) -> None:
        """Turn the directions of streams that were kept at the other side."""
        for stream, turnable in enumerate(relative):
            if not turnable:
                continue
            mine = [(i, unit) for i, unit in enumerate(self._units) if unit.stream == stream and unit.direction]
            judged = [(unit, sign[0]) for i, unit in mine if (sign := signs[i]) is not None]
            against = {unit.direction for unit, direction in judged if unit.direction != direction}
            if not against or any(unit.direction == direction for unit, direction in judged):
                continue
            if len(against) < 2 and any(unit.direction not in against for _, unit in mine):
                continue
            for i, unit in mine:
                if unit.direction is not None:
                    self._units[i] = replace(unit, direction=other(unit.direction), inferred=True)
            self._findings.info(
                "directions-turned",
                mine[0][1].place,
                "Inferred: the file was kept at the meter's side, or the meter made the connection; what it calls sent "
                f"is from the meter. All {len(judged)} frames or APDUs that show who sent them say so.",
            )

    def _contradicted(self, signs: Sequence[_Sign | None]) -> None:
        """Tell where a file says one thing and the octets the other; an echo has a right to."""
        for index, (unit, sign) in enumerate(zip(self._units, signs, strict=True)):
            if sign is None or unit.direction is None or unit.direction == sign[0]:
                continue
            before = self._units[index - 1] if index else None
            if before is not None and before.octets == unit.octets and before.direction != unit.direction:
                continue
            text = f"The file says {unit.direction}, but {sign[1]} is sent {sign[0]}. The file is believed."
            self._findings.warning("direction-contradicted", unit.place, text, "Check how the log was kept.")

    def _learn(self, signs: Sequence[_Sign | None]) -> None:
        for index, unit in enumerate(self._units):
            sign = signs[index]
            direction = unit.direction or (sign[0] if sign else None)
            ends = self._ends(index, unit)
            if direction is not None and ends is not None and ends[1] != ends[2]:
                self._learned.setdefault(ends, direction)
                self._learned.setdefault((ends[0], ends[2], ends[1]), other(direction))

    def _ends(self, index: int, unit: Unit) -> _Ends | None:
        if unit.layer is Layer.HDLC:
            frame = self._looks.get(index)
            return None if frame is None else (unit.stream, frame.destination, frame.source)
        if unit.layer is Layer.WRAPPER and len(unit.octets) >= _HEADER_OCTETS:
            return unit.stream, unit.octets[4:6], unit.octets[2:4]
        return None

    def _by_ends(self, index: int, unit: Unit) -> _Sign | None:
        """By the addresses of another unit whose direction is known; else by the lengths of HDLC addresses."""
        ends = self._ends(index, unit)
        if ends is not None and (known := self._learned.get(ends)) is not None:
            return known, "the addresses of another frame or PDU"
        frame = self._looks.get(index)
        if frame is not None and frame.destination.length != frame.source.length:
            direction: Direction = "C>S" if frame.source.length == 1 else "S>C"
            return direction, "the lengths of the HDLC addresses (a client's has 1 octet)"
        return None

    def _by_turns(self, index: int, unit: Unit) -> _Sign | None:
        """The last resort: one side speaks after the other."""
        if unit.layer in (Layer.OCTETS, Layer.HDLC) or not index:
            return None
        before = self._units[index - 1]
        if before.stream != unit.stream or before.direction is None:
            return None
        return other(before.direction), "the turn of the other side, which is weak"

    def _tell(self, told: dict[str, list[int]]) -> None:
        for reason, indices in told.items():
            first = self._units[indices[0]]
            text = f"Inferred: the direction of {len(indices)} frames, PDUs or APDUs, by {reason}."
            self._findings.info("direction-inferred", first.place, text)
        unknown = [unit.place for unit in self._units if unit.direction is None and unit.layer is not Layer.OCTETS]
        if unknown:
            text = f"Who sent {len(unknown)} of {len(self._units)} frames, PDUs or APDUs cannot be told."
            suggestion = "Say so in the file, for instance with TX: and RX: before the octets."
            self._findings.warning("direction-unknown", unknown[0], text, suggestion)


def _of_frame(frame: FrameLook) -> _Sign | None:
    kind = frame.control.type
    if not frame.fcs.good and kind in (*_COMMANDS, *_RESPONSES):
        return None
    if kind in _COMMANDS:
        return "C>S", f"the command {kind.label}"
    if kind in _RESPONSES:
        return "S>C", f"the response {kind.label}"
    if kind not in _WITH_INFORMATION:
        return None
    if frame.information.startswith(COMMAND_HEADER):
        return "C>S", "the LLC header E6 E6 00 of commands"
    if frame.information.startswith(RESPONSE_HEADER):
        return "S>C", "the LLC header E6 E7 00 of responses"
    # Of a frame without LLC header only the two APDUs that cannot be the middle of another one tell.
    tag = frame.information[:1]
    return _of_apdu(frame.information) if tag in (b"\x60", b"\x61") and not frame.segmented else None


def _of_apdu(octets: bytes) -> _Sign | None:
    if octets.startswith(COMMAND_HEADER):
        return "C>S", "the LLC header E6 E6 00 of commands"
    if octets.startswith(RESPONSE_HEADER):
        return "S>C", "the LLC header E6 E7 00 of responses"
    direction = of_tag(octets[0]) if octets else None
    return None if direction is None else (direction, f"the tag of {apdus.name_of(octets[0])}")


def carried_back(heard: Sequence[Heard], units: Sequence[Unit]) -> list[Heard]:
    """The pieces, with the direction of the units that were cut from each."""
    found: dict[int, set[Direction | None]] = {}
    for unit in units:
        for index in unit.pieces:
            found.setdefault(index, set()).add(unit.direction)
    settled = []
    for at, piece in enumerate(heard):
        directions = found.get(at, set())
        direction = next(iter(directions)) if len(directions) == 1 else piece.direction
        changed = direction != piece.direction
        settled.append(replace(piece, direction=direction, inferred=True) if changed else piece)
    return settled
