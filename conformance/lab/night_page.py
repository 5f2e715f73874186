"""A night as one HTML page: what an engineer reads first in the morning. It needs nothing but the devices' reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from markupsafe import Markup

from conformance.lab.night_record import RowState
from conformance.lab.night_view import DeviceView, NightView
from conformance.record.deviation import DeviationState
from conformance.record.verdict import Verdict
from conformance.reporting.page import environment, inline, policy

PAGE = "night.html"
MOST_ROWS = 300
"""Of one list other than the devices; the page says how many more there are, and where."""
MOST_NAMES = 40
"""Devices that a row of a case names; the others are counted."""
STATE_WORDS = {
    RowState.DONE: "done",
    RowState.OUT_OF_TIME: "out of time",
    RowState.NO_LINK: "no link",
    RowState.CRASHED: "crashed",
    RowState.NOT_RUN: "not run",
}

STANDINGS = {
    DeviationState.EXPIRED: "expired, still FAILED",
    DeviationState.UNEXPECTED_PASS: "did not show",
    DeviationState.LAPSED: "expired, PASSED",
    DeviationState.SHOWN: "showed",
    DeviationState.NOT_JUDGED: "not judged",
}


def render(view: NightView, *, templates: Path | None = None) -> str:
    """The page of a night; the same view gives the same page.

    Args:
        view: of the night.
        templates: a directory to take the templates from, in place of the tool's own.
    """
    templated = environment(templates)
    templated.filters["span"] = span
    style = inline(templated, "report.css", "lab_night.css")
    script = inline(templated, "lab_night.js")
    return templated.get_template("lab_night.html.j2").render(
        view=view,
        night=view.night,
        words=STATE_WORDS,
        standings=STANDINGS,
        states=Counter(one.row.state for one in view.untested),
        took=took(view),
        verdicts=tuple(Verdict),
        problems=tuple(verdict for verdict in Verdict if verdict.is_problem),
        benches=benches(view.devices),
        most=MOST_ROWS,
        names=MOST_NAMES,
        version=metadata.version("dlms-conformance"),
        style=Markup(style),  # noqa: S704 - from our own template directory
        script=Markup(script),  # noqa: S704 - from our own template directory
        policy=policy(style, script),
    )


def benches(devices: Iterable[DeviceView]) -> dict[str, dict[str, list[DeviceView]]]:
    """Devices by bench and line, in the order of the lab."""
    found: dict[str, dict[str, list[DeviceView]]] = {}
    for one in devices:
        found.setdefault(one.row.bench, {}).setdefault(one.row.line, []).append(one)
    return found


def took(view: NightView) -> float | None:
    """How long the night took, from its begin to its end or to the last that is known of it; seconds."""
    known = [row.finished for row in view.night.rows if row.finished is not None]
    finished = view.night.finished or max(known, default=None)
    return None if finished is None else max(0.0, (finished - view.night.started).total_seconds())


def span(value: float | None) -> str:
    """A duration as people say it: `42 s`, `12 min`, `3 h 05 min`; a dash for none."""
    if value is None:
        return "–"
    if value < 100:
        return f"{value:.0f} s" if value >= 1 or value == 0 else "< 1 s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
