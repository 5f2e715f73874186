"""Deviations that a device config announces, and what became of each in a run. None of them ever changes a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field, NonNegativeInt

from conformance.record.part import Record
from conformance.record.text import Text
from conformance.record.verdict import Verdict, totals


class ExpectedDeviationRecord(Record):
    """A deviation that the device config announces. It explains a verdict and never changes it."""

    reason: Text
    owner: Text = ""
    expires: Text = ""
    """Last day on which it is accepted, as YYYY-MM-DD; empty where it has no end."""

    @property
    def expiry(self) -> str:
        """What the reason of a failure says of it once it has expired."""
        return f"expected deviation expired on {self.expires}, owner {self.owner}"


class AnnouncedDeviationRecord(ExpectedDeviationRecord):
    """What the device config announces, and of which subtests."""

    case: Text
    subtest: NonNegativeInt | None = None
    """Number of the subtest; null: every one of the case."""
    association: Text | None = None
    """Null: every one."""
    variant: Text | None = None
    """Null: every one."""

    def covers(self, case: str, number: int, association: str, variant: str) -> bool:
        """Whether a subtest of the device is among those it is announced for."""
        return (
            self.case == case
            and self.subtest in (None, number)
            and self.association in (None, association)
            and self.variant in (None, variant)
        )

    @property
    def place(self) -> str:
        """Of what it is announced, in words: `T_APPL_OPEN_1 subtest 2 in management glo`."""
        where = " ".join(part for part in (self.association, self.variant) if part)
        number = f" subtest {self.subtest}" if self.subtest is not None else ""
        return f"{self.case}{number}{f' in {where}' if where else ''}"

    @property
    def terms(self) -> str:
        """Why it is accepted, who answers for it and until when, in words."""
        return "; ".join(part for part in (self.account, f"until {self.expires}" if self.expires else "") if part)

    @property
    def account(self) -> str:
        """Why it is accepted and who answers for it, in words."""
        return "; ".join(part for part in (self.reason, f"owner {self.owner}" if self.owner else "") if part)


class DeviationState(StrEnum):
    """What became of an announced deviation; the first two fail the run."""

    EXPIRED = "expired"
    """It is accepted no longer, and a subtest that it was announced for FAILED: that failure counts."""
    UNEXPECTED_PASS = "unexpected-pass"  # noqa: S105 - no password
    """All that it covers was judged and none of it FAILED: the meter was mended, or the announcement is wrong."""
    SHOWN = "shown"
    """A subtest that it covers FAILED, as announced."""
    LAPSED = "lapsed"
    """It is accepted no longer, and nothing that it was announced for FAILED: it only stands in the device config."""
    NOT_JUDGED = "not-judged"
    """Nothing can be said: not selected, not applicable, not permitted, or not to be judged."""

    @property
    def fails(self) -> bool:
        """Whether it makes the run fail."""
        return self in (DeviationState.EXPIRED, DeviationState.UNEXPECTED_PASS)


class DeviationRecord(AnnouncedDeviationRecord):
    """An announced deviation after the run."""

    device: Text
    state: DeviationState
    totals: dict[Verdict, NonNegativeInt] = Field(default={})
    """Number of the subtests that it covers, by verdict."""

    @property
    def told(self) -> str:
        """What became of it and what is to be done, in one sentence."""
        dated = self.state in (DeviationState.EXPIRED, DeviationState.LAPSED)
        announced = f"expected deviation of {self.place} ({self.account if dated else self.terms})"
        failed, passed = (self.totals.get(verdict, 0) for verdict in (Verdict.FAILED, Verdict.PASSED))
        match self.state:
            case DeviationState.UNEXPECTED_PASS:
                what = f"did not show, {passed} PASSED: the run fails until the device config withdraws it"
            case DeviationState.EXPIRED:
                what = f"expired on {self.expires}, {failed} FAILED: the run fails until it is mended or accepted anew"
            case DeviationState.SHOWN:
                what = f"showed, {failed} FAILED" + (f" and {passed} PASSED" if passed else "")
            case DeviationState.LAPSED:
                what = f"expired on {self.expires}, and did not show any more"
            case DeviationState.NOT_JUDGED:
                what = "was not judged"
        return f"{self.device}: {announced} {what}"


class Covered(NamedTuple):
    """What decides about deviations of a judged subtest.

    Attributes:
        excused: an expected deviation that has not expired covers it.
    """

    device: str
    case: str
    number: int
    association: str
    variant: str
    verdict: Verdict
    excused: bool


def settled(
    announced: Iterable[tuple[str, AnnouncedDeviationRecord]],
    judged: Iterable[Covered],
    *,
    began: datetime,
    complete: bool,
) -> tuple[DeviationRecord, ...]:
    """What became of each deviation, in the order in which they are announced.

    A deviation that covers several subtests showed when any of them FAILED: it may be one of a single association or
    variant. It did not show only when at least one PASSED, none FAILED and none was left open, as ERROR, INCONCLUSIVE
    or by the end of a run that is not complete.

    Args:
        announced: each with the name of its device.
        judged: the subtests of the run.
        began: when the run began: on that day, in UTC, a deviation that nothing shows must not have expired.
        complete: whether all that was planned was judged.
    """
    by_case: dict[tuple[str, str], list[Covered]] = {}
    for item in judged:
        by_case.setdefault((item.device, item.case), []).append(item)
    records = []
    for device, deviation in announced:
        items = by_case.get((device, deviation.case), ())
        covered = [item for item in items if deviation.covers(item.case, item.number, item.association, item.variant)]
        expired = has_expired(deviation, began.date())
        records.append(
            DeviationRecord(
                **dict(deviation),
                device=device,
                state=_state(covered, expired=expired, complete=complete),
                totals=totals(item.verdict for item in covered),
            )
        )
    return tuple(records)


def has_expired(deviation: ExpectedDeviationRecord, today: date) -> bool:
    """Whether its last day lies before `today`."""
    return bool(deviation.expires) and deviation.expires < today.isoformat()


def _state(covered: list[Covered], *, expired: bool, complete: bool) -> DeviationState:
    verdicts = {item.verdict for item in covered}
    if Verdict.FAILED in verdicts:
        counts = any(item.verdict is Verdict.FAILED and not item.excused for item in covered)
        if counts:
            return DeviationState.EXPIRED
        return DeviationState.LAPSED if expired else DeviationState.SHOWN
    if Verdict.PASSED not in verdicts:
        return DeviationState.NOT_JUDGED
    if expired:
        return DeviationState.LAPSED
    left_open = not complete or verdicts & {Verdict.ERROR, Verdict.INCONCLUSIVE}
    return DeviationState.NOT_JUDGED if left_open else DeviationState.UNEXPECTED_PASS
