"""From pytest's reports to verdicts, journal lines and the exit code."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

import pytest
from pydantic import JsonValue, ValidationError

from conformance.harness.evidence import Outcome
from conformance.harness.judging import Failed, Inapplicable, Inconclusive, NothingJudged, Withheld
from conformance.link.link import LinkError
from conformance.record.verdict import Verdict
from conformance.tester.association import PreambleFailed
from conformance.tester.security import NotDeclared
from conformance.tester.transfer import TransferFailed

if TYPE_CHECKING:
    from conformance.harness.plugin import Running
    from conformance.harness.session import DlmsSession

ITEM = "dlms_item"
"""Attribute of a report that carries the item's journal line from a worker to the controller."""
EXIT_UNJUDGED = 3
"""Nothing FAILED, but something was ERROR or INCONCLUSIVE."""

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
)
"""How an item ended → its verdict; anything else is a fault of the tester."""


def report_item(
    dlms: DlmsSession, item: pytest.Item, running: Running, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Judge how the item ended, write its evidence, and make pytest's report say the same."""
    verdict, reason = _verdict(running, call)
    outcome = Outcome(verdict, reason, running.started, time.perf_counter() - running.began)
    line = dlms.evidence.item(running.case, running.slot, running.trial, outcome, dlms.order.get(item.nodeid, 0))
    setattr(report, ITEM, line)
    report.user_properties.append(("dlms_verdict", verdict.value))
    shown = dlms.redactor.text(_text(line, call))
    match verdict:
        case Verdict.PASSED:
            report.outcome = "passed"
            report.longrepr = None
        case Verdict.INAPPLICABLE | Verdict.SKIPPED:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, f"{verdict.value}: {dlms.redactor.text(reason)}")
        case _:
            deviation = _deviation(line)
            if deviation is not None and verdict is Verdict.FAILED:
                # Expected of this meter: shown as pytest shows what is expected to fail, and no reason for exit code 1.
                report.outcome = "skipped"
                report.wasxfail = f"expected deviation: {deviation}"
            else:
                report.outcome = "failed"
            report.longrepr = shown


def journal_line(dlms: DlmsSession, report: pytest.TestReport) -> None:
    """Put what a report carries into the journal; in workers there is none."""
    if dlms.journal is None:
        return
    line: dict[str, JsonValue] | None = getattr(report, ITEM, None)
    if line is not None:
        dlms.verdicts.append(Verdict(_subtest(line)["verdict"]))  # type: ignore[arg-type]
        dlms.expected.append(_deviation(line) is not None)
        try:
            dlms.journal.item(line)
        except ValidationError as error:
            dlms.journal.note(f"{report.nodeid}: the line of a worker was refused: {error.error_count()} errors")
    elif report.when == "teardown":
        if report.failed:
            dlms.journal.note(f"teardown of {report.nodeid} failed: {str(report.longrepr).strip().splitlines()[-1]}")
        for name, note in report.user_properties:
            if name == "dlms_note":
                dlms.journal.note(str(note))


def finish(session: pytest.Session, dlms: DlmsSession) -> None:
    """Close the evidence, and let the exit code tell FAILED from what could not be judged."""
    if dlms.journal is not None:
        interrupted = session.exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
        dlms.journal.finish(complete=not interrupted)
    judged = [verdict for verdict, expected in zip(dlms.verdicts, dlms.expected, strict=True) if not expected]
    if session.exitstatus == pytest.ExitCode.TESTS_FAILED and judged and Verdict.FAILED not in judged:
        session.exitstatus = EXIT_UNJUDGED
    dlms.close()


def _verdict(running: Running, call: pytest.CallInfo[None]) -> tuple[Verdict, str]:
    trial = running.trial
    if call.excinfo is None:
        if trial is None or trial.decisive is None:
            return Verdict.ERROR, str(NothingJudged("the case ended without having judged anything"))
        return Verdict.PASSED, trial.decisive.reason
    error = call.excinfo.value
    for kind, verdict in _VERDICTS:
        if isinstance(error, kind):
            return verdict, str(error) or kind.__name__
    return Verdict.ERROR, f"the tester failed: {type(error).__name__}: {error}"


def _text(line: dict[str, JsonValue], call: pytest.CallInfo[None]) -> str:
    """What a person reads on the terminal: requirement, expected, observed, the octets that decide it."""
    subtest = _subtest(line)
    rows = [
        ("verdict", subtest["verdict"]),
        ("requirement", subtest["requirement"]),
        ("stimulus", subtest["stimulus"]),
        ("expected", subtest["expected"]),
        ("observed", subtest["observed"]),
        ("reason", subtest["reason"]),
        ("octets", _octets(subtest.get("deciding"))),
        ("frames", _frames(subtest.get("frames"))),
    ]
    text = "\n".join(f"{name:>12}  {value}" for name, value in rows if value)
    if subtest["verdict"] == Verdict.ERROR and call.excinfo is not None:
        text += "\n\n" + "".join(traceback.format_exception(call.excinfo.value, limit=-8))
    return text


def _octets(deciding: object) -> str:
    if not isinstance(deciding, dict):
        return ""
    where = f"octets {deciding['start']} to {deciding['end']} of frame {deciding['frame']}"
    return f"{deciding['octets']}  {deciding['path']}, {where}"


def _frames(frames: object) -> str:
    return f"{frames[0]} to {frames[1]}" if isinstance(frames, list) else ""


def _subtest(line: dict[str, JsonValue]) -> dict[str, JsonValue]:
    subtest = line["subtest"]
    assert isinstance(subtest, dict)  # noqa: S101 - narrows the type: the line of an item holds a subtest
    return subtest


def _deviation(line: dict[str, JsonValue]) -> str | None:
    deviation = _subtest(line).get("expected_deviation")
    return str(deviation["reason"]) if isinstance(deviation, dict) else None
