"""The frames of a run of ours are found by its directory, case and subtest."""

from __future__ import annotations

import json

import pytest

from conformance.diagnose.intake.conversation import Layer
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.reading import read
from conformance.diagnose.intake.selection import Selection, split
from conformance.record.frames import FrameLog, Place, frames_file
from conformance.record.redaction import Redactor

SNRM = bytes.fromhex("7EA0070321930F017E")
UA = bytes.fromhex("7EA00721037301407E")
AARQ = bytes.fromhex(
    "7EA0470002129D0310CF5EE6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80087852775062457846"
    "BE10040E01000000065F1F0400007E1F0100AFDF7E"
)


@pytest.fixture
def run(tmp_path):
    """A run of two cases, of which the second one passes a password."""
    log = FrameLog(tmp_path, Redactor([b"xRwPbExF"]))
    for case, subtests in (("T_LINK_1", (1, 2)), ("T_APPL_1", (1,))):
        for subtest in subtests:
            log.place = Place("meter", case, "reader", "plain", subtest)
            log.write("C>S", "hdlc", SNRM, t=float(subtest), note="first")
            log.write("S>C", "hdlc", UA, t=subtest + 0.1)
            if case == "T_APPL_1":
                log.write("C>S", "hdlc", AARQ, t=subtest + 0.2, plain=b"\x01\x00")
    log.close()
    frames_file(tmp_path, "main").rename(tmp_path / "frames.jsonl")
    return tmp_path


def test_a_whole_run_has_a_stream_for_each_subtest(run):
    """Streams are named by case and subtest; layers are as logged."""
    conversation = read(run)
    assert conversation.form == "frame log"
    assert [stream.name for stream in conversation.streams] == [
        "T_LINK_1/reader/plain, subtest 1",
        "T_LINK_1/reader/plain, subtest 2",
        "T_APPL_1/reader/plain, subtest 1",
    ]
    assert {stream.layer for stream in conversation.streams} == {Layer.HDLC}
    assert all(stream.declared for stream in conversation.streams)
    assert [unit.octets for unit in conversation.units][:2] == [SNRM, UA]
    assert conversation.heard[0].notes == ("first",)


@pytest.mark.parametrize(
    ("selection", "places"),
    [
        ("T_LINK_1", [1, 2, 3, 4]),
        ("T_LINK_1/2", [3, 4]),
        ("T_LINK_1/reader/plain/1", [1, 2]),
        ("T_APPL_1", [5, 6, 7]),
        ("3", [5, 6, 7]),
    ],
)
def test_a_case_or_a_subtest_is_selected(run, selection, places):
    """By the directory, or by the log itself."""
    for name in (f"{run}#{selection}", f"{run}/frames.jsonl#{selection}"):
        assert [piece.place.number for piece in read(name).heard] == places


def test_redacted_octets_are_not_taken_for_what_passed(run):
    """They are marked, so that no check sequence over them is called wrong."""
    conversation = read(f"{run}#T_APPL_1")
    assert conversation.units[2].unknown == ((44, 52),)
    assert not conversation.apdus[0].complete
    assert conversation.heard[2].plain == b"\x01\x00"
    assert conversation.said("octets-redacted")[0].severity == "info"


def test_a_case_that_is_not_there_is_told_with_the_nearest_names(run):
    """A typing mistake is met with what was likely meant."""
    with pytest.raises(IntakeError, match="Near to it are T_LINK_1"):
        read(f"{run}#T_LINK_2")
    with pytest.raises(IntakeError, match="no frame belongs to T_LINK_1/9"):
        read(f"{run}#T_LINK_1/9")


def test_a_torn_log_gives_its_whole_lines(run):
    """A run that was killed is read up to where it was."""
    log = run / "frames.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    conversation = read(run)
    assert len(conversation.heard) == 6
    assert conversation.said("frame-log-torn")[0].where == "line 7"


def test_a_damaged_line_is_named(run):
    """One message: file, line, field."""
    log = run / "frames.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines()
    frame = json.loads(lines[1])
    frame["dir"] = "up"
    log.write_text("\n".join([lines[0], json.dumps(frame), *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(IntakeError, match="line 2: is no frame \\(dir"):
        read(run)


def test_a_directory_that_is_no_run_and_a_file_that_is_not_there(tmp_path):
    """What was expected is said."""
    with pytest.raises(IntakeError, match="is a directory without frames"):
        read(tmp_path)
    with pytest.raises(IntakeError, match="cannot be read \\(No such file or directory\\)"):
        read(tmp_path / "nothing.pcap")
    with pytest.raises(IntakeError, match="cannot be read"):
        read("a\0b")


def test_a_hash_in_the_name_of_a_file_belongs_to_the_name(tmp_path):
    """A file that is there is meant."""
    path = tmp_path / "log#3"
    path.write_text("TX: 7EA0070321930F017E\n", encoding="utf-8")
    assert len(read(path).units) == 1
    assert split(f"{path}#2")[1] == Selection(number=2)
    assert split("run#CASE/association/4")[1] == Selection(names=("CASE", "association"), subtest=4)
