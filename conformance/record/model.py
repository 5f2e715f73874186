"""The run record: what was run, with what, against what, and what came of it. Every report is a view of it.

`RunRecord` is the schema of `run.json`. Its field names are a contract with whoever reads the file; a change of meaning
or a field removed raises `SCHEMA`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import AwareDatetime, Field, JsonValue, NonNegativeInt, PositiveInt, model_validator

from conformance.record.deviation import (
    AnnouncedDeviationRecord,
    Covered,
    DeviationRecord,
    ExpectedDeviationRecord,
    settled,
)
from conformance.record.part import Record
from conformance.record.pdu_size import PduSizeRecord
from conformance.record.text import Text
from conformance.record.timing import GroupTimingRecord, TimingRecord, group_timing
from conformance.record.tool import DependencyRecord, SuiteRecord
from conformance.record.transfer_cost import TransferCostRecord
from conformance.record.verdict import Verdict, totals, worst

SCHEMA = 1

FrameRange = tuple[PositiveInt, PositiveInt]
"""Numbers of the first and of the last frame, both included."""


class DecidingOctets(Record):
    """The octets on which a verdict rests."""

    frame: PositiveInt
    """Number of the frame, or of the APDU line of the frame log."""
    path: Text
    """Dotted path of the field; its first name says of which message (`hdlc-frame`, `aare`, `get-response`)."""
    start: NonNegativeInt
    """First octet, counted from the start of the message that `path` names."""
    end: NonNegativeInt
    """Octet after the last."""
    octets: Text
    """The octets, in hexadecimal digits."""


LINE_CHECK = "line check"
"""Title of the step that probes the line, in no exchange of the case's own."""


class StepRecord(Record):
    """One named step of a procedural case."""

    title: Text
    verdict: Verdict | None = None
    detail: Text = ""
    """What was seen, in words."""
    frames: FrameRange | None = None


class FindingRecord(Record):
    """What the diagnosis has to say about an exchange."""

    code: Text
    """Stable, kebab-case."""
    severity: Text
    evidence: Text = ""
    """How it is known: `read` where it stands in the octets, `proven` by computation, `inferred` as the likeliest
    explanation; empty in older records."""
    frame: PositiveInt | None = None
    field: Text | None = None
    """Dotted path of the field."""
    octets: Text | None = None
    """In hexadecimal digits."""
    message: Text
    suggestion: Text = ""


class SubtestRecord(Record):
    """One subtest in one association and one variant."""

    number: NonNegativeInt
    title: Text
    verdict: Verdict
    requirement: Text = ""
    """What the standard requires, in words, with its clause where known."""
    expected: Text = ""
    """The accepted reactions."""
    observed: Text = ""
    """The reaction."""
    reason: Text = ""
    """Why the verdict is what it is."""
    stimulus: Text = ""
    """What was sent, and how it differs from a valid message."""
    frames: FrameRange | None = None
    """The exchange in the frame log; null when nothing was sent."""
    deciding: DecidingOctets | None = None
    steps: tuple[StepRecord, ...] = ()
    findings: tuple[FindingRecord, ...] = ()
    started: AwareDatetime | None = None
    duration_s: float = 0.0
    timing: TimingRecord | None = None
    """Null when nothing was sent, and in older records."""
    pdu_sizes: tuple[PduSizeRecord, ...] = ()
    """Lengths of the APDUs, for each pair of sizes that was agreed; empty where no association was opened."""
    transfers: tuple[TransferCostRecord, ...] = ()
    """What the transfers that the case measures took."""
    expected_deviation: ExpectedDeviationRecord | None = None
    """Announced for this subtest and not expired when it was judged, whatever the verdict is."""
    expired_deviation: ExpectedDeviationRecord | None = None
    """Where it FAILED: what was announced for it and had expired when it was judged. The failure counts."""

    @property
    def judged_reason(self) -> str:
        """Why the meter FAILED or did not, without the word on a deviation that has expired."""
        expired = self.expired_deviation
        return self.reason if expired is None else self.reason.removesuffix(f"; {expired.expiry}")

    @property
    def excused(self) -> bool:
        """Whether it FAILED as the device config announces: that does not fail the run."""
        return self.verdict is Verdict.FAILED and self.expected_deviation is not None


class CaseHead(Record):
    """Which case, on which device, in which association and variant."""

    id: Text
    title: Text
    clause: Text = ""
    """Of the standard."""
    purpose: Text = ""
    group: Text = ""
    """The suite: hdlc, wrapper, application, transfer, security, objects."""
    device: Text
    association: Text = ""
    """Name in the device config; empty for cases of the bare link."""
    variant: Text = ""
    """Protection, transfer mechanism, PDU size: `glo`, `ded`, `glo, gbt`; empty when there is one only."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells one case of a run from the others."""
        return self.device, self.id, self.association, self.variant


class CaseRecord(CaseHead):
    """A case with its subtests; its verdict is the worst of theirs."""

    verdict: Verdict
    reason: Text = ""
    """Of the first subtest that has the verdict of the case."""
    subtests: tuple[SubtestRecord, ...]

    @classmethod
    def of(cls, head: CaseHead, subtests: tuple[SubtestRecord, ...]) -> CaseRecord:
        """The case that `subtests` make."""
        verdict = worst(subtest.verdict for subtest in subtests)
        reason = next((subtest.reason for subtest in subtests if subtest.verdict is verdict and subtest.reason), "")
        named = {name: getattr(head, name) for name in CaseHead.model_fields}
        return cls(**named, verdict=verdict, reason=reason, subtests=subtests)


