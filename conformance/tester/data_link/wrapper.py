"""APDUs in wrapper PDUs over TCP or UDP (IEC 62056-47)."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.dlms.alteration import Change, alter
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode, dissect
from conformance.dlms.wrapper import WrapperPdu
from conformance.dlms.wrapper import read as read_pdu
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction
from conformance.tester.line import Line
from conformance.tester.reaction import LinkLost, Silence, Unreadable


class WrapperDataLink:
    """A pair of wrapper ports: the client's SAP and the logical device's."""

    def __init__(self, line: Line, *, client_wport: int, server_wport: int) -> None:
        self.line = line
        self._client = client_wport
        self._server = server_wport

    def set_up(self) -> None:
        """The wrapper has no set-up of its own."""

    def send(self, apdu: bytes, changes: Sequence[Change] = (), *, plain: bytes | None = None) -> int:
        """Send an APDU in one PDU."""
        octets = WrapperPdu(self._client, self._server, apdu).encode()
        if changes:
            octets = alter(octets, dissect(octets, read_pdu, "wrapper").root, changes)
        frame = self.line.send(octets)
        frame.plain = plain
        return frame.number

    def receive(self, timeout_s: float) -> ApduReceived | LinkReaction:
        """The next PDU whose ports are this pair's, swapped."""
        until = self.line.clock.now() + timeout_s
        while (frame := self.line.receive(until)) is not None:
            try:
                pdu = decode(frame.octets, read_pdu, "wrapper")
            except DecodeError as error:
                return Unreadable(frame.number, str(error))
            if (pdu.source, pdu.destination) == (self._server, self._client):
                return ApduReceived(pdu.data, frame.number)
            return Unreadable(
                frame.number,
                f"wrapper ports {pdu.source} to {pdu.destination}, expected {self._server} to {self._client}",
            )
        if self.line.closed is not None:
            return LinkLost(self.line.closed)
        return Silence(timeout_s)

    def release(self) -> LinkReaction | None:
        """The wrapper has no release of its own."""
        return None
