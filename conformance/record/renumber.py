"""From the numbers that a worker gave its frames to the numbers of the whole frame log."""

from __future__ import annotations

import re
from typing import Any

from conformance.record.journal import Item
from conformance.record.model import FindingRecord, FrameRange, SubtestRecord

Numbering = dict[str, tuple[int, int]]
"""By worker: how many frames of the log precede its own, and how many it wrote."""


_NUMBERED = re.compile(r"frame (\d+) of worker ([A-Za-z0-9_]{1,32})")


def numbered(frame: int, worker: str) -> str:
    """A frame of another item, in words that `renumbered` rewrites."""
    return f"frame {frame} of worker {worker}"


def renumbered(item: Item, numbering: Numbering) -> tuple[SubtestRecord, str]:
    """The subtest of `item` with every reference to a frame rewritten.

    Returns:
        The subtest, and what was lost in words, empty when nothing was: a killed worker may have left fewer frames than
        its items refer to; then a range ends at the last frame that is there, and a reference to a missing one is null.
    """
    before, count = numbering.get(item.worker, (0, 0))
    lost: set[int] = set()

    def frame(number: int | None) -> int | None:
        if number is None:
            return None
        if number > count:
            lost.add(number)
            return None
        return before + number

    def span(frames: FrameRange | None) -> FrameRange | None:
        if frames is None:
            return None
        first, last = frames
        if last > count:
            lost.add(last)
        return (before + first, before + min(last, count)) if first <= count else None

    subtest = item.subtest
    changes: dict[str, Any] = {
        "frames": span(subtest.frames),
        "steps": tuple(step.model_copy(update={"frames": span(step.frames)}) for step in subtest.steps),
        "findings": tuple(_finding(finding, frame(finding.frame), numbering) for finding in subtest.findings),
    }
    if subtest.deciding is not None:
        number = frame(subtest.deciding.frame)
        changes["deciding"] = subtest.deciding.model_copy(update={"frame": number}) if number is not None else None
    for name in ("reason", "observed"):
        changes[name] = _NUMBERED.sub(lambda found: _of_the_log(found, numbering), getattr(subtest, name))
    message = f"frames up to {max(lost)} of worker {item.worker} are missing" if lost else ""
    return subtest.model_copy(update=changes), message


def _finding(finding: FindingRecord, frame: int | None, numbering: Numbering) -> FindingRecord:
    told = {
        name: _NUMBERED.sub(lambda found: _of_the_log(found, numbering), getattr(finding, name))
        for name in ("message", "suggestion")
    }
    return finding.model_copy(update={"frame": frame, **told})


def _of_the_log(found: re.Match[str], numbering: Numbering) -> str:
    before, count = numbering.get(found[2], (0, 0))
    number = int(found[1])
    return f"frame {before + number}" if number <= count else found[0]
