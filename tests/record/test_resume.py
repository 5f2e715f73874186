"""A run that was killed or interrupted is finished later, and its record tells both parts as one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.record.assemble import assemble, load, load_frames
from conformance.record.errors import RecordError
from conformance.record.frames import FrameLog
from conformance.record.journal import Item, Journal
from conformance.record.model import CaseHead, DeviceRecord, RunHead, SubtestRecord, ToolRecord
from conformance.record.redaction import Redactor
from conformance.record.resume import check_same, judged, next_worker
from conformance.record.verdict import Verdict

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD = RunHead(tool=ToolRecord(version="0.1.0"), started=NOON, device=DeviceRecord(name="acme", fingerprint="f1"))


def item(number: int, worker: str = "main") -> Item:
    subtest = SubtestRecord(number=number, title="a", verdict=Verdict.PASSED, frames=(1, 1))
    head = CaseHead(id="T_X", title="x", device="acme", association="m", variant="glo")
    return Item(case=head, subtest=subtest, worker=worker, order=number)


def part(directory: Path, journal: Journal, number: int) -> None:
    worker = next_worker(directory, "main")
    log = FrameLog(directory, Redactor(), worker=worker)
    log.write("C>S", "apdu", bytes((number,)), t=0)
    log.close()
    journal.item(item(number, worker))


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    journal = Journal(tmp_path, HEAD, Redactor())
    part(tmp_path, journal, 1)
    journal.started("T_X[2]")
    journal.close()
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"kind":"it')
    return tmp_path


def test_what_was_judged_is_known_to_whoever_resumes(killed: Path) -> None:
    assert judged(killed) == {("acme", "T_X", "m", "glo", 1)}


def test_both_parts_make_one_record(killed: Path) -> None:
    load(killed)
    journal = Journal.resumed(killed, Redactor(), at=NOON)
    assert journal.part == 2
    assert not (killed / "run.json").exists()
    part(killed, journal, 2)
    journal.finish(finished=NOON)
    record = assemble(killed)
    assert record.complete
    assert [(subtest.number, subtest.frames) for _, subtest in record.subtests()] == [(1, (1, 1)), (2, (2, 2))]
    assert [frame.octets for frame in load_frames(killed)] == [b"\x01", b"\x02"]
    assert record.notes == (
        "journal.jsonl, line 4: torn when the run was killed; dropped",
        "the run was killed while T_X[2] was running, and resumed at 2026-11-21T12:00:00+00:00",
    )


def test_an_interrupted_run_can_be_resumed_more_than_once(killed: Path) -> None:
    for number in (2, 3):
        journal = Journal.resumed(killed, Redactor())
        assert journal.part == number
        part(killed, journal, number)
        journal.finish(complete=False)
    assert len(judged(killed)) == 3
    assert not assemble(killed).complete


def test_every_worker_of_a_part_gets_the_same_answer_however_far_the_others_are(killed: Path) -> None:
    before = judged(killed, part=2)
    with Journal.resumed(killed, Redactor()) as journal:
        assert judged(killed, part=2) == before
        journal.item(item(2))
        assert judged(killed, part=2) == before
    assert len(judged(killed)) == 2


def test_a_complete_run_is_not_resumed(tmp_path: Path) -> None:
    Journal(tmp_path, HEAD, Redactor()).finish()
    with pytest.raises(RecordError, match="Nothing is left to resume"):
        judged(tmp_path)


def test_a_directory_without_a_journal_is_not_resumed(tmp_path: Path) -> None:
    for resume in (judged, lambda directory: Journal.resumed(directory, Redactor())):
        with pytest.raises(RecordError, match="there is no such file"):
            resume(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tool": ToolRecord(version="0.2.0")}, "tool version 0.1.0, now 0.2.0"),
        ({"device": DeviceRecord(name="acme", fingerprint="f2")}, "device config of acme"),
        ({"permissions": ("writes",)}, "permissions"),
        ({"acceptance": "strict"}, "acceptance"),
        ({"seeds": {"run": 2}}, "seeds"),
    ],
)
def test_a_run_is_not_finished_otherwise_than_it_began(killed: Path, changes: dict[str, object], message: str) -> None:
    check_same(killed, HEAD)
    with pytest.raises(RecordError, match=message):
        check_same(killed, HEAD.model_copy(update=changes))


def test_no_frame_log_is_written_twice(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        names.append(next_worker(tmp_path, "gw0"))
        FrameLog(tmp_path, Redactor(), worker=names[-1]).close()
    assert names == ["gw0", "gw0_2", "gw0_3"]


def test_what_could_not_be_judged_is_left_to_do_and_what_comes_last_stands(tmp_path: Path) -> None:
    lost = item(2).model_copy(
        update={"subtest": SubtestRecord(number=2, title="a", verdict=Verdict.INCONCLUSIVE, reason="the port vanished")}
    )
    journal = Journal(tmp_path, HEAD, Redactor())
    part(tmp_path, journal, 1)
    journal.item(lost)
    journal.finish(finished=NOON)
    assert assemble(tmp_path).complete
    assert {key[-1] for key in judged(tmp_path)} == {1}

    journal = Journal.resumed(tmp_path, Redactor(), at=NOON)
    part(tmp_path, journal, 2)
    journal.finish(finished=NOON)

    record = assemble(tmp_path)
    assert [subtest.verdict for _, subtest in record.subtests()] == [Verdict.PASSED, Verdict.PASSED]
    assert any("could not be judged; the run was resumed" in note for note in record.notes)
    with pytest.raises(RecordError, match="Nothing is left to resume"):
        judged(tmp_path)
