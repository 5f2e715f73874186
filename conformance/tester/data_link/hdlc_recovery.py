"""What the client does about frames that a line loses, damages or repeats: bounded, noted on the tape, and counted."""

from __future__ import annotations

from typing import Final

from conformance.tester.reaction import Unreadable
from conformance.tester.tape import TapedFrame

MOST_ATTEMPTS: Final = 4
"""So often in a row the client asks or sends again without getting any further."""


class Recovery:
    """The client's own recovery of one data link (IEC 62056-46, 6.4.4; ISO/IEC 13239, time-out functions).

    After a response timeout the client enquires with RR (P); what N(R) does not acknowledge is sent again, a reply
    that was lost comes again because RR still asks for it; SNRM and DISC are repeated. Frames with a wrong check
    sequence and stray octets count as lost, repeated ones are dropped.

    It is for what must work, so that a case can come to its point. A stimulus that was altered on the link is never
    sent again, and a link that does not recover sends nothing twice.

    Attributes:
        recovers: whether it does anything at all.
        recoveries: how often something was asked for or sent again, or dropped.
        loss: the frame that was taken for lost or dropped last, for when recovery fails.
    """

    def __init__(self, recovers: bool) -> None:
        self.recovers = recovers
        self.recoveries = 0
        self.loss: Unreadable | None = None
        self._altered = False
        self._attempts = 0
        self._mute = False

    @property
    def active(self) -> bool:
        """Whether what is lost now is recovered."""
        return self.recovers and not self._altered

    def begin(self, *, altered: bool = False) -> None:
        """A new command or request; an `altered` one is sent once and received strictly."""
        self._altered = altered
        self._attempts = 0
        self.loss = None

    def heard(self) -> None:
        """A legal frame of the meter has arrived."""
        self._mute = False
        self.loss = None

    def progressed(self) -> None:
        """Something new has arrived on either side: the attempts are counted anew."""
        self._attempts = 0

    def attempt(self) -> bool:
        """Whether one more attempt is due; a meter that has let all of them pass in silence gets no more."""
        if not self.active or self._mute:
            return False
        if self._attempts >= MOST_ATTEMPTS:
            self._mute = True
            return False
        self._attempts += 1
        return True

    def did(self, frame: TapedFrame, what: str) -> None:
        """Note on a frame what became of it, or why it was sent, and count it."""
        self.recoveries += 1
        frame.note = f"{frame.note}; {what}" if frame.note else what

    def lost(self, frame: TapedFrame, damage: Unreadable) -> None:
        """A damaged frame is taken for lost."""
        self.loss = damage
        self.did(frame, "damaged, taken for lost")

    def repeated(self, frame: TapedFrame) -> None:
        """A frame that has come before is dropped."""
        self.loss = Unreadable(frame.number, f"{frame.note} as before, and nothing new")
        self.did(frame, "repeated, dropped")

    @property
    def attempts(self) -> str:
        """Which attempt this is, for a note."""
        return f"attempt {self._attempts} of {MOST_ATTEMPTS}"
