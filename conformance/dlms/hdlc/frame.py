"""The HDLC frame, frame format type 3 (IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame).

Flag, format, destination, source, control, [HCS, information,] FCS, flag. A frame with an information field has an HCS
behind its control field; a frame without one has none, and its FCS protects the header. Nothing is stuffed: a 7E may
occur between the flags, and the length subfield of the format says where the frame ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.hdlc.address import HdlcAddress, from_octets
from conformance.dlms.hdlc.address import read as read_address
from conformance.dlms.hdlc.control import Control
from conformance.dlms.hdlc.fcs import GOOD, fcs16, remainder
from conformance.dlms.reader import Reader

FLAG: Final = 0x7E
FORMAT_TYPE: Final = 0xA000
"""Frame format type 3: 1010 in the four highest bits of the format."""
SEGMENTATION: Final = 0x0800
"""The S bit of the format: more segments follow."""
LONGEST: Final = 0x07FF
"""Octets between the flags that the length subfield of 11 bits can say."""
SHORTEST: Final = 7
"""Octets between the flags of a frame with two addresses of 1 octet and no information field."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        destination: address of the receiver.
        source: address of the sender.
        control: kind of the frame and sequence numbers.
        information: empty when the frame has no information field.
        segmented: the segmentation bit.
    """

    destination: HdlcAddress
    source: HdlcAddress
    control: Control
    information: bytes = b""
    segmented: bool = False

    def encode(self) -> bytes:
        """The frame as sent, with both flags.

        Raises:
            EncodeError: an address or number without an encoding, or more than 2047 octets between the flags.
        """
        addresses = _encoded(self.destination) + _encoded(self.source)
        information = self.information
        size = 5 + len(addresses) + (len(information) + 2 if information else 0)
        if size > LONGEST:
            raise EncodeError(f"information field of {len(information)} octets makes a frame of {size}, {LONGEST} fit")
        lead = FORMAT_TYPE | SEGMENTATION | size if self.segmented else FORMAT_TYPE | size
        content = b"%b%b%c" % (lead.to_bytes(2, "big"), addresses, self.control.encode())
        if information:
            content += fcs16(content) + information
        return b"~%b%b~" % (content, fcs16(content))


@lru_cache(maxsize=256)
def _encoded(address: HdlcAddress) -> bytes:
    return address.encode()


@lru_cache(maxsize=256)
def _address(octets: bytes) -> HdlcAddress:
    return from_octets(octets)


def read(reader: Reader) -> Frame:
    """Take a frame from its opening to its closing flag.

    All fields are taken before the check sequences are judged, so that a frame that fails only there still shows its
    fields. `hcs-without-information` is a deviation.

    Raises:
        DecodeError: a flag, the format type, the length, an address or a check sequence is wrong.
    """
    if reader.recorder is None and reader.position == 0 and reader.end == len(reader.octets):
        frame = _read_at_once(reader.octets)
        if frame is not None:
            reader.position = reader.end
            return frame
    return _read_by_field(reader)


def _read_at_once(octets: bytes) -> Frame | None:
    """The frame when nothing at all is wrong with it; None leaves it to be read field by field."""
    size = len(octets) - 2
    if size < SHORTEST or octets[0] != FLAG or octets[-1] != FLAG:
        return None
    lead = octets[1] << 8 | octets[2]
    if lead & 0xF7FF != FORMAT_TYPE | size or remainder(octets[1:-1]) != GOOD:
        return None
    destination = 3 + _address_size(octets, 3)
    source = destination + _address_size(octets, destination)
    if source in (3, destination) or source + 3 > size + 1:
        return None
    information = b""
    if source + 3 != size + 1:
        information = octets[source + 3 : -3]
        if not information or remainder(octets[1 : source + 3]) != GOOD:
            return None
    return Frame(
        _address(octets[3:destination]),
        _address(octets[destination:source]),
        Control.decode(octets[source]),
        information,
        bool(lead & SEGMENTATION),
    )


def _address_size(octets: bytes, start: int) -> int:
    """Octets of the address at `start`; 0 when it is none."""
    if octets[start] & 1:
        return 1
    if octets[start + 1] & 1:
        return 2
    if start + 3 < len(octets) and not octets[start + 2] & 1 and octets[start + 3] & 1:
        return 4
    return 0


def _read_by_field(reader: Reader) -> Frame:
    if reader.u8("opening-flag") != FLAG:
        reader.fail("no opening flag", back=1, expected="7E")
    reader.enter("content")
    start = reader.position
    segmented = _format(reader)
    destination = read_address(reader, "destination-address")
    source = read_address(reader, "source-address")
    control = Control.decode(reader.u8("control"))
    reader.meaning(control)
    header_end = reader.position
    information = b""
    left = _content_end(reader, start) - header_end
    if left != 2:
        information = _information(reader, left)
    content_end = reader.position
    reader.take("fcs", 2)
    reader.mark(FieldKind.CHECK_SEQUENCE)
    reader.leave()
    if reader.u8("closing-flag") != FLAG:
        reader.fail("no closing flag", back=1, expected="7E")
    _judge(reader, start, header_end, content_end, has_hcs=left != 2)
    return Frame(destination, source, control, information, segmented)


def _content_end(reader: Reader, start: int) -> int:
    return start + (int.from_bytes(reader.octets[start : start + 2], "big") & LONGEST)


def _format(reader: Reader) -> bool:
    """Take the format; give the segmentation bit."""
    lead = reader.unsigned("format", 2)
    reader.mark(FieldKind.HDLC_FORMAT)
    segmented = bool(lead & SEGMENTATION)
    size = lead & LONGEST
    reader.meaning(f"type {lead >> 12:X}, {size} octets{', segmented' if segmented else ''}")
    if lead & 0xF000 != FORMAT_TYPE:
        reader.fail(f"frame format type {lead >> 12:X}", back=2, expected="A, frame format type 3")
    behind = reader.end - reader.position + 2
    has_flag = behind > 2 and reader.octets[reader.end - 1] == FLAG
    between = behind - 1 if has_flag else behind
    if size != between:
        reader.fail(f"length subfield {size}, but {between} octets between the flags", back=2)
    if size < SHORTEST:
        reader.fail(f"frame of {size} octets between the flags", back=2, expected=f"at least {SHORTEST}")
    return segmented


def _information(reader: Reader, left: int) -> bytes:
    """Take HCS and information field, where `left` octets stand before the closing flag."""
    if left < 4:
        reader.fail(f"{left} octets behind the control field", expected="FCS, or HCS, information field and FCS")
    reader.take("hcs", 2)
    reader.mark(FieldKind.CHECK_SEQUENCE)
    if left == 4:
        reader.deviation("hcs-without-information", "HCS in a frame without information field", back=2)
        return b""
    return reader.take("information", left - 4)


def _judge(reader: Reader, start: int, header_end: int, content_end: int, *, has_hcs: bool) -> None:
    """Check HCS and FCS; the error is that of the first wrong one, and names the other one too."""
    octets = reader.octets
    wrong: list[tuple[str, int, str]] = []
    if has_hcs:
        _compare(octets, start, header_end, "hcs", wrong)
    _compare(octets, start, content_end, "fcs", wrong)
    if not wrong:
        return
    message = wrong[0][2]
    if len(wrong) > 1:
        message += f"; the fcs {wrong[1][2]} over the octets as they are"
    reader.fail(message, back=reader.position - wrong[0][1])


def _compare(octets: bytes, start: int, end: int, name: str, wrong: list[tuple[str, int, str]]) -> None:
    found = octets[end : end + 2]
    right = fcs16(octets[start:end])
    if found != right:
        wrong.append((name, end, f"is {found.hex().upper()}, should be {right.hex().upper()}"))
