"""The nights of a device turned round: for each subtest the row of its verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from conformance.reporting.history.codes import ABSENT, NOT_JUDGED
from conformance.reporting.history.errors import DamagedError
from conformance.reporting.history.night import Sitting


@dataclass(frozen=True, slots=True)
class Row:
    """A subtest over all runs.

    Attributes:
        subtest: its id.
        letters: its verdict in each run, as a letter; a point where the run does not hold it.
    """

    subtest: int
    letters: str

    @property
    def judged(self) -> list[tuple[int, str]]:
        """Place of the run and letter, where it was judged."""
        return [(at, letter) for at, letter in enumerate(self.letters) if letter not in NOT_JUDGED]

    @property
    def steady(self) -> bool:
        """Whether it has one verdict, announced or not, wherever it was judged."""
        return len({letter.upper() for letter in set(self.letters) - NOT_JUDGED}) <= 1


def rows(
    sittings: Sequence[Sitting],
    plan: Callable[[int], list[int]],
    wanted: Callable[[int], bool] | None = None,
) -> Iterator[Row]:
    """The row of every subtest.

    Args:
        sittings: of one device, the oldest first.
        plan: gives the ids of the subtests of a plan.
        wanted: which subtests; None: all.

    Raises:
        DamagedError: a night does not fit its plan.
    """
    groups = []
    at = 0
    for number, together in groupby(sittings, lambda sitting: sitting.plan):
        nights = [sitting.verdicts for sitting in together]
        groups.append((at, number, nights))
        at += len(nights)
    pieces: dict[int, list[tuple[int, str]]] = {}
    plans = {number: plan(number) for _, number, _ in groups}
    for start, number, nights in groups:
        subtests = plans[number]
        width = len(subtests)
        if any(len(night) != width for night in nights):
            raise DamagedError("the verdicts of a night do not fit its subtests")
        joined = "".join(nights)
        for place, subtest in enumerate(subtests):
            if wanted is None or wanted(subtest):
                pieces.setdefault(subtest, []).append((start, joined[place::width]))
    for subtest, parts in pieces.items():
        yield Row(subtest, _filled(parts, at))


def _filled(parts: list[tuple[int, str]], length: int) -> str:
    letters = ""
    for start, part in parts:
        letters += ABSENT * (start - len(letters)) + part
    return letters + ABSENT * (length - len(letters))
