"""Lines: what only one process of a host may use at a time, a serial port or the TCP port of a meter or gateway."""

from __future__ import annotations

import hashlib
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.device.model import Device
from conformance.link.link import LinkError
from conformance.link.url import parse_url

_TIMEOUT_S = 15.0
"""Long enough for a worker whose run was killed to end the subtest that it is in."""


def line_of(device: Device) -> str | None:
    """The line that a device is on, however it is spoken to; None for an embedded meter: each process has its own."""
    return parse_url(device.link).line


class LineNotHeld(LinkError):
    """The line of a meter could not be taken: nothing is said of the meter."""


class Lines:
    """The lines that this process holds; the operating system frees them when the process ends, however it ends."""

    def __init__(self, state: str) -> None:
        self._directory = Path(state) / "lines"
        self._held: dict[str, FileLock] = {}

    def hold(self, device: Device) -> None:
        """Keep every other process of this host from the line of `device`, until `release`.

        Raises:
            LineNotHeld: another process holds it, or locks cannot be kept.
        """
        line = line_of(device)
        if line is None or line in self._held:
            return
        lock = FileLock(self._directory / f"{hashlib.sha256(line.encode()).hexdigest()[:32]}.lock")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=_TIMEOUT_S)
        except Timeout:
            raise LineNotHeld(f"{line}: another run on this host uses it; wait for its end, or stop it") from None
        except OSError as error:
            what = f"{self._directory}: {error.strerror or error}"
            raise LineNotHeld(
                f"{line}: cannot be locked ({what}); name a writable directory with --dlms-state"
            ) from None
        self._held[line] = lock

    def release(self) -> None:
        """Let others use the lines again."""
        for lock in self._held.values():
            lock.release()
        self._held.clear()
