"""Verdicts that change although nothing else did, and subtests that do not pass now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from conformance.record.verdict import Verdict
from conformance.reporting.history.codes import ANNOUNCED, LETTERS, NOT_JUDGED, verdict_of
from conformance.reporting.history.rows import Row

_PASSED = LETTERS[Verdict.PASSED]


@dataclass(frozen=True, slots=True)
class Turn:
    """A verdict that is not what it was when the subtest was judged before.

    Attributes:
        subtest: its id.
        at: place of the run.
        previous: place of the run in which it was judged before.
        before: its verdict then.
        after: its verdict now.
        explained: firmware, config, tool or something else changed in between.
    """

    subtest: int
    at: int
    previous: int
    before: Verdict
    after: Verdict
    explained: bool


@dataclass(frozen=True, slots=True)
class Flaky:
    """A subtest whose verdict changed without a change of firmware, config or tool.

    Attributes:
        subtest: its id.
        changes: how often.
        comparisons: of how many pairs of runs in a row between which nothing else changed.
        last: place of the run of the last such change.
        letters: all its verdicts.
    """

    subtest: int
    changes: int
    comparisons: int
    last: int
    letters: str

    @property
    def went_back(self) -> bool:
        """It changed more than once: not merely a fault that came, or went, and stayed so."""
        return self.changes > 1


@dataclass(frozen=True, slots=True)
class Standing:
    """A subtest that does not pass now: FAILED, ERROR or INCONCLUSIVE when it was judged last.

    Attributes:
        subtest: its id.
        verdict: the last one.
        announced: the device config announces it as an expected deviation.
        judged: place of the run in which it was judged last.
        since: place of the run in which it began: no run in between was better.
        last_passed: place of the run in which it passed last; None: in none of these.
    """

    subtest: int
    verdict: Verdict
    announced: bool
    judged: int
    since: int
    last_passed: int | None


def turns(row: Row, epochs: Sequence[int]) -> tuple[Turn, ...]:
    """Every change of the verdict of a subtest."""
    if row.steady:
        return ()
    judged = row.judged
    return tuple(
        Turn(row.subtest, at, was_at, verdict_of(was), verdict_of(letter), epochs[was_at] != epochs[at])
        for (was_at, was), (at, letter) in pairwise(judged)
        if was.upper() != letter.upper()
    )


def flaky(row: Row, found: Sequence[Turn], epochs: Sequence[int]) -> Flaky | None:
    """Whether a subtest is flaky, and how much so; `found` are its turns."""
    unexplained = [turn for turn in found if not turn.explained]
    if not unexplained:
        return None
    judged = row.judged
    comparisons = sum(epochs[was] == epochs[at] for (was, _), (at, _) in pairwise(judged))
    return Flaky(row.subtest, len(unexplained), comparisons, unexplained[-1].at, row.letters)


def standing(row: Row) -> Standing | None:
    """Where a subtest stands that does not pass now; None where it passes, or says nothing about the meter."""
    until_judged = row.letters.rstrip("".join(NOT_JUDGED))
    if not until_judged:
        return None
    last_at, letter = len(until_judged) - 1, until_judged[-1]
    verdict = verdict_of(letter)
    if not verdict.is_problem:
        return None
    since = last_at
    for at, earlier in reversed(row.judged):
        if not verdict_of(earlier).is_problem:
            break
        since = at
    passed = row.letters.rfind(_PASSED)
    return Standing(row.subtest, verdict, letter == ANNOUNCED, last_at, since, passed if passed >= 0 else None)
