"""The LLC header before APDUs: missing, doubled, of the other direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import HeardApdu
from conformance.diagnose.layers.seen import Seen, hexed
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.reasoning.statement import Change
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER

_FIELD: Final = "hdlc-frame.content.information"
_BLOCK: Final = 0xE0
"""Tag of general-block-transfer."""
_TAGS: Final = frozenset(
    bytes.fromhex(
        "01 05 06 08 0C 0D 0E 0F 16 18 21 25 26 28 2C 2D 2E 45 46 4C 4D 60 61 62 63 C0 C1 C2 C3 C4 C5 C7 C8 C9"
        "CA CB CC CD CF D0 D1 D2 D3 D4 D5 D7 D8 D9 DA DB DC DD DF E0"
    )
)
"""Octets that an APDU begins with."""
_WORDS: Final = {"C>S": ("command", COMMAND_HEADER), "S>C": ("response", RESPONSE_HEADER)}


@dataclass(frozen=True, slots=True)
class _Opening:
    """The beginning of an information field that begins an APDU."""

    index: int
    name: str
    direction: str
    octets: bytes
    unnumbered: bool

    @property
    def right(self) -> bytes:
        """The header that belongs before it."""
        return _WORDS[self.direction][1]

    @property
    def bare(self) -> bool:
        """Whether an APDU begins at once."""
        return self.octets[0] in _TAGS and not self.octets.startswith((b"\xe6\xe6", b"\xe6\xe7"))


def explain(seen: Sequence[Seen], apdus: Sequence[HeardApdu], said: Statements) -> None:
    """What stands where the LLC header belongs, in the frames of one stream in which an APDU begins."""
    by_index = {frame.index: frame for frame in seen}
    openings = [
        opening
        for apdu in apdus
        if apdu.direction in _WORDS and apdu.units and apdu.units[0] in by_index
        for opening in (_opening(by_index[apdu.units[0]], apdu.direction or ""),)
        if opening is not None
    ]
    with_header = {item.direction for item in openings if item.octets.startswith(item.right)}
    bare = {item.direction for item in openings if item.bare}
    if bare and not with_header:
        _without(openings, bare, said)
    positions = {frame.index: position for position, frame in enumerate(seen)}
    for item in openings:
        if item.direction == "C>S" and with_header and not item.octets.startswith(item.right):
            _answered(item, seen, positions, said)
        if item.bare and with_header:
            _missing(item, said, with_header)
        elif not item.bare:
            _judge(item, said)


def _answered(item: _Opening, seen: Sequence[Seen], positions: dict[int, int], said: Statements) -> None:
    """A command with a wrong LLC header that the meter takes all the same."""
    after = positions[item.index] + 1
    reply = seen[after] if after < len(seen) else None
    if reply is not None and reply.direction == "S>C" and reply.type is FrameType.I and not reply.broken:
        text = f"The meter answers {item.name}, whose LLC header is not {hexed(COMMAND_HEADER)}, with information."
        said.warning("llc-wrong-answered", reply.index, _FIELD, text, "Such a frame must be dropped.")


def _opening(frame: Seen, direction: str) -> _Opening | None:
    view = frame.look
    if view is None or not view.information or (frame.unit.unknown and frame.unit.unknown[0][0] < 12):
        return None
    return _Opening(frame.index, frame.name, direction, view.information, view.control.type is FrameType.UI)


def _without(openings: Sequence[_Opening], bare: set[str], said: Statements) -> None:
    first = next(item for item in openings if item.bare)
    if len(bare) == 2:
        message = "No APDU in either direction has an LLC header (E6 E6 00, E6 E7 00): this link does without."
        hint = "Set llc = false under [hdlc] for this meter."
        said.info("llc-not-used", first.index, _FIELD, message, hint, changes=(Change("hdlc", "llc", "false"),))
        return
    word, right = _WORDS[first.direction]
    lone = "The meter's" if first.direction == "S>C" else "The client's"
    message = (
        f"{lone} information field begins with {hexed(first.octets[:3])}, an APDU; before a {word} belongs the LLC "
        f"header {hexed(right)}. The exchange shows no frame that has it."
    )
    severity = said.warning if first.unnumbered or first.direction == "S>C" else said.error
    hint = "Set llc = true under [hdlc], unless the maker says no LLC."
    changes = (Change("hdlc", "llc", "true"),) if first.direction == "C>S" else ()
    severity("llc-missing", first.index, _FIELD, message, hint, changes=changes)


def _missing(item: _Opening, said: Statements, with_header: set[str]) -> None:
    word, right = _WORDS[item.direction]
    if item.octets[0] == _BLOCK and item.unnumbered:
        message = (
            f"A further block of general-block-transfer in a UI frame ({item.name}) has no LLC header; the "
            "frames before it have. A receiver does well to take it all the same."
        )
        said.info("llc-missing-in-later-block", item.index, _FIELD, message)
        return
    other = "The replies have theirs, so the link uses LLC." if "S>C" in with_header else "Requests have theirs."
    if item.direction in with_header:
        other = "Other frames of the same side have it."
    message = (
        f"Information field begins with {hexed(item.octets[:3])}, an APDU of tag {item.octets[0]:02X}; the LLC header "
        f"{hexed(right)} that belongs before each {word} is missing. {other}"
    )
    suggestion = "Set llc = true under [hdlc]." if item.direction == "C>S" else "The meter must put E6 E7 00 before it."
    changes = (Change("hdlc", "llc", "true"),) if item.direction == "C>S" else ()
    said.error("llc-missing", item.index, _FIELD, message, suggestion, changes=changes)


def _judge(item: _Opening, said: Statements) -> None:
    word, right = _WORDS[item.direction]
    other = RESPONSE_HEADER if right == COMMAND_HEADER else COMMAND_HEADER
    if item.octets[3:6] in (COMMAND_HEADER, RESPONSE_HEADER) and item.octets[:3] in (COMMAND_HEADER, RESPONSE_HEADER):
        message = f"The LLC header stands twice: {hexed(item.octets[:6])}; it belongs there once."
        suggestion = "Both the application and the link layer add it: leave one out, or set llc = false under [hdlc]."
        said.error("llc-doubled", item.index, _FIELD, message, suggestion)
    elif item.octets.startswith(other):
        message = f"The LLC header is {hexed(other)}, that of the other direction; a {word} has {hexed(right)}."
        meter = "The meter builds its replies with the header of commands, or these octets are an echo."
        suggestion = "Send E6 E6 00 before requests." if item.direction == "C>S" else meter
        said.error("llc-direction-wrong", item.index, _FIELD, message, suggestion)
    elif item.octets[:2] == right[:2] and item.octets[:3] != right:
        message = f"The LLC header is {hexed(item.octets[:3])}; its last octet, LLC quality, is {right[2]:02X}."
        said.warning("llc-quality-wrong", item.index, _FIELD, message, "Send 00 as the LLC quality.")
    elif item.octets[:1] == b"\xe6" and item.octets[:3] != right:
        message = f"Where the LLC header {hexed(right)} belongs stands {hexed(item.octets[:3])}."
        said.warning("llc-header-wrong", item.index, _FIELD, message, "Compare both LSAPs with the standard's.")
