"""A message of the frame log as rows that a page can draw: its fields from the frame down to the values of its APDU."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from conformance.dlms import apdu, wrapper
from conformance.dlms.fields import Field
from conformance.dlms.hdlc import frame as hdlc_frame
from conformance.dlms.hdlc import frmr, parameters
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.fcs import fcs16
from conformance.dlms.reader import Dissection, dissect
from conformance.record.frames import Layer
from conformance.record.redaction import Span, information_edges
from conformance.reporting.legible import line

LONGEST_MESSAGE = 2_048
"""Octets of a message that a page shows."""
MOST_ROWS = 500
"""Fields of a message that a page shows."""

_LONGEST_VALUE = 160
_SHORTEST_TEXT = 4
_SEGMENTED = 0x08
"""S bit in the first octet of the frame format."""
_INFORMATION = "hdlc-frame.content.information"
_DATA = "wrapper.data"
_CARRIERS = {_INFORMATION, _DATA, *(f"{name}.user-information.value" for name in ("aarq", "aare", "rlrq", "rlre"))}
"""Fields without parts that may carry a message."""
_LLC = (b"\xe6\xe6\x00", b"\xe6\xe7\x00")
_UNVERIFIABLE = "not verifiable: octets are redacted"
_TELLING = frozenset(
    ("choice", "result", "result-source-diagnostic", "data-access-result", "diagnostic", "state-error", "service-error",
     "initiate-error", "class-id", "instance-id", "attribute-id", "method-id", "block-number", "reason")
)  # fmt: skip


class Row(NamedTuple):
    """One field: how deep it is nested, its name, its octets, and what they mean.

    `path` begins with the name of the message that the field belongs to, which may lie within another. A tuple, since
    a page has half a million of them, and a tuple is made in a third of the time.
    """

    depth: int
    path: str
    name: str
    start: int
    end: int
    meaning: str
    leaf: bool


@dataclass(frozen=True, slots=True)
class View:
    """A message ready to be drawn.

    Attributes:
        octets: as logged, at most `LONGEST_MESSAGE` of them.
        size: how many there are.
        rows: the fields, at most `MOST_ROWS`, in the order of the octets, an outer one before its parts.
        summary: the message in a few words.
        problem: why it does not decode as a whole, or what is illegal in it; empty when nothing is.
        masked: spans of redacted octets.
    """

    octets: bytes
    size: int
    rows: tuple[Row, ...]
    summary: str
    problem: str
    masked: tuple[Span, ...]


@lru_cache(maxsize=4096)
def view(layer: Layer, octets: bytes, masked: tuple[Span, ...] = ()) -> View:
    """Dissect a message of the frame log; never raises, whatever the octets."""
    drawing = _Drawing(octets)
    match layer:
        case "hdlc":
            readable = _with_check_sequences(octets) if masked else octets
            drawing.graft(dissect(readable, hdlc_frame.read, "hdlc-frame"), 0, 0)
        case "wrapper":
            drawing.graft(dissect(octets, wrapper.read, "wrapper"), 0, 0)
        case "apdu":
            drawing.graft(apdu.dissect(octets), 0, 0)
        case _:
            drawing.problems.append("neither a frame nor a wrapper PDU nor an APDU")
    rows = drawing.rows
    if layer == "hdlc" and masked:
        rows = [row._replace(meaning=_UNVERIFIABLE) if row.name in ("hcs", "fcs") else row for row in rows]
    return View(
        octets=octets[:LONGEST_MESSAGE],
        size=len(octets),
        rows=tuple(row for row in rows[:MOST_ROWS] if row.start < LONGEST_MESSAGE),
        summary=_summary(rows, octets),
        problem=line("; ".join(drawing.problems)),
        masked=masked,
    )


def locate(views: Iterable[View], path: str, start: int, end: int, octets: str) -> tuple[int, int, int] | None:
    """Where in `views` the octets lie on which a verdict rests.

    Args:
        views: of one frame: the frame, the APDU it completes, the deciphered APDU.
        path: of the field; its first name names the message.
        start: first octet, counted from the start of that message.
        end: octet after the last.
        octets: what stands there, in hexadecimal digits; decides between messages of the same name.

    Returns:
        Index of the view, first octet and octet after the last in it; None when no view has such a message.
    """
    root = path.partition(".")[0]
    found: list[tuple[int, int, int]] = []
    for index, candidate in enumerate(views):
        for row in candidate.rows:
            if row.path != root or not 0 <= start <= end <= candidate.size - row.start:
                continue
            place = (index, row.start + start, row.start + end)
            if candidate.octets[place[1] : place[2]].hex().upper() == octets.upper().replace(" ", ""):
                return place
            found.append(place)
    return found[0] if found else None


class _Drawing:
    """Collects the rows of a message and of the messages within it."""

    __slots__ = ("octets", "problems", "rows")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.rows: list[Row] = []
        self.problems: list[str] = []

    def graft(self, dissection: Dissection[Any], depth: int, shift: int) -> None:
        """Add a message that begins at octet `shift`."""
        if dissection.error is not None:
            self.problems.append(str(dissection.error))
        self.problems.extend(map(str, dissection.deviations))
        self._add(dissection.root, dissection.root.name, depth, shift)

    def _add(self, field: Field, path: str, depth: int, shift: int) -> None:
        """Add a field and its parts; those that have none themselves right here, since they are the most."""
        rows = self.rows
        if len(rows) > MOST_ROWS:
            return
        start, end = shift + field.start, shift + field.end
        name, value, parts = field.name, field.value, field.children
        rows.append(Row(depth, path, name, start, end, "" if value is None else _meaning(name, value), not parts))
        for part in parts:
            name, value = part.name, part.value
            inner = f"{path}.{name}"
            if part.children or inner in _CARRIERS:
                self._add(part, inner, depth + 1, shift)
            elif len(rows) <= MOST_ROWS:
                meaning = "" if value is None else _meaning(name, value)
                rows.append(Row(depth + 1, inner, name, shift + part.start, shift + part.end, meaning, True))
        if end > start and not parts and path in _CARRIERS:
            self._descend(path, depth + 1, start, end)

    def _descend(self, path: str, depth: int, start: int, end: int) -> None:
        """Add the message that a field of `_CARRIERS` carries, where it carries one."""
        if path == _INFORMATION:
            self._information(depth, start, end)
        elif path == _DATA:
            self.graft(apdu.dissect(self.octets[start:end]), depth, start)
        else:
            inner = apdu.dissect(self.octets[start:end])
            if inner.error is None:
                self.graft(inner, depth, start)

    def _information(self, depth: int, start: int, end: int) -> None:
        """Add what an information field holds; a segment of an APDU cannot be read on its own."""
        control = next(row for row in reversed(self.rows) if row.name == "control")
        kind = Control.decode(self.octets[control.start]).type
        content = self.octets[start:end]
        if kind in (FrameType.SNRM, FrameType.UA):
            self.graft(dissect(content, parameters.read, "link-parameters"), depth, start)
        elif kind is FrameType.FRMR:
            self.graft(dissect(content, frmr.read, "frmr"), depth, start)
        elif content[:3] in _LLC:
            self.rows.append(Row(depth, "hdlc-frame.content.information.llc", "llc", start, start + 3, "", leaf=True))
            segmented = self.octets[1] & _SEGMENTED
            if len(content) > 3 and not segmented:
                self.graft(apdu.dissect(content[3:]), depth, start + 3)


def _with_check_sequences(octets: bytes) -> bytes:
    """The frame with the check sequences that its redacted octets would have, so that it decodes."""
    edges = information_edges(octets)
    if not edges:
        return octets
    begin, end = edges[0], edges[-1]
    mended = bytearray(octets)
    mended[begin - 2 : begin] = fcs16(bytes(mended[1 : begin - 2]))
    mended[end : end + 2] = fcs16(bytes(mended[1:end]))
    return bytes(mended)


def _meaning(name: str, value: object) -> str:
    if isinstance(value, int) and name.endswith(("tag", "flag")):
        return ""
    if type(value) is int:
        return str(value) if value.bit_length() < _LONGEST_VALUE else line(value, _LONGEST_VALUE)
    if isinstance(value, bytes | bytearray):
        if len(value) < _SHORTEST_TEXT or not value.isascii() or not (text := value.decode("ascii")).isprintable():
            return ""
        return line(f'"{text[:_LONGEST_VALUE]}"', _LONGEST_VALUE)
    return _said(str(getattr(value, "label", value)))


@lru_cache(maxsize=4096)
def _said(value: str) -> str:
    """The same words stand in thousands of frames."""
    return line(value, _LONGEST_VALUE)


def _summary(rows: list[Row], octets: bytes) -> str:
    """What kind of message it is, and the values that tell most."""
    if not rows:
        return f"{len(octets)} octets"
    words: list[str] = []
    for row in rows:
        if row.name == "control" and row.meaning:
            words.append(row.meaning)
        elif row.path == row.name and row.name not in ("hdlc-frame", "wrapper", "apdu"):
            words.append(row.name)
        elif row.leaf and not row.meaning.isdigit() and row.meaning and len(words) < 8:
            name = row.path.rsplit(".", 2)[-2] if row.name == "value" and "." in row.path else row.name
            if name in _TELLING:
                words.append(row.meaning if name in ("choice", "result") else f"{name} {row.meaning}")
    return line(" · ".join(words) or rows[0].name, 200)
