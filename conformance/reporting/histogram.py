"""A histogram as the coordinates of a drawing: what a template puts into an SVG element as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reporting.distribution import Axis
from conformance.reporting.legible import brief

_SHORTEST_BAR = 1.5
"""A bar that is there is seen."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars over an axis, in the units of the drawing.

    Attributes:
        width: of the drawing.
        height: of the drawing.
        left: where the axis begins.
        right: where it ends.
        base: the line that the bars stand on, from the top.
        bars: outline of all bars.
        ticks: places along the axis, with what stands there.
        limit: where the limit lies; None: none is declared.
        limit_label: how it reads.
    """

    width: int
    height: int
    left: int
    right: int
    base: int
    bars: str
    ticks: tuple[tuple[float, str], ...]
    limit: float | None
    limit_label: str


def histogram(bars: tuple[int, ...], axis: Axis, limit_s: float | None) -> Histogram:
    """The histogram of a group, with numbers along its axis."""
    return _drawn(bars, axis, limit_s, width=360, height=140, margins=(24, 26), base=112, top=22)


def strip(bars: tuple[int, ...], axis: Axis, limit_s: float | None) -> Histogram:
    """The histogram of a case: small, on the axis of its group, without numbers."""
    return _drawn(bars, axis, limit_s, width=150, height=18, margins=(1, 1), base=17, top=1)


def _drawn(
    bars: tuple[int, ...],
    axis: Axis,
    limit_s: float | None,
    *,
    width: int,
    height: int,
    margins: tuple[int, int],
    base: int,
    top: int,
) -> Histogram:
    left, right = margins[0], width - margins[1]
    step = (right - left) / len(bars)
    highest = max(bars, default=0) or 1
    outline = ""
    for place, count in enumerate(bars):
        if count:
            tall = max((base - top) * count / highest, _SHORTEST_BAR)
            outline += f"M{left + place * step:.1f} {base}v-{tall:.1f}h{max(step - 0.6, 0.6):.1f}v{tall:.1f}z"

    def along(share: float) -> float:
        return round(left + share * (right - left), 1)

    return Histogram(
        width=width,
        height=height,
        left=left,
        right=right,
        base=base,
        bars=outline,
        ticks=tuple((along(share), label) for share, label in axis.ticks),
        limit=None if limit_s is None else along(axis.place(limit_s)),
        limit_label="" if limit_s is None else f"limit {brief(limit_s)}",
    )
