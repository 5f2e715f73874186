"""The wheel holds everything: it works in an empty directory, without the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 300


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A directory with the unpacked wheel and nothing else of ours."""
    made = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", str(made), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    if built.returncode != 0:
        if os.environ.get("CI"):
            pytest.fail(built.stderr)
        pytest.skip(f"no wheel can be built here: {built.stderr.strip().splitlines()[-1]}")
    (wheel,) = made.glob("*.whl")
    target = made / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True, timeout=BOUND_S)
    return target


def run(installed, directory, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )


def test_the_suites_run_from_the_wheel_alone(installed, tmp_path):
    result = run(installed, tmp_path, "run", "--case", "T_APPL_OPEN_12", "--out", "out", "--plain")
    assert result.returncode == 0, result.stderr
    assert "15 PASSED" in result.stdout
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_content_is_that_of_the_wheel(installed, tmp_path):
    code = "from conformance.device.content import content_directory as c; print(c('suites'))"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(shown.stdout.strip()).is_relative_to(installed)
