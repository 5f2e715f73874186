"""From a finished item to evidence: its frames into the frame log, its verdict into a line of the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from conformance.diagnose.reasoning.signs_run import LINE_FAILED
from conformance.harness.case import Case
from conformance.harness.deciding import deciding_octets
from conformance.harness.deviations import expected_deviation, expired_deviation
from conformance.harness.findings import findings_of
from conformance.harness.hygiene import Hygiene
from conformance.harness.hygiene_replay import replay_logs
from conformance.harness.size_judging import size_findings, size_records
from conformance.harness.slot import Slot
from conformance.harness.trial import Step, Trial
from conformance.record.frames import MAIN, FrameLog, Place
from conformance.record.journal import Item
from conformance.record.model import CaseHead, FindingRecord, StepRecord, SubtestRecord
from conformance.record.redaction import Redactor
from conformance.record.timing import TimingRecord, timing_of
from conformance.record.verdict import Verdict
from conformance.tester.tape import Tape, TapedFrame
from conformance.tester.timing import longest_gap, responses, wire_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an item ended: its verdict and why, when it began and how long it took."""

    verdict: Verdict
    reason: str
    started: datetime
    duration_s: float


class Evidence:
    """Writes the frames of this process, and makes journal lines of its items.

    Attributes:
        redactor: knows every secret; all that leaves the process passes through it.
    """

    def __init__(self, directory: Path | None, redactor: Redactor, worker: str = MAIN) -> None:
        self.redactor = redactor
        self._directory = directory
        self._worker = worker
        self._log: FrameLog | None = None
        self._watched: dict[str, Hygiene] = {}

    def item(
        self, case: Case, slot: Slot, trial: Trial | None, outcome: Outcome, *, nodeid: str, order: int
    ) -> dict[str, JsonValue]:
        """Write the item's frames and give its line for the journal, redacted."""
        head = _head(case, slot)
        place = Place(head.device, head.id, head.association, head.variant, slot.number)
        if trial is not None:
            trial.pdu_sizes.take(trial.tape.frames)
        first = self._write(place, trial.tape.frames) if trial is not None else None
        if trial is not None:
            trial.bench.hygiene.take(place, trial.tape, first)
        subtest = _subtest(case, slot, trial, outcome, first, self._worker)
        item = Item(case=head, subtest=subtest, worker=self._worker, order=order, nodeid=nodeid)
        return item.redacted(self.redactor)

    def beside(self, device: str, what: str, tape: Tape) -> None:
        """Write the frames of an exchange that belongs to no case; `what` it was is noted with its first frame."""
        frames = tape.frames
        if frames:
            first = replace(frames[0], note=f"{what}; {frames[0].note}" if frames[0].note else what)
            number = self._write(Place(device), [first, *frames[1:]])
            if device in self._watched:
                self._watched[device].take(Place(device), tape, number)

    def watch(self, hygiene: Hygiene) -> None:
        """Let a collection have every frame of its device, those that belong to no case and those written before too.

        What other processes of this run have written is replayed, but not for an embedded meter, which is another one
        in each process.
        """
        hygiene.worker, hygiene.next_frame = self._worker, self._next_frame
        self._watched[hygiene.device.name] = hygiene
        if self._directory is not None and hygiene.device.embedded is None:
            replay_logs(self._directory, hygiene)

    def close(self) -> None:
        """Put the frame log on the disk."""
        if self._log is not None:
            self._log.close()

    def _next_frame(self) -> int | None:
        if self._directory is None:
            return None
        return 1 if self._log is None else self._log.last + 1

    def _write(self, place: Place, frames: list[TapedFrame]) -> int | None:
        """Number of the first of `frames` in the log, which is made for the first frame; None when there is none."""
        if self._directory is None or not frames:
            return None
        if self._log is None:
            self._log = FrameLog(self._directory, self.redactor, worker=self._worker)
        log = self._log
        log.place = place
        numbers = [
            log.write(
                frame.direction,
                frame.layer,
                frame.octets,
                t=frame.time_s,
                apdu=frame.apdu,
                plain=frame.plain,
                note=frame.note,
                began=frame.began_s,
                longest_gap_s=frame.longest_gap_s,
                security=frame.security,
                connection=frame.connection,
                datagrams=frame.datagrams,
                ended_by=frame.ended_by,
            )
            for frame in frames
        ]
        return numbers[0]


