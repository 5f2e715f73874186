"""The inactivity timeout that the device config declares, against the pauses of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.device.model import Device
from conformance.diagnose.intake.conversation import Heard
from conformance.diagnose.layers.seen import Seen, Turn
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType

_CONTROL: Final = "hdlc-frame.control"
_EARLY: Final = 0.95
_LATE: Final = 1.05
"""Shares of the timeout within which nobody is blamed: clocks differ."""
_LATENESS_S: Final = 0.5
_NOTABLE: Final = 0.2
"""Share of the timeout below which the end of a link has another cause."""
_MOST: Final = 64
"""Pairs of addresses that are followed."""


@dataclass(slots=True)
class _Link:
    """A link that a UA has set up.

    Attributes:
        since: when it was set up; None while it is not.
        sound: when its last sound frame passed.
        last: when its last frame passed, broken ones too.
        refreshed: it was served longer than the timeout after its set-up: frames do start the timeout anew.
    """

    since: float | None = None
    sound: float = 0.0
    last: float = 0.0
    refreshed: bool = False


def explain(turns: Sequence[Turn], heard: Sequence[Heard], device: Device, said: Statements) -> None:
    """Links that end before the declared timeout, or live on behind it (IEC 62056-46, 6.4.4)."""
    timeout_s = device.hdlc.inactivity_timeout_s
    if timeout_s <= 0:
        return
    links: dict[tuple[HdlcAddress, HdlcAddress], _Link] = {}
    for turn in turns:
        request = turn.request
        if request is None or request.look is None or request.unit.time is None:
            continue
        pair = request.look.destination, request.look.source
        if request.broken:
            # Whether the meter takes it for a frame of this link is not known: for all links the pause ends here.
            for known in links.values():
                known.last = request.unit.time
            continue
        if pair not in links and len(links) >= _MOST:
            continue
        link = links.setdefault(pair, _Link())
        answer = next((frame for frame in turn.received if not frame.broken), None)
        if link.since is not None and answer is not None:
            _judge(link, link.since, (request, began(request, heard)), answer, timeout_s, said)
        _follow(link, turn, answer)


def began(frame: Seen, heard: Sequence[Heard]) -> float:
    """When the first octet of a frame passed, as far as it is known."""
    first = heard[frame.unit.pieces[0]]
    known = first.passing.began if first.passing.began is not None else first.time
    return known if known is not None else frame.unit.time or 0.0


def gaps(seen: Sequence[Seen], heard: Sequence[Heard], device: Device, said: Statements) -> None:
    """Pauses within a frame of the meter that are longer than it is declared to make."""
    limit = device.timing.max_inter_octet_gap_s
    for frame in seen:
        if limit is None or frame.direction != "S>C" or len(frame.unit.pieces) != 1:
            continue
        gap_s = heard[frame.unit.pieces[0]].passing.longest_gap_s
        if gap_s is not None and gap_s > limit:
            text = f"The meter stops for {gap_s:.3f} s amid {frame.name}; max_inter_octet_gap_s is {limit:g}."
            hint = "A receiver gives a frame up after its inter-octet timeout: the meter must send without pauses."
            said.warning("gap-within-reply", frame.index, "", text, hint)


def _judge(
    link: _Link, since: float, asked: tuple[Seen, float], answer: Seen, timeout_s: float, said: Statements
) -> None:
    """What the answer to a request, which began at that time, says of a link that was set up."""
    request, now = asked
    quiet, pause, age = now - link.sound, now - link.last, now - since
    if answer.type is FrameType.DM:
        if quiet >= _EARLY * timeout_s:
            return
        before = f"The link is gone {quiet:.1f} s after its last frame, and {age:.1f} s after its set-up"
        declared = f"inactivity_timeout_s is {timeout_s:g}"
        if age >= _EARLY * timeout_s and link.sound > since and not link.refreshed:
            text = f"{before}; {declared}: the timeout seems to run from the set-up on, whatever comes."
            hint = "The meter is at fault: every frame starts the timeout anew."
            said.warning("inactivity-timeout-not-restarted", answer.index, _CONTROL, text, hint)
        elif quiet >= _NOTABLE * timeout_s:
            text = f"{before}; {declared}: the meter gives the link up earlier than that."
            hint = "Look what the meter's attribute inactivity_time_out says; a restart ends a link too."
            said.warning("inactivity-timeout-early", answer.index, _CONTROL, text, hint)
    elif request.type is not FrameType.SNRM and answer.type is not FrameType.UI:
        if pause > _LATE * timeout_s + _LATENESS_S:
            text = (
                f"{request.name} is answered as on a link that is set up, {pause:.1f} s after the frame before; "
                f"inactivity_timeout_s is {timeout_s:g}, and DM belongs there."
            )
            hint = "Look what the meter's attribute inactivity_time_out says; 0 there and in the config: never."
            said.warning("inactivity-timeout-not-applied", answer.index, _CONTROL, text, hint)
        link.refreshed |= age > _LATE * timeout_s + _LATENESS_S


def _follow(link: _Link, turn: Turn, answer: Seen | None) -> None:
    request = turn.request
    times = [frame.unit.time for frame in (*turn.sent, *turn.received) if frame.unit.time is not None]
    sound = [frame.unit.time for frame in (*turn.sent, *turn.received) if not frame.broken and frame.unit.time]
    link.last = max((link.last, *times))
    link.sound = max((link.sound, *sound))
    if answer is None or request is None:
        return
    if request.type is FrameType.SNRM and answer.type is FrameType.UA:
        link.since, link.refreshed = answer.unit.time, False
    elif answer.type is FrameType.DM or request.type is FrameType.DISC:
        link.since = None
