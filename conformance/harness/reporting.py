"""From how an item ended to its verdict, its line for the journal, and what pytest and its other plugins are told."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import JsonValue

from conformance.device.key_journal import KeyJournalError
from conformance.harness.catalogue import CatalogueError, declared_in
from conformance.harness.evidence import Outcome
from conformance.harness.judging import Failed, Inapplicable, Inconclusive, NothingJudged, ToolFault, Withheld
from conformance.harness.slot import slots
from conformance.link.link import LinkError
from conformance.record.redaction import Redactor
from conformance.record.verdict import Verdict
from conformance.tester.association import PreambleFailed
from conformance.tester.not_declared import NotDeclared
from conformance.tester.transfer import TransferFailed

if TYPE_CHECKING:
    from conformance.harness.runner import Running
    from conformance.harness.session import DlmsSession

ITEM = "dlms_item"
"""Attribute of a report that carries the item's journal line from a worker to the controller."""
VERDICT = "dlms_verdict"
"""User property of a report: the verdict."""
NOTE = "dlms_note"
"""User property of a report: what is to be noted of the run as a whole."""

_VERDICTS: tuple[tuple[type[BaseException], Verdict], ...] = (
    (Failed, Verdict.FAILED),
    (Inapplicable, Verdict.INAPPLICABLE),
    (Withheld, Verdict.SKIPPED),
    (pytest.skip.Exception, Verdict.SKIPPED),
    (Inconclusive, Verdict.INCONCLUSIVE),
    (PreambleFailed, Verdict.INCONCLUSIVE),
    (TransferFailed, Verdict.INCONCLUSIVE),
    (NotDeclared, Verdict.INCONCLUSIVE),
    (LinkError, Verdict.INCONCLUSIVE),
    (KeyJournalError, Verdict.INCONCLUSIVE),
    (NothingJudged, Verdict.ERROR),
)
"""How an item ended → its verdict; anything else is a fault of the tester."""
_TOLD: dict[Verdict, type[BaseException]] = {
    Verdict.FAILED: Failed,
    Verdict.INCONCLUSIVE: Inconclusive,
    Verdict.INAPPLICABLE: Inapplicable,
    Verdict.SKIPPED: Withheld,
    Verdict.ERROR: ToolFault,
}
"""What other plugins are told instead of the exception itself, whose message and locals may hold secrets."""


def report_item(
    dlms: DlmsSession, item: pytest.Item, running: Running, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Judge how the item ended, write its evidence, and make pytest's report say the same."""
    verdict, reason = _verdict(running, call)
    outcome = Outcome(verdict, reason, running.started, time.perf_counter() - running.began)
    line = dlms.evidence.item(
        running.case,
        running.slot,
        running.trial,
        outcome,
        nodeid=item.nodeid,
        order=dlms.order.get(item.nodeid, 0),
    )
    deliver(report, line)
    if dlms.allure is not None:
        dlms.allure.judged(line)
    reason = dlms.redactor.text(reason)
    match verdict:
        case Verdict.PASSED:
            report.outcome = "passed"
            report.longrepr = None
        case Verdict.INAPPLICABLE | Verdict.SKIPPED:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, f"{verdict.value}: {reason}")
        case _:
            report.longrepr = dlms.redactor.text(_text(line, call))
            deviation = excused_by(line)
            report.outcome = "failed" if deviation is None else "skipped"
            if deviation is not None:
                # Expected of this meter: shown as pytest shows what is expected to fail, and no reason for exit code 1.
                report.wasxfail = f"expected deviation: {deviation}"
    if call.excinfo is not None:
        told = _TOLD[verdict](reason).with_traceback(call.excinfo.tb)
        call.excinfo = pytest.ExceptionInfo.from_exception(told)


