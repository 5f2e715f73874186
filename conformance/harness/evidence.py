"""From a finished item to evidence: its frames into the frame log, its verdict into a line of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from conformance.diagnose.link_signs import LinkPdu, explain_link
from conformance.diagnose.mixed_blocks import Said, explain_blocks
from conformance.diagnose.rejection import explain
from conformance.dlms.acse.aare import TAG as AARE_TAG
from conformance.dlms.acse.release import RESPONSE_TAG as RLRE_TAG
from conformance.dlms.xdlms.general_block_transfer import TAG as GENERAL_BLOCK
from conformance.harness.case import Case, Subtest
from conformance.harness.deciding import apdu_of, deciding_octets
from conformance.harness.deviations import expected_deviation
from conformance.harness.hygiene import Hygiene
from conformance.harness.hygiene_replay import replay_logs
from conformance.harness.size_judging import size_findings, size_records
from conformance.harness.slot import Slot
from conformance.harness.trial import Step, Trial
from conformance.record.frames import MAIN, FrameLog, Place
from conformance.record.journal import Item
from conformance.record.model import CaseHead, ExpectedDeviationRecord, FindingRecord, StepRecord, SubtestRecord
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
        subtest = _subtest(case, slot, trial, outcome, first)
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


def _subtest(case: Case, slot: Slot, trial: Trial | None, outcome: Outcome, first: int | None) -> SubtestRecord:
    declared = slot.subtest
    judgement = trial.decisive if trial is not None else None
    frames = trial.tape.frames if trial is not None else []
    deciding = None
    if judgement is not None and judgement.frame is not None and judgement.path and first is not None:
        deciding = deciding_octets(frames[judgement.frame], judgement.path, first + judgement.frame)
    if trial is not None and trial.deciding is not None:
        deciding = trial.deciding
    deviation = expected_deviation(slot, case, outcome.started.date())
    return SubtestRecord(
        number=slot.number,
        title=declared.title if declared is not None else case.title,
        verdict=outcome.verdict,
        requirement=case.requirement,
        expected=(judgement.expected if judgement is not None and declared is not None else "")
        or (declared.expected if declared is not None else ""),
        observed=judgement.observed if judgement is not None else "",
        reason=outcome.reason,
        stimulus=declared.sent if declared is not None else "",
        frames=(first, first + len(frames) - 1) if first is not None else None,
        deciding=deciding,
        steps=tuple(_step(step, first) for step in trial.steps) if trial is not None else (),
        findings=(
            *_line_failure(trial),
            *(_findings(frames, first) if first is not None and _to_be_explained(declared, outcome.verdict) else ()),
            *(_mixed(frames, first) if first is not None and outcome.verdict.is_problem else ()),
            *_size_findings(trial, first, outcome.verdict),
        ),
        started=outcome.started,
        duration_s=round(outcome.duration_s, 6),
        timing=_timing(trial) if trial is not None else None,
        transfers=tuple(trial.transfers) if trial is not None else (),
        pdu_sizes=size_records(trial.pdu_sizes, slot.device, first) if trial is not None else (),
        expected_deviation=None
        if deviation is None
        else ExpectedDeviationRecord(
            reason=deviation.reason,
            owner=deviation.owner,
            expires=deviation.expires.isoformat() if deviation.expires is not None else "",
        ),
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


def _size_findings(trial: Trial | None, first: int | None, verdict: Verdict) -> list[FindingRecord]:
    if trial is None or first is None:
        return []
    return size_findings(trial.pdu_sizes, trial.tape.frames, first, problem=verdict.is_problem)


def _to_be_explained(declared: Subtest | None, verdict: Verdict) -> bool:
    """Whether a refusal in the exchange asks for a cause: not where the stimulus was broken to be refused."""
    if verdict is not Verdict.FAILED:
        return verdict.is_problem
    stimulus = declared.stimulus if declared is not None else None
    return stimulus is not None and not stimulus.changes and not stimulus.values


def _line_failure(trial: Trial | None) -> tuple[FindingRecord, ...]:
    """How the line failed while the item ran; what the meter seems to have done then is not its doing."""
    if trial is None or trial.bench.line_fault is None:
        return ()
    message = f"The line failed, not the meter: {trial.bench.line_fault}."
    suggestion = "Mend the line, then finish the run with --resume: what could not be judged is tried again."
    return (FindingRecord(code="line-failed", severity="error", message=message, suggestion=suggestion),)


def _findings(frames: list[TapedFrame], first: int) -> tuple[FindingRecord, ...]:
    """What the meter's refusals and the signs of the data link mean, each with the frame that carries it."""
    replies = [(frame, octets) for frame in frames if frame.direction == "S>C" for octets in _told(frame)]
    found = [(finding, *replies[finding.index]) for finding in explain([octets for _, octets in replies])]
    pdus = [LinkPdu(frame.direction, frame.layer, frame.octets) for frame in frames]
    found += [(finding, frames[finding.index], frames[finding.index].octets) for finding in explain_link(pdus)]
    return tuple(
        FindingRecord(
            code=finding.code,
            severity=finding.severity,
            frame=first + frame.number,
            field=finding.field,
            octets=octets[:64].hex().upper(),
            message=finding.message,
            suggestion=finding.suggestion,
        )
        for finding, frame, octets in found
    )


def _mixed(frames: list[TapedFrame], first: int) -> Iterator[FindingRecord]:
    """Which side mixed mechanisms of block transfer; in a case that mixes them to be refused, the client is."""
    said = []
    for frame in frames:
        apdu = apdu_of(frame)
        if apdu is None:
            continue
        # The blocks carry what is protected; beside an AARE stands what its user-information protected.
        if frame.plain is None or apdu[:1] in (bytes((GENERAL_BLOCK,)), bytes((AARE_TAG,))):
            said.append((frame, Said(frame.direction, apdu)))
        if frame.plain is not None and apdu[:1] != bytes((GENERAL_BLOCK,)):
            said.append((frame, Said(frame.direction, frame.plain)))
    for finding in explain_blocks([item for _, item in said]):
        frame, item = said[finding.index]
        yield FindingRecord(
            code=finding.code,
            severity=finding.severity,
            frame=first + frame.number,
            field=finding.field,
            octets=item.octets[:64].hex().upper(),
            message=finding.message,
            suggestion=finding.suggestion,
        )


def _told(frame: TapedFrame) -> Iterator[bytes]:
    """The APDUs of a frame: the plain one where it was ciphered; after an AARE or RLRE, what it protects."""
    apdu = apdu_of(frame)
    if apdu is not None and (frame.plain is None or apdu[:1] in (bytes((AARE_TAG,)), bytes((RLRE_TAG,)))):
        yield apdu
    if frame.plain is not None:
        yield frame.plain


def _step(step: Step, first: int | None) -> StepRecord:
    sent = first is not None and step.last_frame >= step.first_frame
    verdict = None if step.passed is None or not step.judges else Verdict.PASSED if step.passed else Verdict.FAILED
    return StepRecord(
        title=step.title,
        verdict=verdict,
        detail=step.detail,
        frames=(first + step.first_frame, first + step.last_frame) if sent and first is not None else None,
    )
