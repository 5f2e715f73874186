"""I-frames over a bare link, cut and numbered by the case itself; what comes back is judged by number and length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import AssociationResult
from conformance.dlms.apdu import Apdu
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.llc import RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.probe import Probe
from conformance.harness.transfer_requests import cut, opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import receive_ready
from conformance.tester.accepted_services import silence
from conformance.tester.accepted_transfer import numbered, settled_by, ua_within
from conformance.tester.expectation import Mismatch
from conformance.tester.frame_stimulus import information, rr, snrm
from conformance.tester.reaction import FrameAnswered, Reaction
from conformance.tester.seen import diagnostic, hexadecimal, seen
from conformance.tester.stimulus import Stimulus

_MODULUS: Final = 8
_POLLS: Final = 5
"""Within one response timeout, a meter that has nothing to send yet is asked so many times."""
_MOST_FRAMES: Final = 4096
"""A reply in more segments is cut off."""


class NumberedTransfer:
    """One client on a link that is set up, window and segmentation in the hands of the case.

    Attributes:
        negotiated: as the meter's UA says, transmit and receive from its side.
        send_number: V(S), N(S) of the next new I-frame.
        receive_number: V(R), N(S) of the I-frame expected next from the meter.
        received: the I-frames that the meter sent, each once.
    """

    def __init__(self, trial: Trial, probe: Probe, proposed: LinkParameters | None = None) -> None:
        """Set the link up with `proposed`, None for an SNRM without parameters; the UA is judged.

        Raises:
            Failed: the UA settles on what was not proposed, or is none.
        """
        self._trial = trial
        self.probe = probe
        self.send_number = 0
        self.receive_number = 0
        self.received: list[Frame] = []
        self._last: Stimulus | None = None
        with trial.step("link set-up"):
            reaction = probe.send(snrm(proposed))
            trial.judge(reaction, ua_within(proposed or LinkParameters()))
        settled = settled_by(reaction)
        assert not isinstance(settled, Mismatch)  # noqa: S101 - judged above
        self.negotiated = settled

    def send(self, octets: bytes, *, segmented: bool = False) -> Reaction:
        """Send an I-frame that polls and give the reaction; the next one takes the next number."""
        self.transmit(octets, segmented=segmented)
        return self.probe.receive()

    def transmit(self, octets: bytes, *, segmented: bool = False, poll: bool = True) -> None:
        """Send an I-frame and wait for nothing."""
        self._last = information(octets, self.send_number, self.receive_number, segmented=segmented, poll=poll)
        self.send_number = (self.send_number + 1) % _MODULUS
        self.probe.transmit(self._last)

    def repeat(self) -> Reaction:
        """Send the last I-frame again, octet for octet, and give the reaction."""
        if self._last is None:
            raise LookupError("no I-frame was sent yet")
        return self.probe.send(self._last)

    def lose(self, count: int) -> None:
        """Take the last `count` I-frames for lost: they are not acknowledged, and are expected again."""
        del self.received[len(self.received) - count :]
        self.receive_number = (self.receive_number - count) % _MODULUS

    def poll(self) -> Reaction:
        """Ask with RR for what is not acknowledged yet."""
        return self.probe.send(rr(self.receive_number))

    def acknowledged(self, reaction: Reaction) -> None:
        """Judge that the meter has taken every frame so far and has nothing to say: RR with our V(S) as N(R).

        Raises:
            Failed: it has not.
        """
        self._trial.judge(reaction, receive_ready(self.send_number))

    def take(self, reaction: Reaction) -> Frame:
        """Judge an I-frame: the next N(S), our V(S) as N(R), no longer than negotiated; it counts as received.

        Raises:
            Failed: it is none, or another one.
        """
        most = self.negotiated.max_information_transmit
        self._trial.judge(reaction, numbered(self.receive_number, self.send_number, most))
        assert isinstance(reaction, FrameAnswered)  # noqa: S101 - judged above
        self.receive_number = (self.receive_number + 1) % _MODULUS
        self.received.append(reaction.received)
        return reaction.received

    def reply(self, reaction: Reaction) -> bytes:
        """The whole reply that begins with `reaction`; each frame is judged, RR asks for what follows.

        Raises:
            Failed: a frame out of sequence, too long or beyond the window, no final bit, no reply.
        """
        joined = bytearray()
        for frame in self._segments(reaction):
            joined += frame.information
        return bytes(joined)

    def apdu(self, reaction: Reaction) -> bytes:
        """As `reply`, without the LLC header, which is judged."""
        message = self.reply(reaction)
        if not self._trial.bench.device.hdlc.llc:
            return message
        header = message[: len(RESPONSE_HEADER)]
        self._trial.check(
            header == RESPONSE_HEADER,
            expected=f"a reply that begins with the LLC header {hexadecimal(RESPONSE_HEADER)}",
            observed=f"the reply begins with {hexadecimal(header)}",
            reaction=reaction,
            path="hdlc-frame.content.information",
        )
        return message[len(RESPONSE_HEADER) :]

    def value(self, reaction: Reaction) -> Apdu:
        """As `apdu`, decoded, which tells whether the segments were joined as they must be.

        Raises:
            Failed: what came is no APDU.
        """
        octets = self.apdu(reaction)
        try:
            return apdus.decode(octets, deviations=[])
        except DecodeError as error:
            self._trial.fail(f"the {len(octets)} octets of the reply are no APDU: {error}", reaction=reaction)

    def opened(self, reaction: Reaction) -> None:
        """Judge that the reply is an AARE which accepts.

        Raises:
            Failed: it is another APDU, or refuses.
        """
        value = self.value(reaction)
        accepted = isinstance(value, Aare) and value.result == AssociationResult.ACCEPTED
        told = diagnostic(value) if isinstance(value, Aare) else type(value).__name__
        self._trial.check(
            accepted,
            expected="an AARE that accepts",
            observed="an AARE that accepts" if accepted else f"in place of an AARE that accepts: {told}",
            reaction=reaction,
            path="hdlc-frame.content.information",
        )

    def open(self, **values: object) -> None:
        """Send the declared AARQ, in as many segments as the meter needs, and judge that it is accepted.

        Raises:
            Failed: a segment is not acknowledged, or the AARQ not accepted.
        """
        segments = cut(opening(self._trial, **values), self.negotiated.max_information_receive)
        with self._trial.step("AARQ as declared"):
            for segment in segments[:-1]:
                self.acknowledged(self.send(segment, segmented=True))
            self.opened(self.send(segments[-1]))

    def _segments(self, reaction: Reaction) -> Iterator[Frame]:
        """The I-frames of one reply, window by window."""
        in_window = count = empty = 0
        while True:
            if count == 0 and _is_ready(reaction) and empty < _POLLS:
                # Nothing to send yet: the frame has arrived, and the meter is asked again a little later.
                self.acknowledged(reaction)
                empty += 1
                self._trial.judge(self.probe.idle(self.probe.response_timeout_s / _POLLS), silence())
                reaction = self.poll()
                continue
            frame = self.take(reaction)
            in_window, count = in_window + 1, count + 1
            self._check_window(in_window, count, reaction)
            yield frame
            if frame.control.poll_final and not frame.segmented:
                return
            if frame.control.poll_final:
                in_window = 0
                reaction = self.poll()
            else:
                reaction = self._next_of_window(frame)

    def _next_of_window(self, frame: Frame) -> Reaction:
        """The frame behind one without the F bit: another segment."""
        reaction = self.probe.receive()
        expected = "a frame with the F bit at the end of a window" if frame.segmented else "the F bit in the last frame"
        self._trial.check(
            frame.segmented and isinstance(reaction, FrameAnswered),
            expected=expected,
            observed=f"behind an I-frame without the F bit: {seen(reaction)}",
            reaction=reaction,
        )
        return reaction

    def _check_window(self, in_window: int, count: int, reaction: Reaction) -> None:
        most = self.negotiated.window_transmit
        self._trial.check(
            in_window <= most and count <= _MOST_FRAMES,
            expected=f"at most {most} I-frames before an acknowledgement, as negotiated",
            observed=f"{in_window} I-frames before an acknowledgement",
            reaction=reaction,
            path="hdlc-frame.content.control",
        )


def _is_ready(reaction: Reaction) -> bool:
    return isinstance(reaction, FrameAnswered) and reaction.received.control.type is FrameType.RR
