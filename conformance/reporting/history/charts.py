"""Charts of a trend as coordinates: what a template puts into SVG elements as it stands.

A drawing is one unit wide per run and is stretched to the width of the page, so it holds no text: what its ends mean
stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.record.verdict import Verdict
from conformance.reporting.history.codes import ABSENT, verdict_of
from conformance.reporting.history.trend import Point
from conformance.reporting.legible import brief

HEIGHT = 60
LOOKED_AT = (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE)
"""They are mostly few: beside what PASSED they would not be seen, so they have a chart of their own."""
THE_REST = (Verdict.PASSED, Verdict.INAPPLICABLE, Verdict.SKIPPED)
_SHORTEST = 1.5
_SLIT = 0.12


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing over runs.

    Attributes:
        width: in units; a run is one.
        height: in units.
        shapes: name of a class of the style sheet, and the outline of everything of that class.
        marks: places of the lines that say that something changed.
        most: what the upper edge means.
        title: what is drawn, in words.
    """

    width: int
    height: int
    shapes: tuple[tuple[str, str], ...]
    marks: tuple[int, ...]
    most: str
    title: str


def verdict_chart(points: Sequence[Point], verdicts: Iterable[Verdict]) -> Chart:
    """Bars of each run, stacked: the first verdict stands at the bottom."""
    stacked = tuple(verdicts)
    highest = max((sum(point.counts[verdict] for verdict in stacked) for point in points), default=0)
    outlines = dict.fromkeys(stacked, "")
    for at, point in enumerate(points):
        base = float(HEIGHT)
        for verdict in stacked:
            count = point.counts[verdict]
            if count:
                tall = max(HEIGHT * count / highest, _SHORTEST)
                top = max(base - tall, 0.0)
                outlines[verdict] += f"M{at + _SLIT / 2:.2f} {base:.1f}V{top:.1f}h{1 - _SLIT:.2f}V{base:.1f}z"
                base = top
    words = ", ".join(f"{verdict.value} {points[-1].counts[verdict]}" for verdict in stacked) if points else "no run"
    return Chart(
        len(points) or 1,
        HEIGHT,
        tuple((f"bar-{verdict.value}", outline) for verdict, outline in outlines.items() if outline),
        _marks(points),
        f"{highest}",
        f"{', '.join(verdict.value for verdict in stacked)} by run; in the newest run {words}",
    )


def response_chart(points: Sequence[Point]) -> Chart | None:
    """The median response time of each run as a line of steps; None where the meter never answered."""
    times = [point.response_s for point in points]
    known = [seconds for seconds in times if seconds is not None]
    if not known:
        return None
    highest = max(known) or 1.0
    outline = ""
    drawing = False
    for at, seconds in enumerate(times):
        if seconds is None:
            drawing = False
            continue
        level = HEIGHT - (HEIGHT - 4) * seconds / highest
        outline += f"{'V' if drawing else f'M{at} '}{level:.1f}h1"
        drawing = True
    return Chart(
        len(points),
        HEIGHT,
        (("line", outline),),
        _marks(points),
        brief(max(known)),
        f"median response time by run; in the newest run that has one {brief(known[-1])}",
    )


def _marks(points: Sequence[Point]) -> tuple[int, ...]:
    return tuple(at for at, point in enumerate(points) if point.mark is not None)


@dataclass(frozen=True, slots=True)
class Strip:
    """The verdicts of one subtest over its last runs, one box a run.

    Attributes:
        width: in boxes.
        shapes: as of a chart; one unit high.
        letters: the same as text.
    """

    width: int
    shapes: tuple[tuple[str, str], ...]
    letters: str


def strip_of(letters: str, most: int = 60) -> Strip:
    """The strip of a row of letters; of a long row its end."""
    shown = letters[-most:]
    outlines: dict[str, str] = {}
    for at, letter in enumerate(shown):
        if letter != ABSENT:
            name = f"bar-{verdict_of(letter).value}"
            outlines[name] = f"{outlines.get(name, '')}M{at}.1 0h.8v1h-.8z"
    return Strip(len(shown) or 1, tuple(outlines.items()), shown)
