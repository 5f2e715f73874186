"""The modes of a link: who sets it up and takes it down, and which answers fit."""

from __future__ import annotations

from enum import Enum
from typing import Final

from conformance.diagnose.layers import negotiation, rejects
from conformance.diagnose.layers.negotiation import Group
from conformance.diagnose.layers.seen import Seen, Turn, hexed, server_words, slow
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.parameters import LinkParameters

_CONTROL: Final = "hdlc-frame.control"
_INFORMATION: Final = "hdlc-frame.content.information"
_PARAMETERS: Final = b"\x81\x80"
_KNOWN: Final = frozenset((5, 6, 7, 8))
"""Identifiers of the parameters of a link."""
_LONG_PAUSE_S: Final = 5.0


class Mode(Enum):
    """Of a link as the frames so far tell."""

    UNKNOWN = "not known"
    CONNECTED = "set up"
    DISCONNECTED = "disconnected"


class Modes:
    """Follows the mode of one link turn by turn, and states what does not fit it.

    Attributes:
        mode: of the link before the turn that comes.
        settled: by the last UA; None where no UA was seen.
    """

    __slots__ = ("_answered", "_broken", "_heard_at", "_proposal", "_rejecting", "_said", "mode", "settled")

    def __init__(self, said: Statements) -> None:
        self.mode = Mode.UNKNOWN
        self.settled: LinkParameters | None = None
        self._said = said
        self._proposal: tuple[Seen, Group] | None = None
        self._heard_at: float | None = None
        self._broken: Seen | None = None
        self._answered = False
        self._rejecting = False

    def take(self, turn: Turn, *, last: bool) -> None:
        """Judge one turn; `last` where the log ends with it."""
        request = turn.request
        answers = [frame for frame in turn.received if not frame.broken]
        if request is not None and turn.received and all(frame.unit.octets == request.unit.octets for frame in answers):
            answers = [] if answers else answers
            if not answers and not any(frame.broken for frame in turn.received):
                return
        self._judge(request, answers, turn, last=last)
        if request is not None and answers:
            slow(answers[0].index, request.unit, answers[0].unit, self._said)
        times = [frame.unit.time for frame in (*turn.sent, *turn.received) if frame.unit.time is not None]
        self._heard_at = times[-1] if times else self._heard_at
        self._answered = self._answered or bool(answers)
        if request is not None and request.broken:
            self._broken = request

    def _judge(self, request: Seen | None, answers: list[Seen], turn: Turn, *, last: bool) -> None:
        if request is None:
            self._unasked(answers)
            return
        if request.broken:
            self._to_broken(request, answers, turn)
            return
        for answer in answers:
            if answer.type is FrameType.FRMR:
                rejects.explain(answer, request, self._said)
                self._rejecting = True
        match request.type:
            case FrameType.SNRM:
                wrong = self._said.wrong
                self._set_up(request, answers, turn, last=last)
                if self._said.wrong > wrong and self._proposal is not None and not self._proposal[1].sound:
                    self._broken = request
            case FrameType.DISC:
                self._taken_down(request, answers, turn, last=last)
            case _:
                self._in_between(request, answers, turn, last=last)

    def _unasked(self, answers: list[Seen]) -> None:
        """The log begins with the meter."""
        for answer in answers[:1]:
            if answer.type is FrameType.UA:
                negotiation.group(answer, self._said)
                text = "The log begins with a UA; the SNRM or DISC that it answers is not in it."
                self._said.info("ua-without-snrm", answer.index, _CONTROL, text)
            elif answer.type is FrameType.DM:
                text = "DM: the link is disconnected. What the meter answers with it is not in the log."
                self._said.warning("disconnected-mode", answer.index, _CONTROL, text)
            elif answer.type is FrameType.FRMR:
                rejects.explain(answer, None, self._said)

    def _to_broken(self, request: Seen, answers: list[Seen], turn: Turn) -> None:
        earlier = any(frame.polls and not frame.broken for frame in turn.sent[:-1])
        pushed = all(answer.type is FrameType.UI and not answer.polls for answer in answers)
        if not answers or earlier or pushed:
            if not turn.received:
                self._dropped(request)
            return
        first = answers[0]
        kind = first.look.control if first.look is not None else "a frame"
        self._said.error(
            "broken-frame-answered",
            first.index,
            "",
            f"The meter answers {request.name} with {kind}, although that frame is broken and must be dropped.",
            "The meter does not check what it takes; or the log is not what was on the line.",
        )
        self.mode = Mode.UNKNOWN
        if first.type is FrameType.DM and first.look is not None:
            self.mode = Mode.DISCONNECTED
            at = server_words(first.look.source)
            text = f"DM from {at}: it sets up no link."
            if first.look.source.no_station:
                text += " Its address holds 0, which as such names no station."
            self._said.warning("disconnected-mode", first.index, _CONTROL, text, "Check logical_device.")

    def _dropped(self, frame: Seen) -> None:
        if self._answered:
            text = f"The meter does not answer {frame.name}, which is broken: silence is the right reaction."
            self._said.info("broken-frame-unanswered", frame.index, "", text)

    def _set_up(self, request: Seen, answers: list[Seen], turn: Turn, *, last: bool) -> None:
        said = self._said
        self._proposal = (request, negotiation.group(request, said))
        self.settled = None
        if not request.polls:
            said.warning("poll-bit-missing", request.index, _CONTROL, "SNRM does not have the P bit: nobody answers.")
        first = answers[0] if answers else None
        if first is None:
            if not turn.received:
                self._silence(request, last=last)
            self.mode = Mode.UNKNOWN
        elif first.type is FrameType.UA:
            self._rejecting = False
            settled = negotiation.group(first, said)
            negotiation.agreed(self._proposal, (first, settled), said)
            self.settled = settled.parameters if settled.readable else None
            self.mode = Mode.CONNECTED
        elif first.type is FrameType.DM:
            self.mode = Mode.DISCONNECTED
            view = request.look
            to = "" if view is None else f" {server_words(view.destination)} does not set it up for this client."
            text = f"The meter answers SNRM with DM: it refuses to set up the link.{to}"
            suggestion = "Check logical_device, server_lower and client_sap; another client may hold the link."
            said.error("snrm-refused", first.index, _CONTROL, text, suggestion)
        else:
            word = first.type.label if first.type is not None else "a frame"
            text = f"SNRM is answered with {word}; UA or DM belongs there."
            code = "snrm-answered-frmr" if first.type is FrameType.FRMR else "snrm-answered-otherwise"
            if first.type is FrameType.FRMR or first.look is None or request.look is None:
                said.error(code, first.index, _CONTROL, f"{text} SNRM is what ends the frame reject condition.")
            elif first.look.source == request.look.destination:
                said.error(code, first.index, _CONTROL, text)
            self.mode = Mode.UNKNOWN

    def _taken_down(self, request: Seen, answers: list[Seen], turn: Turn, *, last: bool) -> None:
        said = self._said
        before, self.mode = self.mode, Mode.DISCONNECTED
        self._rejecting = False
        first = answers[0] if answers else None
        if first is None:
            if not turn.received and (not last or self._broken is not None):
                self._silence(request, last=last)
            self.mode = Mode.UNKNOWN
        elif first.type is FrameType.DM and before is Mode.CONNECTED:
            text = f"DISC is answered with DM although the link was set up{self._pause(request)}: it was gone before."
            said.warning("link-lost", first.index, _CONTROL, text, "Compare the pause with inactivity_timeout_s.")
        elif first.type is FrameType.DM:
            text = "DM to DISC: no link was set up. That is the right answer."
            said.info("disconnected-mode", first.index, _CONTROL, text)
        elif first.type is FrameType.UA and before is Mode.DISCONNECTED:
            text = "DISC is answered with UA although the link is disconnected; DM belongs there."
            said.warning("disc-answered-ua-while-disconnected", first.index, _CONTROL, text)
        elif first.type is not FrameType.UA:
            word = first.type.label if first.type is not None else "a frame"
            said.error("disc-answered-otherwise", first.index, _CONTROL, f"DISC is answered with {word}, not UA or DM.")

    def _in_between(self, request: Seen, answers: list[Seen], turn: Turn, *, last: bool) -> None:
        said = self._said
        first = answers[0] if answers else None
        if first is not None and first.type is FrameType.DM:
            self._dm(request, first)
            self.mode = Mode.DISCONNECTED
        elif first is not None and first.type is FrameType.UA:
            text = f"UA answers {request.type.label if request.type else 'a frame'}; it answers SNRM and DISC only."
            suggestion = "An earlier SNRM may be answered late: raise response_timeout_s, and drop what comes late."
            said.error("ua-without-snrm", first.index, _CONTROL, text, suggestion)
        elif first is not None and self.mode is Mode.DISCONNECTED and not _beside(first, request):
            word = first.type.label if first.type is not None else "a frame"
            text = f"The meter answers {request.name} with {word} although the link is disconnected; DM belongs there."
            said.error("served-while-disconnected", first.index, _CONTROL, text, "The meter must await SNRM.")
        elif first is None and not turn.received and request.polls:
            self._silence(request, last=last)

    def _dm(self, request: Seen, answer: Seen) -> None:
        said, view = self._said, request.look
        kind = "a frame" if view is None else str(view.control)
        if view is not None and view.control.type is FrameType.I and view.information.startswith(_PARAMETERS):
            text = (
                f"{request.name[:1].upper()}{request.name[1:]} carries link parameters ({hexed(view.information, 6)}), "
                f"as SNRM does, under the control field {request.unit.octets[view.control_offset]:02X}, {kind}; "
                "SNRM is 93. DM is the right answer to it."
            )
            said.error("snrm-with-other-control", request.index, _CONTROL, text, "Send SNRM, control field 93.")
        elif self.mode is Mode.DISCONNECTED:
            text = f"{kind} is sent while the link is disconnected; DM is the right answer to it."
            said.error("sent-while-disconnected", request.index, _CONTROL, text, "Set the link up with SNRM first.")
        elif self.mode is Mode.CONNECTED:
            text = f"DM answers {kind}: the link was set up before and is gone{self._pause(request)}."
            suggestion = "Compare the pause with inactivity_timeout_s; a restart or another client ends a link too."
            said.error("link-lost", answer.index, _CONTROL, text, suggestion)
            return
        else:
            text = f"DM answers {kind}: no link is set up. The log shows no SNRM before."
            said.error("disconnected-mode", answer.index, _CONTROL, text, "Set the link up with SNRM first.")
            return
        text = f"DM: the link is disconnected. It is the right answer to {request.name}."
        said.info("disconnected-mode", answer.index, _CONTROL, text)

    def _silence(self, request: Seen, *, last: bool) -> None:
        """A sound frame that polls, and nothing comes."""
        said, view = self._said, request.look
        if view is None or view.destination.all_station or view.destination.no_station:
            return
        if not self._answered:
            return
        what = f"{view.control} ({request.name}) gets no answer, though the meter answered before."
        if self._broken is not None:
            text = f"{what} Since {self._broken.name}, which is broken, it is silent."
            said.error("silent-after-broken-frame", request.index, "", text, "The meter's receiver does not recover.")
            return
        if last:
            what += " It is the last frame: the log may end before the answer."
        code = "snrm-unanswered" if request.type is FrameType.SNRM else "request-unanswered"
        unknown = self._unknown_parameters() if request.type is FrameType.SNRM else ()
        if unknown:
            names = ", ".join(f"{identifier:02X}" for identifier in unknown)
            text = f"{what} It carries parameter {names}, which is none of 05 to 08, and is right otherwise."
            hint = "A meter skips parameters that it does not know; leave them out for this one."
            said.warning("unknown-parameter-unanswered", request.index, _INFORMATION, text, hint)
        if view.control.type is FrameType.UNKNOWN:
            code = "undefined-control-unanswered"
            what += " An undefined control field is answered with FRMR."
        hint = "Compare it with a frame that is answered: LLC header, address, length, protection, response_timeout_s."
        said.warning(code, request.index, "", what, hint)

    def _unknown_parameters(self) -> tuple[int, ...]:
        """What an SNRM carries beside the parameters of a link, where nothing else is remarkable about it."""
        if self._proposal is None or not self._proposal[1].sound:
            return ()
        return tuple(sorted(self._proposal[1].present - _KNOWN))

    def _pause(self, request: Seen) -> str:
        now = request.unit.time
        if now is None or self._heard_at is None or now - self._heard_at < _LONG_PAUSE_S:
            return ""
        return f" ({now - self._heard_at:.0f} s after the frame before)"


def _beside(frame: Seen, request: Seen) -> bool:
    """What may come at any time: unnumbered information that nobody asked for, and FRMR, which is judged by itself."""
    return frame.type is FrameType.FRMR or (frame.type is FrameType.UI and request.type is not FrameType.UI)
