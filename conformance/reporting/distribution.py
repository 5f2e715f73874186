"""How response times are distributed: the numbers that sum them up, and bars on an axis for short and long ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

BARS = 36
"""Bars of a histogram."""
_RESOLUTION_S = 0.0001
"""What is shorter is drawn as if it took so long, where the axis is logarithmic."""
_WIDE = 20
"""From this ratio of the longest to the shortest on, the axis is logarithmic."""
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Summary:
    """Response times in numbers; times in seconds.

    Attributes:
        count: of replies.
        kept: how many of them the record holds the times of.
        shortest: of all.
        median: half of those kept took no longer.
        most: 95 % of those kept took no longer: the smallest of them of which that is so.
        longest: of all.
    """

    count: int
    kept: int
    shortest: float
    median: float
    most: float
    longest: float


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, in seconds.

    Attributes:
        logarithmic: equal distances are equal ratios.
        ticks: where a number stands, as shares of the length, with what stands there.
    """

    low: float
    high: float
    logarithmic: bool

    def place(self, value: float) -> float:
        """Where `value` lies, from 0 at the low end to 1 at the high end; what lies beyond an end lies at it."""
        within = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(within / self.low) / math.log(self.high / self.low)
        return (within - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Round values along the axis: their places, and how they read."""
        values = _round_ratios(self.low, self.high) if self.logarithmic else _round_steps(self.high)
        return tuple((self.place(value), _round(value)) for value in values)


def summary_of(times_s: Sequence[float], count: int | None = None) -> Summary | None:
    """The numbers of `times_s`; None when there are none.

    Args:
        times_s: as kept, the shortest and the longest among them.
        count: of replies, where not the times of all were kept.
    """
    if not times_s:
        return None
    ordered = sorted(times_s)
    rank = -(-len(ordered) * 95 // 100)
    return Summary(
        count=len(ordered) if count is None else count,
        kept=len(ordered),
        shortest=ordered[0],
        median=median(ordered),
        most=ordered[rank - 1],
        longest=ordered[-1],
    )


def axis_of(times_s: Sequence[float], limit_s: float | None = None) -> Axis:
    """An axis with room for all of `times_s` and for the limit: linear from 0; logarithmic where they differ much."""
    longest = max([*times_s, limit_s or 0.0], default=0.0)
    shortest = max(min([*times_s, longest]), _RESOLUTION_S)
    if longest / shortest >= _WIDE and max(times_s, default=0.0) > _RESOLUTION_S:
        return Axis(_round_below(shortest), _round_above(longest), logarithmic=True)
    return Axis(0.0, _round_above(max(longest, _RESOLUTION_S)), logarithmic=False)


def bars_of(times_s: Sequence[float], axis: Axis) -> tuple[int, ...]:
    """How many of `times_s` fall into each of `BARS` equal parts of the axis."""
    bars = [0] * BARS
    for seconds in times_s:
        bars[min(int(axis.place(seconds) * BARS), BARS - 1)] += 1
    return tuple(bars)


def _round(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{round(value * 1000, 6):g} ms"


def _round_above(value: float) -> float:
    """The smallest of 1, 2, 5, 10, … that is not below `value`."""
    decade = math.floor(math.log10(value))
    return next(found for step in _STEPS if (found := _decimal(step, decade)) >= value * (1 - 1e-9))


def _round_below(value: float) -> float:
    """The largest of 1, 2, 5, 10, … that is not above `value`."""
    decade = math.floor(math.log10(value))
    return max(found for step in _STEPS[:-1] if (found := _decimal(step, decade)) <= value * (1 + 1e-9))


def _decimal(step: float, decade: int) -> float:
    return float(f"{step}e{decade}")


def _round_ratios(low: float, high: float) -> list[float]:
    """Every 1, 2, 5 between the ends where they are near, else the decades only."""
    steps = _STEPS[:-1] if high / low <= 100 * (1 + 1e-9) else _STEPS[:1]
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high))
    values = [_decimal(step, decade) for decade in range(first, last + 1) for step in steps]
    return [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


def _round_steps(high: float) -> list[float]:
    """0 and four or five equal steps up to `high`, which is 1, 2 or 5 at its first digit."""
    digit = f"{high:e}"[0]
    parts = 5 if digit in "15" else 4
    return [high * part / parts for part in range(parts + 1)]