def _head(case: Case, slot: Slot) -> CaseHead:
    return CaseHead(
        id=case.id,
        title=case.title,
        clause=case.clause,
        purpose=case.purpose,
        group=case.group,
        device=slot.device.name,
        association=slot.association.name,
        variant=slot.variant,
    )


def _subtest(
    case: Case, slot: Slot, trial: Trial | None, outcome: Outcome, first: int | None, worker: str
) -> SubtestRecord:
    declared = slot.subtest
    judgement = trial.decisive if trial is not None else None
    frames = trial.tape.frames if trial is not None else []
    deciding = None
    if judgement is not None and judgement.frame is not None and judgement.path and first is not None:
        deciding = deciding_octets(frames[judgement.frame], judgement.path, first + judgement.frame)
    if trial is not None and trial.deciding is not None:
        deciding = trial.deciding
    expired = expired_deviation(slot, case, outcome.started.date()) if outcome.verdict is Verdict.FAILED else None
    return SubtestRecord(
        number=slot.number,
        title=declared.title if declared is not None else case.title,
        verdict=outcome.verdict,
        requirement=case.requirement,
        expected=(judgement.expected if judgement is not None and declared is not None else "")
        or (declared.expected if declared is not None else ""),
        observed=judgement.observed if judgement is not None else "",
        reason=outcome.reason if expired is None else f"{outcome.reason}; {expired.expiry}",
        stimulus=declared.sent if declared is not None else "",
        frames=(first, first + len(frames) - 1) if first is not None else None,
        deciding=deciding,
        steps=tuple(_step(step, first) for step in trial.steps) if trial is not None else (),
        findings=_findings(trial, first, outcome.verdict, worker),
        started=outcome.started,
        duration_s=round(outcome.duration_s, 6),
        timing=_timing(trial) if trial is not None else None,
        transfers=tuple(trial.transfers) if trial is not None else (),
        pdu_sizes=size_records(trial.pdu_sizes, slot.device, first) if trial is not None else (),
        expected_deviation=expected_deviation(slot, case, outcome.started.date()),
        expired_deviation=expired,
    )


def _timing(trial: Trial) -> TimingRecord | None:
    """Where the time of a trial went; None when nothing passed between tester and meter."""
    frames, pace = trial.tape.frames, trial.bench.pace
    if not frames:
        return None
    gap = longest_gap(frames)
    return timing_of(
        [response.seconds for response in responses(frames)],
        virtual=pace.virtual,
        wire_s=None if pace.character_s is None else wire_s(frames, pace.character_s),
        waited_s=trial.tape.waited_s,
        longest_gap_s=gap.longest_gap_s if gap is not None else None,
    )


def _findings(trial: Trial | None, first: int | None, verdict: Verdict, worker: str) -> tuple[FindingRecord, ...]:
    """All that is told beside the verdict: of the line, of the exchange, and of the lengths of its APDUs."""
    if trial is None:
        return ()
    if first is None:
        return _line_failure(trial)
    sizes = size_findings(trial.pdu_sizes, trial.tape.frames, first, problem=verdict.is_problem)
    return *_line_failure(trial), *sizes, *findings_of(trial, verdict, first, worker)


def _line_failure(trial: Trial) -> tuple[FindingRecord, ...]:
    """How the line failed while the item ran; what the meter seems to have done then is not its doing."""
    fault = trial.bench.line_fault
    if fault is None:
        return ()
    message = f"The line failed, not the meter: {fault}."
    sign = LINE_FAILED
    return (
        FindingRecord(code=sign.code, severity="error", evidence="read", message=message, suggestion=sign.suggestion),
    )


def _step(step: Step, first: int | None) -> StepRecord:
    sent = first is not None and step.last_frame >= step.first_frame
    verdict = None if step.passed is None or not step.judges else Verdict.PASSED if step.passed else Verdict.FAILED
    return StepRecord(
        title=step.title,
        verdict=verdict,
        detail=step.detail,
        frames=(first + step.first_frame, first + step.last_frame) if sent and first is not None else None,
    )
