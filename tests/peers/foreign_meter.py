"""A meter that was not written beside the suites: the simulator of pydlms-client, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from conformance.device.load import load
from conformance.device.model import Device, Profile
from conformance.record.assemble import assemble
from conformance.record.model import RunRecord
from tests.peers.peer_environment import ROOT, SCRIPTS

START_TIMEOUT_S = 20


@dataclass(frozen=True)
class Run:
    """A finished run of suites: pytest's exit code and what it printed, and the record."""

    code: int
    output: str
    record: RunRecord


class ForeignMeter:
    """The simulator with the associations of a device config, on a free port, until the end of the `with` block.

    Attributes:
        device: the config.
        link: where it listens.
    """

    def __init__(self, python: Path, config: Path) -> None:
        self.device = load(config)
        self.link = ""
        self._python = python
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        process = subprocess.Popen(
            [str(self._python), str(SCRIPTS / "pydlms_meter.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        impatience = threading.Timer(START_TIMEOUT_S, process.kill)
        impatience.start()
        try:
            process.stdin.write(json.dumps(offer(self.device)) + "\n")
            process.stdin.flush()
            port = process.stdout.readline().strip()
        finally:
            impatience.cancel()
        if not port.isdecimal():
            self.__exit__()
            raise RuntimeError(f"the simulator did not start; run {SCRIPTS / 'pydlms_meter.py'} to see why")
        self.link = f"tcp://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        """End it; it may hang or spin, so it is not asked."""
        process = self._process
        if process is None:
            return
        process.kill()
        process.wait(timeout=10)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()

    @property
    def running(self) -> bool:
        """Whether its process is still there."""
        return self._process is not None and self._process.poll() is None


def offer(device: Device) -> dict[str, object]:
    """What the simulator's script is told, from a device config."""
    keyed = [item for item in device.associations if item.encryption_key is not None]
    first = keyed[0] if keyed else None
    clients = [
        {
            "sap": item.client_sap,
            "mechanism": int(item.mechanism),
            "secret": item.secret.reveal().hex() if item.secret is not None else None,
            "ciphered": item.ciphered,
        }
        for item in device.associations
    ]
    return {
        "hdlc": device.profile is Profile.HDLC,
        "system_title": (first.server_system_title or b"").hex() if first else "5059440000000001",
        "encryption_key": first.encryption_key.reveal().hex() if first and first.encryption_key else None,
        "authentication_key": first.authentication_key.reveal().hex() if first and first.authentication_key else None,
        "max_pdu": 1024,
        "clients": clients,
    }


def run_suites(
    meter: ForeignMeter, suites: Path, directory: Path, *, cases: Sequence[str] = (), timeout_s: float
) -> Run:
    """Run suites against the meter with the pytest plugin, in a process of its own; the evidence goes to `directory`.

    Raises:
        subprocess.TimeoutExpired: not finished after `timeout_s`.
    """
    out = directory / "out"
    command = [sys.executable, "-m", "pytest", str(suites), "-q", "--tb=line", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(suites), "--import-mode=importlib"]
    command += ["--dlms-device", str(meter.device.path), "--dlms-link", meter.link, "--dlms-out", str(out)]
    command += ["--dlms-state", str(directory / "state"), "--dlms-seed", "1"]
    for case in cases:
        command += ["--dlms-case", case]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)
    output = f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    if not out.exists():
        raise RuntimeError(output)
    return Run(done.returncode, output, assemble(out))
