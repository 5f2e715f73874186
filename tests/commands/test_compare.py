"""`compare`, as a lab calls it: two runs of the embedded meter, the second with a defect."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import cli
from conformance.record.journal import RUN


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    code = 0
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The directories of a sound night and of one after a firmware update that went wrong."""
    sound, spoilt = (tmp_path_factory.mktemp(name) / "out" for name in ("sound", "spoilt"))
    one_case = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "-c", "T_APPL_OPEN_12", "--out"]
    for directory, more in ((sound, []), (spoilt, ["--defect", "vaa-name-wrong"])):
        ended = subprocess.run([*one_case, str(directory), *more], capture_output=True, timeout=120, check=False)
        assert ended.returncode == len(more) // 2, ended.stderr
    return sound, spoilt


def test_a_regression_is_told_with_its_reason_and_ends_with_1(capsys, nights):
    """Subtests that fail alike share a line."""
    code, out, _ = run(capsys, "compare", *nights)
    assert code == 1
    assert "\nRegression (" in out
    assert "T_APPL_OPEN_12: PASSED → FAILED in " in out
    assert "vaa-name 0000, expected 0007" in out
    assert out.rstrip().endswith("unchanged")


def test_the_way_back_is_a_fix_and_ends_with_0(capsys, nights):
    """What FAILED before and passes now is nothing to wake anybody for."""
    code, out, _ = run(capsys, "compare", *reversed(nights))
    assert code == 0
    assert "Regression" not in out
    assert "\nFix (" in out


def test_json_and_page_hold_the_same_changes(capsys, nights, tmp_path):
    """The page is one file without a script."""
    page = tmp_path / "night.html"
    code, out, _ = run(capsys, "compare", "--json", "--html", page, *nights)
    told = json.loads(out)
    assert code == 1
    assert told["regressed"] is True
    assert told["counts"]["regression"] == len(told["changes"]) > 0
    written = page.read_text(encoding="utf-8")
    assert f"<h1>{told['counts']['regression']} regressions</h1>" in written
    assert "<script" not in written


def test_a_directory_without_a_run_is_one_message(capsys, nights, tmp_path):
    """It says which of the two, and what to give."""
    code, _, err = run(capsys, "compare", nights[0], tmp_path)
    assert code == 2
    assert str(tmp_path) in err
    assert "holds no run" in err
    assert "Traceback" not in err


def test_a_damaged_record_is_one_message(capsys, nights, tmp_path):
    """With the file that is damaged."""
    (tmp_path / RUN).write_text("{", encoding="utf-8")
    code, _, err = run(capsys, "compare", tmp_path, nights[1])
    assert code == 2
    assert str(tmp_path / RUN) in err


def test_a_page_that_cannot_be_written_is_one_message(capsys, nights, tmp_path):
    """And the comparison is not told as if all were well."""
    code, _, err = run(capsys, "compare", "--html", tmp_path / "missing" / "page.html", *nights)
    assert code == 2
    assert "cannot be written" in err
