"""Everything of a run is drawn at once; one view that fails takes nothing else with it."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.record.assemble import load, load_frames
from conformance.record.errors import RecordError
from conformance.record.frames import Frame
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DecidingOctets,
    DeviceRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict
from conformance.reporting import allure, html, junit, manifest, pcapng, pdf
from conformance.reporting.draw import FORMATS, DrawError, draw

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
GLO_GET = bytes.fromhex(
    "7EA02F0002FEFF0354CDB3E6E600C81E3000000003C952F666F2B02FB2BB6A99741FE5CBF171B1D5F2AA30B081EC90077E"
)
VERDICTS = (*[Verdict.PASSED] * 6, Verdict.INAPPLICABLE, Verdict.INAPPLICABLE, Verdict.FAILED, Verdict.SKIPPED)


@pytest.fixture
def run(specimen: Path, tmp_path: Path) -> Path:
    """A copy of the specimen's directory, to write into."""
    return Path(shutil.copytree(specimen, tmp_path / "run"))


def octets_of(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("out of ink")


def test_record_frames_and_every_view_are_written_under_their_agreed_names(run):
    drawn = draw(run)
    assert {name: path.relative_to(run).as_posix() for name, path in drawn.items()} == {
        "record": "run.json",
        "frames": "frames.jsonl",
        "html": "report.html",
        "pdf": "report.pdf",
        "junit": "junit.xml",
        "allure": "allure-results",
        "pcapng": "trace.pcapng",
        "manifest": "manifest.json",
    }
    assert all(path.exists() for path in drawn.values())


def test_the_manifest_vouches_for_all_that_was_drawn(run):
    draw(run)
    assert manifest.check(run) == ()


def test_drawn_again_not_an_octet_differs(run):
    draw(run)
    before = octets_of(run)
    draw(run)
    assert octets_of(run) == before


def test_a_killed_run_is_assembled_and_drawn(killed_specimen, tmp_path):
    run = Path(shutil.copytree(killed_specimen, tmp_path / "run"))
    (run / "run.json").unlink()
    draw(run, formats=("junit",))
    assert not load(run).complete


def test_a_record_without_its_journal_is_drawn_as_it_is(run):
    for path in (*run.glob("frames-*.jsonl"), run / "journal.jsonl"):
        path.unlink()
    before = (run / "run.json").read_bytes()
    draw(run, formats=("junit", "pcapng"))
    assert (run / "run.json").read_bytes() == before


def test_only_what_is_asked_for_is_drawn(run):
    assert set(draw(run, formats=("junit",))) == {"record", "frames", "junit", "manifest"}
    assert not (run / "report.pdf").exists()


def test_an_unknown_format_is_refused_before_anything_is_written(run):
    before = octets_of(run)
    with pytest.raises(ValueError, match="unknown format docx: there are html, pdf, junit, allure, pcapng"):
        draw(run, formats=("docx", "pdf"))
    assert octets_of(run) == before


def test_a_directory_without_a_run_is_refused(tmp_path):
    with pytest.raises(RecordError, match="holds no run"):
        draw(tmp_path)


@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        ("html", html, "render"),
        ("pdf", pdf, "render"),
        ("junit", junit, "render"),
        ("pcapng", pcapng, "render"),
    ],
)
def test_a_view_that_fails_is_named_and_the_others_are_there(run, monkeypatch, name, module, function):
    monkeypatch.setattr(module, function, broken)
    with pytest.raises(DrawError) as raised:
        draw(run)
    assert set(raised.value.failures) == {name}
    assert set(raised.value.drawn) == {"record", "frames", "manifest", *FORMATS} - {name}
    assert f"{name}: RuntimeError: out of ink" in str(raised.value)
    assert manifest.check(run) == ()


def test_a_view_that_fails_leaves_no_report_of_an_earlier_drawing(run, monkeypatch):
    draw(run, formats=("junit", "allure"))
    monkeypatch.setattr(junit, "render", broken)
    monkeypatch.setattr("conformance.reporting.allure.write_setting", broken)
    with pytest.raises(DrawError) as raised:
        draw(run, formats=("junit", "allure"))
    assert set(raised.value.failures) == {"junit", "allure"}
    assert not (run / "junit.xml").exists()
    assert not list((run / "allure-results").glob("*-result.json"))


def test_a_manifest_that_cannot_be_written_is_a_failure_of_its_own(run):
    (run / "link").symlink_to("/nowhere")
    with pytest.raises(DrawError, match=r"manifest: .*neither a file nor a directory"):
        draw(run, formats=("junit",))
    assert (run / "junit.xml").exists()


def large_run(subtests: int, frames: int) -> tuple[RunRecord, tuple[Frame, ...]]:
    """A run in which a tenth failed and no two frames are the same."""
    log: list[Frame] = []
    cases = []
    for index in range(subtests // 5):
        head = CaseHead(
            id=f"T_APPL_CASE_{index // 6}", title="A case with a title of some length", device="meter",
            group=("hdlc", "application", "security")[index // 6 % 3], clause="IEC 62056-5-3",
            association=("public", "reader", "management")[index % 3], variant=("glo", "ded")[index // 3 % 2],
        )  # fmt: skip
        found = []
        for number in range(1, 6):
            first = len(log) + 1
            while len(log) < (5 * index + number) * frames // subtests:
                n = len(log) + 1
                octets = GLO_GET[:20] + n.to_bytes(2, "big") + GLO_GET[22:]
                log.append(
                    Frame(
                        n=n,
                        t=n / 10,
                        utc=STARTED + timedelta(milliseconds=n),
                        dir="C>S",
                        layer="hdlc",
                        subtest=number,
                        device="meter",
                        case=head.id,
                        hex=octets.hex().upper(),
                        plain="C001C100010100000208FF0200",
                    )
                )
            verdict = VERDICTS[(5 * index + number) % len(VERDICTS)]
            octet = DecidingOctets(
                frame=len(log), path="get-request.invoke-id-and-priority", start=2, end=3, octets="C1"
            )
            found.append(
                SubtestRecord(
                    number=number,
                    title="a subtest",
                    verdict=verdict,
                    requirement="A server answers. " * 5,
                    expected="data",
                    observed="silence",
                    reason="a reason of some length",
                    frames=(first, len(log)),
                    started=STARTED,
                    duration_s=0.2,
                    deciding=octet if verdict is Verdict.FAILED else None,
                )
            )
        cases.append(CaseRecord.of(head, tuple(found)))
    head = RunHead(tool=ToolRecord(version="1"), started=STARTED, device=DeviceRecord(name="meter"))
    return RunRecord.of(head, tuple(cases), finished=STARTED, complete=True), tuple(log)


def cpu_seconds(action: Callable[[], object]) -> float:
    before = time.process_time()
    action()
    return time.process_time() - before


def test_a_large_run_is_drawn_in_seconds(tmp_path):
    # A fifth of 1,500 subtests and 8,000 frames, which may take 3 s, 2 s and 1 s; twice that on a busy machine.
    record, frames = large_run(300, 1_600)
    assert cpu_seconds(lambda: pdf.render(record, frames)) < 2 * 3 / 5
    assert cpu_seconds(lambda: allure.write(tmp_path, record, frames)) < 2 * 2 / 5
    assert cpu_seconds(lambda: junit.render(record, frames)) < 2 * 1 / 5


def test_the_record_that_is_drawn_is_the_record_on_the_disk(run):
    draw(run, formats=("pcapng",))
    assert (run / "trace.pcapng").read_bytes() == pcapng.render(load(run), load_frames(run))
