"""The meter's end of a TCP connection: wrapper PDUs in and out (IEC 62056-47)."""

from __future__ import annotations

from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import WrapperPdu, WrapperStream, read
from conformance.meter.application import Application


class WrapperServer:
    """One connection of the meter, an `Endpoint`.

    PDUs of another version or for an unknown wPort have no effect and no reply. Nothing but the length tells where a
    PDU ends, so one whose rest does not come is dropped after a while, lest it swallow the next.

    Attributes:
        closed: False always; a connection is closed from the other side.
    """

    def __init__(
        self,
        application: Application,
        *,
        server_wports: frozenset[int],
        incomplete_pdu_timeout_s: float = 2.0,
        defects: frozenset[str] = frozenset(),
    ) -> None:
        """Make a connection.

        Args:
            application: shared with other connections.
            server_wports: wPorts of the logical devices.
            incomplete_pdu_timeout_s: a longer gap ends a PDU.
            defects: names of what this meter does wrong.
        """
        self.closed = False
        self.defects = defects
        self._application = application
        self._server_wports = server_wports
        self._timeout_s = incomplete_pdu_timeout_s
        self._stream = WrapperStream()
        self._last_octet_at = 0.0
        self._served: set[tuple[int, int]] = set()
        self._outgoing: list[tuple[float, bytes]] = []

    def connected(self, now: float) -> None:
        """A client has connected."""
        self._stream.discard()
        self._last_octet_at = now

    def disconnected(self, now: float) -> None:
        """The client has gone, and with it the associations of this connection."""
        self._stream.discard()
        self._outgoing.clear()
        served, self._served = self._served, set()
        if "link-drop-keeps-association" in self.defects:
            return
        for client_wport, server_wport in sorted(served):
            self._application.link_lost(client_wport, server_wport)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client: PDUs in whole, in parts or several at once."""
        self.tick(now)
        if not octets:
            return
        self._last_octet_at = now
        for pdu in self._stream.feed(octets):
            self._take(pdu, now)

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over the PDUs to be sent; a second call gives only what is new."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timer(self) -> float | None:
        """When a PDU that has begun is given up."""
        return self._last_octet_at + self._timeout_s if self._stream.pending else None

    def tick(self, now: float) -> None:
        """Give up a PDU whose rest did not come."""
        if self._stream.pending and now >= self._last_octet_at + self._timeout_s:
            self._stream.discard()

    def _take(self, octets: bytes, now: float) -> None:
        try:
            pdu = decode(octets, read, "wrapper")
        except DecodeError:
            return
        if pdu.destination not in self._server_wports:
            return
        self._served.add((pdu.source, pdu.destination))
        reply = self._application.request(pdu.source, pdu.destination, pdu.data, now)
        if reply is not None:
            self._outgoing.append((now, WrapperPdu(pdu.destination, pdu.source, reply).encode()))
