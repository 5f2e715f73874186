"""The verdicts of a subtest, and the worst of many."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a subtest, listed from the worst to the mildest."""

    FAILED = "FAILED"
    """The meter did not do what the standard requires."""
    ERROR = "ERROR"
    """The tester itself, or the way to the meter, is at fault: nothing is said about the meter."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """It could not be judged: the preamble failed, or the meter holds too little data."""
    PASSED = "PASSED"
    """The meter did what the standard requires."""
    INAPPLICABLE = "INAPPLICABLE"
    """Declarations of the device config, or facts learnt from the meter, rule it out."""
    SKIPPED = "SKIPPED"
    """Not selected, or not permitted."""

    @property
    def severity(self) -> int:
        """0 for the worst verdict, larger for milder ones."""
        return _SEVERITY[self]

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to look at it: FAILED, ERROR or INCONCLUSIVE."""
        return self in (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE)


_SEVERITY = {verdict: severity for severity, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of `verdicts`, in the order of `Verdict`; SKIPPED when there are none."""
    return min(verdicts, key=_SEVERITY.__getitem__, default=Verdict.SKIPPED)


def totals(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """How often each verdict occurs; every verdict is a key, in the order of severity."""
    counted = dict.fromkeys(Verdict, 0)
    for verdict in verdicts:
        counted[verdict] += 1
    return counted
