"""Nights of a lab that never was: made quickly, with everything that a real one holds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conformance.lab.device_directory import device_directory
from conformance.lab.night_journal import (
    Began,
    DeviceBegan,
    DeviceEnded,
    Ended,
    HookRan,
    NightJournal,
    PlannedDevice,
)
from conformance.lab.night_record import RowState
from conformance.record.deviation import AnnouncedDeviationRecord, ExpectedDeviationRecord
from conformance.record.journal import FRAMES, RUN
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DeviceRecord,
    FrameRange,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict

STARTED = datetime(2026, 11, 21, 22, tzinfo=UTC)
CASES = (
    ("T_HDLC_FRAME_P2", "hdlc", "Unknown destination HDLC address"),
    ("T_HDLC_INFO_P1", "hdlc", "I-frames within the window"),
    ("T_HDLC_NDM2NRM_P1", "hdlc", "From NDM to NRM"),
    ("T_APPL_OPEN_1", "application", "Association is established"),
    ("T_APPL_OPEN_5", "application", "AARQ with a wrong password"),
    ("T_APPL_DATA_LN_N1", "application", "GET of an unknown object"),
    ("T_APPL_GBT_SEND_2", "application", "Lost block in general block transfer"),
    ("T_SYMSEC_0_DATA_1", "security", "Protected GET"),
    ("T_SYMSEC_REPLAY_1", "security", "A replayed APDU is refused"),
    ("T_OBJ_CLOCK_1", "objects", "Clock within its limits"),
)
FRAME = {
    "n": 1, "t": 0.0, "utc": STARTED.isoformat(), "dir": "C>S", "layer": "hdlc", "hex": "7EA0070321930F017E",
}  # fmt: skip


def subtest_of(number: int, verdict: Verdict = Verdict.PASSED, reason: str = "", **more: object) -> SubtestRecord:
    frames: FrameRange = (number, number)
    return SubtestRecord(
        number=number,
        title=f"subtest {number}",
        verdict=verdict,
        reason=reason,
        requirement="A server answers as IEC 62056 requires.",
        expected="UA",
        observed="UA" if verdict is Verdict.PASSED else reason,
        frames=frames,
        started=STARTED + timedelta(seconds=number),
        duration_s=0.25,
        **more,
    )


@dataclass
class Meter:
    """A device of the lab, and what comes of it tonight."""

    name: str
    line: str = "rs485-a"
    bench: str = "hall-1"
    vendor: str = "Acme Metering"
    model: str = "E500"
    firmware: str = "4.12.7"
    subtests: int = 10
    problems: dict[int, Verdict] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()
    state: RowState | None = RowState.DONE
    reason: str = ""
    runs: bool = True
    attempts: int = 1
    config_name: str = ""
    minutes: float = 20.0
    budget_s: float | None = 2700.0
    announces: tuple[AnnouncedDeviationRecord, ...] = ()

    def record(self, started: datetime = STARTED, *, complete: bool = True) -> RunRecord:
        """Its run: subtests are dealt out to the cases in turn."""
        known_as = self.config_name or self.name
        found: dict[int, list[SubtestRecord]] = {}
        for index in range(self.subtests):
            verdict = self.problems.get(index, Verdict.PASSED)
            reason = self.reasons.get(index, "") or ("silence instead of a response" if verdict.is_problem else "")
            more = {}
            if index in self.announced:
                more["expected_deviation"] = ExpectedDeviationRecord(reason="known", owner="lab", expires="2027-01-31")
            found.setdefault(index % len(CASES), []).append(subtest_of(index + 1, verdict, reason, **more))
        cases = []
        for place, subtests in found.items():
            identifier, group, title = CASES[place]
            head = CaseHead(id=identifier, title=title, group=group, device=known_as, association="management")
            cases.append(CaseRecord.of(head, tuple(subtests)))
        head = RunHead(
            tool=ToolRecord(version="0.1.0", python="3.11.9", platform="Linux"),
            started=started,
            device=DeviceRecord(
                name=known_as,
                manufacturer=self.vendor,
                model=self.model,
                profile="hdlc",
                link="tcp://192.0.2.17:4059",
                identity={"logical device name": "ACM0000000000001", "firmware": self.firmware},
                fingerprint="93f1c07aa5d24e01",
                expected_deviations=self.announces,
            ),
            permissions=("reads",),
            planned=self.subtests,
        )
        return RunRecord.of(
            head, tuple(cases), finished=started + timedelta(minutes=self.minutes) if complete else None,
            complete=complete,
        )  # fmt: skip


def write_run(directory: Path, meter: Meter, started: datetime = STARTED, *, complete: bool = True) -> RunRecord:
    """A run directory as `run` leaves it, without its larger views."""
    directory.mkdir(parents=True, exist_ok=True)
    record = meter.record(started, complete=complete)
    (directory / RUN).write_text(json.dumps(record.to_json()), encoding="utf-8")
    lines = [json.dumps({**FRAME, "n": number + 1}) for number in range(meter.subtests)]
    (directory / FRAMES).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (directory / "report.html").write_text("<!doctype html><title>report</title>", encoding="utf-8")
    return record


def write_night(
    directory: Path,
    meters: list[Meter],
    *,
    started: datetime = STARTED,
    name: str = "",
    lab: str = "Acme night lab",
    host: str = "bench-pc",
    fingerprint: str = "51aa",
    ended: bool = True,
    hooks: tuple[HookRan, ...] = (),
) -> Path:
    """A night directory as `lab run` leaves it before its views are drawn."""
    planned = tuple(
        PlannedDevice(
            device=meter.name,
            line=meter.line,
            bench=meter.bench,
            profile="core",
            directory=device_directory(meter.name),
            budget_s=meter.budget_s,
        )
        for meter in meters
    )
    called = name or directory.name
    with NightJournal(directory) as journal:
        journal.write(
            Began(at=started, night=called, lab=lab, lab_fingerprint=fingerprint, host=host, tool="0.1.0",
                  devices=planned)
        )  # fmt: skip
        for meter in meters:
            last = started + timedelta(minutes=meter.minutes)
            if meter.state is RowState.NOT_RUN:
                journal.write(DeviceEnded(at=last, device=meter.name, state=meter.state, reason=meter.reason))
                continue
            for attempt in range(1, meter.attempts + 1):
                journal.write(DeviceBegan(at=started, device=meter.name, attempt=attempt))
                if attempt < meter.attempts:
                    journal.write(
                        DeviceEnded(at=started, device=meter.name, attempt=attempt, state=RowState.NO_LINK,
                                    reason="no answer to SNRM")
                    )  # fmt: skip
            if meter.runs:
                complete = meter.state is RowState.DONE
                write_run(directory / device_directory(meter.name), meter, started, complete=complete)
            if meter.state is not None:
                journal.write(
                    DeviceEnded(at=last, device=meter.name, attempt=meter.attempts, state=meter.state,
                                reason=meter.reason, exit_code=0)
                )  # fmt: skip
        for hook in hooks:
            journal.write(hook)
        if ended:
            longest = max((meter.minutes for meter in meters), default=0)
            journal.write(Ended(at=started + timedelta(minutes=longest * 3), complete=True))
    return directory
