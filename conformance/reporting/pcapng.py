"""The frame log as a pcapng capture that Wireshark and tshark open.

HDLC frames are packets of link type USER0 (147), bare APDUs of USER1 (148), octets that are neither of USER2 (149): set
them in Wireshark under *Protocols, DLT_USER*. Wrapper PDUs are put into IPv4 and TCP (link type RAW, 101) on the port
that is registered for DLMS/COSEM. Addresses, client ports, sequence numbers and checksums of those are made up; each
connection of a subtest is a TCP stream of its own. Nothing is added to the octets that passed, and nothing is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from conformance.record.frames import Frame, Layer
from conformance.record.model import RunRecord
from conformance.reporting.legible import line
from conformance.reporting.segments import Conversation, segments

TRACE = "trace.pcapng"

_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE_DESCRIPTION = 1
_ENHANCED_PACKET = 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D

_COMMENT = 1
_INTERFACE_NAME = 2
_INTERFACE_TEXT = 3
_OPERATING_SYSTEM = 3
_APPLICATION = 4
_FLAGS = 2

_INBOUND = 1
_OUTBOUND = 2

_LINK_TYPES: dict[Layer, int] = {"hdlc": 147, "apdu": 148, "octets": 149, "wrapper": 101}
_TEXTS: dict[Layer, str] = {
    "hdlc": "HDLC frames with both flags",
    "apdu": "APDUs",
    "octets": "octets that are neither frame nor wrapper PDU nor APDU",
    "wrapper": "wrapper PDUs; IPv4 and TCP headers are made up",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_COMMENT = 2_000


def render(record: RunRecord, frames: Sequence[Frame]) -> bytes:
    """The capture of a run; the same record gives the same octets.

    Each packet carries its direction, seen from the tester, and a comment: case, association, variant, subtest, number
    of the frame, seconds on the clock of the link, and which octets were redacted.
    """
    interfaces: dict[tuple[str, Layer], int] = {}
    packets: list[bytes] = []
    conversations = _Conversations()
    for frame in frames:
        key = (frame.device, frame.layer)
        interface = interfaces.setdefault(key, len(interfaces))
        for packet in conversations.packets(frame):
            packets.append(_packet(interface, frame, packet))
    return b"".join((_section(record), *(_interface(*key) for key in interfaces), *packets))


class _Conversations:
    """The TCP streams of wrapper PDUs, one for each connection of a subtest; of a subtest where the log is older."""

    def __init__(self) -> None:
        self._streams: dict[tuple[object, ...], Conversation] = {}
        self._devices: dict[str, int] = {}

    def packets(self, frame: Frame) -> Iterator[bytes]:
        """The packets that carry the frame: one, or more where it is longer than a segment."""
        if frame.layer != "wrapper":
            yield frame.octets
            return
        key = (
            frame.device,
            frame.worker,
            frame.case,
            frame.association,
            frame.variant,
            frame.subtest,
            frame.connection,
        )
        stream = self._streams.get(key)
        if stream is None:
            device = self._devices.setdefault(frame.device, len(self._devices))
            stream = self._streams[key] = Conversation.numbered(len(self._streams), device)
        yield from segments(stream, frame.octets, from_client=frame.dir == "C>S")


def _section(record: RunRecord) -> bytes:
    options = (
        _text_option(_COMMENT, f"{record.device.name}, {record.scope}" if record.scope else record.device.name),
        _text_option(_OPERATING_SYSTEM, record.tool.platform),
        _text_option(_APPLICATION, f"{record.tool.name} {record.tool.version}"),
    )
    length_unknown = -1
    return _block(_SECTION_HEADER, struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, length_unknown), options)


def _interface(device: str, layer: Layer) -> bytes:
    unlimited = 0
    options = (
        _text_option(_INTERFACE_NAME, f"{device} {layer}" if device else layer),
        _text_option(_INTERFACE_TEXT, _TEXTS[layer]),
    )
    return _block(_INTERFACE_DESCRIPTION, struct.pack("<HHI", _LINK_TYPES[layer], 0, unlimited), options)


def _packet(interface: int, frame: Frame, octets: bytes) -> bytes:
    moment = (frame.utc - _EPOCH) // _MICROSECOND
    high, low = divmod(max(moment, 0), 1 << 32)
    head = struct.pack("<IIIII", interface, high, low, len(octets), len(octets))
    flags = _OUTBOUND if frame.dir == "C>S" else _INBOUND
    options = (_text_option(_COMMENT, _comment(frame)), _option(_FLAGS, struct.pack("<I", flags)))
    return _block(_ENHANCED_PACKET, head + _padded(octets), options)


def _comment(frame: Frame) -> str:
    place = "/".join(line(part, 120) for part in (frame.case, frame.association, frame.variant) if part)
    parts = [place] if place else []
    if frame.subtest is not None:
        parts.append(f"subtest {frame.subtest}")
    parts += [f"frame {frame.n}", f"t {frame.t:.6f} s"]
    if frame.redacted:
        parts.append("redacted octets " + ", ".join(f"[{start}, {end})" for start, end in frame.redacted[:20]))
    if frame.note:
        parts.append(line(frame.note))
    return "; ".join(parts)


def _block(kind: int, content: bytes, options: Sequence[bytes]) -> bytes:
    written = [option for option in options if option]
    body = content + b"".join(written) + (_option(0, b"") if written else b"")
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _text_option(code: int, text: str) -> bytes:
    octets = line(text, _LONGEST_COMMENT).encode("utf-8")
    return _option(code, octets) if octets else b""


def _option(code: int, octets: bytes) -> bytes:
    return struct.pack("<HH", code, len(octets)) + _padded(octets)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
