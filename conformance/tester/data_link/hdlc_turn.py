"""Whose turn it is on an HDLC link, and what each side has of the other: V(S), V(R), acknowledgements, enquiries."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.dlms.alteration import Change
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.tester.data_link.data_link import LinkReaction
from conformance.tester.data_link.hdlc_recovery import Recovery
from conformance.tester.data_link.hdlc_station import Damaged, FrameReceived, HdlcStation
from conformance.tester.reaction import Unreadable
from conformance.tester.tape import TapedFrame

_RECENT = 4
"""A frame that comes twice comes twice within so many."""
_NUMBERED = frozenset((FrameType.I, FrameType.RR, FrameType.RNR))


@dataclass(frozen=True, slots=True)
class Sent:
    """An I-frame that was sent: its N(S), its information field, and whether more segments follow."""

    number: int
    information: bytes
    more: bool


class Turn:
    """The state of a link that both directions share (IEC 62056-46, 6.4.4, two-way alternate).

    Attributes:
        station: sends and receives single frames.
        recovery: what is done about losses.
        inactivity_timeout_s: the meter's; 0 for never.
        send_number: V(S).
        receive_number: V(R).
        polled: a frame with the P bit is out, and none with the F bit has come yet: the meter has the turn.
        unacknowledged: I-frames of which no N(R) has told yet that they arrived, oldest first.
    """

    def __init__(self, station: HdlcStation, recovery: Recovery, inactivity_timeout_s: float) -> None:
        self.station = station
        self.recovery = recovery
        self.inactivity_timeout_s = inactivity_timeout_s
        self._last_frame_s: float | None = None
        self._recent: deque[TapedFrame] = deque(maxlen=_RECENT)
        self.begin_anew()

    def begin_anew(self) -> None:
        """A link that begins counts from zero."""
        self.send_number = self.receive_number = 0
        self.polled = False
        self.unacknowledged: deque[Sent] = deque()
        self._enquired = False
        self._recent.clear()
        self._last_frame_s = None

    def command(self, kind: FrameType, information: bytes = b"") -> TapedFrame:
        """Send SNRM or DISC."""
        return self._transmitted(self.station.transmit(Control(kind, True), information))

    def send(self, information: bytes, *, more: bool, poll: bool, changes: Sequence[Change] = ()) -> TapedFrame:
        """Send the next I-frame.

        Raises:
            AlterationError: a change names a field that the frame does not have.
        """
        control = Control(FrameType.I, poll, self.receive_number, self.send_number)
        taped = self.station.transmit(control, information, segmented=more, changes=changes)
        self.unacknowledged.append(Sent(self.send_number, information, more))
        self.send_number = (self.send_number + 1) % 8
        self.polled = self.polled or poll
        return self._transmitted(taped)

    def poll(self) -> TapedFrame:
        """Give the meter the turn: RR, which acknowledges what has come."""
        self.polled = True
        return self._transmitted(self.station.transmit(Control(FrameType.RR, True, self.receive_number)))

    def enquire(self, why: str) -> bool:
        """Ask what has arrived and for what is missing; False when that is not to be done, or was done often enough."""
        if not self.recovery.attempt():
            return False
        self._enquired = True
        self.recovery.did(self.poll(), f"enquiry, {self.recovery.attempts}: {why}")
        return True

    def send_again(self, received: FrameReceived) -> bool:
        """Send again what the N(R) of an RR says is missing; False when nothing is, or nothing more is to be done.

        A meter that says RNR is busy: whatever it misses waits until it says RR.
        """
        behind = received.frame.control.type is FrameType.RR and not self.polled and self.unacknowledged
        if not behind or self.receive_number_gap(received) is None or not self.recovery.attempt():
            return False
        for place, sent in enumerate(self.unacknowledged, 1):
            last = place == len(self.unacknowledged)
            control = Control(FrameType.I, last, self.receive_number, sent.number)
            taped = self.station.transmit(control, sent.information, segmented=sent.more)
            self.recovery.did(self._transmitted(taped), f"sent again, {self.recovery.attempts}")
        self.polled = True
        return True

    def next(self, until: float, patience_s: float) -> FrameReceived | LinkReaction | None:
        """The next frame; a meter that has given the turn back is polled again after `patience_s`."""
        while True:
            limit = until if self.polled else min(until, self.station.line.clock.now() + patience_s)
            received = self.station.receive(limit)
            if received is None:
                if limit >= until:
                    return None
                self.poll()
            elif isinstance(received, Damaged) and self.recovery.active:
                self.recovery.lost(self.station.line.tape.frames[received.frame], received)
            elif not isinstance(received, FrameReceived):
                return received
            elif self._repeated(received):
                self.recovery.repeated(received.taped)
            else:
                self._take_note(received)
                return received

    def remember(self, received: FrameReceived) -> None:
        """A frame was taken outside `next`: when it comes once more, it is repeated."""
        self._recent.append(received.taped)
        self._last_frame_s = self.station.line.clock.now()
        self.recovery.heard()

    def receive_number_gap(self, received: FrameReceived) -> int | None:
        """How many of the frames sent last N(R) leaves open; None when it acknowledges what was never sent."""
        open_frames = (self.send_number - received.frame.control.receive_number) % 8
        return open_frames if open_frames <= len(self.unacknowledged) else None

    def receive_number_fault(self, received: FrameReceived) -> Unreadable | None:
        """A meter that answers has the frames sent last, and counts them; a busy one may have lost some."""
        kind, number = received.frame.control.type, received.frame.control.receive_number
        busy = kind is FrameType.RNR and self.recovery.active and self.receive_number_gap(received) is not None
        if number == self.send_number or busy:
            return None
        reason = f"{kind.label} with N(R) {number}, expected {self.send_number}"
        return Unreadable(received.number, reason, "hdlc-frame.content.control")

    def _take_note(self, received: FrameReceived) -> None:
        control = received.frame.control
        self.remember(received)
        if control.poll_final and control.type is not FrameType.UI:
            self.polled = self._enquired = False
        if control.type in _NUMBERED and (left := self.receive_number_gap(received)) is not None:
            if left < len(self.unacknowledged):
                self.recovery.progressed()
            while len(self.unacknowledged) > left:
                self.unacknowledged.popleft()

    def _repeated(self, received: FrameReceived) -> bool:
        """Whether a frame is one of the last ones once more, and says nothing that still holds.

        An RR may say the same as before where an enquiry is out: it then tells that something was lost.
        """
        if not self.recovery.active:
            return False
        taped, control = received.taped, received.frame.control
        if not any(earlier is not taped and earlier.octets == taped.octets for earlier in self._recent):
            return False
        if control.type is FrameType.I:
            return control.send_number != self.receive_number
        if control.type in _NUMBERED:
            return not self._enquired and control.receive_number != self.send_number
        return control.type is FrameType.UA

    def _transmitted(self, taped: TapedFrame) -> TapedFrame:
        """Keep the time of a frame; the link is not kept alive behind anybody's back, so a long pause is told."""
        idle_s = 0.0 if self._last_frame_s is None else taped.began_s - self._last_frame_s
        if 0 < self.inactivity_timeout_s <= idle_s:
            limit = f"{self.inactivity_timeout_s:g} s"
            taped.note += f"; the link was idle for {idle_s:g} s, the declared inactivity timeout is {limit}"
        self._last_frame_s = self.station.line.quiet_from
        return taped
