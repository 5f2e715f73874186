"""The meter's end of one conversation through the wrapper: PDUs in and out (IEC 62056-47)."""

from __future__ import annotations

from collections.abc import Collection

from conformance.dlms.wrapper import HEADER_OCTETS, WrapperPdu
from conformance.meter.application import Application, apdus_of
from conformance.meter.wrapper_intake import Admitted, WrapperIntake
from conformance.meter.wrapper_port import WrapperPort

_MOST_UNASKED = 256
"""APDUs sent unasked at a time to one client."""


class WrapperServer:
    """One TCP connection of the meter, or one UDP client of it; an `Endpoint`.

    PDUs of another version or for an unknown wPort have no effect and no reply. Nothing but the length tells where a
    PDU ends, so one whose rest does not come is dropped after a while, lest it swallow the next.

    Over UDP, which has no connection, `receive` takes a datagram each time, each reply is a datagram of its own, and a
    client that is not heard of any more loses its associations.

    Attributes:
        closed: the meter has closed the connection, because nothing came for too long; never over UDP.
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
        datagrams: bool = False,
        port: WrapperPort | None = None,
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
            datagrams: over UDP.
            port: what the meter's connections have in common; None for a meter with only this one.
            defects: names of what this meter does wrong.
        """
        self.closed = False
        self.defects = defects
        self._port = port or WrapperPort(defects)
        self._application = self._port.application(application)
        self._intake = WrapperIntake(
            logical_devices=logical_devices, client_saps=client_saps, datagrams=datagrams, defects=defects
        )
        self._datagrams = datagrams
        self._partial_pdu_timeout_s = partial_pdu_timeout_s
        self._inactivity_timeout_s = inactivity_timeout_s
        self._response_time_s = response_time_s
        self._last_octet_at = 0.0
        self._served: set[tuple[int, int]] = set()
        self._outgoing: list[tuple[float, bytes]] = []

    def connected(self, now: float) -> None:
        """A client has connected."""
        self.closed = False
        self._intake.begin(self._port.opened(self, now))
        self._last_octet_at = now

    def disconnected(self, now: float) -> None:
        """The client has gone, and with it the associations of this connection."""
        self._outgoing.clear()
        self._end(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client: PDUs in whole, in parts or several at once; over UDP a datagram."""
        self.tick(now)
        if not octets or self.closed or self._port.busy_with_another(self):
            return
        self._last_octet_at = now
        taken = self._intake.take(octets)
        replies = [reply for admitted in taken for reply in self._replies(admitted, now)]
        if self._datagrams and "wrapper-udp-replies-in-one-datagram" in self.defects:
            replies = [b"".join(replies)] if replies else []
        for reply in replies:
            self._port.speaker(self).send(reply, now)
        self._send_unasked(now)

    def send(self, reply: bytes, now: float) -> None:
        """Have a reply sent over this connection."""
        pieces = [reply]
        if self._datagrams and "wrapper-udp-reply-in-two-datagrams" in self.defects:
            pieces = [reply[:HEADER_OCTETS], reply[HEADER_OCTETS:]]
        self._outgoing.extend((now + self._response_time_s, piece) for piece in pieces)

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over the PDUs to be sent; a second call gives only what is new."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    @property
    def begun(self) -> bool:
        """Whether a PDU has begun and is not whole."""
        return bool(self._intake.pending)

    def end_by_meter(self, now: float) -> None:
        """Close the connection from this side."""
        self.closed = not self._datagrams
        self._end(now)

    def next_timer(self) -> float | None:
        """When a PDU that has begun is given up, or the connection."""
        if self.closed:
            return None
        timers = []
        if self.begun and self._port.gives_up_partial_pdus:
            timers.append(self._last_octet_at + self._partial_pdu_timeout_s)
        if self._inactivity_timeout_s > 0 and (self._served or not self._datagrams):
            timers.append(self._last_octet_at + self._inactivity_timeout_s)
        if (due := self._application.next_timer()) is not None:
            timers.append(due)
        return min(timers, default=None)

    def tick(self, now: float) -> None:
        """Give up a PDU whose rest did not come, and a connection on which nothing comes."""
        if self.begun and self._port.gives_up_partial_pdus and now >= self._last_octet_at + self._partial_pdu_timeout_s:
            self._intake.discard()
        idle = self._inactivity_timeout_s > 0 and now >= self._last_octet_at + self._inactivity_timeout_s
        if idle and not self.closed:
            self.end_by_meter(now)
        self._application.tick(now)
        self._send_unasked(now)

    def _send_unasked(self, now: float) -> None:
        """Send at once what the meter sends of its own accord to the clients of this connection."""
        for client_sap, server_sap in sorted(self._served):
            for _ in range(_MOST_UNASKED):
                apdu = self._application.unasked(client_sap, server_sap)
                if apdu is None:
                    break
                self.send(WrapperPdu(server_sap, client_sap, apdu).encode(), now)

    def _replies(self, admitted: Admitted, now: float) -> list[bytes]:
        """The PDUs that answer a PDU; none where none is due."""
        pair = (admitted.client_sap, admitted.server_sap)
        if self._port.holds_back(pair, now):
            return []
        self._served.add(pair)
        served = self._application.request(*pair, admitted.pdu.data, now)
        return [self._reply(admitted.pdu, reply) for reply in apdus_of(served)]

    def _reply(self, pdu: WrapperPdu, apdu: bytes) -> bytes:
        """The PDU that answers `pdu`: its ports swapped, version 1, the length of the APDU."""
        source, destination = pdu.destination, pdu.source
        if "wrapper-ports-not-swapped" in self.defects:
            source, destination = destination, source
        version, length = 1, len(apdu)
        if "wrapper-reply-version-zero" in self.defects:
            version = 0
        if "wrapper-reply-length-counts-the-header" in self.defects:
            length += HEADER_OCTETS
        header = WrapperPdu(source, destination, bytes(length), version).encode()[:HEADER_OCTETS]
        return header + apdu

    def _end(self, now: float) -> None:
        """End what the connection carried."""
        served, self._served = self._served, set()
        self._port.ended(self, self._intake.discard(), served, now)
        if "link-drop-keeps-association" in self.defects:
            return
        for client_sap, server_sap in sorted(served):
            self._application.link_lost(client_sap, server_sap)
