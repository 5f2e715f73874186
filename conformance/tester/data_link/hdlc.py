"""APDUs over HDLC: the primary station's side of IEC 62056-46, unbalanced and two-way alternate."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from conformance.dlms.alteration import Change
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.hdlc import parameters as link_parameters
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.llc import COMMAND_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction, SetUpFailed
from conformance.tester.data_link.hdlc_receiving import Receiver, ended
from conformance.tester.data_link.hdlc_recovery import Recovery
from conformance.tester.data_link.hdlc_sending import Sender, segment_size
from conformance.tester.data_link.hdlc_station import Damaged, FrameReceived, HdlcStation, unexpected
from conformance.tester.data_link.hdlc_transitions import TRANSITIONS, Effect, Waiting
from conformance.tester.data_link.hdlc_turn import Turn
from conformance.tester.line import Line
from conformance.tester.reaction import Silence, Unreadable
from conformance.tester.stimulus import Layer


class HdlcDataLink:
    """One client and one server address on a line.

    Sending: segments as the negotiated maximum information field length demands, a window of them at a time. Receiving:
    any window; a frame with the final bit gives the turn back, and RR asks for what is missing. REJ is not in the
    repertoire of the standard: it is never sent, and answers nothing.

    Attributes:
        line: carries the frames.
        station: sends and receives single frames.
        recovery: what is done about losses: nothing at all unless the link was made with `recovers`.
        negotiated: as the meter's UA says, transmit and receive from the meter's side.
        deviations: what is illegal but readable in the UA.
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
        recovers: bool = False,
        inactivity_timeout_s: float = 0.0,
    ) -> None:
        """Make a data link, not set up yet.

        Args:
            line: carries the frames.
            client: address of this side.
            server: address of the meter's side.
            proposed: goes with the SNRM; None for an SNRM without parameters.
            response_timeout_s: nothing for so long is silence.
            llc: whether APDUs stand behind an LLC header.
            recovers: whether what a line loses is asked for and sent again; never for what a meter must refuse.
            inactivity_timeout_s: after so long without a frame the meter gives the link up, as declared; 0 for never.
                Nothing is sent to prevent it.
        """
        self.line = line
        self.station = HdlcStation(line, client, server)
        self.recovery = Recovery(recovers)
        self.negotiated = LinkParameters()
        self.deviations: list[Deviation] = []
        self._proposed = proposed
        self._timeout_s = response_timeout_s
        self._llc = llc
        self._early: deque[ApduReceived | LinkReaction] = deque()
        self._turn = Turn(self.station, self.recovery, inactivity_timeout_s)
        self._sender = Sender(self._turn, response_timeout_s, self._early)
        self._receiver = Receiver(self._turn, llc=llc)

    @property
    def recoveries(self) -> int:
        """How often something was asked for or sent again, or dropped, because of a line that loses or repeats."""
        return self.recovery.recoveries

    @property
    def excesses(self) -> list[str]:
        """What the meter sent beyond what it negotiated, in words."""
        return self._receiver.excesses

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
        """Send an APDU in I-frames; what comes in place of an acknowledgement is kept for `receive`."""
        self._take_the_turn()
        self._receiver.forget()
        self.recovery.begin(altered=bool(changes))
        information = (COMMAND_HEADER if self._llc else b"") + apdu
        frame, whole = self._sender.send(information, self.negotiated, changes)
        if whole:
            frame.plain = plain
            alone = len(information) <= segment_size(self.negotiated)
            frame.apdu = None if alone and self._llc else apdu
        return frame.number

    def receive(self, timeout_s: float, *, streamed: bool = False) -> ApduReceived | LinkReaction:
        """The next whole APDU; segments are pulled with RR, each wait bounded by `timeout_s`.

        Where APDUs are `streamed`, the one behind another is pulled at once, and several may share a window.
        """
        if self._early:
            return self._early.popleft()
        if streamed and not self._turn.polled:
            self._turn.poll()
        reaction = self._receiver.answer(timeout_s, self.negotiated, streamed=streamed)
        self._early.extend(self._receiver.behind)
        self._receiver.behind.clear()
        self._turn.polled = False
        if not isinstance(reaction, ApduReceived):
            self._receiver.forget()
        return reaction

    def _begin_anew(self) -> None:
        self._turn.begin_anew()
        self._receiver.forget()
        self._early.clear()

    def _command(self, kind: FrameType, information: bytes, waiting: Waiting) -> FrameReceived | LinkReaction:
        """Send SNRM or DISC and give the frame that confirms it, or what came in its place."""
        self.recovery.begin()
        taped = self._turn.command(kind, information)
        while True:
            received = self._confirmation(waiting)
            if received is not None or not self.recovery.attempt():
                break
            taped = self._turn.command(kind, information)
            self.recovery.did(taped, f"sent again, {self.recovery.attempts}")
        if received is None:
            return self.recovery.loss or Silence(self._timeout_s)
        if not isinstance(received, FrameReceived):
            return received
        effect = TRANSITIONS.get((waiting, received.frame.control.type))
        confirmed = effect in (Effect.ESTABLISH, Effect.RELEASE)
        return received if confirmed else ended(self._turn, received, effect, "UA or DM")

    def _confirmation(self, waiting: Waiting) -> FrameReceived | LinkReaction | None:
        """What answers SNRM or DISC; None when nothing does in time.

        Where the link recovers, damaged frames are lost, and what belongs to an earlier exchange is dropped.
        """
        until = self.line.quiet_from + self._timeout_s
        while True:
            received = self.station.receive(until)
            if isinstance(received, FrameReceived):
                self._turn.remember(received)
                if (waiting, received.frame.control.type) in TRANSITIONS or not self.recovery.active:
                    return received
                self.recovery.loss = unexpected(received, "UA or DM")
                self.recovery.did(received.taped, "too late, dropped")
            elif isinstance(received, Damaged) and self.recovery.active:
                self.recovery.lost(self.line.tape.frames[received.frame], received)
            else:
                return received

    def _take_the_turn(self) -> None:
        """Before a request: let the meter end what nobody waited for, and learn whether it has the frames before.

        An answer that turns up here came too late, or was not waited for: `receive` gives it first.
        """
        turn = self._turn
        if not turn.polled and not turn.unacknowledged:
            return
        if not turn.polled:
            turn.poll()
        received = self._end_of_turn()
        if isinstance(received, FrameReceived):
            if received.frame.control.type in (FrameType.RR, FrameType.RNR):
                # What the meter did not take is not counted: the next frame takes its number.
                if received.frame.control.receive_number == (turn.send_number - 1) % 8:
                    turn.send_number = received.frame.control.receive_number
                fault = turn.receive_number_fault(received)
                self._early.extend(() if fault is None else (fault,))
            else:
                self.line.put_back(received.taped)
                self._early.append(self._receiver.answer(self._timeout_s, self.negotiated))
        elif received is not None:
            self._early.append(received)
        turn.polled = False
        turn.unacknowledged.clear()

    def _end_of_turn(self) -> FrameReceived | LinkReaction | None:
        """What the meter says at the end of its turn; what it missed is sent again where the link recovers."""
        while True:
            received = self._turn.next(self.line.quiet_from + self._timeout_s, self._timeout_s)
            if received is None and self._turn.polled and self._turn.enquire("no acknowledgement"):
                continue
            if isinstance(received, FrameReceived) and self._turn.send_again(received):
                continue
            return received