class ToolRecord(Record):
    """The tool that ran."""

    name: Text = "dlms-conformance"
    version: Text
    python: Text = ""
    platform: Text = ""
    digest: Text = ""
    """SHA-256 over its own sources and suites; empty in older records."""
    dependencies: tuple[DependencyRecord, ...] = ()
    """Every distribution that it requires, directly or not; empty in older records."""
    suites: tuple[SuiteRecord, ...] = ()
    """The suites that it ships, and what proves them; empty in older records."""


class DeviceRecord(Record):
    """A meter: what its device config says, and what it says of itself."""

    name: Text
    manufacturer: Text = ""
    model: Text = ""
    description: Text = ""
    profile: Text = ""
    """Communication profile: `hdlc` or `wrapper`."""
    link: Text = ""
    identity: dict[Text, Text] = Field(default={})
    """As read from the meter: logical device names, serial number, firmware versions."""
    fingerprint: Text = ""
    """Of the device config."""
    config: dict[Text, JsonValue] = Field(default={})
    """The device config, each secret replaced by its fingerprint."""
    expected_deviations: tuple[AnnouncedDeviationRecord, ...] = ()
    """What the device config announces, in its order; empty in older records."""


class RunHead(Record):
    """What is known when a run starts."""

    schema_version: Literal[1] = Field(default=1, validation_alias="schema", serialization_alias="schema")
    tool: ToolRecord
    plugins: dict[Text, Text] = Field(default={})
    """Version of each plugin and library that took part."""
    started: AwareDatetime
    device: DeviceRecord
    further_devices: tuple[DeviceRecord, ...] = ()
    """When one run holds several meters: all but the first."""
    permissions: tuple[Text, ...] = ()
    """What was allowed to be done to the meter: reads, writes, …"""
    acceptance: Text = ""
    """Profile of acceptance: `strict` or `tolerant`."""
    seeds: dict[Text, int] = Field(default={})
    scope: Text = ""
    """What was selected, in words."""
    planned: NonNegativeInt | None = None
    """How many subtests were to be judged; null when not known."""


class RunRecord(RunHead):
    """A whole run."""

    finished: AwareDatetime | None
    """Null when the run was killed."""
    complete: bool
    """False when the run ended before all that was planned was judged."""
    verdict: Verdict
    """The worst verdict of the cases."""
    totals: dict[Verdict, NonNegativeInt]
    """Number of cases by verdict."""
    subtest_totals: dict[Verdict, NonNegativeInt]
    """Number of subtests by verdict."""
    cases: tuple[CaseRecord, ...]
    timing: tuple[GroupTimingRecord, ...] = ()
    """Where the time of each group went; a group that met no meter is left out, as are all in older records."""
    notes: tuple[Text, ...] = ()
    """What befell the record itself: a torn line dropped, frames that are missing."""
    deviations: tuple[DeviationRecord, ...] = ()
    """What became of each expected deviation; empty in older records."""

    @classmethod
    def of(
        cls,
        head: RunHead,
        cases: tuple[CaseRecord, ...],
        *,
        finished: AwareDatetime | None,
        complete: bool,
        notes: tuple[str, ...] = (),
    ) -> RunRecord:
        """The record that `cases` make, with their totals."""
        named = {name: getattr(head, name) for name in RunHead.model_fields}
        verdicts = [case.verdict for case in cases]
        return cls(
            **named,
            finished=finished,
            complete=complete,
            verdict=worst(verdicts),
            totals=totals(verdicts),
            subtest_totals=totals(subtest.verdict for case in cases for subtest in case.subtests),
            cases=cases,
            timing=_timing(cases),
            notes=notes,
            deviations=_deviations(head, cases, complete=complete),
        )

    @property
    def devices(self) -> tuple[DeviceRecord, ...]:
        """Every meter of the run."""
        return self.device, *self.further_devices

    def subtests(self) -> Iterator[tuple[CaseRecord, SubtestRecord]]:
        """Every subtest with its case, in the order of the record."""
        for case in self.cases:
            for subtest in case.subtests:
                yield case, subtest

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.totals != totals(case.verdict for case in self.cases):
            raise ValueError("totals do not agree with the verdicts of the cases")
        if self.subtest_totals != totals(subtest.verdict for _, subtest in self.subtests()):
            raise ValueError("subtest_totals do not agree with the verdicts of the subtests")
        return self


def _deviations(head: RunHead, cases: tuple[CaseRecord, ...], *, complete: bool) -> tuple[DeviationRecord, ...]:
    devices = (head.device, *head.further_devices)
    judged = (
        Covered(
            case.device,
            case.id,
            subtest.number,
            case.association,
            case.variant,
            subtest.verdict,
            subtest.expected_deviation is not None,
        )
        for case in cases
        for subtest in case.subtests
    )
    announced = ((device.name, deviation) for device in devices for deviation in device.expected_deviations)
    return settled(announced, judged, began=head.started, complete=complete)


def _timing(cases: tuple[CaseRecord, ...]) -> tuple[GroupTimingRecord, ...]:
    grouped: dict[tuple[str, str], list[SubtestRecord]] = {}
    for case in cases:
        grouped.setdefault((case.device, case.group), []).extend(case.subtests)
    sums = []
    for (device, group), subtests in grouped.items():
        timings = [subtest.timing for subtest in subtests if subtest.timing is not None]
        if timings:
            sums.append(group_timing(device, group, timings, [subtest.duration_s for subtest in subtests]))
    return tuple(sums)
