"""A verdict as one letter: how a night is stored, and how a row of nights is shown."""

from __future__ import annotations

from typing import Final

from conformance.record.model import SubtestRecord
from conformance.record.verdict import Verdict

LETTERS: Final = {
    Verdict.FAILED: "F",
    Verdict.ERROR: "E",
    Verdict.INCONCLUSIVE: "I",
    Verdict.PASSED: "P",
    Verdict.INAPPLICABLE: "N",
    Verdict.SKIPPED: "S",
}
ANNOUNCED: Final = "f"
"""FAILED, as the device config announces it."""
ABSENT: Final = "."
"""The run does not hold the subtest."""
NOT_JUDGED: Final = frozenset({ABSENT, LETTERS[Verdict.SKIPPED]})
"""Says nothing about the meter: the subtest was not part of the run, or not permitted."""
_VERDICTS: Final = {**{letter: verdict for verdict, letter in LETTERS.items()}, ANNOUNCED: Verdict.FAILED}


def letter_of(subtest: SubtestRecord) -> str:
    """The letter of a subtest's verdict."""
    if subtest.verdict is Verdict.FAILED and subtest.expected_deviation is not None:
        return ANNOUNCED
    return LETTERS[subtest.verdict]


def verdict_of(letter: str) -> Verdict:
    """The verdict that a letter stands for.

    Raises:
        KeyError: it stands for none.
    """
    return _VERDICTS[letter]


def counted(letters: str) -> dict[Verdict, int]:
    """How often each verdict occurs; every verdict is a key, in the order of severity."""
    counts = {verdict: letters.count(letter) for verdict, letter in LETTERS.items()}
    counts[Verdict.FAILED] += letters.count(ANNOUNCED)
    return counts
