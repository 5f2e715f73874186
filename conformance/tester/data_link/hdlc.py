"""APDUs over HDLC: the primary station's side of IEC 62056-46, unbalanced and two-way alternate."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from conformance.dlms.alteration import Change
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc import parameters as link_parameters
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LARGEST_MAX_INFORMATION, LinkParameters
from conformance.dlms.reader import decode
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction, SetUpFailed
from conformance.tester.data_link.hdlc_progress import Progress
from conformance.tester.data_link.hdlc_station import FrameReceived, HdlcStation, unexpected
from conformance.tester.data_link.hdlc_transitions import TRANSITIONS, Effect, Waiting
from conformance.tester.line import Line
from conformance.tester.reaction import DisconnectedMode, FrameRejected, Silence, Unreadable
from conformance.tester.stimulus import Layer

LARGEST_APDU = 0x1_0000
"""Octets; a meter that sends segments without end is cut off here."""
_POLLS = 5
"""Within one response timeout, a meter that has nothing to send yet is asked so many times."""


class HdlcDataLink:
    """One client and one server address on a line.

    Sending: window 1, segments as the negotiated maximum information field length demands, each acknowledged before the
    next. Receiving: any window; a frame with the final bit gives the turn back, and RR asks for what is missing.

    Attributes:
        line: carries the frames.
        station: sends and receives single frames.
        negotiated: as the meter's UA says, transmit and receive from the meter's side.
        deviations: what is illegal but readable in the UA.
        excesses: what the meter sent beyond what it negotiated, in words.
    """

    @property
    def layer(self) -> Layer:
        """The HDLC frame."""
        return Layer.HDLC

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
        self.station = HdlcStation(line, client, server)
        self.negotiated = LinkParameters()
        self.deviations: list[Deviation] = []
        self.excesses: list[str] = []
        self._proposed = proposed
        self._timeout_s = response_timeout_s
        self._llc = llc
        self._send_number = 0
        self._receive_number = 0
        self._segments = bytearray()
        self._early: deque[ApduReceived | LinkReaction] = deque()
        # A frame with the P bit is out, and none with the F bit has come yet: the meter has the turn.
        self._polled = False
        # No N(R) has told yet that the I-frame sent last arrived.
        self._unacknowledged = False

    def set_up(self) -> None:
        """SNRM with the declared parameters; the meter's UA settles them.

        Raises:
            SetUpFailed: with what the meter did in place of a readable UA.
        """
        self._begin_anew()
        information = self._proposed.encode() if self._proposed is not None else b""
        received = self._command(FrameType.SNRM, information, Waiting.SET_UP)
        if not isinstance(received, FrameReceived):
            raise SetUpFailed(received)
        self.negotiated = LinkParameters()
        self.deviations = []
        if received.frame.information:
            try:
                self.negotiated = decode(
                    received.frame.information, link_parameters.read, "parameters", deviations=self.deviations
                )
            except DecodeError as error:
                raise SetUpFailed(Unreadable(received.number, f"UA parameters: {error}")) from None
            received.taped.note = "; ".join((received.taped.note, *(str(item) for item in self.deviations)))

    def release(self) -> LinkReaction | None:
        """DISC; UA and DM both say that the link is down."""
        reaction = self._command(FrameType.DISC, b"", Waiting.RELEASE)
        self._begin_anew()
        return None if isinstance(reaction, FrameReceived) else reaction

    def send(self, apdu: bytes, changes: Sequence[Change] = (), *, plain: bytes | None = None) -> int:
        """Send an APDU in I-frames, each once; what comes in place of an acknowledgement is kept for `receive`."""
        self._take_the_turn()
        self._segments.clear()
        information = (COMMAND_HEADER if self._llc else b"") + apdu
        # The UA speaks for the meter: what it may receive at most is what the tester may transmit.
        size = min(max(1, self.negotiated.max_information_receive), LARGEST_MAX_INFORMATION)
        chunks = [information[start : start + size] for start in range(0, len(information), size)] or [b""]
        for index, chunk in enumerate(chunks):
            more = index < len(chunks) - 1
            control = Control(FrameType.I, True, self._receive_number, self._send_number)
            frame = self.station.transmit(control, chunk, segmented=more, changes=changes if index == 0 else ())
            self._send_number = (self._send_number + 1) % 8
            self._polled, self._unacknowledged = True, True
            if more and not self._segment_arrived():
                return frame.number
        frame.plain = plain
        frame.apdu = apdu if len(chunks) > 1 or not self._llc else None
        return frame.number

    def receive(self, timeout_s: float) -> ApduReceived | LinkReaction:
        """The next whole APDU; segments are pulled with RR, each wait bounded by `timeout_s`."""
        if self._early:
            return self._early.popleft()
        reaction = self._answer(timeout_s)
        self._polled = False
        if not isinstance(reaction, ApduReceived):
            self._segments.clear()
        return reaction

    def _begin_anew(self) -> None:
        self._send_number = self._receive_number = 0
        self._polled = self._unacknowledged = False
        self._segments.clear()
        self._early.clear()

    def _command(self, kind: FrameType, information: bytes, waiting: Waiting) -> FrameReceived | LinkReaction:
        """Send SNRM or DISC and give the frame that confirms it, or what came in its place."""
        received = self.station.exchange(Control(kind, True), information, timeout_s=self._timeout_s)
        if received is None:
            return Silence(self._timeout_s)
        if not isinstance(received, FrameReceived):
            return received
        effect = TRANSITIONS.get((waiting, received.frame.control.type))
        return received if effect in (Effect.ESTABLISH, Effect.RELEASE) else self._ended(received, effect, "UA or DM")

    def _ended(self, received: FrameReceived, effect: Effect | None, wanted: str) -> LinkReaction:
        if effect not in (Effect.END_REJECTED, Effect.END_DISCONNECTED):
            return unexpected(received, wanted)
        self._unacknowledged = False
        if effect is Effect.END_DISCONNECTED:
            return DisconnectedMode(received.number)
        return FrameRejected(received.number, _reject(received.frame.information))

    def _take_the_turn(self) -> None:
        """Before a request: let the meter end what nobody waited for, and learn whether it has the frame before.

        An answer that turns up here came too late, or was not waited for: `receive` gives it first.
        """
        if not self._polled and not self._unacknowledged:
            return
        if not self._polled:
            self._poll()
        received = self._next(self.line.clock.now() + self._timeout_s, self._timeout_s)
        if isinstance(received, FrameReceived):
            if received.frame.control.type in (FrameType.RR, FrameType.RNR):
                # What the meter did not take is not counted: the next frame takes its number.
                if received.frame.control.receive_number == (self._send_number - 1) % 8:
                    self._send_number = received.frame.control.receive_number
                fault = self._receive_number_fault(received)
                self._early.extend(() if fault is None else (fault,))
            else:
                self.line.put_back(received.taped)
                self._early.append(self._answer(self._timeout_s))
        elif received is not None:
            self._early.append(received)
        self._polled = self._unacknowledged = False

    def _segment_arrived(self) -> bool:
        """Whether the meter asks for the next segment; anything else is kept for `receive`."""
        until = self.line.clock.now() + self._timeout_s
        while True:
            received = self._next(until, self._timeout_s / _POLLS)
            if not isinstance(received, FrameReceived):
                self._early.append(Silence(self._timeout_s) if received is None else received)
                self._polled = False
                return False
            effect = TRANSITIONS.get((Waiting.ACKNOWLEDGEMENT, received.frame.control.type))
            if effect not in (Effect.GO_ON_SENDING, Effect.POLL_LATER):
                self.line.put_back(received.taped)
                return False
            fault = self._receive_number_fault(received)
            if fault is not None:
                self._early.append(fault)
                return False
            if effect is Effect.GO_ON_SENDING and not self._polled:
                return True

    def _answer(self, timeout_s: float) -> ApduReceived | LinkReaction:
        progress = Progress(self.line.clock.now() + timeout_s)
        while True:
            received = self._next(progress.until, timeout_s / _POLLS)
            if received is None:
                return progress.silence(timeout_s)
            if not isinstance(received, FrameReceived):
                return received
            effect = TRANSITIONS.get((Waiting.ANSWER, received.frame.control.type))
            if effect is Effect.TAKE_UNNUMBERED:
                return self._delivered(received, received.frame.information)
            if effect not in (Effect.TAKE_INFORMATION, Effect.POLL_LATER):
                return self._ended(received, effect, "an answer")
            fault: LinkReaction | None = self._receive_number_fault(received) or progress.fault(received)
            if fault is None and effect is Effect.TAKE_INFORMATION:
                fault = self._take(received, progress)
                progress.until = self.line.clock.now() + timeout_s
            if fault is not None:
                return fault
            if progress.whole is not None and not self._polled:
                return progress.whole

    def _take(self, received: FrameReceived, progress: Progress) -> LinkReaction | None:
        """Add a segment, or give what is wrong with it; the last one makes the answer whole."""
        frame = received.frame
        if frame.control.send_number != self._receive_number:
            number = frame.control.send_number
            return Unreadable(received.number, f"N(S) {number} out of sequence, expected {self._receive_number}")
        self._receive_number = (self._receive_number + 1) % 8
        if not frame.information or progress.whole is not None:
            what = "behind the last one of the answer" if progress.whole is not None else "without information"
            return Unreadable(received.number, f"an I-frame {what}")
        self._note_excess(received, progress)
        self._segments += frame.information
        if len(self._segments) > LARGEST_APDU:
            return Unreadable(received.number, f"segments of more than {LARGEST_APDU} octets without an end")
        if frame.segmented:
            if not self._polled:
                self._poll()
            return None
        delivered = self._delivered(received, bytes(self._segments))
        self._segments.clear()
        if not isinstance(delivered, ApduReceived):
            return delivered
        progress.whole = delivered
        return None

    def _note_excess(self, received: FrameReceived, progress: Progress) -> None:
        size, most = len(received.frame.information), self.negotiated.max_information_transmit
        excesses = [f"information field of {size} octets, {most} negotiated"] if size > most else []
        if progress.in_window > self.negotiated.window_transmit:
            window = self.negotiated.window_transmit
            excesses.append(f"{progress.in_window} I-frames without an acknowledgement, window {window} negotiated")
        self.excesses += excesses
        received.taped.note = "; ".join((received.taped.note, *excesses))

    def _delivered(self, received: FrameReceived, information: bytes) -> ApduReceived | LinkReaction:
        if self._llc and not information.startswith(RESPONSE_HEADER):
            shown = information[:3].hex().upper() or "nothing"
            return Unreadable(received.number, f"information field begins with {shown}, expected LLC E6E700")
        apdu = information[len(RESPONSE_HEADER) :] if self._llc else information
        if received.frame.information != information or not self._llc:
            received.taped.apdu = apdu
        return ApduReceived(apdu, received.number)

    def _receive_number_fault(self, received: FrameReceived) -> Unreadable | None:
        """A meter that answers has the frame sent last, and counts it."""
        number = received.frame.control.receive_number
        if number == self._send_number:
            return None
        kind = received.frame.control.type.label
        return Unreadable(received.number, f"{kind} with N(R) {number}, expected {self._send_number}")

    def _next(self, until: float, patience_s: float) -> FrameReceived | LinkReaction | None:
        """The next frame; a meter that has given the turn back is polled again after `patience_s`."""
        while True:
            now = self.line.clock.now()
            limit = until if self._polled else min(until, now + patience_s)
            received = self.station.receive(limit)
            if received is not None or limit >= until:
                break
            self._poll()
        if isinstance(received, FrameReceived):
            control = received.frame.control
            if control.poll_final and control.type is not FrameType.UI:
                self._polled = False
            if control.receive_number == self._send_number and control.type is not FrameType.UI:
                self._unacknowledged = False
        return received

    def _poll(self) -> None:
        self.station.transmit(Control(FrameType.RR, True, self._receive_number))
        self._polled = True


def _reject(information: bytes) -> frmr.FrameReject | None:
    try:
        return decode(information, frmr.read, "frmr", deviations=[])
    except DecodeError:
        return None
