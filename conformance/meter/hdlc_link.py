"""One data link of the meter: the secondary station in unbalanced, two-way alternate operation (IEC 62056-46, 6.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conformance.dlms.hdlc.control import POLL_FINAL, Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.meter import hdlc_negotiation
from conformance.meter.application import Served, apdus_of
from conformance.meter.hdlc_sending import SendQueue
from conformance.meter.hdlc_transitions import TRANSITIONS, Action, LinkState

_LONGEST_APDU: Final = 0xFFFF
"""Octets of the longest request that is joined from segments, LLC header included."""
_MOST_SEGMENTS_WAITING: Final = 4096
"""A client that never fetches its replies is not served any more."""
_WITHOUT_INFORMATION: Final = frozenset((FrameType.RR, FrameType.RNR, FrameType.DISC))


def _nothing(_: int | None) -> None:
    """A meter that sends nothing unasked."""


class HdlcLink:
    """The link between one client and one logical device.

    Attributes:
        state: its mode.
        negotiated: parameters settled with the last SNRM, from the meter's side.
        last_frame: when the last valid frame for this link came, in seconds.
    """

    def __init__(
        self,
        abilities: LinkParameters,
        request: Callable[[bytes, float], Served],
        lost: Callable[[], None],
        defects: frozenset[str] = frozenset(),
        unasked: Callable[[int | None], bytes | None] = _nothing,
    ) -> None:
        """Begin in NDM.

        Args:
            abilities: the most that the meter agrees to.
            request: serves an APDU, and gives the reply or replies that are due.
            lost: is called when the link ends or begins anew, and with it what it carried.
            defects: names of the faults that are switched on.
            unasked: takes the next APDU that the meter sends of its own accord, where it has at most so many octets.
        """
        self.state = LinkState.NDM
        self.negotiated = LinkParameters()
        self.last_frame = 0.0
        self.defects = defects
        self._abilities = abilities
        self._request = request
        self._lost = lost
        self._unasked = unasked
        self._dead = False
        self._begin_anew()

    def receive(self, frame: Frame, now: float) -> list[Frame]:
        """The frames with which the meter answers, in order."""
        if frame.control.type is FrameType.SNRM or "hdlc-inactivity-timeout-not-restarted" not in self.defects:
            self.last_frame = now
        action = self._action(frame.control.type)
        if frame.information and frame.control.type in _WITHOUT_INFORMATION:
            return self._reject(frame, w=True, x=True) if self.state is LinkState.NRM else []
        match action:
            case Action.SET_UP:
                return self._set_up(frame)
            case Action.RELEASE:
                return self._release(frame)
            case Action.ANSWER_DM:
                return self._answer_disconnected(frame, now)
            case Action.TAKE_INFORMATION:
                return self._take_information(frame, now)
            case Action.GO_ON | Action.WAIT:
                return self._take_acknowledgement(frame, busy=action is Action.WAIT)
            case Action.TAKE_UNNUMBERED:
                return self._take_unnumbered(frame, now)
            case Action.REJECT_CONTROL:
                return self._reject(frame, w="hdlc-frmr-without-w" not in self.defects)
            case Action.REPEAT_REJECT:
                return self._unnumbered(frame, FrameType.FRMR, self._rejection)
            case Action.IGNORE:
                return []

    def _action(self, kind: FrameType) -> Action:
        """What the meter does about a frame, its faults included."""
        action = TRANSITIONS.get((self.state, kind), Action.IGNORE)
        if self._dead:
            return Action.IGNORE
        if action is Action.REJECT_CONTROL and "hdlc-undefined-control-ignored" in self.defects:
            return Action.IGNORE
        if action is Action.IGNORE and kind is FrameType.UI and "hdlc-ui-in-ndm-served" in self.defects:
            return Action.TAKE_UNNUMBERED
        return action

    def lose(self) -> None:
        """The link has ended without a word: time ran out, or the physical link went."""
        if self.state is not LinkState.NDM:
            self.state = LinkState.NDM
            self._begin_anew()
            self._tell_lost()

    def _begin_anew(self) -> None:
        self._sending = SendQueue(self.defects)
        self._receive_variable = 0
        self._segments = bytearray()
        self._overlong = False
        self._rejection = b""

    def _tell_lost(self) -> None:
        if "link-drop-keeps-association" not in self.defects:
            self._lost()

    def _set_up(self, frame: Frame) -> list[Frame]:
        if not frame.control.poll_final:
            return []
        if self.state is LinkState.NRM and "hdlc-second-snrm-unanswered" in self.defects:
            return []
        if self.state is LinkState.FRAME_REJECT and "hdlc-snrm-does-not-end-frame-reject" in self.defects:
            return self._unnumbered(frame, FrameType.FRMR, self._rejection)
        information = frame.information
        if "hdlc-dead-after-group-overrun" in self.defects and hdlc_negotiation.group_overruns(information):
            self._dead = True
        proposed = hdlc_negotiation.proposed(information, self.defects)
        if proposed is None:
            return []
        if self.state is not LinkState.NDM and "hdlc-second-snrm-keeps-association" not in self.defects:
            self._tell_lost()
        if self.state is not LinkState.NRM or "hdlc-second-snrm-keeps-numbers" not in self.defects:
            self._begin_anew()
        self.state = LinkState.NRM
        self.negotiated = hdlc_negotiation.settled(self._abilities, proposed, information, self.defects)
        told = hdlc_negotiation.answer(self._abilities, self.negotiated, information, self.defects)
        return self._unnumbered(frame, FrameType.UA, told)

    def _release(self, frame: Frame) -> list[Frame]:
        if not frame.control.poll_final:
            return []
        if "hdlc-disc-leaves-link-up" not in self.defects:
            self.lose()
        return self._unnumbered(frame, FrameType.UA)

    def _answer_disconnected(self, frame: Frame, now: float) -> list[Frame]:
        if frame.control.type is FrameType.I and "hdlc-i-frame-before-snrm-answered" in self.defects:
            self.state = LinkState.NRM
            self.negotiated = LinkParameters()
            return self._take_information(frame, now)
        if frame.control.type is FrameType.I and "hdlc-i-frame-in-ndm-answered-rr" in self.defects:
            return self._receive_ready(frame)
        if frame.control.type is FrameType.DISC and "hdlc-disc-in-ndm-answered-ua" in self.defects:
            return self._unnumbered(frame, FrameType.UA)
        return self._unnumbered(frame, FrameType.DM)

    def _take_information(self, frame: Frame, now: float) -> list[Frame]:
        control = frame.control
        if not control.poll_final and "hdlc-window-of-requests-not-taken" in self.defects:
            return []
        too_long = len(frame.information) > self.negotiated.max_information_receive
        if too_long and "hdlc-too-long-information-accepted" not in self.defects:
            return self._reject(frame, y=True)
        if not self._sending.acknowledge(control.receive_number):
            return self._reject(frame, z=True)
        if control.send_number != self._receive_variable and self._mishandles(frame, now):
            return []
        if control.send_number == self._receive_variable and len(self._sending) < _MOST_SEGMENTS_WAITING:
            self._receive_variable = (self._receive_variable + 1) % 8
            self._join(frame, now)
        return self._go_on(frame)

    def _mishandles(self, frame: Frame, now: float) -> bool:
        """What faulty meters do about an I-frame out of sequence; whether that is all, and no answer comes."""
        expected, number = self._receive_variable, frame.control.send_number
        if number == (expected - 1) % 8:
            if "hdlc-duplicate-served-again" in self.defects and not frame.segmented:
                self._sending.take_back()
                self._join(frame, now)
            if "hdlc-duplicate-counted" in self.defects:
                self._receive_variable = (expected + 1) % 8
            if "hdlc-duplicate-segment-joined" in self.defects and self._segments:
                self._segments += frame.information
            return "hdlc-duplicate-unanswered" in self.defects
        if "hdlc-send-number-not-checked" in self.defects:
            self._receive_variable = number
        return "hdlc-out-of-sequence-unanswered" in self.defects

    def _take_acknowledgement(self, frame: Frame, *, busy: bool) -> list[Frame]:
        if not self._sending.acknowledge(frame.control.receive_number):
            return self._reject(frame, z=True)
        if "hdlc-receive-number-wrong-after-rr" in self.defects:
            self._receive_variable = (self._receive_variable + 1) % 8
        busy = busy and "hdlc-busy-client-not-heeded" not in self.defects
        if not busy and frame.control.poll_final and not len(self._sending):
            # A poll for nothing in particular is the opportunity for what nobody has asked for.
            apdu = self._unasked(None)
            if apdu is not None:
                self._sending.put(self._llc_header() + apdu, self.negotiated.max_information_transmit)
        return self._receive_ready(frame) if busy else self._go_on(frame)

    def _take_unnumbered(self, frame: Frame, now: float) -> list[Frame]:
        """Serve an APDU in a UI frame; a reply is sent where the client polls, and fits one frame."""
        information = frame.information
        if "hdlc-ui-counted" in self.defects:
            self._receive_variable = (self._receive_variable + 1) % 8
        if not information and frame.control.poll_final:
            return self._permitted(frame)
        if not information.startswith(COMMAND_HEADER) or len(information) > self.negotiated.max_information_receive:
            return []
        replies = apdus_of(self._request(information[len(COMMAND_HEADER) :], now))
        if not frame.control.poll_final and "hdlc-ui-answered-without-poll" not in self.defects:
            return []
        answer = self._llc_header() + replies[0] if len(replies) == 1 else b""
        if not answer or len(answer) > self.negotiated.max_information_transmit:
            return self._receive_ready(frame)
        return [Frame(frame.source, frame.destination, Control(FrameType.UI, True), answer)]

    def _permitted(self, frame: Frame) -> list[Frame]:
        """An empty UI frame that polls gives the meter leave to report: in a UI frame, where that is long enough."""
        header = self._llc_header()
        apdu = self._unasked(self.negotiated.max_information_transmit - len(header))
        if apdu is None:
            return []
        return [Frame(frame.source, frame.destination, Control(FrameType.UI, True), header + apdu)]

    def _join(self, frame: Frame, now: float) -> None:
        """Add a segment; serve the APDU that it completes. An APDU without its LLC header is dropped."""
        self._overlong = self._overlong or len(self._segments) + len(frame.information) > _LONGEST_APDU
        self._segments += b"" if self._overlong else frame.information
        if frame.segmented:
            return
        information = b"" if self._overlong else bytes(self._segments)
        self._segments.clear()
        self._overlong = False
        if information.startswith(RESPONSE_HEADER) and "hdlc-llc-of-a-response-served" in self.defects:
            information = COMMAND_HEADER + information[len(COMMAND_HEADER) :]
        if not information.startswith(COMMAND_HEADER) and "hdlc-apdu-without-llc-served" in self.defects:
            information = COMMAND_HEADER + information
        if not information.startswith(COMMAND_HEADER):
            return
        for reply in apdus_of(self._request(information[len(COMMAND_HEADER) :], now)):
            self._sending.put(self._llc_header() + reply, self.negotiated.max_information_transmit)

    def _llc_header(self) -> bytes:
        return COMMAND_HEADER if "hdlc-llc-of-the-command-in-replies" in self.defects else RESPONSE_HEADER

    def _go_on(self, frame: Frame) -> list[Frame]:
        """What a poll gets: the segments not acknowledged yet, as many as the window holds; RR when there are none.

        A client that polls has seen the final bit of what was sent before, so what it does not acknowledge is lost.
        """
        if not frame.control.poll_final:
            return []
        window = self._sending.window(self.negotiated.window_transmit)
        if not window:
            return self._receive_ready(frame)
        answer = []
        for index, segment in enumerate(window):
            final = index == len(window) - 1
            control = Control(FrameType.I, final, self._receive_variable, segment.send_number)
            answer.append(Frame(frame.source, frame.destination, control, segment.information, segment.more))
        return answer

    def _receive_ready(self, frame: Frame) -> list[Frame]:
        if not frame.control.poll_final:
            return []
        return [Frame(frame.source, frame.destination, Control(FrameType.RR, True, self._receive_variable))]

    def _reject(
        self, frame: Frame, *, w: bool = False, x: bool = False, y: bool = False, z: bool = False
    ) -> list[Frame]:
        self.state = LinkState.FRAME_REJECT
        send_variable = self._sending.send_variable
        rejected = frame.control.encode()
        if "hdlc-frmr-names-control-without-poll" in self.defects:
            rejected &= ~POLL_FINAL
        if "hdlc-reject-always-says-w" in self.defects:
            w, x, y, z = True, False, False, False
        self._rejection = FrameReject(rejected, send_variable, self._receive_variable, w=w, x=x, y=y, z=z).encode()
        return self._unnumbered(frame, FrameType.FRMR, self._rejection)

    def _unnumbered(self, frame: Frame, kind: FrameType, information: bytes = b"") -> list[Frame]:
        """An unnumbered response, to a command that polls."""
        if not frame.control.poll_final:
            return []
        return [Frame(frame.source, frame.destination, Control(kind, True), information)]
