"""What the history keeps of a run record: for each device a column of verdicts, of response times and of causes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from conformance.record.model import CaseRecord, DeviceRecord, RunRecord, SubtestRecord
from conformance.reporting.history.codes import letter_of
from conformance.reporting.legible import line

LONGEST_REASON = 400
"""Characters that are kept of a reason: the record has it whole."""
LONGEST_TITLE = 200
_MOST_FINDINGS = 20
_DIGITS = 3

Place = tuple[str, str, str, int]
"""Case, association, variant and number of a subtest."""
Cause = tuple[str, str]
"""A reason, and codes of findings separated by spaces."""


@dataclass(frozen=True, slots=True)
class Intake:
    """One device of a run, ready to be stored; the columns are of equal length.

    Attributes:
        device: its name.
        circumstances: JSON of what may explain another verdict: identity as read from the meter, and the rest.
        places: the subtests.
        titles: of the subtests.
        verdicts: as letters.
        responses_us: median response time of each subtest in microseconds; 0 where the meter was not asked.
        causes: why the verdict is what it is; None where there is nothing to look at.
        virtual: the response times are by a clock that the tool moves on itself.
    """

    device: str
    circumstances: str
    places: tuple[Place, ...]
    titles: tuple[str, ...]
    verdicts: str
    responses_us: tuple[int, ...]
    causes: tuple[Cause | None, ...]
    virtual: bool

    @property
    def plan(self) -> bytes:
        """Digest of places and titles: equal for nights that run the same subtests."""
        return hashlib.sha256(json.dumps([self.places, self.titles]).encode("ascii")).digest()

    @property
    def response_us(self) -> int | None:
        """Median over the subtests in which the meter was asked."""
        asked = [value for value in self.responses_us if value]
        return round(median(asked)) if asked else None


def intakes(record: RunRecord) -> tuple[Intake, ...]:
    """Each device of a run; a device of which nothing was judged is there too, with empty columns."""
    return tuple(
        _intake(record, device, (pair for pair in record.subtests() if pair[0].device == device.name))
        for device in {device.name: device for device in record.devices}.values()
    )


def _intake(record: RunRecord, device: DeviceRecord, found: Iterable[tuple[CaseRecord, SubtestRecord]]) -> Intake:
    subtests: dict[Place, SubtestRecord] = {}
    for case, subtest in found:
        place = (case.id, case.association, case.variant, subtest.number)
        known = subtests.get(place)
        if known is None or subtest.verdict.severity < known.verdict.severity:
            subtests[place] = subtest
    return Intake(
        device=device.name,
        circumstances=_circumstances(record, device),
        places=tuple(subtests),
        titles=tuple(line(subtest.title, LONGEST_TITLE) for subtest in subtests.values()),
        verdicts="".join(map(letter_of, subtests.values())),
        responses_us=tuple(map(_response_us, subtests.values())),
        causes=tuple(map(_cause, subtests.values())),
        virtual=any(subtest.timing is not None and subtest.timing.virtual for subtest in subtests.values()),
    )


def _circumstances(record: RunRecord, device: DeviceRecord) -> str:
    around = {
        "communication profile": device.profile,
        "link": device.link,
        "fingerprint of the device config": device.fingerprint,
        "acceptance": record.acceptance,
        "permissions": ", ".join(record.permissions),
        "tool version": record.tool.version,
    }
    identity = {line(name, LONGEST_TITLE): line(value, LONGEST_REASON) for name, value in device.identity.items()}
    return json.dumps({"identity": identity, "around": around}, sort_keys=True, ensure_ascii=False)


def _response_us(subtest: SubtestRecord) -> int:
    """To three digits: the fourth is noise, and noise cannot be compressed."""
    if subtest.timing is None or not subtest.timing.response_times_s:
        return 0
    value = max(1, round(median(subtest.timing.response_times_s) * 1_000_000))
    return round(value, min(0, _DIGITS - len(str(value))))


def _cause(subtest: SubtestRecord) -> Cause | None:
    if not subtest.verdict.is_problem:
        return None
    codes = list(dict.fromkeys(finding.code for finding in subtest.findings))[:_MOST_FINDINGS]
    return line(subtest.reason, LONGEST_REASON), " ".join(line(code, 60) for code in codes)
