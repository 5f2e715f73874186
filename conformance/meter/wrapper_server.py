"""The meter's end of a TCP connection: wrapper PDUs in and out (IEC 62056-47)."""

from __future__ import annotations

from collections.abc import Collection

from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import WrapperPdu, WrapperStream, read
from conformance.meter.application import Application


class WrapperServer:
    """One connection of the meter, an `Endpoint`.

    PDUs of another version or for an unknown wPort have no effect and no reply. Nothing but the length tells where a
    PDU ends, so one whose rest does not come is dropped after a while, lest it swallow the next.

    Attributes:
        closed: the meter has closed the connection, because nothing came for too long.
    """

    def __init__(
        self,
        application: Application,
        *,
        logical_devices: Collection[int] = (1,),
        client_saps: Collection[int] | None = None,
        partial_pdu_timeout_s: float = 1.0,
        inactivity_timeout_s: float = 180.0,
        response_time_s: float = 0.0,
        defects: frozenset[str] = frozenset(),
    ) -> None:
        """Make a connection.

        Args:
            application: serves the APDUs.
            logical_devices: wPorts of the logical devices.
            client_saps: wPorts of the clients; None for any.
            partial_pdu_timeout_s: a longer gap ends a PDU.
            inactivity_timeout_s: a connection without an octet for so long is closed; 0 for never.
            response_time_s: from the last octet of a PDU to the first of the reply.
            defects: names of what this meter does wrong.
        """
        self.closed = False
        self.defects = defects
        self._application = application
        self._logical_devices = frozenset(logical_devices)
        self._client_saps = None if client_saps is None else frozenset(client_saps)
        self._partial_pdu_timeout_s = partial_pdu_timeout_s
        self._inactivity_timeout_s = inactivity_timeout_s
        self._response_time_s = response_time_s
        self._stream = WrapperStream()
        self._last_octet_at = 0.0
        self._served: set[tuple[int, int]] = set()
        self._outgoing: list[tuple[float, bytes]] = []
        self._wedged = False

    def connected(self, now: float) -> None:
        """A client has connected."""
        self.closed = False
        self._wedged = False
        self._stream.discard()
        self._last_octet_at = now

    def disconnected(self, now: float) -> None:
        """The client has gone, and with it the associations of this connection."""
        self._outgoing.clear()
        self._end()

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client: PDUs in whole, in parts or several at once."""
        self.tick(now)
        if not octets or self.closed:
            return
        self._last_octet_at = now
        pdus = self._stream.feed(octets)
        if "wrapper-second-pdu-of-a-segment-lost" in self.defects:
            pdus = pdus[:1]
        for pdu in pdus:
            self._take(pdu, now)

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over the PDUs to be sent; a second call gives only what is new."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timer(self) -> float | None:
        """When a PDU that has begun is given up, or the connection."""
        if self.closed:
            return None
        timers = []
        if self._stream.pending:
            timers.append(self._last_octet_at + self._partial_pdu_timeout_s)
        if self._inactivity_timeout_s > 0:
            timers.append(self._last_octet_at + self._inactivity_timeout_s)
        return min(timers, default=None)

    def tick(self, now: float) -> None:
        """Give up a PDU whose rest did not come, and a connection on which nothing comes."""
        if self._stream.pending and now >= self._last_octet_at + self._partial_pdu_timeout_s:
            self._stream.discard()
        idle_until = self._last_octet_at + self._inactivity_timeout_s
        if self._inactivity_timeout_s > 0 and now >= idle_until and not self.closed:
            self.closed = True
            self._end()

    def _take(self, octets: bytes, now: float) -> None:
        pdu = self._decoded(octets)
        if pdu is None or self._wedged or not self._for_this_meter(pdu):
            return
        self._served.add((pdu.source, pdu.destination))
        reply = self._application.request(pdu.source, pdu.destination, pdu.data, now)
        if reply is not None:
            answer = WrapperPdu(pdu.destination, pdu.source, reply).encode()
            self._outgoing.append((now + self._response_time_s, answer))

    def _decoded(self, octets: bytes) -> WrapperPdu | None:
        """The PDU; None when it has another version than 1."""
        try:
            return decode(octets, read, "wrapper")
        except DecodeError:
            self._wedged = self._wedged or "wrapper-wrong-version-wedges" in self.defects
            return None

    def _for_this_meter(self, pdu: WrapperPdu) -> bool:
        if pdu.destination not in self._logical_devices:
            return False
        return self._client_saps is None or pdu.source in self._client_saps

    def _end(self) -> None:
        """End what the connection carried."""
        self._stream.discard()
        served, self._served = self._served, set()
        if "link-drop-keeps-association" in self.defects:
            return
        for client_sap, server_sap in sorted(served):
            self._application.link_lost(client_sap, server_sap)
