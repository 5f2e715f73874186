"""Sending an information field over HDLC: in segments, as many at a time as the meter's window takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from conformance.dlms.alteration import Change
from conformance.dlms.hdlc.parameters import LARGEST_MAX_INFORMATION, LARGEST_WINDOW, LinkParameters
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction
from conformance.tester.data_link.hdlc_station import FrameReceived
from conformance.tester.data_link.hdlc_transitions import TRANSITIONS, Effect, Waiting
from conformance.tester.data_link.hdlc_turn import Turn
from conformance.tester.reaction import Silence
from conformance.tester.tape import TapedFrame

POLLS = 5
"""Within one response timeout, a meter that has nothing to send yet is asked so many times."""


class Sender:
    """The client's I-frames (IEC 62056-46, 6.4.4).

    All frames of a window but the last one go without the P bit. The last one polls, and the next window waits for the
    acknowledgement; a meter that says RNR holds it back, and is polled until it says RR.
    """

    def __init__(self, turn: Turn, timeout_s: float, early: deque[ApduReceived | LinkReaction]) -> None:
        """Make a sender.

        Args:
            turn: the state of the link.
            timeout_s: the response timeout.
            early: takes what comes in place of an acknowledgement.
        """
        self._turn = turn
        self._timeout_s = timeout_s
        self._early = early

    def send(
        self, information: bytes, parameters: LinkParameters, changes: Sequence[Change] = ()
    ) -> tuple[TapedFrame, bool]:
        """Send an information field; gives the last frame sent, and whether it completes the field.

        Raises:
            AlterationError: a change names a field that the frame does not have.
        """
        for window in _windows(information, parameters, altered=bool(changes)):
            for place, (segment, more) in enumerate(window, 1):
                taped = self._turn.send(segment, more=more, poll=place == len(window), changes=changes)
                changes = ()
            if more and not self._arrived():
                return taped, False
        return taped, not more

    def _arrived(self) -> bool:
        """Whether the meter asks for the next window; anything else is kept for whoever waits for an answer."""
        turn, line = self._turn, self._turn.station.line
        until = line.quiet_from + self._timeout_s
        while True:
            received = turn.next(until, self._timeout_s / POLLS)
            if received is None and turn.polled and turn.enquire("no acknowledgement"):
                until = line.quiet_from + self._timeout_s
                continue
            if not isinstance(received, FrameReceived):
                lost = turn.recovery.loss or Silence(self._timeout_s)
                self._early.append(lost if received is None else received)
                turn.polled = False
                return False
            effect = TRANSITIONS.get((Waiting.ACKNOWLEDGEMENT, received.frame.control.type))
            if effect not in (Effect.GO_ON_SENDING, Effect.POLL_LATER):
                line.put_back(received.taped)
                return False
            if turn.send_again(received):
                until = line.quiet_from + self._timeout_s
                continue
            fault = turn.receive_number_fault(received)
            if fault is not None:
                self._early.append(fault)
                return False
            if effect is Effect.GO_ON_SENDING and not turn.polled:
                return True


def segment_size(parameters: LinkParameters) -> int:
    """Octets of the longest information field that the meter takes, whatever its UA says."""
    return min(max(1, parameters.max_information_receive), LARGEST_MAX_INFORMATION)


def _windows(information: bytes, parameters: LinkParameters, *, altered: bool) -> Iterator[list[tuple[bytes, bool]]]:
    """The segments with whether more follow, window by window.

    The UA speaks for the meter: what it may receive at most is what the tester may transmit. An altered first segment
    stands alone, so that what the meter does is about nothing else.
    """
    size = segment_size(parameters)
    window = min(max(1, parameters.window_receive), LARGEST_WINDOW)
    starts = range(0, max(1, len(information)), size)
    segments = [(information[start : start + size], start + size < len(information)) for start in starts]
    first = 1 if altered else window
    yield segments[:first]
    for start in range(first, len(segments), window):
        yield segments[start : start + window]
