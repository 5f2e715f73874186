"""The parts of a night become one: nothing lost, nothing doubled, nothing changed where it came from."""

from __future__ import annotations

import hashlib
import sys

import pytest

from conformance.lab.inventory import Bench, Lab, LabDevice, Line, NightProfile
from conformance.lab.night_assembly import assemble
from conformance.lab.night_drawing import draw_night
from conformance.lab.night_merging import MergeError, merge
from conformance.lab.night_record import RowState, load_night
from conformance.record.errors import RecordError
from conformance.record.verdict import Verdict
from conformance.reporting import manifest
from tests.lab.nights import STARTED, Meter, write_night, write_run
from tests.reporting.conftest import write_specimen


def lab_of(tmp_path, *names, fingerprint="51aa"):
    devices = tuple(LabDevice(name=name, config=tmp_path / "x.toml", line="rs485-a", profile="core") for name in names)
    return Lab(
        name="Acme night lab", path=tmp_path / "lab.toml", nights=tmp_path / "nights", state=tmp_path / "state",
        fingerprint=fingerprint, benches=(Bench(name="hall-1"),), lines=(Line(name="rs485-a", bench="hall-1"),),
        devices=devices, profiles=(NightProfile(name="core", budget_s=2700.0),),
    )  # fmt: skip


def states_of(night):
    return {row.device: row.state for row in night.rows}


def contents(directory):
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def parts(tmp_path):
    """Two hosts of one night, and a run that a CI engine made by itself."""
    write_night(tmp_path / "a" / "2026-11-21T220000", [Meter("m-1"), Meter("m-2", problems={0: Verdict.FAILED})])
    write_night(tmp_path / "b" / "2026-11-21T220000", [Meter("m-3", line="tcp-b")], host="other-pc")
    write_run(tmp_path / "c" / "m-4", Meter("m-4", config_name="simulator"))
    return [tmp_path / "a" / "2026-11-21T220000", tmp_path / "b" / "2026-11-21T220000", tmp_path / "c" / "m-4"]


def test_the_parts_of_all_hosts_become_one_night_in_the_order_of_the_lab(tmp_path, parts):
    night = merge(parts, tmp_path / "whole", lab=lab_of(tmp_path, "m-4", "m-1", "m-2", "m-3"))
    assert [row.device for row in night.rows] == ["m-4", "m-1", "m-2", "m-3"]
    assert [host.name for host in night.hosts] == ["bench-pc", "other-pc"]
    assert night.name == "2026-11-21T220000"
    assert night.complete
    assert night.rows[0].line == "rs485-a"
    assert night.rows[3].line == "tcp-b"
    assert night.exit_code == 1
    for row in night.rows:
        assert (tmp_path / "whole" / row.directory / "run.json").is_file()
    assert load_night(tmp_path / "whole") == night
    assert len(list((tmp_path / "whole" / "journals").iterdir())) == 2


def test_a_device_with_two_results_is_an_error_that_names_both_directories(tmp_path, parts):
    write_run(tmp_path / "d" / "m-1", Meter("m-1"))
    with pytest.raises(MergeError) as caught:
        merge([*parts, tmp_path / "d" / "m-1"], tmp_path / "whole")
    said = str(caught.value)
    assert str(parts[0] / "devices" / "m-1") in said
    assert str(tmp_path / "d" / "m-1") in said
    assert not (tmp_path / "whole").exists()


def test_a_device_that_two_parts_planned_and_one_tested_counts_once(tmp_path):
    write_night(tmp_path / "a", [Meter("m-1"), Meter("m-2", state=RowState.NOT_RUN, reason="other host", runs=False)])
    write_night(tmp_path / "b", [Meter("m-1", state=RowState.NOT_RUN, reason="other host", runs=False), Meter("m-2")])
    night = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "whole")
    assert states_of(night) == {"m-1": RowState.DONE, "m-2": RowState.DONE}
    assert night.complete


def test_a_missing_device_of_the_lab_is_a_row_that_names_where_it_was_looked_for(tmp_path, parts):
    night = merge(parts, tmp_path / "whole", lab=lab_of(tmp_path, "m-1", "m-2", "m-3", "m-4", "m-5"))
    missing = night.rows[-1]
    assert (missing.device, missing.state, missing.verdict) == ("m-5", RowState.NOT_RUN, Verdict.INCONCLUSIVE)
    assert missing.reason.startswith("not run: no result in ")
    assert str(parts[2]) in missing.reason
    assert (missing.line, missing.bench, missing.budget_s) == ("rs485-a", "hall-1", 2700.0)
    assert not night.complete


def test_a_device_that_the_lab_does_not_know_is_counted_and_told(tmp_path, parts):
    night = merge(parts, tmp_path / "whole", lab=lab_of(tmp_path, "m-1"))
    assert {"m-2", "m-3"} < states_of(night).keys()
    assert any("m-2 is not in the lab file" in note for note in night.notes)


def test_a_part_that_worked_by_another_lab_file_is_told(tmp_path, parts):
    night = merge(parts[:2], tmp_path / "whole", lab=lab_of(tmp_path, "m-1", "m-2", "m-3", fingerprint="77bb"))
    assert any("other-pc worked by another lab file: 51aa, the one given is 77bb" in note for note in night.notes)


