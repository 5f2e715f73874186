"""APDUs in wrapper PDUs over TCP or UDP (IEC 62056-47)."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.dlms.alteration import Change, alter
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode, dissect
from conformance.dlms.wrapper import HEADER_OCTETS, VERSION, WrapperPdu
from conformance.dlms.wrapper import read as read_pdu
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction
from conformance.tester.line import LONGEST_PAUSE_S, Line
from conformance.tester.reaction import LinkLost, Silence, Unreadable
from conformance.tester.stimulus import Layer
from conformance.tester.tape import TapedFrame

_SHOWN_OCTETS = 24


class WrapperDataLink:
    """A pair of wrapper ports: the client's SAP and the logical device's.

    Attributes:
        line: carries the PDUs.
    """

    def __init__(self, line: Line, *, client_wport: int, server_wport: int) -> None:
        self.line = line
        self._client = client_wport
        self._server = server_wport
        self._party = (client_wport.to_bytes(2, "big"), server_wport.to_bytes(2, "big"))
        line.parties.add(self._party)

    @property
    def layer(self) -> Layer:
        """The wrapper PDU."""
        return Layer.WRAPPER

    def set_up(self) -> None:
        """The wrapper has no set-up of its own."""

    def send(self, apdu: bytes, changes: Sequence[Change] = (), *, plain: bytes | None = None) -> int:
        """Send an APDU in one PDU.

        Raises:
            AlterationError: a change names a field that the PDU does not have.
        """
        frame = self.line.send(altered_pdu(WrapperPdu(self._client, self._server, apdu), changes))
        frame.plain = plain
        return frame.number

    def receive(self, timeout_s: float, *, streamed: bool = False) -> ApduReceived | LinkReaction:
        """The next PDU whose ports are this pair's, swapped; nothing but whole PDUs may stand around it."""
        until = self.line.clock.now() + timeout_s
        skipped: list[TapedFrame] = []
        reaction: ApduReceived | LinkReaction | None = None
        while reaction is None and (frame := self.line.receive(until)) is not None:
            reaction = self._judged(frame)
            if reaction is None:
                skipped.append(frame)
        for frame in reversed(skipped):
            self.line.put_back(frame)
        if reaction is not None:
            return reaction
        return Silence(timeout_s) if self.line.closed is None else LinkLost(self.line.closed)

    def release(self) -> LinkReaction | None:
        """The wrapper has no release of its own."""
        return None

    def _judged(self, frame: TapedFrame) -> ApduReceived | LinkReaction | None:
        """What was received; None when it is for another data link of the line."""
        if frame.layer == "octets":
            return Unreadable(frame.number, _stuck(frame.octets), self._wrong_length(frame.octets))
        try:
            pdu = decode(frame.octets, read_pdu, "wrapper")
        except DecodeError as error:
            return Unreadable(frame.number, str(error), error.path)
        party = (pdu.destination.to_bytes(2, "big"), pdu.source.to_bytes(2, "big"))
        if party != self._party:
            if party in self.line.parties:
                return None
            return Unreadable(
                frame.number,
                f"wrapper ports {pdu.source} to {pdu.destination}, expected {self._server} to {self._client}",
                "wrapper.destination-wport" if pdu.source == self._server else "wrapper.source-wport",
            )
        return self._excess() or ApduReceived(pdu.data, frame.number)

    def _wrong_length(self, octets: bytes) -> str:
        """Path of the length of what begins as a PDU for this client; empty for octets that are anything else."""
        return "wrapper.length" if octets[:6] == VERSION.to_bytes(2, "big") + b"".join(reversed(self._party)) else ""

    def _excess(self) -> Unreadable | None:
        """What began behind a PDU and is none: the meter stated too short a length."""
        if not self.line.begun:
            return None
        behind = self.line.receive(self.line.clock.now() + LONGEST_PAUSE_S)
        if behind is None or behind.layer != "octets":
            if behind is not None:
                self.line.put_back(behind)
            return None
        return Unreadable(behind.number, f"behind a whole PDU, {_stuck(behind.octets)}")


def altered_pdu(pdu: WrapperPdu, changes: Sequence[Change] = ()) -> bytes:
    """The PDU as sent, with `changes` made to it.

    Raises:
        AlterationError: a change names a field that the PDU does not have.
    """
    octets = pdu.encode()
    return alter(octets, dissect(octets, read_pdu, "wrapper").root, changes) if changes else octets


def _stuck(octets: bytes) -> str:
    shown = octets[:_SHOWN_OCTETS].hex().upper() + ("…" if len(octets) > _SHOWN_OCTETS else "")
    if len(octets) < HEADER_OCTETS:
        return f"{len(octets)} octets that are no wrapper PDU ({shown}): a header has {HEADER_OCTETS}"
    length = int.from_bytes(octets[6:8], "big")
    came = len(octets) - HEADER_OCTETS
    return f"a wrapper PDU that does not go on ({shown}): its length says {length}, {came} octets came"
