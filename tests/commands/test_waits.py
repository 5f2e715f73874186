"""Waits are told before a run begins, and where its time went when it has ended."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.commands.closing import close_run
from conformance.device.content import find_device_config
from conformance.record.journal import Item, Journal
from conformance.record.model import CaseHead, DeviceRecord, RunHead, SubtestRecord, ToolRecord
from conformance.record.redaction import Redactor
from conformance.record.timing import timing_of
from conformance.record.verdict import Verdict
from tests.reporting.conftest import STARTED

CASE = "X_APPL_LLS"
"""A case that waits for the recovery time."""


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def real_line(tmp_path: Path) -> str:
    """The device config of a meter as the embedded one, on a real line."""
    text = find_device_config("simulator").read_text(encoding="utf-8")
    text = text.replace('url = "loopback:"', 'url = "tcp://192.0.2.1:4059"')
    text = re.sub(r"^\[embedded\]\n(?:\w.*\n)+", "", text, flags=re.MULTILINE)
    path = tmp_path / "real.toml"
    path.write_text(text.replace("manufacturer =", 'published_keys = "test keys"\nmanufacturer =', 1), encoding="utf-8")
    return str(path)


def waits_of(listed: str) -> float:
    return next(row["waits_s"] for row in json.loads(listed) if row["id"] == CASE)


def test_a_list_for_a_real_line_tells_how_long_each_case_waits(real_line):
    assert waits_of(call("list", real_line, "--json")) > 0
    said = call("list", real_line)
    assert "waits" in said
    assert "waits that they must make, beside the answers that they wait for:" in said


def test_a_list_for_the_loopback_tells_of_no_waits():
    assert waits_of(call("list", "--json")) == 0
    assert "waits that they must make" not in call("list")


def test_explain_tells_of_the_wait_and_of_the_clock_that_it_takes(real_line):
    on_the_line = call("explain", CASE, "--device", real_line)
    assert "waits  30 s\n" in on_the_line
    assert "waits  30 s, of virtual time on this link\n" in call("explain", CASE)


def run_in(directory: Path, *, virtual: bool) -> str:
    """A run of one subtest, closed: what is printed at its end."""
    head = RunHead(tool=ToolRecord(version="1"), started=STARTED, device=DeviceRecord(name="meter"))
    timing = timing_of([0.5, 0.5], virtual=virtual, wire_s=6.0, waited_s=2.0)
    subtest = SubtestRecord(number=1, title="a", verdict=Verdict.PASSED, duration_s=10.0, timing=timing)
    with Journal(directory, head, Redactor()) as journal:
        journal.item(Item(case=CaseHead(id="X_A", title="a", group="hdlc", device="meter"), subtest=subtest))
        journal.finish()
    stream = io.StringIO()
    closed = close_run(directory, pdf=False, stream=stream)
    assert closed.to_json(0)["timing"] == [timing.to_json() for timing in closed.record.timing]
    return stream.getvalue()


def test_a_run_on_a_real_line_ends_with_where_its_time_went(tmp_path):
    said = "time of the hdlc group: of 10 s, 60 % on the wire, 10 % meter, 20 % waits, 10 % tool\n"
    assert said in run_in(tmp_path, virtual=False)


def test_a_run_in_virtual_time_says_nothing_of_shares(tmp_path):
    assert "time of the" not in run_in(tmp_path, virtual=True)