@pytest.mark.parametrize("copy", [False, True])
def test_the_parts_are_not_changed_and_the_whole_stands_when_they_are_gone(tmp_path, parts, copy):
    killed = tmp_path / "c" / "m-9"
    write_specimen(killed, finish=False)
    (killed / "run.json").unlink()
    (killed / "frames.jsonl").unlink()
    before = contents(tmp_path / "a"), contents(tmp_path / "c")
    out = tmp_path / "whole"
    night = merge([*parts, killed], out, copy=copy)
    drawn = draw_night(out, night, pdf=False)
    assert drawn.failures == []
    assert (contents(tmp_path / "a"), contents(tmp_path / "c")) == before
    assert manifest.check(out) == ()
    row = next(row for row in night.rows if row.device == "acme-e500")
    assert (row.verdict, row.state) == (Verdict.FAILED, RowState.CRASHED)
    assert (out / row.directory / "report.html").is_file()


def test_a_merged_night_can_be_merged_again(tmp_path, parts):
    merge(parts[:1], tmp_path / "first")
    night = merge([tmp_path / "first", parts[1]], tmp_path / "whole")
    assert set(states_of(night)) == {"m-1", "m-2", "m-3"}
    assert (tmp_path / "whole" / "devices" / "m-2" / "run.json").is_file()


def test_a_damaged_run_is_a_row_and_the_others_are_merged(tmp_path, parts):
    (parts[2] / "run.json").write_text("{")
    night = merge(parts, tmp_path / "whole", lab=lab_of(tmp_path, "m-1", "m-2", "m-3", "m-4"))
    assert states_of(night)["m-4"] is RowState.CRASHED
    assert "is no JSON" in night.rows[-1].reason
    assert states_of(night)["m-1"] is RowState.DONE


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda path: None, "there is no such directory"),
        (lambda path: path.mkdir(), "holds neither a night"),
        (lambda path: write_run(path / "inner", Meter("m-1")), r"inner in it would do: give .*/\*"),
    ],
)
def test_what_is_neither_night_nor_run_is_refused_with_what_to_do(tmp_path, parts, made, said):
    made(tmp_path / "foreign")
    with pytest.raises(MergeError, match=said):
        merge([parts[0], tmp_path / "foreign"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_damaged_journal_stops_the_merge_and_leaves_nothing(tmp_path, parts):
    path = parts[1] / "night.jsonl"
    path.write_bytes(b"garbage\n" + path.read_bytes())
    with pytest.raises(RecordError, match="line 1: is no JSON"):
        merge(parts, tmp_path / "whole")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "b", "c"]


def test_evidence_is_never_overwritten(tmp_path, parts):
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "keep").write_text("x")
    with pytest.raises(MergeError, match="not empty"):
        merge(parts, tmp_path / "whole")
    with pytest.raises(MergeError, match="given twice"):
        merge([parts[0], parts[0]], tmp_path / "other")
    with pytest.raises(MergeError, match="lies in"):
        merge(parts, parts[0] / "whole")


@pytest.mark.skipif(sys.platform == "win32", reason="needs the right to make links")
def test_a_link_in_a_run_is_refused(tmp_path, parts):
    (parts[2] / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(MergeError, match="is neither a file nor a directory"):
        merge(parts, tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs the right to make links")
def test_a_device_directory_that_leads_out_of_its_part_is_not_followed(tmp_path, parts):
    run = parts[1] / "devices" / "m-3"
    run.rename(tmp_path / "elsewhere")
    run.symlink_to(tmp_path / "elsewhere")
    night = merge(parts[:2], tmp_path / "whole")
    assert states_of(night)["m-3"] is RowState.CRASHED


def test_hostile_names_stay_within_the_night_and_are_kept_as_they_are(tmp_path):
    names = ["../x", "<script>alert(1)</script>", "\u202egnp.exe", "a/b", "CON", "x" * 300]
    write_night(tmp_path / "a", [Meter(name) for name in names])
    night = merge([tmp_path / "a"], tmp_path / "whole")
    assert [row.device for row in night.rows] == names
    top = {path.name for path in tmp_path.iterdir()}
    assert top == {"a", "whole"}
    assert len(list((tmp_path / "whole" / "devices").iterdir())) == len(names)
    assert draw_night(tmp_path / "whole", night, pdf=False).failures == []


def test_names_that_differ_by_case_only_are_refused(tmp_path):
    write_run(tmp_path / "a", Meter("Acme"))
    write_run(tmp_path / "b", Meter("acme"))
    with pytest.raises(MergeError, match="upper and lower case only"):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "whole")


def test_a_run_of_several_devices_is_no_row_of_one(tmp_path):
    record = Meter("m-1").record()
    both = record.model_copy(update={"further_devices": (record.device.model_copy(update={"name": "m-2"}),)})
    write_run(tmp_path / "a", Meter("m-1"))
    (tmp_path / "a" / "run.json").write_text(both.model_dump_json(by_alias=True))
    night = assemble(write_night(tmp_path / "n", [Meter("m-1")]))
    assert night.exit_code == 0
    merged = merge([tmp_path / "a"], tmp_path / "whole", lab=lab_of(tmp_path, "m-1"))
    assert "its run holds 2 devices" in merged.rows[0].reason
    assert merged.started <= STARTED or merged.rows[0].state is RowState.CRASHED
