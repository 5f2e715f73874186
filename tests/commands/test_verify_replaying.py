"""Procedures are judged again too: `verify` runs their code against the frames, and tells what it could not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.record.model import RunRecord
from conformance.reporting import manifest
from conformance.reporting.replay_check import OtherConfigError, device_of
from tests.commands.signed_runs import command, run_cases

_SIMULATOR = Path(__file__).resolve().parents[2] / "device_configs" / "simulator.toml"
_DEFECT = "rlre-left-out"
_CASES = ("T_APPL_REL_P1", "X_SEC_TITLE", "X_PUSH_P5", "T_SYMSEC_0_Key_Tx_P1", "X_SEC_HYGIENE")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with procedures of many kinds: releases, own titles, pushes, new keys, a look at the whole run."""
    directory = tmp_path_factory.mktemp("procedures") / "out"
    run_cases(directory, _CASES, defect=_DEFECT, permissions=("reads", "writes", "changes_keys"))
    return directory


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "out")
    return tmp_path / "out"


def verified(capsys, directory: Path, *more: object):
    code, out, _ = command(capsys, "verify", "--json", directory, *more)
    return code, json.loads(out)


def forged(directory: Path, change, *, journal: bool = False) -> None:
    """Change the record, take away what else tells of it, and vouch for the rest."""
    path = directory / "run.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    order = list(content["totals"])
    for case in content["cases"]:
        case["verdict"] = min((subtest["verdict"] for subtest in case["subtests"]), key=order.index)
        case["reason"] = next(
            (item["reason"] for item in case["subtests"] if item["verdict"] == case["verdict"] and item["reason"]), ""
        )
    content["verdict"] = min((case["verdict"] for case in content["cases"]), key=order.index)
    every = [subtest for case in content["cases"] for subtest in case["subtests"]]
    for name in order:
        content["totals"][name] = sum(case["verdict"] == name for case in content["cases"])
        content["subtest_totals"][name] = sum(subtest["verdict"] == name for subtest in every)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if not journal:
        (directory / "journal.jsonl").unlink()
    manifest.write(directory)


def subtests_of(content, identifier: str, verdict: str = "PASSED"):
    return [
        subtest
        for case in content["cases"]
        if case["id"] == identifier
        for subtest in case["subtests"]
        if subtest["verdict"] == verdict
    ]


def test_every_judged_subtest_of_a_run_is_judged_again(capsys, made):
    """The keys of the embedded meter are published: nothing need be given to know them."""
    code, told = verified(capsys, made)
    assert code == 0
    assert told["not_judged_again"] == []
    assert told["subtests"]["checked"] == 0
    assert told["subtests"]["of_them_by_their_code"] >= 25
    record = RunRecord.model_validate_json((made / "run.json").read_bytes())
    judged = sum(subtest.verdict.value in ("PASSED", "FAILED") for _, subtest in record.subtests())
    assert told["subtests"]["judged_again"] == judged


def test_a_failed_procedure_turned_into_a_pass_contradicts_its_frames(capsys, copy):
    """Expected, observed and reason are forged as a pass has them: the frames still show that nothing came."""

    def whitewash(content):
        (failed, *_) = subtests_of(content, "T_APPL_REL_P1", "FAILED")
        failed |= {"verdict": "PASSED", "observed": failed["expected"], "reason": failed["expected"], "deciding": None}
        for step in failed["steps"]:
            step["verdict"] = step["verdict"] and "PASSED"

    forged(copy, whitewash)
    code, told = verified(capsys, copy)
    assert code == 1
    messages = [fault["message"] for fault in told["faults"]]
    assert any(
        "T_APPL_REL_P1" in message and "is PASSED, but its case judges the recorded frames FAILED" in message
        for message in messages
    ), messages


@pytest.mark.parametrize("identifier", ["X_SEC_TITLE", "X_PUSH_P5", "T_SYMSEC_0_Key_Tx_P1"])
def test_other_words_for_a_procedure_contradict_its_frames(capsys, copy, identifier):
    """What it is said to have observed is not what its code sees."""

    def reword(content):
        found = subtests_of(content, identifier)[0]
        found |= {"observed": found["expected"] + ", all is well", "reason": found["expected"] + ", all is well"}

    forged(copy, reword)
    code, told = verified(capsys, copy)
    assert code == 1
    assert any(identifier in fault["message"] for fault in told["faults"])


