"""`history`, as a lab calls it: three nights of the embedded meter, the second with a defect."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import cli
from conformance.record.journal import JOURNAL, RUN


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of `history`."""
    code = 0
    try:
        cli.main(["history", *(str(argument) for argument in arguments)])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Directories of a sound run and of one of the same meter, config and tool, that is not sound."""
    sound, spoilt = (tmp_path_factory.mktemp(name) / "out" for name in ("sound", "spoilt"))
    one_case = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "-c", "T_APPL_OPEN_12", "--out"]
    for directory, more in ((sound, []), (spoilt, ["--defect", "vaa-name-wrong"])):
        ended = subprocess.run([*one_case, str(directory), *more], capture_output=True, timeout=120, check=False)
        assert ended.returncode == len(more) // 2, ended.stderr
    return sound, spoilt


@pytest.fixture(scope="module")
def nights(made: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The first, the second, and the first again a day later: three nights in a row."""
    base = tmp_path_factory.mktemp("nights")
    directories = []
    for at, source in enumerate((made[0], made[1], made[0])):
        content = json.loads((source / RUN).read_text(encoding="utf-8"))
        content["started"] = f"2026-11-{18 + at}T22:00:00Z"
        directory = base / f"night{at}"
        directory.mkdir()
        (directory / RUN).write_text(json.dumps(content), encoding="utf-8")
        directories.append(directory)
    return directories[0], directories[1], directories[2]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the history will be, in a directory that is not there yet."""
    path = tmp_path / "state" / "history.sqlite"
    monkeypatch.setenv("DLMS_HISTORY", str(path))
    return path


def test_runs_are_added_and_told_once(capsys, nights, store):
    """A second time nothing changes, and that is told."""
    code, out, _ = run(capsys, "add", *nights)
    assert code == 0
    assert [line.split(": ", 1)[1].split(":")[0] for line in out.splitlines()] == [
        f"added as run {number}" for number in (1, 2, 3)
    ]
    before = store.read_bytes()
    code, out, _ = run(capsys, "add", nights[1])
    assert code == 0
    assert out.rstrip().endswith("is in the history already, as run 2; nothing was changed")
    assert store.read_bytes() == before


def test_a_trend_tells_what_is_flaky(capsys, nights, store):
    """Failed one night, with the same config, identity and tool."""
    run(capsys, "add", *nights)
    code, out, _ = run(capsys, "trend", "simulator")
    assert code == 0
    assert "3 runs in 3 nights" in out
    assert "\nFlaky: changed more than once though firmware, config and tool did not (" in out
    assert "2 of 2 times" in out
    assert "PFP" in out
    _, out, _ = run(capsys, "trend", "simulator", "--json")
    told = json.loads(out)
    assert [point["verdict"] for point in told["points"]] == ["PASSED", "FAILED", "PASSED"]
    assert {(one["case"], one["changes"], one["comparisons"], one["verdicts"]) for one in told["flaky"]} == {
        ("T_APPL_OPEN_12", 2, 2, "PFP")
    }
    assert told["standing"] == []


def test_what_fails_is_told_with_its_first_night(capsys, nights, store):
    """And with the reason of the last time."""
    run(capsys, "add", *nights[:2])
    code, out, _ = run(capsys, "show", "simulator")
    assert code == 0
    told = json.loads(run(capsys, "show", "simulator", "--json")[1])
    assert {(one["first_run"], one["last_passed_run"], one["since_passed_s"]) for one in told["standing"]} == {
        (2, 1, 86_400.0)
    }
    assert "T_APPL_OPEN_12" in out
    assert "last PASSED 2026-11-18, 24 hours ago" in out
    assert "vaa-name 0000, expected 0007" in out


def test_a_run_is_shown_by_number_digest_and_night(capsys, nights, store):
    """What is worse in it, and what is better."""
    run(capsys, "add", *nights)
    (second,) = [one for one in json.loads(run(capsys, "list", "--json")[1]) if one["run"] == 2]
    for reference in ("2", second["digest"][:10]):
        told = json.loads(run(capsys, "show", reference, "--json")[1])
        (device,) = told["devices"]
        assert device["worse"]
        assert {turn["after"] for turn in device["worse"]} == {"FAILED"}
    told = json.loads(run(capsys, "show", told["night"], "--json")[1])
    assert [device["run"] for device in told["devices"]] == [2]
    code, out, _ = run(capsys, "show", "3")
    assert code == 0
    assert "better (" in out
    assert "FAILED → PASSED" in out


def test_pages_are_written(capsys, nights, store, tmp_path):
    """A page for the device, one for each night, and the index; or one alone."""
    run(capsys, "add", *nights)
    code, out, _ = run(capsys, "list", "--html", tmp_path / "site", "--nights", "2")
    assert code == 0
    assert str(tmp_path / "site" / "index.html") in out
    assert (tmp_path / "site" / "devices" / "simulator.html").is_file()
    assert len(list((tmp_path / "site" / "nights").iterdir())) == 2
    for arguments, title in ((("trend", "simulator"), "simulator"), (("show", "2"), "Night of")):
        page = tmp_path / "one.html"
        assert run(capsys, *arguments, "--html", page)[0] == 0
        assert title in page.read_text(encoding="utf-8")


def test_a_list_may_be_of_one_device(capsys, nights, store):
    """And one that is not there is told with those that are."""
    run(capsys, "add", nights[0])
    assert len(json.loads(run(capsys, "list", "--device", "simulator", "--json")[1])) == 1
    code, _, err = run(capsys, "list", "--device", "simulatr")
    assert code == 2
    assert "'simulatr'" in err
    assert "devices: simulator" in err


def test_a_killed_run_is_added_as_such(capsys, made, store, tmp_path):
    """From its journal, when it could not write its record any more; its complete record takes its place later."""
    killed = tmp_path / "killed"
    shutil.copytree(made[0], killed)
    (killed / RUN).unlink()
    lines = (killed / JOURNAL).read_bytes().splitlines(keepends=True)
    (killed / JOURNAL).write_bytes(b"".join(lines[: len(lines) // 2]))
    code, out, err = run(capsys, "add", killed)
    assert (code, err) == (0, "")
    assert ", killed: simulator" in out
    assert json.loads(run(capsys, "list", "--json")[1])[0]["complete"] is False
    code, out, _ = run(capsys, "add", made[0])
    assert code == 0
    assert "in place of its incomplete record" in out
    (only,) = json.loads(run(capsys, "list", "--json")[1])
    assert only["complete"] is True


def test_one_directory_without_a_run_does_not_keep_the_others_out(capsys, nights, store, tmp_path):
    """It is told, with exit code 2."""
    code, out, err = run(capsys, "add", tmp_path, nights[0])
    assert code == 2
    assert err.count("\n") == 1
    assert f"{tmp_path}: holds no run" in err
    assert "added as run 1" in out


def test_each_bad_store_is_one_message(capsys, nights, store, tmp_path):
    """Whatever it is, whichever command meets it."""
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all, and long enough to be looked into " * 30, encoding="utf-8")
    cases = {
        ("list",): "there is no history yet",
        ("list", "--store", text): "is no history",
        ("add", nights[0], nights[1], "--store", text): "is no history",
        ("trend", "simulator", "--store", tmp_path): "is a directory",
        ("add", nights[0], "--store", tmp_path / "no" / "h.sqlite"): "cannot be opened",
    }
    for arguments, message in cases.items():
        code, _, err = run(capsys, *arguments)
        assert code == 2
        assert message in err
        assert err.count("\n") == 1, err


def test_what_cannot_be_written_is_one_message(capsys, nights, store, tmp_path):
    """A page in no directory, and a site in place of a file."""
    run(capsys, "add", nights[0])
    (tmp_path / "file").write_text("", encoding="utf-8")
    for arguments in (("show", "1", "--html", tmp_path / "no" / "x.html"), ("list", "--html", tmp_path / "file")):
        code, _, err = run(capsys, *arguments)
        assert code == 2
        assert "cannot be written" in err
        assert "Traceback" not in err


def test_what_the_history_does_not_hold_is_one_message(capsys, nights, store):
    """A run, a night, a device, a case."""
    run(capsys, "add", nights[0])
    for arguments in (("show", "7"), ("show", "1999-01-01"), ("show", "no-such"), ("trend", "simulator", "-c", "X*")):
        code, _, err = run(capsys, *arguments)
        assert code == 2
        assert "holds no" in err
        assert err.count("\n") == 1
