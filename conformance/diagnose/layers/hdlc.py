"""HDLC: check sequences, addresses, modes, numbers and segments of one stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Damage
from conformance.diagnose.intake.frame_look import CheckSequence, FrameLook
from conformance.diagnose.layers import addresses, segments
from conformance.diagnose.layers.check_sequences import Cause, KnownHeaders, fcs_cause, hcs_cause
from conformance.diagnose.layers.modes import Mode, Modes
from conformance.diagnose.layers.numbers import Numbers
from conformance.diagnose.layers.seen import Seen, Turn, server_words, turns
from conformance.diagnose.layers.statements import MOST_ALIKE, Statements
from conformance.diagnose.reasoning.statement import Evidence
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType

_CONTROL: Final = "hdlc-frame.control"
_MOST_LINKS: Final = 64
"""Pairs of addresses that are followed; what noise makes of addresses is not worth more."""
_CHARACTERS: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def explain(seen: Sequence[Seen], said: Statements) -> None:
    """What the HDLC frames of one stream say."""
    _check_sequences(seen, said)
    taken = list(turns(seen))
    addresses.explain(taken, said)
    _never_answered(seen, said)
    links: dict[tuple[HdlcAddress, HdlcAddress] | None, _Link] = {}
    key: tuple[HdlcAddress, HdlcAddress] | None = None
    for position, turn in enumerate(taken):
        key = _pair(turn) or key
        if key not in links and len(links) < _MOST_LINKS:
            links[key] = _Link(Modes(said), Numbers(said))
        _follow(turn, links.get(key) or next(iter(links.values())), last=position + 1 == len(taken))
    for link in links.values():
        link.numbers.summary()
    segments.explain(taken, said)


@dataclass(frozen=True, slots=True)
class _Link:
    """One pair of addresses, which has a mode and numbers of its own."""

    modes: Modes
    numbers: Numbers


def _pair(turn: Turn) -> tuple[HdlcAddress, HdlcAddress] | None:
    """Server and client address of a turn; None where no frame of it can be believed."""
    for frame in (*reversed(turn.sent), *turn.received):
        if not frame.broken and frame.look is not None:
            view = frame.look
            sent = frame.direction == "C>S"
            return (view.destination, view.source) if sent else (view.source, view.destination)
    return None


def _follow(turn: Turn, link: _Link, *, last: bool) -> None:
    """One turn, first the mode and then what is counted in it."""
    request, modes, numbers = turn.request, link.modes, link.numbers
    modes.take(turn, last=last)
    if request is not None and not request.broken and request.type is FrameType.SNRM:
        if modes.mode is Mode.CONNECTED:
            numbers.reset(modes.settled)
        else:
            numbers.forget()
    elif modes.mode is Mode.DISCONNECTED or (request is not None and request.type is FrameType.DISC):
        numbers.forget()
    else:
        numbers.take(turn)


def _check_sequences(seen: Sequence[Seen], said: Statements) -> None:
    """Each check sequence as it is and as it should be; one statement where all are right."""
    known = KnownHeaders(seen)
    judged = right = 0
    for frame in seen:
        if frame.unit.damage is not Damage.NONE or frame.look is None:
            continue
        checks = frame.checks
        judged += len(checks)
        right += sum(check.good for check in checks)
        for check in checks:
            if not check.good:
                _wrong(frame, frame.look, check, known, said)
        if checks and checks[-1].good:
            _looks_like_text(frame, frame.look, said)
    if judged and judged == right:
        text = f"All {judged} check sequences (HCS and FCS) are right."
        said.info("check-sequences-right", seen[0].index, "", text)


def _wrong(frame: Seen, view: FrameLook, check: CheckSequence, known: KnownHeaders, said: Statements) -> None:
    name = check.name
    code = f"{name.lower()}-wrong"
    is_hcs = name == "HCS"
    covered = "header" if is_hcs else "octets between the flags as they are"
    text = (
        f"{name} of {frame.name} ({view.control}) is {check.found.hex().upper()} and should be "
        f"{check.right.hex().upper()} over the {covered}."
    )
    if is_hcs and view.fcs.good:
        text += " The FCS is right over this wrong HCS: its sender computed it so, the line did not spoil it."
    cause: Cause | None = None
    if said.told(code) < MOST_ALIKE:
        cause = hcs_cause(frame, check, known) if is_hcs else fcs_cause(frame, check, view)
    suggestion = "Look at the line first, then at whoever computes the check sequence."
    if cause is not None:
        suggestion = cause.suggestion
    field = f"hdlc-frame.content.{name.lower()}"
    said.error(code, frame.index, field, text, suggestion, evidence=Evidence.PROVEN)
    if cause is not None:
        evidence = Evidence.PROVEN if cause.certain else Evidence.INFERRED
        said.warning(cause.code, frame.index, field, f"{name}: {cause.message}", cause.suggestion, evidence=evidence)


def _looks_like_text(frame: Seen, view: FrameLook, said: Statements) -> None:
    """A right FCS that happens to be text behind text, and is easily taken for more of it."""
    found = view.fcs.found
    if len(view.information) >= 4 and set(found) <= _CHARACTERS and set(view.information[-4:]) <= _CHARACTERS:
        text = (
            f"The FCS {found.hex(' ').upper()} of {frame.name} happens to be the characters '{found.decode('ascii')}'"
        )
        text += "; it is right, and no part of the text before it."
        said.info("fcs-looks-like-text", frame.index, "hdlc-frame.content.fcs", text)


def _never_answered(seen: Sequence[Seen], said: Statements) -> None:
    """A meter that says nothing at all to frames that are right."""
    if any(frame.direction != "C>S" for frame in seen):
        return
    first = next((frame for frame in seen if not frame.broken and frame.polls), None)
    if first is None or first.look is None:
        return
    view = first.look
    text = (
        f"The meter answers nothing at all. The first frame, {view.control} from client {view.source.upper} to "
        f"{server_words(view.destination)}, is right in itself."
    )
    if view.destination.no_station:
        text += " Its destination holds the no-station address 0, which nobody receives."
    suggestion = (
        "In order of likelihood: server_lower, address_length, logical_device or client_sap unknown to the meter; baud "
        "or opening of the line; an earlier link still held (wait for inactivity_timeout_s)."
    )
    said.error("no-reply", first.index, "hdlc-frame.destination", text, suggestion)
