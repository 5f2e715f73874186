"""The Python of the peers: a virtual environment with pyproject's group `peers`, made once, outside the repository.

The peers are under other licences than this project: nothing of them is imported here. They run as processes of their
own, in this environment, and are driven by the small scripts of `tests/peers/scripts/`.

    python tests/peers/peer_environment.py        makes the environment and prints its interpreter
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from filelock import FileLock, Timeout

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).resolve().parent / "scripts"
BUILD_TIMEOUT_S = 300
"""Longest wait for one step: making the environment, installing into it, or another process that does."""
_READY = "ready"


class PeersUnavailable(Exception):
    """The environment cannot be made; says why."""


def requirements() -> list[str]:
    """The peers with their versions, as pyproject.toml pins them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        pinned: list[str] = tomllib.load(file)["project"]["optional-dependencies"]["peers"]
    return pinned


def environment_directory() -> Path:
    """Where the environment of these versions and this Python is kept."""
    given = os.environ.get("DLMS_PEERS_CACHE") or os.environ.get("XDG_CACHE_HOME")
    cache = Path(given) if given else Path.home() / ".cache"
    content = "\n".join([sys.version, sys.prefix, *sorted(requirements())])
    return cache / "dlms-conformance" / f"peers-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def peer_python() -> Path:
    """The interpreter that has the peers; the environment is made when it is not there yet.

    `DLMS_PEER_PYTHON` in the environment names another interpreter that has them.

    Raises:
        PeersUnavailable: no network, no space, no venv module.
    """
    if given := os.environ.get("DLMS_PEER_PYTHON"):
        return Path(given)
    directory = environment_directory()
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{directory}.lock", timeout=2 * BUILD_TIMEOUT_S):
            if not (directory / _READY).exists():
                _build(directory)
    except (OSError, Timeout) as error:
        raise PeersUnavailable(f"the environment of the peers cannot be made in {directory}: {error}") from None
    return _interpreter(directory)


def _build(directory: Path) -> None:
    _run([sys.executable, "-m", "venv", "--clear", str(directory)])
    pip = [str(_interpreter(directory)), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    _run([*pip, "install", "--retries", "2", "--timeout", "20", *requirements()])
    (directory / _READY).write_text("\n".join(requirements()) + "\n")


def _interpreter(directory: Path) -> Path:
    return directory / "Scripts" / "python.exe" if os.name == "nt" else directory / "bin" / "python"


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise PeersUnavailable(f"{' '.join(command)}: not finished after {BUILD_TIMEOUT_S} s") from None
    except subprocess.CalledProcessError as error:
        told = (error.stderr or error.stdout).strip().splitlines()
        raise PeersUnavailable(f"{' '.join(command)}: {told[-1] if told else error.returncode}") from None


if __name__ == "__main__":
    print(peer_python())
