"""From the packets of a capture to streams: TCP connections, pairs of UDP ports, and frames in user link types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.intake.collector import Collector, OpenStream
from conformance.diagnose.intake.conversation import Direction, Layer, Span
from conformance.diagnose.intake.network import ACK as ACKNOWLEDGE
from conformance.diagnose.intake.network import (
    FIN,
    NETWORKS,
    RST,
    SYN,
    USER,
    Carrier,
    Datagram,
    datagram,
    end_name,
)
from conformance.diagnose.intake.packet import Packet
from conformance.diagnose.intake.place import WHOLE, Place
from conformance.diagnose.intake.tcp_stream import Segment, TcpDirection

PORT: Final = 4059
"""Registered for DLMS/COSEM."""
_OWN_LAYERS: Final = {147: Layer.HDLC, 148: Layer.APDU, 149: Layer.OCTETS}
"""Link types of the captures that a run of ours leaves, where a comment in its form stands beside the packet."""
_OWN_COMMENT: Final = re.compile(
    r"(?:(?P<place>[^;]{1,400}); )?(?:subtest (?P<subtest>\d{1,9}); )?frame \d+; t -?[\d.]+ s"
)
_REDACTED: Final = re.compile(r"\[(\d{1,6}), (\d{1,6})\)")
_MOST_OTHER_PORTS: Final = 1_000
_SECOND_NS: Final = 1_000_000_000

_End = tuple[bytes, int]
_Key = tuple[str, bytes, bytes, int, int]


@dataclass(slots=True)
class _Connection:
    """A TCP connection or a pair of UDP ports while packets of it are met."""

    stream: int
    client: _End
    first: int
    sides: tuple[TcpDirection, TcpDirection] = field(default_factory=lambda: (TcpDirection(), TcpDirection()))
    carried: bool = False
    ended: bool = False


@dataclass(slots=True)
class _Counts:
    packets: int = 0
    matching: int = 0
    fragments: int = 0
    first_fragment: int = 0
    unknown_links: dict[int, int] = field(default_factory=dict)
    other_ports: dict[int, int] = field(default_factory=dict)
    streams_left_out: int = 0


class PacketCapture:
    """Sorts the packets of one capture into streams of a collector."""

    __slots__ = ("_began", "_collector", "_connections", "_counts", "_finished", "_port", "_users")

    def __init__(self, collector: Collector, port: int) -> None:
        self._collector = collector
        self._port = port
        self._connections: dict[_Key, _Connection] = {}
        self._finished: list[_Connection] = []
        self._users: dict[tuple[object, ...], int] = {}
        self._counts = _Counts()
        self._began: int | None = None

    def take_all(self, packets: Iterator[Packet]) -> None:
        """Take every packet, then tell what the capture as a whole shows."""
        for packet in packets:
            self._counts.packets += 1
            if packet.time_ns is not None and self._began is None:
                self._began = packet.time_ns
                self._collector.began = packet.time_ns / _SECOND_NS
            if packet.link_type in NETWORKS:
                self._network(packet)
            elif packet.link_type in USER:
                self._user(packet)
            else:
                unknown = self._counts.unknown_links
                unknown[packet.link_type] = unknown.get(packet.link_type, 0) + 1
        for connection in self._connections.values():
            self._finish(connection)
        self._tell()

    def _user(self, packet: Packet) -> None:
        """A frame in a link type of its own; those of a run of ours are sorted by subtest."""
        own = _OWN_COMMENT.match(packet.comment)
        names: tuple[str, ...] = ()
        subtest = None
        if own is not None:
            names, subtest = _place(packet.comment)
        layer = _OWN_LAYERS.get(packet.link_type) if own is not None else None
        key = (packet.link_type if own is None else None, names, subtest)
        index = self._users.get(key)
        if index is None:
            if len(self._collector.streams) >= self._collector.limits.streams:
                self._counts.streams_left_out += 1
                return
            elsewhere = f"link type {packet.link_type}" if own is None else "outside any case"
            name = "/".join(names) or elsewhere
            name += f", subtest {subtest}" if subtest is not None else ""
            stream = OpenStream(name, layer, relative=own is None, names=names, subtest=subtest)
            index = self._users[key] = self._collector.open(stream)
        self._counts.matching += 1
        self._put(
            index,
            packet.direction,
            packet.octets,
            packet.number,
            packet.time_ns,
            packet.number,
            packet.comment,
            _redacted(packet.comment, len(packet.octets)),
        )
        if packet.length > len(packet.octets):
            self._tell_cut(packet.number, packet.length - len(packet.octets))

    def _network(self, packet: Packet) -> None:
        found = datagram(packet.link_type, packet.octets)
        if found.carrier is Carrier.FRAGMENT:
            self._counts.fragments += 1
            self._counts.first_fragment = self._counts.first_fragment or packet.number
            return
        if found.carrier is Carrier.OTHER:
            return
        if self._port not in (found.source_port, found.destination_port):
            self._other_port(found)
            return
        connection = self._connection(packet, found)
        if connection is None:
            return
        self._counts.matching += 1
        side = 0 if connection.client == (found.source, found.source_port) else 1
        direction: Direction = "S>C" if side else "C>S"
        if found.carrier is Carrier.UDP:
            connection.carried = True
            if found.payload:
                self._put(connection.stream, direction, found.payload, packet.number, packet.time_ns, packet.number)
            if found.missing:
                self._tell_cut(packet.number, found.missing)
            return
        self._tcp(connection, packet, found, side)

    def _tcp(self, connection: _Connection, packet: Packet, found: Datagram, side: int) -> None:
        sender = connection.sides[side]
        if found.flags & SYN:
            sender.begin(found.sequence)
        elif found.payload:
            connection.carried = True
            segments = sender.take(found.sequence, found.payload, packet.number, packet.time_ns)
            self._put_segments(connection, side, segments, packet.comment if len(segments) == 1 else "")
        if found.missing:
            self._tell_cut(packet.number, found.missing)
            sender.missed(found.missing)
        if found.flags & RST or (found.flags & FIN and not found.payload):
            connection.ended = True

    def _connection(self, packet: Packet, found: Datagram) -> _Connection | None:
        """The connection of a packet, a new one where this begins it; None where there are too many."""
        here, there = (found.source, found.source_port), (found.destination, found.destination_port)
        ends = (here, there) if here <= there else (there, here)
        key = (found.carrier.value, ends[0][0], ends[1][0], ends[0][1], ends[1][1])
        connection = self._connections.get(key)
        opening = found.flags & (SYN | ACKNOWLEDGE) == SYN
        if connection is not None:
            if not opening or not (connection.carried or connection.ended):
                return connection
            self._finish(connection)
        if len(self._collector.streams) >= self._collector.limits.streams:
            self._counts.streams_left_out += 1
            return None
        # Who is called at the port is the server of the connection; a SYN says it where both ends have that port.
        client = here if opening or found.destination_port == self._port else there
        server = there if client == here else here
        name = f"{end_name(*client)} > {end_name(*server)} {found.carrier.value}"
        names, subtest = _place(packet.comment)
        if names:
            name = "/".join(names) + (f", subtest {subtest}" if subtest is not None else "")
        stream = OpenStream(
            name, records=found.carrier is Carrier.UDP, relative=not names, names=names, subtest=subtest
        )
        connection = _Connection(self._collector.open(stream), client, packet.number)
        self._connections[key] = connection
        return connection

    def _finish(self, connection: _Connection) -> None:
        """Hand out what waits for segments that never came, and tell what the connection shows."""
        for side, sender in enumerate(connection.sides):
            self._put_segments(connection, side, sender.flush())
        repeated = sum(sender.repeated for sender in connection.sides)
        reordered = sum(sender.reordered for sender in connection.sides)
        name = self._collector.streams[connection.stream].name
        place = Place("packet", connection.first)
        if repeated:
            text = f"{name}: {repeated} segments were sent again; each is taken once."
            self._collector.findings.info("tcp-retransmission", place, text)
        if reordered:
            text = f"{name}: {reordered} segments were captured before an earlier one; they are put in order."
            self._collector.findings.info("tcp-out-of-order", place, text)

    def _put_segments(self, connection: _Connection, side: int, segments: list[Segment], comment: str = "") -> None:
        direction: Direction = "S>C" if side else "C>S"
        for segment in segments:
            note = ""
            if segment.lost:
                note = f"{segment.lost} octets before this are missing"
                self._collector.findings.error(
                    "tcp-gap",
                    Place("packet", segment.packet),
                    f"{segment.lost} octets {direction} before this packet are not in the capture.",
                    "Capture again with a larger buffer; what is missing here was not necessarily missing on the line.",
                )
            self._put(
                connection.stream,
                direction,
                segment.octets,
                segment.packet,
                segment.time_ns,
                segment.order,
                note,
                _redacted(comment, len(segment.octets)),
            )

    def _put(
        self,
        stream: int,
        direction: Direction | None,
        octets: bytes,
        packet: int,
        time_ns: int | None,
        order: int,
        note: str = "",
        unknown: tuple[Span, ...] = (),
    ) -> None:
        since = None if time_ns is None or self._began is None else (time_ns - self._began) / _SECOND_NS
        notes = (note,) if note else ()
        place = Place("packet", packet)
        self._collector.take(stream, direction, octets, since, place, notes=notes, unknown=unknown, order=order)

    def _tell_cut(self, packet: int, octets: int) -> None:
        self._collector.findings.error(
            "packet-cut",
            Place("packet", packet),
            f"{octets} octets of this packet were not captured.",
            "Capture with a snapshot length of 0, which keeps whole packets.",
        )

    def _other_port(self, found: Datagram) -> None:
        """Remember ports that carry what looks like DLMS, for the case that the right port carries none."""
        payload = found.payload
        if not (_like_wrapper(payload) or (payload[:1] == b"\x7e" and payload[1:2] and payload[1] & 0xF0 == 0xA0)):
            return
        ports = self._counts.other_ports
        port = min(found.source_port, found.destination_port)
        if port in ports or len(ports) < _MOST_OTHER_PORTS:
            ports[port] = ports.get(port, 0) + 1

    def _tell(self) -> None:
        findings, counts = self._collector.findings, self._counts
        if counts.fragments:
            text = f"{counts.fragments} fragments of IP packets were left out: they are not put together."
            findings.warning("ip-fragments", Place("packet", counts.first_fragment), text)
        for link_type, count in sorted(counts.unknown_links.items())[:8]:
            text = f"{count} packets of link type {link_type} were left out: it is none that carries IP or user frames."
            suggestion = "HDLC frames belong in a user link type, 147 to 162."
            findings.warning("link-type-unknown", WHOLE, text, suggestion)
        if counts.streams_left_out:
            text = f"{counts.streams_left_out} packets of further connections were left out: too many to tell apart."
            findings.warning("streams-left-out", WHOLE, text, "Filter the capture by the address of one meter.")
        if counts.other_ports:
            ports = sorted(counts.other_ports, key=lambda port: -counts.other_ports[port])[:4]
            listed = ", ".join(f"{port} ({counts.other_ports[port]} packets)" for port in ports)
            message = f"What looks like DLMS goes over other ports than {self._port}: {listed}."
            severity = "info" if counts.matching else "error"
            findings.add("other-port", severity, WHOLE, message, f"Give --port {ports[0]} to read that instead.")


def _place(comment: str) -> tuple[tuple[str, ...], int | None]:
    """Case, association and variant, and the subtest, of a packet that a run of ours has written."""
    own = _OWN_COMMENT.match(comment) if comment else None
    if own is None or own["place"] is None:
        return (), None
    return tuple(own["place"].split("/")), None if own["subtest"] is None else int(own["subtest"])


def _redacted(comment: str, size: int) -> tuple[Span, ...]:
    """The spans of octets that a run of ours has redacted, as the comment beside the packet lists them."""
    listed = comment.partition("; redacted octets ")[2].partition(";")[0]
    if not listed or not _OWN_COMMENT.match(comment):
        return ()
    spans = tuple((int(start), int(end)) for start, end in _REDACTED.findall(listed))
    return tuple(span for span in spans if span[0] < span[1] <= size)


def _like_wrapper(payload: bytes) -> bool:
    return len(payload) > 8 and payload[:2] == b"\x00\x01" and int.from_bytes(payload[6:8], "big") == len(payload) - 8
