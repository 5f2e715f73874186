"""N(S), N(R), repetitions, windows: what both sides count, frame by frame."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.intake.conversation import Direction
from conformance.diagnose.layers import negotiation
from conformance.diagnose.layers.counting import MODULUS, Side, Told, control_of, information_of
from conformance.diagnose.layers.number_answers import NumberAnswers
from conformance.diagnose.layers.seen import Seen, Turn
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.parameters import LinkParameters

_CONTROL: Final = "hdlc-frame.control"
_NUMBERED: Final = (FrameType.I, FrameType.RR, FrameType.RNR, FrameType.REJ)


class Numbers:
    """Follows the sequence numbers of one link, and states what does not fit."""

    __slots__ = ("_answers", "_counted", "_first", "_said", "_sides", "_wrong", "settled")

    def __init__(self, said: Statements) -> None:
        self._said = said
        self.settled: LinkParameters | None = None
        self._sides: dict[Direction, Side] = {}
        self._counted: dict[Direction, list[int]] = {"C>S": [], "S>C": []}
        self._first: int | None = None
        self._answers = NumberAnswers(said)
        self._wrong = False
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the numbers."""
        self._sides = {"C>S": Side(), "S>C": Side()}

    def reset(self, settled: LinkParameters | None) -> None:
        """The link was set up: both sides count from 0."""
        self.settled = settled
        self._sides = {"C>S": Side(0), "S>C": Side(0)}
        self._answers.clear()

    def take(self, turn: Turn) -> None:
        """Judge the numbered frames of one turn."""
        told = Told()
        for frame in turn.sent:
            if not frame.broken and frame.type in _NUMBERED:
                self._sent(frame, told)
        numbered = [frame for frame in turn.received if frame.type in _NUMBERED and not self._is_echo(frame, turn)]
        request = turn.request
        if request is not None and not request.broken and request.type in _NUMBERED:
            self._answers.judge(request, numbered, turn, told, self._sides["S>C"])
        for frame in numbered:
            if frame.broken:
                self._sides["S>C"].expected = None
            else:
                self._received(frame, told, first=frame is numbered[0])

    def _sent(self, frame: Seen, told: Told) -> None:
        control = control_of(frame)
        meter = self._sides["S>C"]
        if meter.expected is not None:
            ahead = (control.receive_number - meter.acknowledged) % MODULUS
            if ahead > meter.outstanding:
                told.invalid_number = True
                self._invalid(frame, meter)
            else:
                meter.acknowledged = control.receive_number
                if control.receive_number != meter.expected:
                    told.asks_again = control.receive_number
        if control.type is not FrameType.I:
            return
        told.too_long = self.settled is not None and not negotiation.length(frame, self.settled, self._said)
        if told.invalid_number or told.too_long:
            return
        self._count(frame, told)

    def _received(self, frame: Seen, told: Told, *, first: bool) -> None:
        control = control_of(frame)
        client = self._sides["C>S"]
        if client.expected is not None:
            ahead = (control.receive_number - client.acknowledged) % MODULUS
            if ahead > client.outstanding:
                self._invalid(frame, client)
                # The meter counts so from here on; whoever goes on with it has to follow.
                client.expected = client.acknowledged = control.receive_number
            else:
                client.acknowledged = control.receive_number
                if first and client.outstanding:
                    self._behind(frame, told, client)
        if control.type is FrameType.I:
            if self.settled is not None:
                negotiation.length(frame, self.settled, self._said)
            self._count(frame, told)

    def _count(self, frame: Seen, told: Told) -> None:
        direction = frame.direction or "C>S"
        side, number = self._sides[direction], control_of(frame).send_number
        self._counted[direction].append(number)
        self._first = frame.index if self._first is None else self._first
        if side.expected is None:
            side.expected = (number + 1) % MODULUS
            side.acknowledged = number
        elif number == side.expected:
            told.new += direction == "C>S"
            side.expected = (number + 1) % MODULUS
            self._window(frame, side)
        elif number in side.kept and (side.expected - number) % MODULUS <= max(side.outstanding, 1):
            if direction == "C>S":
                told.repeated, told.known = True, number
            self._repetition(frame, side.kept[number])
            return
        else:
            self._out_of_sequence(frame, side, told)
            if direction == "C>S":
                return
            side.expected = (number + 1) % MODULUS
            side.acknowledged = number
        side.kept[number] = information_of(frame)

    def _repetition(self, frame: Seen, before: bytes) -> None:
        self._wrong = True
        number, same = control_of(frame).send_number, information_of(frame) == before
        if not same:
            text = f"An I-frame comes again under N(S)={number}, with another information field than the first time."
            suggestion = "A repetition has the octets of the first time; what is new has the next N(S)."
            self._said.error("repetition-differs", frame.index, _CONTROL, text, suggestion)
            return
        who = "client" if frame.direction == "C>S" else "meter"
        text = f"The {who} repeats the I-frame N(S)={number}: it takes the first one, or the answer, for lost."
        hint = "Where it comes often, look at response_timeout_s and at the line."
        self._said.info("frame-repeated", frame.index, _CONTROL, text, hint)

    def _out_of_sequence(self, frame: Seen, side: Side, told: Told) -> None:
        self._wrong = True
        number = control_of(frame).send_number
        lost = (number - (side.expected or 0)) % MODULUS
        who = "client" if frame.direction == "C>S" else "meter"
        told.out_of_sequence = told.out_of_sequence or frame.direction == "C>S"
        reading = f"{lost} of its frames are missing" if lost < 4 else f"it counts {MODULUS - lost} back"
        text = f"The {who} sends N(S)={number}; N(S)={side.expected} is next: {reading}."
        suggestion = "Look for frames lost between the two; the client" if who == "client" else "Look for lost frames;"
        suggestion += (
            " counts its I-frames by one, modulo 8, from 0 at SNRM."
            if who == "client"
            else (" the meter counts by one, modulo 8, from 0 at SNRM.")
        )
        self._said.error("send-number-out-of-sequence", frame.index, _CONTROL, text, suggestion)

    def _invalid(self, frame: Seen, other: Side) -> None:
        self._wrong = True
        who, whom = ("client", "meter") if frame.direction == "C>S" else ("meter", "client")
        span = f"N(R)={other.expected}"
        if other.outstanding:
            span = f"N(R)={other.acknowledged} to {other.expected}"
        text = (
            f"The {who} says N(R)={control_of(frame).receive_number}; with what the {whom} has sent it can be {span} "
            "only."
        )
        suggestion = "N(R) is the number of the next I-frame awaited; only I-frames that are new and right move it."
        self._said.error("receive-number-invalid", frame.index, _CONTROL, text, suggestion)

    def _behind(self, frame: Seen, told: Told, client: Side) -> None:
        if not told.new or frame.type is FrameType.RNR:
            return
        text = (
            f"The meter says N(R)={control_of(frame).receive_number}; N(S)={(client.expected or 0) - 1 & 7} came "
            "right before it, so it did not take that frame."
        )
        hint = "Repeat from that N(R) on; look at the window, and at the length of the information field."
        self._said.warning("frame-not-acknowledged", frame.index, _CONTROL, text, hint)

    def _window(self, frame: Seen, side: Side) -> None:
        if self.settled is None:
            return
        sent = frame.direction == "C>S"
        most = self.settled.window_receive if sent else self.settled.window_transmit
        if side.outstanding <= most:
            return
        who = "client" if sent else "meter"
        text = (
            f"The {who} has {side.outstanding} I-frames under way that nobody has acknowledged; the window is {most}."
        )
        name = "window_size_transmit" if sent else "window_size_receive"
        hint = f"Set {name} = {most} under [hdlc]." if sent else "The meter must await RR after as many frames."
        self._said.error("window-exceeded", frame.index, _CONTROL, text, hint)

    def summary(self) -> None:
        """What was counted, where nothing was wrong with it."""
        if self._wrong:
            return
        for direction, numbers in self._counted.items():
            if len(numbers) > 1 and self._first is not None:
                who = "client" if direction == "C>S" else "meter"
                listed = ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")
                text = f"The N(S) of the {who}'s {len(numbers)} I-frames follow one another: {listed}."
                self._said.info("send-numbers-right", self._first, "hdlc-frame.control", text)

    def _is_echo(self, frame: Seen, turn: Turn) -> bool:
        return any(frame.unit.octets == own.unit.octets for own in turn.sent)
