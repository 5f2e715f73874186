"""The meter's end of an HDLC line: frames in and out, addresses, timeouts (IEC 62056-46)."""

from __future__ import annotations

from typing import Final

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.frame import FLAG, Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode
from conformance.meter.application import Application
from conformance.meter.hdlc_link import HdlcLink
from conformance.meter.hdlc_transitions import LinkState

_LONE_FLAG: Final = bytes((FLAG,))


class HdlcServer:
    """One connection of the meter: an `Endpoint` that carries any number of links, one for each pair of addresses.

    Frames with a wrong format, length or check sequence, for foreign addresses, for all stations or none, or from a
    source that is no client address, have no effect and no reply.

    Attributes:
        closed: False always; a line is closed from the other side.
    """

    def __init__(
        self,
        application: Application,
        *,
        server_saps: frozenset[int],
        lower: int | None = None,
        address_length: int = 1,
        max_information: int = 512,
        window: int = 1,
        inter_octet_timeout_s: float = 0.025,
        inactivity_timeout_s: float = 120.0,
        defects: frozenset[str] = frozenset(),
    ) -> None:
        """Make a line.

        Args:
            application: shared with other connections.
            server_saps: upper addresses of the logical devices.
            lower: lower address; None on 1 octet.
            address_length: octets of a server address, 1, 2 or 4; others are foreign.
            max_information: octets of the longest information field, either way.
            window: frames, either way.
            inter_octet_timeout_s: a longer gap ends a frame.
            inactivity_timeout_s: a link without a frame for so long is disconnected; 0 for never.
            defects: names of what this meter does wrong.
        """
        self.closed = False
        self.defects = defects
        self._application = application
        self._addresses = frozenset(HdlcAddress(sap, lower, address_length) for sap in server_saps)
        self._maxima = LinkParameters(max_information, max_information, window, window)
        self._inter_octet_timeout_s = inter_octet_timeout_s
        self._inactivity_timeout_s = inactivity_timeout_s
        self._stream = FrameStream()
        self._links: dict[tuple[HdlcAddress, HdlcAddress], HdlcLink] = {}
        self._inactive_at: dict[tuple[HdlcAddress, HdlcAddress], float] = {}
        self._last_octet_at = 0.0
        self._outgoing: list[tuple[float, bytes]] = []

    def connected(self, now: float) -> None:
        """A client has connected."""
        self._stream.discard()
        self._last_octet_at = now

    def disconnected(self, now: float) -> None:
        """The client has gone, and with it every link."""
        self.tick(now)
        self._stream.discard()
        self._outgoing.clear()
        self._inactive_at.clear()
        for link in self._links.values():
            link.lose()
        self._links.clear()

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client."""
        self.tick(now)
        if not octets:
            return
        self._last_octet_at = now
        answered = False
        for candidate in self._stream.feed(octets):
            answered = self._take(candidate, now)
        if answered and self._stream.pending == _LONE_FLAG:
            # Two-way alternate: the next command comes after our reply and brings its own opening flag.
            self._stream.discard()

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over the frames to be sent; a second call gives only what is new."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timer(self) -> float | None:
        """The nearest end of an inter-octet or inactivity timeout."""
        timers = list(self._inactive_at.values())
        if self._stream.pending:
            timers.append(self._last_octet_at + self._inter_octet_timeout_s)
        return min(timers, default=None)

    def tick(self, now: float) -> None:
        """Drop a frame that came to a stop, disconnect links that have been idle for too long."""
        if self._stream.pending and now >= self._last_octet_at + self._inter_octet_timeout_s:
            self._stream.discard()
        for pair in [pair for pair, moment in self._inactive_at.items() if now >= moment]:
            del self._inactive_at[pair]
            self._links[pair].lose()

    def _take(self, candidate: bytes, now: float) -> bool:
        """Act on what stands between two flags; whether it got a reply."""
        try:
            frame = decode(candidate, read_frame, "hdlc-frame")
        except DecodeError:
            return False
        if frame.destination not in self._addresses or not _is_client(frame.source):
            return False
        replies = self._link(frame.source, frame.destination).receive(frame, now)
        self._watch(frame, now)
        self._outgoing.extend((now, reply.encode()) for reply in replies)
        return bool(replies)

    def _link(self, client: HdlcAddress, server: HdlcAddress) -> HdlcLink:
        link = self._links.get((client, server))
        if link is None:
            client_sap, server_sap = client.upper, server.upper

            def request(apdu: bytes, now: float) -> bytes | None:
                return self._application.request(client_sap, server_sap, apdu, now)

            def lost() -> None:
                if "link-drop-keeps-association" not in self.defects:
                    self._application.link_lost(client_sap, server_sap)

            link = self._links[client, server] = HdlcLink(self._maxima, request, lost, self.defects)
        return link

    def _watch(self, frame: Frame, now: float) -> None:
        """Start the inactivity timeout of the frame's link anew."""
        pair = (frame.source, frame.destination)
        if self._inactivity_timeout_s > 0 and self._links[pair].state is not LinkState.NDM:
            self._inactive_at[pair] = now + self._inactivity_timeout_s
        else:
            self._inactive_at.pop(pair, None)


def _is_client(source: HdlcAddress) -> bool:
    """Whether an address can be a client's: one octet, neither no station nor all stations."""
    return source.length == 1 and not source.no_station and not source.all_station
