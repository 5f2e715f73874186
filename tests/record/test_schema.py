"""The published schemas accept what the tool writes and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from conformance.record.assemble import assemble
from conformance.record.frames import FrameLog
from conformance.record.journal import Item, Journal
from conformance.record.model import CaseHead, DeviceRecord, RunHead, SubtestRecord, ToolRecord
from conformance.record.redaction import Redactor
from conformance.record.schema import frame_schema, run_schema
from conformance.record.verdict import Verdict


@pytest.fixture
def run(tmp_path: Path) -> Path:
    head = RunHead(tool=ToolRecord(version="0"), started=datetime.now(UTC), device=DeviceRecord(name="acme"))
    log = FrameLog(tmp_path, Redactor([b"secret"]))
    log.write("C>S", "wrapper", b"\x00\x01\x00\x10\x00\x01\x00\x06secret", t=0.25, plain=b"\xc0\x01")
    log.close()
    with Journal(tmp_path, head, Redactor()) as journal:
        for verdict in Verdict:
            subtest = SubtestRecord(number=1, title="a", verdict=verdict, frames=(1, 1), started=datetime.now(UTC))
            journal.item(Item(case=CaseHead(id=f"T_{verdict}", title="a", device="acme"), subtest=subtest))
        journal.finish()
    assemble(tmp_path)
    return tmp_path


def test_the_schemas_are_schemas() -> None:
    for schema in (run_schema(), frame_schema()):
        Draft202012Validator.check_schema(schema)


def test_a_run_record_on_disk_fits_its_schema(run: Path) -> None:
    Draft202012Validator(run_schema()).validate(json.loads((run / "run.json").read_text()))


def test_every_line_of_the_frame_log_fits_its_schema(run: Path) -> None:
    for line in (run / "frames.jsonl").read_text().splitlines():
        Draft202012Validator(frame_schema()).validate(json.loads(line))


def test_a_misspelt_name_does_not_fit(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    record["cases"][0]["verdikt"] = "PASSED"
    with pytest.raises(ValidationError):
        Draft202012Validator(run_schema()).validate(record)