def conceal(redactor: Redactor, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Keep secrets out of what pytest says of any phase of an item: its output, and a traceback with its locals."""
    report.sections = [(name, redactor.text(content)) for name, content in report.sections]
    if report.failed and not hasattr(report, ITEM) and call.excinfo is not None:
        report.longrepr = redactor.text(_traceback(call.excinfo.value))
        report.user_properties.append((VERDICT, Verdict.ERROR.value))


def deliver(report: pytest.TestReport, line: dict[str, JsonValue]) -> None:
    """Let a report carry the line of its item, and its verdict for whoever counts."""
    setattr(report, ITEM, line)
    report.user_properties.append((VERDICT, str(subtest_of(line)["verdict"])))


def crashed(dlms: DlmsSession, nodeid: str, root: Path, reason: str) -> dict[str, JsonValue] | None:
    """The line of an item whose process ended while it ran; None when the item is none of ours."""
    name, _, rest = nodeid.partition("::")
    function, _, parameters = rest.partition("[")
    path = root / name
    try:
        case = declared_in(path, path.parent.parent).get(function)
    except CatalogueError:
        return None
    if case is None:
        return None
    if path.parent == root:
        case = replace(case, group="")
    several = len(dlms.settings.devices) > 1
    for slot in slots(case, dlms.settings.devices_for(case.id)):
        if slot.id(several) == parameters.removesuffix("]"):
            outcome = Outcome(Verdict.ERROR, reason, datetime.now(UTC), 0.0)
            return dlms.evidence.item(case, slot, None, outcome, nodeid=nodeid, order=dlms.order.get(nodeid, 0))
    return None


def subtest_of(line: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The subtest in the line of an item."""
    subtest = line["subtest"]
    assert isinstance(subtest, dict)  # noqa: S101 - narrows the type: the line of an item holds a subtest
    return subtest


def excused_by(line: dict[str, JsonValue]) -> str | None:
    """Why an item may fail, as its device config announces; None when it has not failed, or may not."""
    subtest = subtest_of(line)
    deviation = subtest.get("expected_deviation")
    failed = subtest["verdict"] == Verdict.FAILED
    return str(deviation["reason"]) if failed and isinstance(deviation, dict) else None


def _verdict(running: Running, call: pytest.CallInfo[None]) -> tuple[Verdict, str]:
    if call.excinfo is None:
        # The call ends with an exception when nothing was judged.
        assert running.trial is not None and running.trial.decisive is not None  # noqa: S101, PT018
        return Verdict.PASSED, running.trial.decisive.reason
    return verdict_of(call.excinfo.value)


def verdict_of(error: BaseException) -> tuple[Verdict, str]:
    """The verdict on an item that ended with `error`, and its reason."""
    for kind, verdict in _VERDICTS:
        if isinstance(error, kind):
            return verdict, str(error) or kind.__name__
    return Verdict.ERROR, f"the tester failed: {type(error).__name__}: {error}"


def _text(line: dict[str, JsonValue], call: pytest.CallInfo[None]) -> str:
    """What a person reads on the terminal: requirement, expected, observed, the octets that decide it.

    The first line stands alone in pytest's summary and before all else in JUnit's message.
    """
    subtest = subtest_of(line)
    rows = [
        ("requirement", subtest["requirement"]),
        ("stimulus", subtest["stimulus"]),
        ("expected", subtest["expected"]),
        ("observed", subtest["observed"]),
        ("octets", _octets(subtest.get("deciding"))),
        ("frames", _frames(subtest.get("frames"))),
    ]
    text = "\n".join(
        [f"{subtest['verdict']}: {subtest['reason']}", *(f"{name:>12}  {value}" for name, value in rows if value)]
    )
    if (
        subtest["verdict"] == Verdict.ERROR
        and call.excinfo is not None
        and not call.excinfo.errisinstance(NothingJudged)
    ):
        text += "\n\n" + _traceback(call.excinfo.value)
    return text


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=-8))


def _octets(deciding: Any) -> str:
    if not isinstance(deciding, dict):
        return ""
    where = f"octets {deciding['start']} to {deciding['end']} of frame {deciding['frame']}"
    return f"{deciding['octets']}  {deciding['path']}, {where}"


def _frames(frames: object) -> str:
    return f"{frames[0]} to {frames[1]}" if isinstance(frames, list) else ""
