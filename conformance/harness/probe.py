"""A bare HDLC link: single frames to and from the device, each sent once, judged strictly, without any association."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.dlms.alteration import AlterationError
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.tester.accepted_frames import dm, receive_ready, ua
from conformance.tester.data_link.hdlc_station import FrameReceived, HdlcStation
from conformance.tester.frame_rendering import Addresses, answering_pair, render_frame
from conformance.tester.frame_stimulus import disc, rr, snrm
from conformance.tester.line import Line
from conformance.tester.reaction import FrameAnswered, LinkLost, Reaction, Silence, Unreadable
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus

if TYPE_CHECKING:
    from conformance.harness.trial import Trial


class Probe:
    """Sends frame stimuli between the addresses that the device config declares.

    A reply with a wrong check sequence, with wrong addresses or without the F bit where it must stand fails the
    subtest, also in a preamble. A frame that was sent with other addresses on purpose may be answered between those.

    Attributes:
        line: carries the frames.
        addresses: of the device and of the client.
        station: sends and receives single frames.
        response_timeout_s: silence is proven by waiting for so long, in seconds.
    """

    def __init__(self, trial: Trial, line: Line, octets: int | None = None) -> None:
        """Make a probe on a line that is not opened yet.

        Args:
            trial: judges.
            line: of its own.
            octets: of the server address; None takes those that are in use.
        """
        device = trial.bench.device
        declared = Addresses.of(device, trial.settings)
        self.line = line
        self.addresses = declared if octets is None else replace(declared, octets=octets)
        self.response_timeout_s = device.timing.response_timeout_s
        try:
            server = self.addresses.server()
        except AlterationError as error:
            trial.inapplicable(str(error))
        self.station = HdlcStation(line, self.addresses.client, server)
        self._trial = trial
        self._commanded = FrameType.UNKNOWN
        self._connected = False

    def open(self) -> None:
        """Open the line; nothing is sent.

        Raises:
            LinkError: it cannot be opened.
        """
        self.line.open()

    def close(self) -> None:
        """Leave the device disconnected as far as it answers, and close the line."""
        if self._connected and self.line.closed is None:
            self.send(disc())
        self._connected = False
        self.line.close()

    def send(self, stimulus: Stimulus, *, timeout_s: float | None = None) -> Reaction:
        """Send a frame stimulus, once, and give what the device does within the declared response timeout.

        Args:
            stimulus: made by `frame_stimulus`.
            timeout_s: in place of the declared one, in seconds.

        Raises:
            AlterationError: it alters a field that the frame does not have.
        """
        self.transmit(stimulus)
        return self.receive(timeout_s)

    def transmit(self, stimulus: Stimulus) -> None:
        """Send a frame stimulus, once, and wait for nothing.

        Raises:
            AlterationError: it alters a field that the frame does not have.
        """
        octets = render_frame(stimulus, self.addresses)
        self.station.also = answering_pair(octets)
        self._commanded = Control.decode(stimulus.control).type
        self.station.transmit_octets(octets, str(stimulus)).purpose = stimulus.purpose

    def receive(self, timeout_s: float | None = None) -> Reaction:
        """The next frame from the device, or what comes in its place within `timeout_s`."""
        waited_s = self.response_timeout_s if timeout_s is None else timeout_s
        received = self.station.receive(self.line.clock.now() + waited_s)
        if received is None:
            return Silence(waited_s)
        if not isinstance(received, FrameReceived):
            return received
        self._note(received.frame.control.type)
        return FrameAnswered(received.number, received.frame)

    def idle(self, seconds: float, why: str = "nothing is sent") -> Reaction:
        """Send nothing for so long on the link's clock, and give what the device says meanwhile: silence, as a rule.

        It counts as a wait that the case must make; `why` stands in the evidence.
        """
        self._trial.wait(seconds, why)
        reaction = self.receive(0.0)
        return Silence(seconds) if isinstance(reaction, Silence) else reaction

    def clean(self) -> None:
        """Preamble: DISC, which UA and DM answer; the device is in normal disconnected mode afterwards.

        Raises:
            Inconclusive: it does not answer, or answers with another frame.
            Failed: the answer is no legal frame.
        """
        with self._trial.step("preamble: DISC"):
            self._prepare(self.send(disc()), FrameType.UA, FrameType.DM)

    def connect(self, stimulus: Stimulus | None = None) -> None:
        """Preamble: SNRM, which UA answers; the device is in normal response mode afterwards.

        Args:
            stimulus: the SNRM, in place of one without parameters.

        Raises:
            Inconclusive: it does not answer, or answers with another frame.
            Failed: the answer is no legal frame.
        """
        with self._trial.step("preamble: SNRM"):
            self._prepare(self.send(stimulus or snrm()), FrameType.UA)

    def ndm_check(self) -> None:
        """Judge that the device is in normal disconnected mode: DISC is answered with DM, and UA is not DM.

        Raises:
            Failed: it is not.
        """
        with self._trial.step("NDM check: DISC is answered with DM"):
            self._trial.judge(self.send(disc()), dm())

    def nrm_check(self) -> None:
        """Judge that the device is in normal response mode and has sent and taken nothing: RR(0) P gives RR(0) F.

        Raises:
            Failed: it is not.
        """
        with self._trial.step("NRM check: RR with N(R)=0 is answered with RR with N(R)=0"):
            self._trial.judge(self.send(rr(0)), receive_ready(0))

    def set_up(self, stimulus: Stimulus | None = None) -> None:
        """Judge that SNRM is answered with UA.

        Raises:
            Failed: it is not.
        """
        with self._trial.step("SNRM is answered with UA"):
            self._trial.judge(self.send(stimulus or snrm()), ua())

    def release(self) -> None:
        """Judge that DISC is answered with UA: the link was set up.

        Raises:
            Failed: it is not.
        """
        with self._trial.step("DISC is answered with UA"):
            self._trial.judge(self.send(disc()), ua())

    def _note(self, kind: FrameType) -> None:
        """Remember whether a link may be up, so that it can be taken down at the end."""
        ended = kind is FrameType.DM or (kind is FrameType.UA and self._commanded is FrameType.DISC)
        self._connected = not ended

    def _prepare(self, reaction: Reaction, *kinds: FrameType) -> None:
        if isinstance(reaction, FrameAnswered) and reaction.received.control.type in kinds:
            return
        if isinstance(reaction, Unreadable):
            words = " or ".join(kind.label for kind in kinds)
            self._trial.check(False, expected=words, observed=seen(reaction), reaction=reaction, path=reaction.path)
        lost = isinstance(reaction, (LinkLost, Silence))
        told = seen(reaction) if lost else f"the device answered {seen(reaction)}"
        self._trial.inconclusive(f"preamble failed: {told}; {' or '.join(kind.label for kind in kinds)} expected")
