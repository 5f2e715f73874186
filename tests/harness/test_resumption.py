"""A run that is interrupted keeps every verdict it had, says how to go on, and is finished just as it began."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from conformance.cli import main
from conformance.device.content import find_device_config
from conformance.record.assemble import assemble, load_frames
from conformance.record.replay import read_journal

RUN = ("run", "--plain", "--no-pdf", "--case", "T_APPL_OPEN_[1-7]")
ENOUGH = 12
BOUND_S = 120
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a process of another console")


def keys(record):
    return Counter((*case.key, subtest.number) for case, subtest in record.subtests())


def verdicts(record):
    return {(*case.key, subtest.number): subtest.verdict for case, subtest in record.subtests()}


def items(directory):
    journal = directory / "journal.jsonl"
    return journal.read_bytes().count(b'"kind":"item"') if journal.exists() else 0


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    told = capsys.readouterr()
    assert left.value.code == 2
    assert told.err.startswith("dlms-conformance: ")
    assert len(told.err.splitlines()) == 1
    assert "Traceback" not in told.err
    return told.err


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A device config of the embedded meter that a test may change."""
    path = tmp_path_factory.mktemp("config") / "meter.toml"
    path.write_bytes(find_device_config("simulator").read_bytes())
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory, config):
    """The run, never interrupted."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    command = [sys.executable, "-m", "conformance.cli", *RUN, str(config), "--out", str(directory)]
    subprocess.run(command, check=True, capture_output=True, timeout=BOUND_S)
    return directory


def cut_short(whole, directory, count):
    """Leave of a run what an interruption after `count` items would have left."""
    directory.mkdir()
    lines = (whole / "journal.jsonl").read_text().splitlines(keepends=True)
    kept, items = [], 0
    for line in lines:
        kind = json.loads(line)["kind"]
        items += kind == "item"
        if kind in ("finished", "note") or (kind in ("item", "started") and items > count):
            continue
        kept.append(line)
    finished = json.loads(lines[-1])
    kept.append(json.dumps({**finished, "complete": False}) + "\n")
    (directory / "journal.jsonl").write_text("".join(kept))
    for name in ("invocation.json", "frames-main.jsonl"):
        (directory / name).write_bytes((whole / name).read_bytes())
    return directory


@posix
@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupted_run_says_how_to_go_on_and_is_finished_by_resume(tmp_path, apart, config, whole, workers):
    directory = tmp_path / "run"
    begun = (sys.executable, "-m", "conformance.cli", *RUN, config, "-n", workers, "--out", directory)
    run = apart(*begun)
    run.wait_for(lambda: items(directory) >= ENOUGH, f"item {ENOUGH}")
    os.killpg(run.pid, signal.SIGINT)
    result = run.finished()
    said = result.stdout.str() + result.stderr.str()
    assert result.ret == 130, said
    assert f"run --resume {directory} finishes it" in said
    assert "NOT COMPLETE, PASSED so far" in said
    assert "Traceback" not in said
    assert (directory / "report.html").exists()
    journal = read_journal(directory / "journal.jsonl")
    assert journal.finished is not None
    assert not journal.complete
    before = assemble(directory)
    assert ENOUGH <= sum(keys(before).values()) < sum(keys(assemble(whole)).values())

    again = apart(sys.executable, "-m", "conformance.cli", *RUN[:3], "--resume", directory).finished()
    assert again.ret == 0, again.stdout.str() + again.stderr.str()
    record = assemble(directory)
    assert record.complete
    assert set(keys(record).values()) == {1}
    assert verdicts(record) == verdicts(assemble(whole))
    assert verdicts(before).items() <= verdicts(record).items()
    frames = load_frames(directory)
    for case, subtest in record.subtests():
        first, last = subtest.frames or (1, 0)
        places = {(frame.case, frame.association, frame.subtest) for frame in frames[first - 1 : last]}
        assert places <= {(case.id, case.association, subtest.number)}
    assert not [path for path in directory.iterdir() if path.name.endswith(".partial")]


def test_a_changed_device_config_is_refused(tmp_path, capsys, config, whole):
    directory = cut_short(whole, tmp_path / "run", 20)
    sound = config.read_bytes()
    try:
        config.write_bytes(sound.replace(b"response_timeout_s = 5.0", b"response_timeout_s = 6.0"))
        assert config.read_bytes() != sound
        said = refused(capsys, "run", "--plain", "--resume", str(directory))
    finally:
        config.write_bytes(sound)
    assert "the device config of simulator is no longer the one that the run began with" in said
    assert "start a new run" in said
    assert items(directory) == 20
    assert not read_journal(directory / "journal.jsonl").complete


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("simulator-mechanisms",), "began with devices simulator, now"), (("--seed", "77"), "began with seeds")],
)
def test_other_options_than_it_began_with_are_refused(tmp_path, capsys, whole, arguments, said):
    directory = cut_short(whole, tmp_path / "run", 20)
    assert said in refused(capsys, "run", "--plain", *arguments, "--resume", str(directory))


def test_a_complete_run_has_nothing_to_resume_and_stays_as_it_is(capsys, whole):
    before = {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()}
    said = refused(capsys, "run", "--plain", "--resume", str(whole))
    assert "holds a complete run" in said
    assert "start a new run" in said
    assert {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("there", [True, False])
def test_a_directory_that_holds_no_run_is_told_as_such(tmp_path, capsys, there):
    directory = tmp_path / "nothing"
    if there:
        directory.mkdir()
    said = refused(capsys, "run", "--plain", "--resume", str(directory))
    assert str(directory) in said
    assert "no such file" in said
    assert directory.exists() is there


@pytest.mark.parametrize(
    ("name", "damage"), [("journal.jsonl", b"no JSON\n"), ("invocation.json", b'{"schema": 1, "devices": 5}')]
)
def test_a_damaged_run_gets_one_message(tmp_path, capsys, whole, name, damage):
    directory = cut_short(whole, tmp_path / "run", 20)
    (directory / name).write_bytes(damage)
    assert name in refused(capsys, "run", "--plain", "--resume", str(directory))
