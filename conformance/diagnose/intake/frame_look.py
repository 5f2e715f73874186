"""An HDLC frame looked at without belief: its fields where they would stand, and both check sequences as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.hdlc.address import HdlcAddress, from_octets
from conformance.dlms.hdlc.control import Control
from conformance.dlms.hdlc.fcs import GOOD, fcs16, remainder
from conformance.dlms.hdlc.frame import FLAG, FORMAT_TYPE, LONGEST, SEGMENTATION, SHORTEST

_LEAD: Final = 3
"""Opening flag and format."""


@dataclass(frozen=True, slots=True)
class CheckSequence:
    """A check sequence of a frame.

    Attributes:
        name: `HCS` or `FCS`.
        offset: of its first octet in the frame.
        found: as it stands.
        right: what belongs there, over the octets as they are.
    """

    name: str
    offset: int
    found: bytes
    right: bytes

    @property
    def good(self) -> bool:
        """Whether it is right."""
        return self.found == self.right


@dataclass(frozen=True, slots=True)
class FrameLook:
    """The fields of a frame, be its check sequences right or not.

    Attributes:
        destination: address of the receiver.
        source: address of the sender.
        control: kind of the frame.
        control_offset: of the control field in the frame.
        segmented: the segmentation bit.
        information: empty where there is none.
        information_offset: of its first octet; 0 where there is none.
        hcs: of the header; None in a frame without information.
        fcs: of the frame.
    """

    destination: HdlcAddress
    source: HdlcAddress
    control: Control
    control_offset: int
    segmented: bool
    information: bytes
    information_offset: int
    hcs: CheckSequence | None
    fcs: CheckSequence


def look(octets: bytes) -> FrameLook | None:
    """The fields of what stands between two flags; None where addresses or lengths leave no room for them."""
    if len(octets) < SHORTEST + 2 or octets[0] != FLAG or octets[-1] != FLAG:
        return None
    lead = octets[1] << 8 | octets[2]
    if lead & 0xF000 != FORMAT_TYPE:
        return None
    destination = _LEAD + _address_size(octets, _LEAD)
    source = destination + _address_size(octets, destination)
    end = len(octets) - 3
    if source in (_LEAD, destination) or source >= end:
        return None
    information, offset, hcs = b"", 0, None
    if source + 1 < end:
        hcs = _check(octets, "HCS", source + 1)
        offset = source + 3
        information = octets[offset:end]
        if source + 3 > end:
            return None
    return FrameLook(
        from_octets(octets[_LEAD:destination]),
        from_octets(octets[destination:source]),
        Control.decode(octets[source]),
        source,
        bool(lead & SEGMENTATION),
        information,
        offset,
        hcs,
        _check(octets, "FCS", end),
    )


def sound(octets: bytes) -> bool:
    """Whether octets are one frame from flag to flag, of the length it says, with a good FCS."""
    size = says(octets)
    return size is not None and size == len(octets) and octets[-1] == FLAG and remainder(octets[1:-1]) == GOOD


def says(octets: bytes) -> int | None:
    """Octets, with both flags, that a frame at the front says it has; None where no frame begins there."""
    if len(octets) < _LEAD or octets[0] != FLAG:
        return None
    lead = octets[1] << 8 | octets[2]
    size = lead & LONGEST
    return size + 2 if lead & 0xF000 == FORMAT_TYPE and size >= SHORTEST else None


def _check(octets: bytes, name: str, offset: int) -> CheckSequence:
    return CheckSequence(name, offset, octets[offset : offset + 2], fcs16(octets[1:offset]))


def _address_size(octets: bytes, start: int) -> int:
    for size in (1, 2, 4):
        part = octets[start : start + size]
        if len(part) == size and part[-1] & 1 and not any(octet & 1 for octet in part[:-1]):
            return size
    return 0
