"""A run leaves its record behind, whatever ends it; and a damaged record says so in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.record.assemble import assemble, load, load_frames
from conformance.record.errors import RecordError
from conformance.record.frames import MAIN, FrameLog, Place
from conformance.record.journal import Item, Journal
from conformance.record.model import (
    CaseHead,
    DecidingOctets,
    DeviceRecord,
    FindingRecord,
    FrameRange,
    RunHead,
    StepRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.redaction import Redactor
from conformance.record.verdict import Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD = RunHead(tool=ToolRecord(version="0.1.0"), started=NOON, device=DeviceRecord(name="acme"))
SNRM = bytes.fromhex("7EA0070321930F017E")
UA = bytes.fromhex("7EA00721037301407E")


def item(
    case: str = "T_HDLC_FRAME_P1",
    number: int = 1,
    verdict: Verdict = Verdict.PASSED,
    frames: FrameRange | None = None,
    *,
    worker: str = MAIN,
    order: int = 0,
    reason: str = "",
    **more: object,
) -> Item:
    subtest = SubtestRecord(number=number, title="SNRM", verdict=verdict, frames=frames, reason=reason, **more)
    return Item(case=CaseHead(id=case, title="link", device="acme"), subtest=subtest, worker=worker, order=order)


def write_frames(directory: Path, worker: str, count: int, redactor: Redactor | None = None) -> None:
    log = FrameLog(directory, redactor or Redactor(), worker=worker, now=lambda: NOON)
    for number in range(count):
        log.place = Place("acme", "T_HDLC_FRAME_P1", subtest=number)
        log.write("S>C" if number % 2 else "C>S", "hdlc", UA if number % 2 else SNRM, t=number / 10, note=worker)
    log.close()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, HEAD, Redactor())


def test_a_whole_run_is_read_back_as_it_was_written(tmp_path: Path, journal: Journal) -> None:
    write_frames(tmp_path, MAIN, 4)
    journal.planned(2)
    journal.identity("acme", {"logical-device-name": "ACM0000000000001"})
    journal.item(item(number=1, frames=(1, 2)))
    journal.item(item(number=2, frames=(3, 4), verdict=Verdict.FAILED, reason="UA missing"))
    journal.finish(finished=NOON)
    record = assemble(tmp_path)
    assert load(tmp_path) == record
    assert record.complete
    assert record.finished == NOON
    assert record.planned == 2
    assert record.notes == ()
    assert record.device.identity == {"logical-device-name": "ACM0000000000001"}
    assert record.verdict is Verdict.FAILED
    assert (record.totals[Verdict.FAILED], record.subtest_totals[Verdict.PASSED]) == (1, 1)
    (case,) = record.cases
    assert (case.verdict, case.reason) == (Verdict.FAILED, "UA missing")
    assert [frame.octets for frame in load_frames(tmp_path)] == [SNRM, UA, SNRM, UA]


def test_the_file_has_the_names_that_others_rely_on(tmp_path: Path, journal: Journal) -> None:
    journal.item(item())
    journal.finish()
    assemble(tmp_path)
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["schema"] == 1
    assert {"schema", "tool", "device", "totals", "cases"} <= run.keys()
    assert run["totals"]["PASSED"] == 1
    case = run["cases"][0]
    assert {"id", "title", "clause", "association", "variant", "verdict", "reason", "subtests"} <= case.keys()
    wanted = {"number", "title", "verdict", "requirement", "expected", "observed", "frames", "findings"}
    assert wanted <= case["subtests"][0].keys()


def test_a_killed_run_keeps_what_it_judged_and_says_where_it_was(tmp_path: Path, journal: Journal) -> None:
    write_frames(tmp_path, MAIN, 3)
    journal.item(item(frames=(1, 2)))
    journal.started("T_HDLC_FRAME_P2[acme]")
    journal.close()
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"kind":"item","case":{"id":"T_HD')
    with (tmp_path / "frames-main.jsonl").open("ab") as file:
        file.write(b'{"n":4,"t":')
    record = load(tmp_path)
    assert not record.complete
    assert record.finished is None
    assert len(record.cases) == 1
    assert record.notes == (
        "journal.jsonl, line 4: torn when the run was killed; dropped",
        "the run was killed while T_HDLC_FRAME_P2[acme] was running",
        "frames-main.jsonl, line 4: torn when the run was killed; dropped",
    )
    assert len(load_frames(tmp_path)) == 3


def test_a_run_that_was_interrupted_is_not_complete(tmp_path: Path, journal: Journal) -> None:
    journal.item(item())
    journal.finish(complete=False)
    record = assemble(tmp_path)
    assert not record.complete
    assert record.notes == ("the run was interrupted",)


def test_frames_of_many_workers_get_one_numbering_and_every_reference_follows(tmp_path: Path, journal: Journal) -> None:
    write_frames(tmp_path, "gw0", 3)
    write_frames(tmp_path, "gw10", 2)
    write_frames(tmp_path, "gw1", 4)
    deciding = DecidingOctets(frame=2, path="hdlc-frame.content.fcs", start=6, end=8, octets="0F01")
    finding = FindingRecord(code="fcs-wrong", severity="error", frame=1, message="FCS")
    step = StepRecord(title="SNRM", frames=(1, 1))
    journal.item(item(number=2, frames=(1, 2), worker="gw10", order=5, steps=(step,)))
    journal.item(item(number=1, frames=(2, 4), worker="gw1", order=4, deciding=deciding, findings=(finding,)))
    journal.item(item("T_OTHER", frames=(1, 3), worker="gw0", order=0))
    journal.finish()
    record = assemble(tmp_path)
    frames = load_frames(tmp_path)
    assert [(frame.n, frame.worker) for frame in frames] == list(enumerate(["gw0"] * 3 + ["gw1"] * 4 + ["gw10"] * 2, 1))
    other, link = record.cases
    assert other.subtests[0].frames == (1, 3)
    first, second = link.subtests
    assert first.frames == (5, 7)
    assert first.deciding is not None
    assert first.deciding.frame == 5
    assert first.findings[0].frame == 4
    assert second.frames == (8, 9)
    assert second.steps[0].frames == (8, 8)


def test_cases_are_listed_as_collected_not_as_they_ran(tmp_path: Path, journal: Journal) -> None:
    for case, order in (("T_C", 9), ("T_A", 2), ("T_B", 7)):
        journal.item(item(case, order=order))
    journal.finish()
    assert [case.id for case in assemble(tmp_path).cases] == ["T_A", "T_B", "T_C"]


def test_a_reference_to_frames_that_a_killed_worker_lost_is_cut_and_noted(tmp_path: Path, journal: Journal) -> None:
    write_frames(tmp_path, "gw0", 2)
    journal.item(item(frames=(1, 5), worker="gw0"))
    journal.item(item(number=2, frames=(6, 7), worker="gw0"))
    journal.finish()
    record = assemble(tmp_path)
    assert [subtest.frames for _, subtest in record.subtests()] == [(1, 2), None]
    assert record.notes == (
        "T_HDLC_FRAME_P1 subtest 1: frames up to 5 of worker gw0 are missing",
        "T_HDLC_FRAME_P1 subtest 2: frames up to 7 of worker gw0 are missing",
    )


def test_assembling_again_gives_the_same_files(tmp_path: Path, journal: Journal) -> None:
    write_frames(tmp_path, MAIN, 2)
    journal.item(item(frames=(1, 2)))
    journal.finish(finished=NOON)
    assemble(tmp_path)
    before = [(tmp_path / name).read_bytes() for name in ("run.json", "frames.jsonl")]
    assemble(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in ("run.json", "frames.jsonl")] == before


def test_what_a_worker_hands_over_is_what_the_record_gets(tmp_path: Path, journal: Journal) -> None:
    handed = item(reason="password JuS66BCZ refused", started=NOON).redacted(Redactor([b"JuS66BCZ"]))
    assert json.loads(json.dumps(handed)) == handed
    journal.item(handed)
    journal.finish()
    ((_, subtest),) = assemble(tmp_path).subtests()
    assert subtest.reason == "password <secret sha256:0c6a6f20> refused"
    assert subtest.started == NOON


def test_no_secret_reaches_any_file_of_a_run(tmp_path: Path) -> None:
    password, key = b"JuS66BCZ", bytes.fromhex("5E168412318BA71848C99B2B2AB33294")
    redactor = Redactor([password, key])
    log = FrameLog(tmp_path, redactor)
    log.write(
        "C>S", "apdu", b"\xac\x0a\x80\x08" + password, t=0, plain=b"\x01\x01\x10" + key, note=f"sent {password!r}"
    )
    log.write("C>S", "hdlc", b"\x7e\xa0\x12\x03\x21\x10\x01\x02" + key[:9] + b"\x01\x02\x7e", t=0, apdu=b"\xc1" + key)
    log.close()
    head = HEAD.model_copy(update={"scope": f"-k {key.hex()}"})
    with Journal(tmp_path, head, redactor) as journal:
        journal.started(f"password {password.decode()}")
        journal.identity("acme", {"secret": password.decode()})
        journal.item(item(reason=f"{key.hex(' ')} and {password.hex()}", observed="JuS66BCZ", frames=(1, 2)))
        journal.note(key.hex())
        journal.finish()
    assemble(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"run.json", "frames.jsonl", "journal.jsonl", "frames-main.jsonl"} == written.keys()
    for name, octets in written.items():
        for piece in (password, key, key[:9]):
            for form in (piece, piece.hex().encode(), piece.hex().upper().encode(), piece.hex(" ").encode()):
                assert form not in octets, (name, form)


def test_a_password_that_reads_like_a_year_does_not_break_the_record(tmp_path: Path) -> None:
    with Journal(tmp_path, HEAD, Redactor([b"2026", b"main", b"PASSED"])) as journal:
        journal.item(item(started=NOON))
        journal.finish(finished=NOON)
    record = assemble(tmp_path)
    assert record.started == NOON
    assert record.verdict is Verdict.PASSED


def test_text_that_no_file_can_hold_is_stored_escaped_and_bounded(tmp_path: Path, journal: Journal) -> None:
    journal.item(item(observed="\ud800\x00", reason="x" * 100_000))
    journal.finish()
    ((_, subtest),) = assemble(tmp_path).subtests()
    assert subtest.observed == "\\ud800\x00"
    assert subtest.reason.endswith("… (80040 more characters)")
    load(tmp_path)


def test_a_second_run_does_not_overwrite_the_evidence_of_the_first(tmp_path: Path, journal: Journal) -> None:
    journal.close()
    with pytest.raises(FileExistsError):
        Journal(tmp_path, HEAD, Redactor())


def _assembled(directory: Path) -> None:
    with Journal(directory, HEAD, Redactor()) as journal:
        write_frames(directory, MAIN, 3)
        journal.item(item(frames=(1, 2)))
        journal.item(item(number=2))
        journal.finish()
    assemble(directory)


def test_a_directory_without_a_run_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"holds no run: neither run\.json nor journal\.jsonl\. Give the directory"):
        load(tmp_path)


def test_a_record_of_a_newer_schema_says_so(tmp_path: Path) -> None:
    _assembled(tmp_path)
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(RecordError, match="has schema 2, this version reads schema 1"):
        load(tmp_path)


@pytest.mark.parametrize("content", ["[]", "{}", "null", '{"schema": true}', '"x"'])
def test_a_file_that_is_no_record_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RecordError, match=r"run\.json"):
        load(tmp_path)


@pytest.mark.parametrize("content", ['{"schema": 1,', "\x00\x01", "[" * 100_000], ids=["cut", "binary", "deep"])
def test_a_record_that_is_no_json_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RecordError, match="is no JSON"):
        load(tmp_path)


def test_totals_that_were_tampered_with_are_noticed(tmp_path: Path) -> None:
    _assembled(tmp_path)
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace('"PASSED": 1', '"PASSED": 7', 1))
    with pytest.raises(RecordError, match="totals do not agree"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("line", "damage", "message"),
    [
        (1, b"{", "is no JSON"),
        (1, b"7", "is no JSON object"),
        (1, b'{"kind":"item"}', "is not the line of kind run"),
        (1, b'{"kind":"run"}', "names no schema"),
        (1, b'{"kind":"run","schema":1}', "is no head of a run"),
        (2, b"\xff\xfe", "is no JSON"),
        (2, b'{"kind":"item"}', "wrong content"),
        (2, b'{"kind":"party"}', "kind 'party'"),
        (2, b"{}", "wrong content"),
    ],
)
def test_a_damaged_journal_names_its_line(tmp_path: Path, line: int, damage: bytes, message: str) -> None:
    _assembled(tmp_path)
    path = tmp_path / "journal.jsonl"
    lines = path.read_bytes().splitlines()
    lines[line - 1] = damage
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(RecordError, match=message) as caught:
        assemble(tmp_path)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}, line {line}: ")


@pytest.mark.parametrize("damage", [b"", b'{"n":2}', b"x"], ids=["line-lost", "no-frame", "no-json"])
def test_a_damaged_frame_log_names_its_line(tmp_path: Path, damage: bytes) -> None:
    _assembled(tmp_path)
    for path in (tmp_path / "frames-main.jsonl", tmp_path / "frames.jsonl"):
        lines = path.read_bytes().splitlines()
        lines[1:2] = [damage] if damage else []
        path.write_bytes(b"\n".join(lines) + b"\n")
    for read in (assemble, load_frames):
        with pytest.raises(RecordError) as caught:
            read(tmp_path)
        assert caught.value.line == 2


def test_a_frame_log_that_ends_within_a_line_is_damaged(tmp_path: Path) -> None:
    _assembled(tmp_path)
    path = tmp_path / "frames.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(RecordError, match=r"ends within a line\. Delete run\.json and frames\.jsonl"):
        load_frames(tmp_path)


def test_a_missing_frame_log_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such file"):
        load_frames(tmp_path)


def test_an_empty_journal_says_that_nothing_began(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_bytes(b'{"kind":"ru')
    with pytest.raises(RecordError, match="is empty"):
        load(tmp_path)


def test_a_worker_name_cannot_lead_out_of_the_directory(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="worker"):
        FrameLog(tmp_path, Redactor(), worker="../../x")
