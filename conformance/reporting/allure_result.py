"""The Allure test result of one subtest: its labels, parameters, steps and attachments."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import Sequence
from datetime import datetime

from allure_commons.model2 import (
    ATTACHMENT_PATTERN,
    Attachment,
    Label,
    Link,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)

from conformance.record import allure_identity
from conformance.record.frames import Frame
from conformance.record.model import CaseRecord, RunRecord, StepRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.allure_exchange import page
from conformance.reporting.exchange import described, transcript
from conformance.reporting.finding_words import standing, told
from conformance.reporting.legible import brief, legible, line

PREFIX = "dlms-"
"""How the names of all files begin, so that they can be told from those that something else wrote."""

_NAMESPACE = uuid.UUID("5f0b7c0e-52a4-5d0c-9a58-2f6f0d1c4059")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~=:])")
_MOST_STEPS = 500
_MOST_FINDINGS = 20


class Result:
    """Builds the test result of one subtest.

    Attributes:
        uuid: of the result.
        attachments: content by name of file, once the result is built.
    """

    def __init__(
        self,
        record: RunRecord,
        case: CaseRecord,
        subtest: SubtestRecord,
        frames: Sequence[Frame],
        given: dict[str, int],
        *,
        decoded: bool,
    ) -> None:
        self.record = record
        self.case = case
        self.subtest = subtest
        self.frames = frames
        self.decoded = decoded
        identity = json.dumps([*case.key, subtest.number])
        given[identity] = given.get(identity, 0) + 1
        self.identity = identity
        self.uuid = str(uuid.uuid5(_NAMESPACE, f"{record.started.isoformat()} {identity} {given[identity]}"))
        self.start = _milliseconds(subtest.started or record.started)
        self.stop = self.start + round(subtest.duration_s * 1000)
        self.attachments: dict[str, bytes] = {}

    def built(self) -> TestResult:
        """The result with its labels, steps and attachments."""
        case, subtest = self.case, self.subtest
        return TestResult(
            uuid=self.uuid,
            historyId=allure_identity.history_id(case, subtest.number),
            testCaseId=allure_identity.test_case_id(case, subtest.number),
            fullName=line(allure_identity.full_name(case, subtest.number)),
            name=line(allure_identity.name(case, subtest)),
            status=allure_identity.STATUSES[subtest.verdict],
            statusDetails=self._details(),
            stage="finished",
            description=self._description(),
            labels=self._labels(),
            links=[Link(type="clause", url=url, name=line(name)) for name, url in allure_identity.links(case)],
            parameters=self._parameters(),
            attachments=self._attached(),
            steps=self._steps(),
            titlePath=[line(part) for part in allure_identity.title_path(case)],
            start=self.start,
            stop=self.stop,
        )

    def _details(self) -> StatusDetails | None:
        subtest = self.subtest
        if subtest.verdict is Verdict.PASSED and not subtest.reason and subtest.expected_deviation is None:
            return None
        deciding = subtest.deciding
        said = {"requirement": subtest.requirement, "expected": subtest.expected, "observed": subtest.observed}
        found = [line(text, 2_000) for text in told(subtest.findings[:_MOST_FINDINGS])]
        if deciding is not None:
            place = f"{deciding.path}, frame {deciding.frame}, octets [{deciding.start}, {deciding.end})"
            said["deciding octets"] = f"{place}: {deciding.octets}"
        return StatusDetails(
            known=True if subtest.excused else None,
            message=f"{line(allure_identity.head_of_message(subtest))}: {legible(subtest.reason or subtest.observed)}",
            trace="\n".join((*found, *(f"{name}: {legible(text)}" for name, text in said.items() if text))),
        )

    def _description(self) -> str:
        """In Markdown, every character of the record that means something there escaped."""
        case, subtest = self.case, self.subtest
        said = {
            "Purpose": case.purpose,
            "Clause": case.clause,
            "Requirement": subtest.requirement,
            "Stimulus": subtest.stimulus,
            "Expected": subtest.expected,
            "Observed": subtest.observed,
            "Reason": subtest.reason,
        }
        paragraphs = [f"**{name}:** {_markdown(text)}" for name, text in said.items() if text]
        for finding in subtest.findings:
            advice = f" {_markdown(finding.suggestion)}" if finding.suggestion else ""
            head = f"Finding {_markdown(finding.code)} ({_markdown(standing(finding))})"
            paragraphs.append(f"**{head}:** {_markdown(finding.message)}{advice}")
        return "\n\n".join(paragraphs)

    def _labels(self) -> list[Label]:
        worker = self.frames[0].worker if self.frames else ""
        given = allure_identity.labels(self.case, self.subtest, worker=worker)
        return [Label(name=name, value=line(value)) for name, value in given if value]

    def _parameters(self) -> list[Parameter]:
        named = allure_identity.parameters(self.case)
        parameters = [Parameter(name=name, value=line(value)) for name, value in named.items()]
        timing = self.subtest.timing
        if timing is not None and timing.response_times_s:
            # Excluded: it differs from run to run, and must not make the subtest another one in the history.
            slowest = f"{brief(max(timing.response_times_s))}{', of virtual time' if timing.virtual else ''}"
            parameters.append(Parameter(name="slowest response", value=slowest, excluded=True))
        return parameters

    def _attached(self) -> list[Attachment]:
        if not self.frames:
            return []
        if self.decoded:
            exchange = page(self.case, self.subtest, self.frames)
            attached = [self._attach("exchange, decoded", exchange, ext="html", media_type="text/html")]
        else:
            attached = [self._attach("exchange", transcript(self.frames, decoded=False))]
        if self.subtest.verdict.is_problem:
            log = "".join(f"{frame.dir} {frame.hex}\n" for frame in self.frames)
            attached.append(self._attach("frames, hexadecimal (redacted octets are 2A)", log))
        return attached

    def _attach(self, name: str, text: str, *, ext: str = "txt", media_type: str = "text/plain") -> Attachment:
        identifier = uuid.uuid5(_NAMESPACE, f"{self.uuid} {name}")
        source = ATTACHMENT_PATTERN.format(prefix=f"{PREFIX}{identifier}", ext=ext)
        self.attachments[source] = text.encode("utf-8")
        return Attachment(name=name, source=source, type=media_type)

    def _steps(self) -> list[TestStepResult]:
        if self.subtest.steps:
            return [self._step(step) for step in self.subtest.steps[:_MOST_STEPS]]
        return self._frame_steps(self.frames)

    def _step(self, step: StepRecord) -> TestStepResult:
        verdict = step.verdict or Verdict.PASSED
        within: list[TestStepResult] = []
        if step.frames is not None:
            first, last = step.frames
            within = self._frame_steps([frame for frame in self.frames if first <= frame.n <= last])
        return TestStepResult(
            name=line(f"{step.title}: {step.detail}" if step.detail else step.title),
            status=allure_identity.STATUSES[verdict],
            stage="finished",
            statusDetails=StatusDetails(message=f"{verdict}: {legible(step.detail)}") if verdict.is_problem else None,
            steps=within,
            start=within[0].start if within else self.start,
            stop=within[-1].stop if within else self.start,
        )

    def _frame_steps(self, frames: Sequence[Frame]) -> list[TestStepResult]:
        steps = []
        for frame in frames[:_MOST_STEPS]:
            moment = _milliseconds(frame.utc)
            said = described(frame) if self.decoded else f"{frame.layer}, {len(frame.hex) // 2} octets"
            name = f"{frame.dir} #{frame.n} {said}"
            step = TestStepResult(name=line(name), status=Status.PASSED, stage="finished", start=moment, stop=moment)
            steps.append(step)
        return steps


def _markdown(text: str) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return html.escape(_MARKDOWN.sub(r"\\\1", line(text, 2_000)))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
