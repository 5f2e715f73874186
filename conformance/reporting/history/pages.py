"""Pages of the history, each one file that needs nothing else: a device, a night, and what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path

from markupsafe import Markup

from conformance.record.verdict import Verdict
from conformance.reporting.history.charts import LOOKED_AT, THE_REST, response_chart, strip_of, verdict_chart
from conformance.reporting.history.nights import Night
from conformance.reporting.history.trend import Trend
from conformance.reporting.page import environment, inline, policy

MOST_ROWS = 500
"""Of one kind; the page says how many more there are, and where."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the other pages are, relative to the one that is drawn; empty where it stands alone.

    Attributes:
        devices: address of the page of a device, by name.
        nights: address of the page of a night.
        index: address of the page of all.
    """

    devices: Mapping[str, str] = field(default_factory=dict)
    nights: Mapping[date, str] = field(default_factory=dict)
    index: str = ""


def device_page(made: Trend, *, links: Links | None = None, templates: Path | None = None) -> str:
    """The page of a device; the same history gives the same page.

    Args:
        made: its trend.
        links: to other pages; None: it stands alone.
        templates: a directory to take the templates from, in place of the tool's own.
    """
    charts = [verdict_chart(made.points, LOOKED_AT), verdict_chart(made.points, THE_REST)]
    response = response_chart(made.points)
    return _drawn(
        "history_device.html.j2",
        links,
        templates,
        made=made,
        newest=made.points[-1],
        charts=charts if response is None else [*charts, response],
        virtual=any(point.sitting.virtual for point in made.points),
        strip_of=strip_of,
        span=span,
    )


def night_page(made: Night, *, links: Links | None = None, templates: Path | None = None) -> str:
    """The page of a night.

    Args:
        made: the night.
        links: to other pages; None: it stands alone.
        templates: a directory to take the templates from, in place of the tool's own.
    """
    return _drawn("history_night.html.j2", links, templates, made=made)


def index_page(trends: Sequence[Trend], made: Sequence[Night], *, links: Links, templates: Path | None = None) -> str:
    """The page of all devices and nights.

    Args:
        trends: of the devices.
        made: the nights, the newest first.
        links: to the other pages.
        templates: a directory to take the templates from, in place of the tool's own.
    """
    charts = {one.device: verdict_chart(one.points, LOOKED_AT) for one in trends}
    return _drawn("history_index.html.j2", links, templates, trends=trends, nights=made, charts=charts)


def span(time: timedelta | None) -> str:
    """A time between two runs in words, to the day or, below two days, to the hour."""
    if time is None:
        return "never"
    hours = round(time.total_seconds() / 3600)
    if hours < 48:
        return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "under an hour"
    return f"{round(hours / 24)} days"


def _drawn(template: str, links: Links | None, templates: Path | None, **content: object) -> str:
    templated = environment(templates)
    style = inline(templated, "report.css", "history.css")
    return templated.get_template(template).render(
        links=links or Links(),
        verdicts=tuple(Verdict),
        most=MOST_ROWS,
        version=metadata.version("dlms-conformance"),
        style=Markup(style),  # noqa: S704 - from our own template directory
        policy=policy(style, ""),
        **content,
    )
