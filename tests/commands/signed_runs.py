"""A small run of the embedded meter, with FAILED and PASSED, drawn and signed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance import cli
from tests.reporting.authorities import Authority


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    code = 0
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def run(directory: Path) -> None:
    """Run two cases against a meter with a defect that one of them finds."""
    run_cases(directory, ("T_APPL_OPEN_12", "T_APPL_REL_P1"), defect="vaa-name-wrong")


def run_cases(directory: Path, cases: Iterable[str], *, defect: str, permissions: Iterable[str] = ()) -> None:
    """Run cases against the embedded meter with a defect that one of them finds."""
    asked = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "--defect", defect]
    given = [f"--permit={permission}" for permission in permissions] + [f"--case={case}" for case in cases]
    ended = subprocess.run([*asked, "--out", str(directory), *given], capture_output=True, timeout=120, check=False)
    assert ended.returncode == 1, ended.stderr


def sign(directory: Path, authority: Authority, p12: Path, *more: str) -> int:
    """Draw and sign; the exit code."""
    try:
        cli.main(["report", str(directory), "--sign", str(p12), "--sign-password", f"file:{authority.password}", *more])
    except SystemExit as end:
        return int(end.code or 0)
    return 0
