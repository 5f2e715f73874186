"""The exchange of a subtest as the PDF prints it: octets in hexadecimal, those that decide set off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.record.frames import Frame
from conformance.record.model import LINE_CHECK, SubtestRecord
from conformance.record.redaction import Span
from conformance.reporting.dissection import View
from conformance.reporting.exchange import digits, exchanged
from conformance.reporting.packing import mark_of, views_of
from conformance.reporting.printable import printable_line

_FIRST = 6
_LAST = 14
"""Of a long exchange its first and its last frames are printed, probes of the line not counted."""
_LONGEST = 512
"""Octets of a message that are printed."""
_AROUND = 32
"""Octets printed before the deciding ones where these lie far into a message."""
_PARTS = ("", "APDU", "deciphered")


def printed_exchange(subtest: SubtestRecord, frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """The frames of `subtest` in JSON's types.

    Each is either `{"omitted": count}`, or a frame with `number`, `time`, `direction`, `summary`, `note` and
    `messages`: the frame, the APDU it completes, the deciphered APDU, each [name, text before, deciding octets, text
    after].
    """
    exchange = exchanged(subtest, frames)
    deciding = subtest.deciding
    marked = (-1, -1, 0, 0)
    if deciding is not None and deciding.frame <= len(frames):
        mark = mark_of(frames[deciding.frame - 1], deciding)
        if mark:
            number, view, start, end = map(int, mark.split(":"))
            marked = (number, view, start, end)
    printed: list[dict[str, Any]] = []
    omitted = 0
    shown = _shown(subtest, exchange)
    for frame in exchange:
        if frame.n not in shown:
            omitted += 1
            continue
        if omitted:
            printed.append({"omitted": omitted})
            omitted = 0
        printed.append(_frame(frame, marked))
    if omitted:
        printed.append({"omitted": omitted})
    return printed


def _shown(subtest: SubtestRecord, exchange: Sequence[Frame]) -> set[int]:
    """Numbers of the frames that are printed: the step that probes the line says all there is to say of its frames."""
    probes = [step.frames for step in subtest.steps if step.title == LINE_CHECK and step.frames is not None]
    numbers = [frame.n for frame in exchange if not any(first <= frame.n <= last for first, last in probes)]
    shown = set(numbers) if len(numbers) <= _FIRST + _LAST else {*numbers[:_FIRST], *numbers[-_LAST:]}
    return shown | {subtest.deciding.frame} if subtest.deciding is not None else shown


def _frame(frame: Frame, marked: tuple[int, int, int, int]) -> dict[str, Any]:
    number, view, start, end = marked
    views = views_of(frame)
    messages = [
        _message(name, shown, (start, end) if (number, view) == (frame.n, index) else None)
        for index, (name, shown) in enumerate(zip(_PARTS, views, strict=True))
        if shown is not None
    ]
    said = [shown.summary for shown in (views[0], views[2] or views[1]) if shown is not None]
    summary = printable_line(" · ".join(dict.fromkeys(said)), 240)
    note = printable_line(frame.note)
    return {
        "number": frame.n,
        "time": f"{frame.t:.3f} s",
        "direction": "client → meter" if frame.dir == "C>S" else "meter → client",
        "summary": summary,
        "note": "" if note in summary else note,
        "messages": messages,
    }


def _message(name: str, shown: View, deciding: Span | None) -> list[str]:
    """The octets before the deciding ones, these, and those after, with a remark where some are left out."""
    octets = digits(shown.octets, shown.masked)
    start, end = deciding or (len(octets), len(octets))
    first = max(0, start - _AROUND) if deciding is not None and end > _LONGEST else 0
    last = min(len(octets), first + _LONGEST)
    before = f"({first} octets) … " if first else ""
    left = shown.size - last
    after = f" … ({left} more octets)" if left else ""
    end = min(end, last)
    start = min(start, end)
    return [
        name,
        before + " ".join(octets[first:start]),
        " ".join(octets[start:end]),
        " ".join(octets[end:last]) + after,
    ]
