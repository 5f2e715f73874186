"""APDUs over HDLC: the primary station's side of IEC 62056-46, unbalanced and two-way alternate."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from conformance.dlms.alteration import Change, alter
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc import parameters as link_parameters
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.fcs import fcs16
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode, dissect
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction, SetUpFailed
from conformance.tester.line import Line
from conformance.tester.reaction import DisconnectedMode, FrameRejected, LinkLost, Silence, Unreadable
from conformance.tester.tape import TapedFrame

_LARGEST_APDU = 0x1_0000
"""Octets; a meter that sends segments without end is cut off here."""


class Effect(Enum):
    """What a frame from the meter means to a primary station that waits for an answer."""

    DELIVER = "information, delivered"
    GO_ON = "acknowledgement"
    REJECTED = "FRMR"
    DISCONNECTED = "DM"
    UNEXPECTED = "not an answer to what was sent"


_WHILE_WAITING = {
    FrameType.I: Effect.DELIVER,
    FrameType.UI: Effect.DELIVER,
    FrameType.RR: Effect.GO_ON,
    FrameType.RNR: Effect.GO_ON,
    FrameType.FRMR: Effect.REJECTED,
    FrameType.DM: Effect.DISCONNECTED,
}
"""Frame type → effect in normal response mode; what is absent is unexpected."""


class HdlcDataLink:
    """One client and one server address on a line.

    Sending: window 1, segments as the negotiated maximum information field length demands, each acknowledged before the
    next. Receiving: any window; RR after each frame with the final bit, so that a meter with more to say goes on.
    """

    def __init__(
        self,
        line: Line,
        *,
        client: HdlcAddress,
        server: HdlcAddress,
        proposed: LinkParameters | None,
        response_timeout_s: float,
        llc: bool = True,
    ) -> None:
        self.line = line
        self.client = client
        self.server = server
        self.negotiated = LinkParameters()
        self._proposed = proposed
        self._timeout_s = response_timeout_s
        self._llc = llc
        self._send_number = 0
        self._receive_number = 0
        self._segments = bytearray()

    def set_up(self) -> None:
        """SNRM with the declared parameters; the meter's UA settles them."""
        self._send_number = self._receive_number = 0
        self._segments.clear()
        information = self._proposed.encode() if self._proposed is not None else b""
        self._transmit(Control(FrameType.SNRM, True), information)
        reaction = self._await_unnumbered()
        if not isinstance(reaction, Frame):
            raise SetUpFailed(reaction)
        if reaction.information:
            try:
                self.negotiated = decode(reaction.information, link_parameters.read, "parameters")
            except DecodeError as error:
                raise SetUpFailed(Unreadable(self.line.tape.next_number - 1, f"UA parameters: {error}")) from None

    def send(self, apdu: bytes, changes: Sequence[Change] = (), *, plain: bytes | None = None) -> int:
        """Send an APDU in I-frames, each once; what arrives instead of an acknowledgement is kept for `receive`."""
        information = (COMMAND_HEADER if self._llc else b"") + apdu
        # The UA speaks for the meter: what it may receive at most is what the tester may transmit.
        size = max(1, self.negotiated.max_information_receive)
        chunks = [information[start : start + size] for start in range(0, len(information), size)]
        number = 0
        for index, chunk in enumerate(chunks):
            more = index < len(chunks) - 1
            control = Control(FrameType.I, True, self._receive_number, self._send_number)
            frame = self._transmit(control, chunk, segmented=more, changes=changes if index == 0 else ())
            self._send_number = (self._send_number + 1) % 8
            number = frame.number
            if more and not self._acknowledged():
                break
            if not more:
                frame.plain = plain
                frame.apdu = apdu if len(chunks) > 1 else None
        return number

    def receive(self, timeout_s: float) -> ApduReceived | LinkReaction:
        """The next whole APDU; segments are pulled with RR, each wait bounded by `timeout_s`."""
        until = self.line.clock.now() + timeout_s
        while (taped := self._next(until)) is not None:
            try:
                frame = decode(taped.octets, read_frame, "hdlc-frame")
            except DecodeError as error:
                return Unreadable(taped.number, str(error))
            reaction = self._react(frame, taped)
            if reaction is not None:
                return reaction
            until = self.line.clock.now() + timeout_s
        if self.line.closed is not None:
            return LinkLost(self.line.closed)
        return Silence(timeout_s)

    def release(self) -> LinkReaction | None:
        """DISC; UA and DM both say that the link is down."""
        self._transmit(Control(FrameType.DISC, True))
        reaction = self._await_unnumbered()
        if isinstance(reaction, (Frame, DisconnectedMode)):
            return None
        return reaction

    def _react(self, frame: Frame, taped: TapedFrame) -> ApduReceived | LinkReaction | None:
        effect = _WHILE_WAITING.get(frame.control.type, Effect.UNEXPECTED)
        match effect:
            case Effect.DELIVER:
                return self._deliver(frame, taped)
            case Effect.GO_ON:
                return None
            case Effect.REJECTED:
                return FrameRejected(taped.number, _reject(frame.information))
            case Effect.DISCONNECTED:
                return DisconnectedMode(taped.number)
            case Effect.UNEXPECTED:
                return Unreadable(taped.number, f"{frame.control.type.value} in place of an answer")

    def _deliver(self, frame: Frame, taped: TapedFrame) -> ApduReceived | LinkReaction | None:
        if frame.control.type is FrameType.I:
            if frame.control.send_number != self._receive_number:
                return Unreadable(
                    taped.number, f"N(S) {frame.control.send_number} out of sequence, expected {self._receive_number}"
                )
            self._receive_number = (self._receive_number + 1) % 8
        self._segments += frame.information
        if len(self._segments) > _LARGEST_APDU:
            self._segments.clear()
            return Unreadable(taped.number, f"segments of more than {_LARGEST_APDU} octets without an end")
        if frame.segmented:
            if frame.control.poll_final:
                self._transmit(Control(FrameType.RR, True, self._receive_number))
            return None
        information = bytes(self._segments)
        segmented = len(information) != len(frame.information)
        self._segments.clear()
        if self._llc and not information.startswith(RESPONSE_HEADER):
            return Unreadable(
                taped.number, f"information field begins with {information[:3].hex().upper()}, expected LLC E6E700"
            )
        apdu = information[len(RESPONSE_HEADER) :] if self._llc else information
        taped.apdu = apdu if segmented else None
        return ApduReceived(apdu, taped.number)

    def _acknowledged(self) -> bool:
        """Whether the meter asks for the next segment; anything else is left for `receive` to report."""
        taped = self._next(self.line.clock.now() + self._timeout_s)
        if taped is None:
            return False
        try:
            frame = decode(taped.octets, read_frame, "hdlc-frame")
        except DecodeError:
            frame = None
        if frame is not None and frame.control.type is FrameType.RR:
            return frame.control.receive_number == self._send_number
        self.line.put_back(taped)
        return False

    def _await_unnumbered(self) -> Frame | LinkReaction:
        taped = self._next(self.line.clock.now() + self._timeout_s)
        if taped is None:
            return LinkLost(self.line.closed) if self.line.closed is not None else Silence(self._timeout_s)
        try:
            frame = decode(taped.octets, read_frame, "hdlc-frame")
        except DecodeError as error:
            return Unreadable(taped.number, str(error))
        match frame.control.type:
            case FrameType.UA:
                return frame
            case FrameType.DM:
                return DisconnectedMode(taped.number)
            case FrameType.FRMR:
                return FrameRejected(taped.number, _reject(frame.information))
            case other:
                return Unreadable(taped.number, f"{other.value} in place of UA or DM")

    def _next(self, until: float) -> TapedFrame | None:
        """The next frame for this client; frames of a foreign pair of addresses are an error of `receive`'s own."""
        skipped: list[TapedFrame] = []
        found: TapedFrame | None = None
        while (taped := self.line.receive(until)) is not None:
            if self._mine(taped.octets):
                found = taped
                break
            taped.note = "for another pair of addresses"
            skipped.append(taped)
        for taped in skipped:
            self.line.put_back(taped)
        return found

    def _mine(self, octets: bytes) -> bool:
        try:
            frame = decode(octets, read_frame, "hdlc-frame")
        except DecodeError:
            return True
        return frame.destination.encode() == self.client.encode() and frame.source.encode() == self.server.encode()

    def _transmit(
        self, control: Control, information: bytes = b"", *, segmented: bool = False, changes: Sequence[Change] = ()
    ) -> TapedFrame:
        octets = Frame(self.server, self.client, control, information, segmented).encode()
        if changes:
            root = dissect(octets, read_frame, "hdlc-frame").root
            octets = alter(octets, root, changes, check_sequence=fcs16)
        return self.line.send(octets)


def _reject(information: bytes) -> frmr.FrameReject | None:
    try:
        return decode(information, frmr.read, "frmr")
    except DecodeError:
        return None
