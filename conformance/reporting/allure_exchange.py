"""The exchange of a subtest as an Allure attachment: one small HTML page, decoded, that needs nothing else.

A report shows it in a frame of its own. It runs no script and loads nothing; whatever a meter sent is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Template
from markupsafe import Markup

from conformance.record.frames import Frame
from conformance.record.model import CaseRecord, DecidingOctets, SubtestRecord
from conformance.reporting.dissection import View, locate
from conformance.reporting.exchange import digits
from conformance.reporting.legible import line
from conformance.reporting.packing import views_of
from conformance.reporting.page import environment, inline, policy

MOST_FRAMES: Final = 120
"""Frames that one attachment shows: the first ones, the deciding one, and the last ones."""

_WITH_FIELDS: Final = 24
"""Frames whose fields are listed: the deciding one with its neighbours, and the last ones."""
_FIRST: Final = 20
_AROUND: Final = 5
_OCTETS: Final = 512
"""Octets of a message that are dumped."""
_ROWS: Final = 150
"""Fields of a message that are listed."""
_PER_LINE: Final = 16
_HEADS: Final = ("", "APDU that it completes", "deciphered")
_LONGEST_FIELD: Final = 16


def page(case: CaseRecord, subtest: SubtestRecord, frames: Sequence[Frame]) -> str:
    """The exchange, frame by frame: what each says, its octets with those that decide marked, and its fields.

    Args:
        case: of the subtest.
        subtest: whose exchange it is.
        frames: of the exchange.
    """
    template, style, rule = _template()
    shown = _chosen(frames, subtest.deciding)
    dissected = _neighbours(frames, subtest.deciding) | set(shown[-_WITH_FIELDS:])
    sections: list[dict[str, Any]] = []
    before = 0
    for index in shown:
        sections.append({"omitted": index - before, **_section(frames[index], subtest.deciding, index in dissected)})
        before = index + 1
    return template.render(
        case=case,
        subtest=subtest,
        sections=sections,
        beyond=len(frames) - before,
        without_fields=len(dissected) < len(shown),
        style=Markup(style),  # noqa: S704 - from our own template directory
        policy=rule,
    )


@cache
def _template(templates: Path | None = None) -> tuple[Template, str, str]:
    made = environment(templates)
    style = inline(made, "allure_exchange.css")
    return made.get_template("allure_exchange.html.j2"), style, policy(style, "")


def _chosen(frames: Sequence[Frame], deciding: DecidingOctets | None) -> list[int]:
    """Indices of the frames that are shown."""
    if len(frames) <= MOST_FRAMES:
        return list(range(len(frames)))
    chosen = {*range(_FIRST), *range(len(frames) - (MOST_FRAMES - _FIRST - 2 * _AROUND), len(frames))}
    return sorted(chosen | _neighbours(frames, deciding))


def _neighbours(frames: Sequence[Frame], deciding: DecidingOctets | None) -> set[int]:
    """Indices of the deciding frame and of those around it."""
    at = next((index for index, frame in enumerate(frames) if deciding and frame.n == deciding.frame), None)
    return set() if at is None else set(range(max(0, at - _AROUND), min(len(frames), at + _AROUND)))


def _section(frame: Frame, deciding: DecidingOctets | None, dissected: bool) -> dict[str, Any]:
    views = views_of(frame)
    marked = _mark(views, deciding) if deciding is not None and deciding.frame == frame.n else None
    told = next(shown for shown in reversed(views) if shown is not None)
    messages = [
        _message(head, shown, marked[1:] if marked is not None and marked[0] == index else None, dissected)
        for index, (head, shown) in enumerate(zip(_HEADS, views, strict=True))
        if shown is not None
    ]
    return {
        "number": frame.n,
        "time": f"{frame.t:.6f}",
        "sent": frame.dir == "C>S",
        "layer": frame.layer,
        "size": len(frame.hex) // 2,
        "summary": told.summary,
        "outer": views[0].summary if told is not views[0] else "",
        "decides": marked is not None,
        "note": frame.note,
        "messages": messages,
    }


def _mark(views: Sequence[View | None], deciding: DecidingOctets) -> tuple[int, int, int] | None:
    """View, first octet and octet after the last of the deciding octets; None when none of the views has them."""
    places = [index for index, shown in enumerate(views) if shown is not None]
    found = locate(
        [shown for shown in views if shown is not None], deciding.path, deciding.start, deciding.end, deciding.octets
    )
    return (places[found[0]], found[1], found[2]) if found is not None else None


def _message(head: str, shown: View, marked: Sequence[int] | None, dissected: bool) -> dict[str, Any]:
    rows = [
        {
            "depth": min(row.depth, 24),
            "name": line(row.name, 80),
            "start": row.start,
            "octets": _field(shown, row.start, row.end) if row.leaf else "",
            "meaning": row.meaning,
            "decides": marked is not None and row.leaf and row.start < marked[1] and marked[0] < row.end,
        }
        for row in shown.rows[: _ROWS if dissected else 0]
    ]
    return {
        "head": head,
        "dump": _dump(shown, marked),
        "left": max(0, shown.size - _OCTETS),
        "problem": shown.problem,
        "rows": rows,
        "more_rows": len(shown.rows) - len(rows),
    }


def _field(shown: View, start: int, end: int) -> str:
    taken = digits(shown.octets, shown.masked)[start:end]
    if len(taken) <= _LONGEST_FIELD:
        return " ".join(taken)
    return f"{' '.join(taken[: _LONGEST_FIELD - 4])} … ({end - start} octets)"


def _dump(shown: View, marked: Sequence[int] | None) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Lines of octets, each with its offset; runs of octets that decide or do not."""
    shown_digits = digits(shown.octets, shown.masked)[:_OCTETS]
    first, last = marked if marked is not None else (0, 0)
    lines = []
    for start in range(0, len(shown_digits), _PER_LINE):
        runs: list[tuple[list[str], bool]] = []
        for at in range(start, min(start + _PER_LINE, len(shown_digits))):
            decides = first <= at < last
            if not runs or runs[-1][1] is not decides:
                runs.append(([], decides))
            runs[-1][0].append(shown_digits[at])
        lines.append((f"{start:04X}", [(" ".join(run), decides) for run, decides in runs]))
    return lines
