"""How a subtest is called in Allure: what pytest writes and what is drawn from the record must be one history.

Identifiers depend on device, case, association, variant and number of the subtest alone: not on the run, its order, the
worker, or titles that may be reworded.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Final

from conformance.record.model import CaseHead, SubtestRecord
from conformance.record.verdict import Verdict

STATUSES: Final = {
    Verdict.FAILED: "failed",
    Verdict.ERROR: "broken",
    Verdict.INCONCLUSIVE: "broken",
    Verdict.PASSED: "passed",
    Verdict.INAPPLICABLE: "skipped",
    Verdict.SKIPPED: "skipped",
}
"""Allure knows four states, we six verdicts; the verdict itself is a label, a tag, and begins the message."""
TOOL: Final = "dlms-conformance"

_SEVERITIES: Final = {"security": "critical", "objects": "minor"}
"""How much a defect that a suite finds hurts; of any other suite it is normal."""
_NO_SUITE: Final = "cases"
_NUMBER: Final = re.compile(r"_[NP]?\d+\Z")
_STANDARD: Final = re.compile(r"(IEC|ISO/IEC|ISO) (\d+(?:-\d+)*)")


def history_id(case: CaseHead, number: int) -> str:
    """What makes a subtest the same one in the next run: it differs between devices, associations and variants."""
    return _digest([*case.key, number])


def test_case_id(case: CaseHead, number: int) -> str:
    """What makes it the same subtest on whichever device, in whichever association and variant."""
    return _digest([case.group, case.id, number])


def full_name(case: CaseHead, number: int) -> str:
    """`application.T_APPL_OPEN_1.2`."""
    return ".".join(part for part in (case.group, case.id, str(number)) if part)


def name(case: CaseHead, subtest: SubtestRecord) -> str:
    """`T_APPL_OPEN_1 · 2 version 7`."""
    return f"{case.id} · {subtest.number} {subtest.title}"


def title_path(case: CaseHead) -> list[str]:
    """Where it hangs in the tree of a report."""
    return [part for part in (case.device, case.group, case.id) if part]


def family(case_id: str) -> str:
    """The group of cases that one belongs to: `T_HDLC_FRAME` of T_HDLC_FRAME_N3; a case without number is its own."""
    return _NUMBER.sub("", case_id) or case_id


def labels(
    case: CaseHead, subtest: SubtestRecord, *, worker: str, language: str = "python"
) -> Iterator[tuple[str, str]]:
    """Labels by name, tags among them more than one: the suite is the epic, the group of cases a feature of it.

    Args:
        case: with its device.
        subtest: of the case.
        worker: that ran it; empty where nothing was exchanged.
        language: of the tests.
    """
    suite, story = case.group or _NO_SUITE, f"{case.id} {case.title}".rstrip()
    yield "parentSuite", case.device
    yield "suite", suite
    yield "subSuite", story
    yield "epic", suite
    yield "feature", family(case.id)
    yield "story", story
    yield "severity", _SEVERITIES.get(case.group, "normal")
    yield "tag", subtest.verdict.value
    if remark := deviation_tag(subtest):
        yield "tag", remark
    yield "host", case.device
    if worker:
        yield "thread", worker
    yield "framework", TOOL
    yield "language", language
    yield "verdict", subtest.verdict.value
    yield "case", case.id
    if case.clause:
        yield "clause", case.clause


def deviation_tag(subtest: SubtestRecord) -> str:
    """What an expected deviation has to do with a verdict, in a word; empty where there is none."""
    if subtest.expired_deviation is not None:
        return "expired-deviation"
    if subtest.expected_deviation is None:
        return ""
    return {Verdict.FAILED: "expected-deviation", Verdict.PASSED: "announced-to-deviate"}.get(subtest.verdict, "")


def parameters(case: CaseHead) -> dict[str, str]:
    """What tells runs of one subtest apart, by name."""
    named = {"device": case.device, "association": case.association, "variant": case.variant}
    return {name: value for name, value in named.items() if value}


def links(case: CaseHead) -> list[tuple[str, str]]:
    """Each clause of the case with the name of its standard (RFC 8141), so that it is found in whichever catalogue."""
    found = []
    for clause in filter(None, (part.strip() for part in case.clause.split(";"))):
        named = _STANDARD.search(clause)
        if named is not None:
            publisher = named[1].lower().replace("/", "-")
            number, _, part = named[2].partition("-")
            # IEC writes number and part as one, ISO the part on its own (RFC 5141, 2.1).
            urn = f"urn:iec:std:iec:{named[2]}" if publisher == "iec" else f"urn:iso:std:{publisher}:{number}"
            found.append((clause, f"{urn}:-{part}" if part and publisher != "iec" else urn))
    return found


def head_of_message(subtest: SubtestRecord) -> str:
    """The verdict, and what an expected deviation has to do with it: what the categories of a report go by."""
    expected, expired = subtest.expected_deviation, subtest.expired_deviation
    if expired is not None:
        return f"{subtest.verdict} (expired deviation: {expired.reason})"
    if expected is not None and subtest.verdict is Verdict.FAILED:
        return f"{subtest.verdict} (expected deviation: {expected.reason})"
    if expected is not None and subtest.verdict is Verdict.PASSED:
        return f"{subtest.verdict} (announced to deviate: {expected.reason})"
    return subtest.verdict.value


def _digest(parts: list[str | int]) -> str:
    return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()[:32]
