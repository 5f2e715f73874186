"""Every benchmark in one run, against the peers in their own environment: all ratios share one machine and its load.

    python tests/benchmarks/run_all.py

The environment of the peers is made when it is not there yet (`tests/peers/peer_environment.py`); without it our own
figures are printed alone, and in CI (`CI=true`) the run fails. Exit code 0 when every ratio holds, 1 when one does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.peers.peer_environment import PeersUnavailable, peer_python  # noqa: E402 - the path comes first

SKIPPED = 77
TIMEOUT_S = 300
PEER_OPTION = "--peer-python"


def peer() -> str | None:
    """The peers' interpreter; None, with the reason printed, where there is none."""
    try:
        return str(peer_python())
    except PeersUnavailable as unavailable:
        print(unavailable)
        return None


def run(benchmark: Path, python: str | None) -> int:
    """Run one benchmark, its output passed on, and give its exit code."""
    command = [sys.executable, str(benchmark)]
    if python is not None and PEER_OPTION in benchmark.read_text(encoding="utf-8"):
        command += [PEER_OPTION, python]
    print(f"\n{benchmark.stem}", flush=True)
    try:
        return subprocess.run(command, timeout=TIMEOUT_S, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"not finished after {TIMEOUT_S} s")
        return 1


def main() -> int:
    """Run them all, then say which held."""
    python = peer()
    codes = {benchmark.stem: run(benchmark, python) for benchmark in sorted(HERE.glob("bench_*.py"))}
    print()
    for name, code in codes.items():
        print(f"{name:14} {'holds' if code == 0 else 'not compared' if code == SKIPPED else 'DOES NOT HOLD'}")
    missing = python is None and bool(os.environ.get("CI"))
    return int(missing or any(code not in (0, SKIPPED) for code in codes.values()))


if __name__ == "__main__":
    sys.exit(main())
