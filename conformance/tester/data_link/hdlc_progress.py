"""How far an answer over HDLC has come, and what it means when it stops there."""

from __future__ import annotations

from conformance.dlms.hdlc.control import FrameType
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction
from conformance.tester.data_link.hdlc_station import FrameReceived
from conformance.tester.reaction import Silence, Unreadable

_MOST_ACKNOWLEDGEMENTS = 100


class Progress:
    """One wait for an answer.

    Attributes:
        until: when the wait for the next frame ends.
        whole: the answer, once its last segment is there and only the final bit is missing.
        in_window: I-frames that came since the meter was given the turn.
    """

    def __init__(self, until: float) -> None:
        self.until = until
        self.whole: ApduReceived | None = None
        self.in_window = 0
        self._last: FrameReceived | None = None
        self._idle = 0

    def fault(self, received: FrameReceived) -> Unreadable | None:
        """Count one more frame; acknowledgements without end are cut off."""
        before, self._last = self._last, received
        if received.frame.control.type is FrameType.I:
            self._idle = 0
            again = before is None or before.frame.control.poll_final
            self.in_window = 1 if again else self.in_window + 1
            return None
        self._idle += 1
        if self._idle > _MOST_ACKNOWLEDGEMENTS:
            return Unreadable(received.number, f"{self._idle} acknowledgements in a row and no answer")
        return None

    def silence(self, timeout_s: float) -> LinkReaction:
        """What it means that nothing came any more."""
        if self._last is None:
            return Silence(timeout_s)
        if self.whole is not None:
            return Unreadable(self._last.number, f"no frame of the answer has the F bit, within {timeout_s:g} s")
        if self._last.frame.control.type is FrameType.I:
            return Unreadable(self._last.number, f"the answer stops amid its segments, for {timeout_s:g} s")
        return Silence(timeout_s, acknowledged=True)