def test_a_reply_changed_everywhere_is_noticed(capsys, copy):
    """A frame of the meter is another one in every log, its check sequence right: what was sent next does not fit."""
    from conformance.dlms.hdlc.fcs import fcs16

    record = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    first, last = subtests_of(record, "X_SEC_TITLE")[0]["frames"]
    changed = None
    for name in ("frames.jsonl", "frames-main.jsonl"):
        lines = (copy / name).read_text(encoding="utf-8").splitlines()
        for at in range(first - 1, last):
            frame = json.loads(lines[at])
            if frame["dir"] == "S>C" and "A203020100" in frame["hex"]:  # an AARE that accepts: now it rejects
                octets = bytearray.fromhex(frame["hex"].replace("A203020100", "A203020101"))
                octets[-3:-1] = fcs16(bytes(octets[1:-3]))
                lines[at] = json.dumps(frame | {"hex": octets.hex().upper()}, separators=(",", ":"))
                changed = frame["n"]
                break
        (copy / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert changed is not None
    manifest.write(copy)
    _, told = verified(capsys, copy, "--thorough")
    messages = [fault["message"] for fault in told["faults"]] + [item["first"] for item in told["not_judged_again"]]
    assert any(message.startswith("X_SEC_TITLE") for message in messages), "its code goes another way with that"


def test_a_request_that_was_never_sent_so_is_told_as_not_judged_again(capsys, copy):
    """Nothing is guessed: the code of the case sends something else there."""
    record = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    first, last = subtests_of(record, "X_PUSH_P5")[0]["frames"]
    for name in ("frames.jsonl", "frames-main.jsonl"):
        lines = (copy / name).read_text(encoding="utf-8").splitlines()
        for at in range(first - 1, last):
            frame = json.loads(lines[at])
            if frame["dir"] == "C>S" and len(frame["hex"]) > 80:
                frame["hex"] = frame["hex"][:60] + ("00" if frame["hex"][60:62] != "00" else "01") + frame["hex"][62:]
                lines[at] = json.dumps(frame, separators=(",", ":"))
                break
        (copy / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    manifest.write(copy)
    _, told = verified(capsys, copy, "--thorough")
    (left,) = told["not_judged_again"]
    assert left["subtests"] == 1
    assert left["reason"].startswith("other octets are sent now")
    assert left["first"].startswith("X_PUSH_P5 subtest ")
    assert " from octet 30 on, " in left["first"]


def test_without_the_config_of_a_device_its_procedures_are_counted_as_not_judged(capsys, copy):
    """Its declared subtests are judged all the same; the config given is held against the record."""

    def rename(content):
        content["device"]["fingerprint"] = "0" * 64

    forged(copy, rename)
    code, told = verified(capsys, copy)
    assert code == 0
    (left,) = told["not_judged_again"]
    assert left["reason"].startswith("no device config is given (--device)")
    assert left["subtests"] >= told["subtests"]["checked"] > 20
    code, told = verified(capsys, copy, "--device", "simulator")
    assert (code, told["not_judged_again"]) == (0, [])


def test_a_config_that_is_not_that_of_the_run_judges_nothing(capsys, copy):
    """Where it differs is told."""
    other = copy.parent / "other.toml"
    other.write_text(
        _SIMULATOR.read_text(encoding="utf-8").replace("window_size_transmit = 1", "window_size_transmit = 3"),
        encoding="utf-8",
    )
    record = RunRecord.model_validate_json((copy / "run.json").read_bytes())
    given = load(other)
    if given.hdlc != load(_SIMULATOR).hdlc:
        with pytest.raises(OtherConfigError, match=r"is not that of the run: hdlc\.window_size_transmit"):
            device_of(record.device, given)
    with pytest.raises(OtherConfigError, match="it is that of simulator-suite1"):
        device_of(record.device, load(_SIMULATOR.with_name("simulator-suite1.toml")))


def test_words_of_another_version_are_no_fault_but_told(capsys, copy):
    """A later version may say it otherwise."""

    def reword(content):
        content["tool"]["version"] = "0.0.1"
        found = subtests_of(content, "X_PUSH_P5")[0]
        found["observed"] = found["reason"] = found["expected"] + " in other words"

    forged(copy, reword)
    code, told = verified(capsys, copy)
    assert code == 0
    assert [item["reason"] for item in told["not_judged_again"]] == [
        "another version of the tool has judged it, and this one judges otherwise"
    ]
