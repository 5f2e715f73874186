"""The pcap format: both byte orders, microseconds and nanoseconds (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.packet import BlockFile, Packet
from conformance.diagnose.intake.place import Place

MAGICS: Final = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
"""First four octets: the byte order, and nanoseconds in a unit of the fraction."""
_NANOSECONDS: Final = 1_000_000_000
_FILE_HEADER: Final = 24
_PACKET_HEADER: Final = 16
_LINK_TYPE: Final = 0x0FFFFFFF
"""Bits of the link type field that are the link type; those above tell of the FCS."""


def packets(path: Path, source: BlockFile, limits: Limits, findings: Findings) -> Iterator[Packet]:
    """The packets of a capture, one by one.

    A file that ends within a packet, or a length that cannot be, ends the reading with a finding: nothing behind it
    can be found again.

    Raises:
        IntakeError: the file header is cut, or of another version.
    """
    header = source.take(_FILE_HEADER)
    if len(header) < _FILE_HEADER:
        raise IntakeError(path, f"pcap header of {len(header)} octets, not 24", remedy="Copy the capture again")
    byte_order, unit = MAGICS[header[:4]]
    major, minor, _, _, _, network = struct.unpack(f"{byte_order}HHiIII", header[4:])
    if major != 2:
        remedy = "Convert it with tcpdump or Wireshark to pcapng"
        raise IntakeError(path, f"pcap of version {major}.{minor}, not 2.4", remedy=remedy)
    link_type = network & _LINK_TYPE
    head = struct.Struct(f"{byte_order}IIII")
    number = 0
    while raw := source.take(_PACKET_HEADER):
        number += 1
        if len(raw) < _PACKET_HEADER:
            ended(findings, number)
            return
        seconds, fraction, captured, length = head.unpack(raw)
        if captured > limits.packet_octets:
            broken(findings, number, f"it says that {captured} octets were captured")
            return
        octets = source.take(captured)
        if len(octets) < captured:
            ended(findings, number)
            return
        yield Packet(number, link_type, seconds * _NANOSECONDS + fraction * unit, octets, max(length, captured))


def ended(findings: Findings, number: int) -> None:
    """Tell that the file ends within a packet or block."""
    findings.error(
        "capture-file-cut",
        Place("packet", max(number, 1)),
        "The capture file ends in the middle of this packet.",
        "Copy the file again, or stop the capture properly before copying it.",
    )


def broken(findings: Findings, number: int, what: str) -> None:
    """Tell that the file cannot be followed from a packet on."""
    findings.error(
        "capture-file-damaged",
        Place("packet", max(number, 1)),
        f"The capture file cannot be read from here on: {what}.",
        "Copy the file again; Wireshark's reordercap or editcap may save the rest.",
    )
