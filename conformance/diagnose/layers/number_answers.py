"""Whether the meter's answer fits the numbers of what the client has sent."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.layers.counting import Side, Told, control_of, information_of
from conformance.diagnose.layers.seen import Seen, Turn
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.control import FrameType

_CONTROL: Final = "hdlc-frame.control"
_MANY_POLLS: Final = 3
"""Polls without information after which the reply is missed."""


class NumberAnswers:
    """Judges answers one by one, and remembers what was left without one."""

    __slots__ = ("_said", "_unanswered", "_waited")

    def __init__(self, said: Statements) -> None:
        self._said = said
        self._unanswered: set[int] = set()
        self._waited = 0

    def clear(self) -> None:
        """The link was set up anew."""
        self._unanswered.clear()
        self._waited = 0

    def judge(self, request: Seen, numbered: list[Seen], turn: Turn, told: Told, meter: Side) -> None:
        """Whether the answer fits what the client's frames were."""
        said = self._said
        good = [frame for frame in numbered if not frame.broken]
        first = good[0] if good else None
        silent = not turn.received and request.polls
        before = told.known in self._unanswered
        self._remember(request, told, first, silent=silent)
        self._contradicted(turn, told, meter)
        serves = next((frame for frame in good if frame.type is FrameType.I), None)
        if told.invalid_number and first is not None:
            text = f"The meter goes on after an N(R) that cannot be ({request.name}); FRMR with Z belongs there."
            said.error("invalid-receive-number-served", first.index, _CONTROL, text)
        elif told.too_long and first is not None:
            text = f"The meter takes the information field of {request.name}, which is longer than its UA allows."
            said.warning("too-long-information-served", first.index, _CONTROL, text, "FRMR with Y belongs there.")
        elif told.out_of_sequence and serves is not None:
            text = f"The meter serves {request.name}, whose N(S) is out of sequence; it must drop its information."
            said.error("out-of-sequence-served", serves.index, _CONTROL, text)
        elif told.out_of_sequence and silent:
            text = f"The N(S) of {request.name} is out of sequence and its P bit set: RR belongs here."
            said.error("out-of-sequence-unanswered", request.index, _CONTROL, text)
        elif told.repeated and silent and not before:
            text = f"The repetition {request.name} has the P bit and gets no answer; the meter must answer it again."
            said.warning("repetition-unanswered", request.index, _CONTROL, text)
        elif request.type is FrameType.RNR and serves is not None:
            text = f"The client is not ready (RNR, {request.name}), and the meter sends information all the same."
            said.error("information-after-rnr", serves.index, _CONTROL, text)
        elif told.asks_again is not None and request.type is FrameType.RR and first is not None:
            self._again(request, first, told.asks_again, meter)

    def _remember(self, request: Seen, told: Told, first: Seen | None, *, silent: bool) -> None:
        """What was answered, and how long an answer is waited for."""
        control = control_of(request)
        if control.type is FrameType.I:
            self._waited = 0
            (self._unanswered.add if silent else self._unanswered.discard)(control.send_number)
        elif control.type is FrameType.RR and told.asks_again is None and first is not None:
            self._waited = self._waited + 1 if first.type is FrameType.RR else 0
            if self._waited == _MANY_POLLS:
                text = (
                    f"The meter acknowledges and does not answer: to {_MANY_POLLS} RR with the P bit it has sent RR "
                    "alone. It works long, or it took the request for a repetition and dropped it: a frame between, "
                    "such as UI, was counted."
                )
                hint = "Ask on; else set the link up anew and look at what was sent before the request."
                self._said.warning("acknowledged-but-unanswered", request.index, _CONTROL, text, hint)

    def _contradicted(self, turn: Turn, told: Told, meter: Side) -> None:
        """FRMR whose reason is not what the frame shows."""
        reject = next((frame for frame in turn.received if frame.type is FrameType.FRMR and not frame.broken), None)
        if reject is None or len(information_of(reject)) < 3 or meter.expected is None:
            return
        reasons = information_of(reject)[2]
        text = ""
        if reasons & 8 and not told.invalid_number:
            text = "Z, invalid N(R), but that N(R) is what the frames so far allow: the meter counts on from before"
            text += " the last SNRM, or has lost count."
        elif reasons & 1 and told.invalid_number:
            text = "W, control field not implemented, for a frame with an invalid N(R), which is Z."
        elif reasons & 1 and told.too_long:
            text = "W, control field not implemented, for an information field that is too long, which is Y."
        if text:
            field = "hdlc-frame.content.information.reasons"
            self._said.error("frmr-reason-contradicted", reject.index, field, f"The meter gives {text}")

    def _again(self, request: Seen, first: Seen, number: int, meter: Side) -> None:
        """RR that asks for a reply again."""
        said, control = self._said, control_of(first)
        if control.type is FrameType.RR:
            text = (
                f"RR N(R)={number} ({request.name}) asks for N(S)={number} again; the meter sends RR and nothing else."
            )
            said.error("lost-reply-not-repeated", first.index, _CONTROL, text, "A reply is kept until acknowledged.")
        elif control.type is FrameType.I and control.send_number == meter.expected:
            text = f"RR N(R)={number} asks for N(S)={number} again; it comes under the new N(S)={control.send_number}."
            said.error("repeated-reply-renumbered", first.index, _CONTROL, text, "A repetition keeps its number.")
