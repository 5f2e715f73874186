"""Nights of a device, made from rows of letters: `nights(a="PPF", b="P.P")` is three runs of two subtests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DeviceRecord,
    ExpectedDeviationRecord,
    FindingRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.timing import timing_of
from conformance.record.verdict import Verdict
from conformance.reporting.history.store import digest_of, history
from conformance.reporting.history.trend import Trend, trend

STARTED = datetime(2026, 11, 1, 22, tzinfo=UTC)
VERDICTS = {
    "F": Verdict.FAILED,
    "f": Verdict.FAILED,
    "E": Verdict.ERROR,
    "I": Verdict.INCONCLUSIVE,
    "P": Verdict.PASSED,
    "N": Verdict.INAPPLICABLE,
    "S": Verdict.SKIPPED,
}


@dataclass
class Nights:
    """Writes runs into a history of its own.

    Attributes:
        path: the store.
        identity: by place of the run: what the meter says of itself from there on; `{}`: nothing could be read.
        around: by place of the run: fields of the head from there on.
    """

    path: Path
    device: str = "acme-e500"
    identity: dict[int, dict[str, object]] = field(default_factory=dict)
    around: dict[int, dict[str, object]] = field(default_factory=dict)
    reason: str = "silence"
    title: str = "a subtest"

    def record(self, at: int, letters: dict[str, str], *, complete: bool = True, response_s: float = 0.05) -> RunRecord:
        """The run at a place: `letters` names a case and its verdict."""
        cases = []
        for case, letter in letters.items():
            head = CaseHead(id=case, title="A case", device=self.device, association="public")
            verdict = VERDICTS[letter]
            deviation = ExpectedDeviationRecord(reason="known") if letter == "f" else None
            problem = verdict.is_problem
            subtest = SubtestRecord(
                number=1,
                title=self.title,
                verdict=verdict,
                reason=self.reason if problem else "",
                findings=(FindingRecord(code="no-reply", severity="error", message="…"),) if problem else (),
                expected_deviation=deviation,
                timing=timing_of([response_s], virtual=False, wire_s=None, waited_s=0.0),
            )
            cases.append(CaseRecord.of(head, (subtest,)))
        device = DeviceRecord(name=self.device, identity=self._from(self.identity, at), fingerprint="93f1")
        head = RunHead(tool=ToolRecord(version="1.0"), started=STARTED + timedelta(days=at), device=device)
        head = head.model_copy(update=self._from(self.around, at))
        finished = head.started + timedelta(hours=2) if complete else None
        return RunRecord.of(head, tuple(cases), finished=finished, complete=complete)

    def add(self, record: RunRecord) -> None:
        """Into the store."""
        with history(self.path, write=True) as store:
            digest = digest_of(record.model_dump_json().encode())
            store.add(record, digest=digest, directory="/nights", now=STARTED)

    def fill(self, **rows: str) -> None:
        """A run for each column of the rows; a point: the run does not hold the subtest."""
        for at in range(max(map(len, rows.values()))):
            self.add(self.record(at, {case: row[at] for case, row in rows.items() if row[at] != "."}))

    def trend(self, case: str = "", nights: int | None = None) -> Trend:
        """Of the device."""
        with history(self.path) as store:
            return trend(store, self.device, case=case, nights=nights, zone=UTC)

    @staticmethod
    def _from(changes: dict[int, dict[str, object]], at: int) -> dict[str, object]:
        known = [place for place in changes if place <= at]
        return changes[max(known)] if known else {}


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """Of one device."""
    return Nights(tmp_path / "history.sqlite")


@pytest.fixture
def made(nights: Nights) -> Callable[..., Trend]:
    """The trend of rows of letters."""

    def fill(**rows: str) -> Trend:
        nights.fill(**rows)
        return nights.trend()

    return fill
