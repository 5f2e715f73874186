"""Frames between one client and one server address: sent once, received strictly, without any memory of sequences."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.dlms.alteration import Change, alter
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.fcs import fcs16
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import decode, dissect
from conformance.link.line_signs import line_sign
from conformance.tester.data_link.data_link import LinkReaction
from conformance.tester.data_link.hdlc_transitions import NEEDS_FINAL
from conformance.tester.line import Line
from conformance.tester.reaction import LinkLost, Unreadable
from conformance.tester.tape import TapedFrame

_SHOWN_OCTETS = 24
_MOST_ECHOES = 8
"""Frames; on a slow line the echo of one may come when the next ones are out already."""


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A legal frame from the meter for this client, with its place on the tape."""

    frame: Frame
    taped: TapedFrame

    @property
    def number(self) -> int:
        """Its number on the tape."""
        return self.taped.number


@dataclass(frozen=True, slots=True)
class Damaged(Unreadable):
    """No frame, or one with a wrong length or check sequence: what a bad line makes of a good frame."""


@dataclass(frozen=True, slots=True)
class Echoed(Unreadable):
    """A frame that the tester has sent itself, not long ago."""


class HdlcStation:
    """One pair of addresses on a line.

    What is no frame, has a wrong check sequence, wrong addresses, or lacks the F bit where it must stand is
    `Unreadable`, with the reason; frames for other data links of the same line are left to them.

    Attributes:
        line: carries the frames.
        client: address of this side.
        server: address of the meter's side, as it must come back.
        also: a further pair of addresses, client first as on the line, between which a frame may come back: those of a
            command that was sent with others on purpose.
    """

    def __init__(self, line: Line, client: HdlcAddress, server: HdlcAddress) -> None:
        self.line = line
        self.client = client
        self.server = server
        self._party = (client.encode(), server.encode())
        self._sent: deque[bytes] = deque(maxlen=_MOST_ECHOES)
        self.also: tuple[bytes, bytes] | None = None
        line.parties.add(self._party)

    def transmit(
        self, control: Control, information: bytes = b"", *, segmented: bool = False, changes: Sequence[Change] = ()
    ) -> TapedFrame:
        """Send one frame, once, with `changes` made to it.

        Raises:
            AlterationError: a change names a field that the frame does not have.
        """
        octets = Frame(self.server, self.client, control, information, segmented).encode()
        if changes:
            octets = alter(octets, dissect(octets, read_frame, "hdlc-frame").root, changes, check_sequence=fcs16)
        return self.transmit_octets(octets, str(control))

    def transmit_octets(self, octets: bytes, note: str) -> TapedFrame:
        """Send octets as they are, once."""
        self._sent.append(octets)
        return self.line.send(octets, note)

    def receive(self, until: float) -> FrameReceived | LinkReaction | None:
        """The next frame for this pair of addresses, or what came in its place; None when nothing came by `until`."""
        skipped: list[TapedFrame] = []
        found: FrameReceived | LinkReaction | None = None
        while found is None and (taped := self.line.receive(until)) is not None:
            found = self._judged(taped)
            if found is None:
                skipped.append(taped)
        for taped in reversed(skipped):
            self.line.put_back(taped)
        if found is None and self.line.closed is not None:
            return LinkLost(self.line.closed)
        return found

    def exchange(
        self, control: Control, information: bytes = b"", *, timeout_s: float, changes: Sequence[Change] = ()
    ) -> FrameReceived | LinkReaction | None:
        """Send one frame and give the one that answers it; None for silence."""
        self.transmit(control, information, changes=changes)
        return self.receive(self.line.clock.now() + timeout_s)

    def _judged(self, taped: TapedFrame) -> FrameReceived | LinkReaction | None:
        """What was received; None when it is for another data link of the line."""
        if taped.layer == "octets":
            sign = line_sign(taped.octets)
            return Damaged(taped.number, f"{_shown(taped.octets)}: {taped.note}" + (f". {sign}" if sign else ""))
        if taped.octets in self._sent and not self._may_answer(taped.octets):
            return Echoed(
                taped.number,
                "the tester's own frame came back: the line echoes, or transmit and receive are joined; "
                "set echo=true in the link URL for a head that echoes",
            )
        try:
            frame = decode(taped.octets, read_frame, "hdlc-frame")
        except DecodeError as error:
            return Damaged(taped.number, str(error), error.path)
        taped.note = str(frame.control)
        party = (frame.destination.encode(), frame.source.encode())
        if party in (self._party, self.also):
            if frame.control.type in NEEDS_FINAL and not frame.control.poll_final:
                reason = f"{frame.control.type.label} without the F bit"
                return Unreadable(taped.number, reason, "hdlc-frame.content.control")
            return FrameReceived(frame, taped)
        if party in self.line.parties:
            return None
        addresses = f"from server {frame.source} to client {frame.destination}"
        wrong = "destination" if party[0] != self._party[0] else "source"
        reason = f"frame {addresses}, expected from {self.server} to {self.client}"
        return Unreadable(taped.number, reason, f"hdlc-frame.content.{wrong}-address")

    def _may_answer(self, octets: bytes) -> bool:
        """Whether what was sent may come back from a sound meter: RR and RNR, where both sides have one address."""
        if self._party[0] != self._party[1]:
            return False
        try:
            kind = decode(octets, read_frame, "hdlc-frame").control.type
        except DecodeError:
            return False
        return kind in (FrameType.RR, FrameType.RNR)


def unexpected(received: FrameReceived, wanted: str) -> Unreadable:
    """The reaction that a legal frame is which answers nothing."""
    kind = received.frame.control.type
    what = str(received.frame.control) if kind is FrameType.UNKNOWN else kind.label
    return Unreadable(received.number, f"{what} in place of {wanted}")


def _shown(octets: bytes) -> str:
    more = "…" if len(octets) > _SHOWN_OCTETS else ""
    return f"{len(octets)} octets that are no whole frame ({octets[:_SHOWN_OCTETS].hex().upper()}{more})"
