"""A labgrid of our own for tests: its programs in a virtual environment apart, a coordinator, an exporter, a place."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server

import pytest
from filelock import FileLock

REQUIREMENT = "labgrid>=25,<27"
INSTALL_S = 240
SOON_S = 30.0


def programs() -> Path:
    """Directory of labgrid's programs, installed once and kept for later; skips where PyPI is out of reach.

    labgrid brings a fork of pyserial that takes the place of the real one, so it never goes into our environment.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dlms-conformance"
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / f"labgrid-{sys.version_info.major}.{sys.version_info.minor}"
    whole = made / "whole.txt"
    with FileLock(f"{made}.lock", timeout=INSTALL_S):
        if not whole.is_file() or whole.read_text(encoding="utf-8") != REQUIREMENT:
            _install(made)
            whole.write_text(REQUIREMENT, encoding="utf-8")
    return made / "bin"


def _install(made: Path) -> None:
    pip = [str(made / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    for command in ([sys.executable, "-m", "venv", "--clear", str(made)], [*pip, REQUIREMENT]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        if done.returncode != 0:
            why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            if os.environ.get("CI"):
                pytest.fail(f"labgrid cannot be installed: {why}")
            pytest.skip(f"labgrid cannot be installed here: {why}")


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@dataclass(frozen=True)
class Site:
    """A running labgrid."""

    client: str
    coordinator: str

    def call(self, *words: str, user: str | None = None) -> str:
        """What the client prints, as `user` of a host elsewhere when one is given."""
        environment = dict(os.environ)
        if user is not None:
            environment |= {"LG_USERNAME": user, "LG_HOSTNAME": "elsewhere"}
        command = [self.client, "-x", self.coordinator, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SOON_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def who(self) -> list[str]:
        """Places that somebody holds."""
        return [line.split()[2] for line in self.call("who").splitlines()[1:]]


@contextmanager
def site(directory: Path, place: str, port: int) -> Iterator[Site]:
    """A coordinator, and an exporter whose one raw network port at `port` is what `place` has."""
    found = programs()
    coordinator = f"127.0.0.1:{free_port()}"
    resources = directory / "exporter.yaml"
    resources.write_text(
        f"{place}:\n  NetworkSerialPort:\n    host: 127.0.0.1\n    port: {port}\n    protocol: raw\n    speed: 9600\n",
        encoding="utf-8",
    )
    made = Site(str(found / "labgrid-client"), coordinator)
    with ExitStack() as stack:
        _start(stack, directory, found / "labgrid-coordinator", "-l", coordinator)
        _until(lambda: made.call("places") == "")
        _start(stack, directory, found / "labgrid-exporter", "-c", coordinator, "-n", "bench", str(resources))
        _until(lambda: place in made.call("resources"))
        made.call("-p", place, "create")
        made.call("-p", place, "add-match", f"*/{place}/*")
        yield made


def _start(stack: ExitStack, directory: Path, program: Path, *arguments: str) -> None:
    log = stack.enter_context((directory / f"{program.name}.log").open("wb"))
    process = subprocess.Popen([str(program), *arguments], cwd=directory, stdout=log, stderr=subprocess.STDOUT)
    stack.callback(process.wait, timeout=SOON_S)
    stack.callback(process.kill)


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON_S
    while True:
        try:
            if holds():
                return
        except AssertionError:
            if time.monotonic() > until:
                raise
        assert time.monotonic() < until, "labgrid does not come up"
        time.sleep(0.2)
