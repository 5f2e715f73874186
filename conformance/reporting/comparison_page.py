"""A comparison of two runs as one HTML page that needs nothing else: no network, no fonts, no second file."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from markupsafe import Markup

from conformance.reporting.comparison import Change, Comparison
from conformance.reporting.page import environment, inline, policy

MOST_ROWS = 2_000
"""Of one kind; the page says how many more there are, and where."""
EXPLAINED = {
    Change.REGRESSION: "Worse than before, and nobody has announced it.",
    Change.EXPOSED: "FAILED as before, but no expected deviation covers it any more: it counts now.",
    Change.ANNOUNCED: "Worse than before; the later device config announces it as an expected deviation.",
    Change.FIX: "PASSED now; somebody had to look at it before.",
    Change.MILDER: "Milder than before, but still to be looked at, or no longer judged.",
    Change.UNJUDGED: "PASSED before and not judged now: less is covered.",
    Change.JUDGED: "PASSED now and not judged before: more is covered.",
    Change.NEW: "Not in the earlier run.",
    Change.GONE: "Not in the later run.",
    Change.FINDINGS: "The same verdict, for other causes.",
}


def render(made: Comparison, *, templates: Path | None = None) -> str:
    """The page of a comparison; the same two records give the same page.

    Args:
        made: the comparison.
        templates: a directory to take the templates from, in place of the tool's own.
    """
    templated = environment(templates)
    style = inline(templated, "report.css", "comparison.css")
    return templated.get_template("comparison.html.j2").render(
        made=made,
        kinds=[(change, EXPLAINED[change], made.of(change)) for change in Change if made.of(change)],
        most=MOST_ROWS,
        version=metadata.version("dlms-conformance"),
        style=Markup(style),  # noqa: S704 - from our own template directory
        policy=policy(style, ""),
    )
