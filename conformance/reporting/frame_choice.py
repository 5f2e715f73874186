"""Which frames of a long capture a page shows: those that findings are about, what is around them, begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WHOLE = 300
"""Frames of an exchange that is shown as a whole."""
ENDS = 20
"""Frames shown of the begin, and of the end, of a longer one."""
AROUND = 4
"""Frames shown before, and after, one that a finding is about."""
MOST = 600
"""Frames that a page shows unless more are asked for; those that findings are about come first."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Frames that are left out, both ends included."""

    first: int
    last: int


def chosen(total: int, told: Iterable[int], asked: tuple[int, int] | None = None) -> list[int]:
    """The numbers of the frames to show, ascending.

    Args:
        total: frames of the capture, numbered from 1.
        told: frames that findings are about, the gravest first; 0 is none.
        asked: first and last of those that are wanted besides.
    """
    if total <= WHOLE:
        return list(range(1, total + 1))
    wanted = [number for number in dict.fromkeys(told) if 1 <= number <= total][:MOST]
    found = set(wanted)
    ends = [*range(1, ENDS + 1), *range(total - ENDS + 1, total + 1)]
    near = [other for number in wanted for other in range(number - AROUND, number + AROUND + 1)]
    for number in (*ends, *near):
        if len(found) >= MOST:
            break
        if 1 <= number <= total:
            found.add(number)
    if asked is not None:
        found.update(range(max(1, asked[0]), min(total, asked[1], asked[0] + MOST - 1) + 1))
    return sorted(found)


def with_gaps(numbers: Iterable[int], total: int) -> Iterator[int | Gap]:
    """The numbers, and between them what is left out."""
    expected = 1
    for number in numbers:
        if number > expected:
            yield Gap(expected, number - 1)
        yield number
        expected = number + 1
    if expected <= total:
        yield Gap(expected, total)
