"""Receiving an answer over HDLC: segments in sequence, window by window, pulled with RR."""

from __future__ import annotations

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc.llc import RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction
from conformance.tester.data_link.hdlc_progress import Progress
from conformance.tester.data_link.hdlc_sending import POLLS
from conformance.tester.data_link.hdlc_station import FrameReceived, unexpected
from conformance.tester.data_link.hdlc_transitions import TRANSITIONS, Effect, Waiting
from conformance.tester.data_link.hdlc_turn import Turn
from conformance.tester.reaction import DisconnectedMode, FrameRejected, Unreadable

LARGEST_APDU = 0x1_0000
"""Octets; a meter that sends segments without end is cut off here."""


class Receiver:
    """The meter's I-frames and UI frames (IEC 62056-46, 6.4.4).

    Attributes:
        excesses: what the meter sent beyond what it negotiated, in words.
        behind: whole APDUs that came behind the one asked for, in the same window.
    """

    def __init__(self, turn: Turn, *, llc: bool) -> None:
        self.excesses: list[str] = []
        self.behind: list[ApduReceived] = []
        self._turn = turn
        self._llc = llc
        self._segments = bytearray()

    def forget(self) -> None:
        """Drop the segments of an answer that is not whole."""
        self._segments.clear()

    def answer(
        self, timeout_s: float, parameters: LinkParameters, *, streamed: bool = False
    ) -> ApduReceived | LinkReaction:
        """The next whole APDU, or what ends the wait for it; where they are `streamed`, others may stand behind it."""
        turn, line = self._turn, self._turn.station.line
        progress = Progress(line.quiet_from + timeout_s)
        while True:
            received = turn.next(progress.until, timeout_s / POLLS)
            if received is None:
                if turn.polled and turn.enquire("no answer"):
                    progress.until = line.quiet_from + timeout_s
                    continue
                return turn.recovery.loss or progress.silence(timeout_s)
            if not isinstance(received, FrameReceived):
                return received
            effect = TRANSITIONS.get((Waiting.ANSWER, received.frame.control.type))
            if effect is Effect.TAKE_UNNUMBERED:
                return self._delivered(received, received.frame.information)
            if effect not in (Effect.TAKE_INFORMATION, Effect.POLL_LATER):
                return ended(turn, received, effect, "an answer")
            if turn.send_again(received) or self._asked_again(received, effect):
                progress.until = line.quiet_from + timeout_s
                continue
            fault: LinkReaction | None = turn.receive_number_fault(received) or progress.fault(received)
            if fault is None and effect is Effect.TAKE_INFORMATION:
                fault = self._take(received, progress, parameters, streamed=streamed)
                progress.until = line.quiet_from + timeout_s
            if fault is not None:
                return fault
            if progress.whole is not None and not turn.polled:
                return progress.whole

    def _asked_again(self, received: FrameReceived, effect: Effect) -> bool:
        """Whether an I-frame shows that the one before it was lost, and recovery takes care of it.

        Such a frame is dropped; once the meter has given the turn back, RR asks for all from the lost one on.
        """
        turn, number = self._turn, received.frame.control.send_number
        if effect is not Effect.TAKE_INFORMATION or number == turn.receive_number or not turn.recovery.active:
            return False
        if not turn.polled and not turn.enquire(f"N(S) {turn.receive_number} missing"):
            return False
        turn.recovery.did(received.taped, f"out of sequence, N(S) {turn.receive_number} expected: dropped")
        return True

    def _take(
        self, received: FrameReceived, progress: Progress, parameters: LinkParameters, *, streamed: bool
    ) -> LinkReaction | None:
        """Add a segment, or give what is wrong with it; the last one makes the answer whole."""
        frame, turn = received.frame, self._turn
        if frame.control.send_number != turn.receive_number:
            number = frame.control.send_number
            return Unreadable(received.number, f"N(S) {number} out of sequence, expected {turn.receive_number}")
        turn.receive_number = (turn.receive_number + 1) % 8
        turn.recovery.progressed()
        if not frame.information or (progress.whole is not None and not streamed):
            what = "without information" if not frame.information else "behind the last one of the answer"
            return Unreadable(received.number, f"an I-frame {what}")
        self._note_excess(received, progress, parameters)
        self._segments += frame.information
        if len(self._segments) > LARGEST_APDU:
            return Unreadable(received.number, f"segments of more than {LARGEST_APDU} octets without an end")
        if frame.segmented:
            if not turn.polled:
                turn.poll()
            return None
        delivered = self._delivered(received, bytes(self._segments))
        self._segments.clear()
        if not isinstance(delivered, ApduReceived):
            return delivered
        if progress.whole is None:
            progress.whole = delivered
        else:
            self.behind.append(delivered)
        return None

    def _note_excess(self, received: FrameReceived, progress: Progress, parameters: LinkParameters) -> None:
        size, most = len(received.frame.information), parameters.max_information_transmit
        excesses = [f"information field of {size} octets, {most} negotiated"] if size > most else []
        if progress.in_window > parameters.window_transmit:
            window = parameters.window_transmit
            excesses.append(f"{progress.in_window} I-frames without an acknowledgement, window {window} negotiated")
        self.excesses += excesses
        received.taped.note = "; ".join((received.taped.note, *excesses))

    def _delivered(self, received: FrameReceived, information: bytes) -> ApduReceived | LinkReaction:
        if self._llc and not information.startswith(RESPONSE_HEADER):
            shown = information[:3].hex().upper() or "nothing"
            reason = f"information field begins with {shown}, expected LLC E6E700"
            return Unreadable(received.number, reason, "hdlc-frame.content.information")
        apdu = information[len(RESPONSE_HEADER) :] if self._llc else information
        if received.frame.information != information or not self._llc:
            received.taped.apdu = apdu
        return ApduReceived(apdu, received.number)


def ended(turn: Turn, received: FrameReceived, effect: Effect | None, wanted: str) -> LinkReaction:
    """The reaction that a frame is which ends the exchange: DM, FRMR, or no answer at all."""
    if effect not in (Effect.END_REJECTED, Effect.END_DISCONNECTED):
        return unexpected(received, wanted)
    turn.unacknowledged.clear()
    if effect is Effect.END_DISCONNECTED:
        return DisconnectedMode(received.number)
    return FrameRejected(received.number, _reject(received.frame.information))


def _reject(information: bytes) -> frmr.FrameReject | None:
    try:
        return decode(information, frmr.read, "frmr", deviations=[])
    except DecodeError:
        return None
