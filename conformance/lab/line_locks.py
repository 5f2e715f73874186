"""Locks of lines: one night at a time uses a line, and whoever comes second is told who holds it.

The operating system keeps the locks, so that a night that was killed leaves none behind; a file beside each lock says
who holds it. The lock that a single run takes on the way to its meter (`conformance.harness.lines`) stands in the same
directory and counts besides.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.dlms.text import printable
from conformance.record.lines import write_whole

_LOOK_S = 0.5
_MOST_OCTETS = 65536


class LineTaken(Exception):
    """A line that another night holds, or that cannot be locked; the message says which, by whom, since when."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a line.

    Attributes:
        night: path of its directory.
        pid: of its process.
        host: that it runs on.
        since: when it took the line, as text.
    """

    night: str
    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"the night {self.night} (process {self.pid} on {self.host}, since {self.since})"


class LineLocks:
    """The lines that a night of this process holds; any thread may take and release.

    Args:
        state: directory of what outlives a night.
        night: path of the directory of the night.
        host: name of this host.
    """

    def __init__(self, state: Path, night: Path, host: str) -> None:
        self._directory = state / "lines"
        self._night = str(night)
        self._host = host
        self._held: dict[str, FileLock] = {}
        self._guard = threading.Lock()

    def take_all(self, lines: Iterable[str]) -> None:
        """Take all of these lines at once, or none.

        Raises:
            LineTaken: with every line that is not free.
        """
        told = []
        for line in lines:
            try:
                self.take(line)
            except LineTaken as taken:
                told.append(str(taken))
        if told:
            self.release_all()
            raise LineTaken("\n".join(told))

    def take(self, line: str, *, wait_s: float = 0.0, stop: threading.Event | None = None) -> None:
        """Take a line, waiting for it no longer than `wait_s` and until `stop` is set; one that is held stays held.

        Raises:
            LineTaken: another night holds it, or it cannot be locked.
        """
        with self._guard:
            if line in self._held:
                return
        path = self._path(line)
        lock = FileLock(path, thread_local=False)
        ends = time.monotonic() + wait_s
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            while True:
                try:
                    lock.acquire(timeout=max(0.0, min(_LOOK_S, ends - time.monotonic())))
                    break
                except Timeout:
                    if time.monotonic() >= ends or (stop is not None and stop.is_set()):
                        waited = f" (waited {wait_s:.0f} s)" if wait_s else ""
                        raise LineTaken(f"line {line}: {self._holder(line)} holds it{waited}") from None
            self._sign(line)
        except OSError as error:
            lock.release()
            raise LineTaken(f"line {line}: cannot be locked: {path}: {error.strerror or error}") from None
        with self._guard:
            self._held[line] = lock

    def release(self, line: str) -> None:
        """Let others use a line again; harmless when it is not held."""
        with self._guard:
            lock = self._held.pop(line, None)
        if lock is not None:
            lock.release()

    def release_all(self) -> None:
        """Let others use every line again."""
        for line in list(self._held):
            self.release(line)

    def _path(self, line: str) -> Path:
        return self._directory / f"night-{hashlib.sha256(line.encode()).hexdigest()[:32]}.lock"

    def _sign(self, line: str) -> None:
        holder = {
            "line": line,
            "night": self._night,
            "pid": os.getpid(),
            "host": self._host,
            "since": datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds"),
        }
        write_whole(self._path(line).with_suffix(".json"), json.dumps(holder, indent=1).encode() + b"\n")

    def _holder(self, line: str) -> Holder | str:
        """Who holds a line, as far as that is known."""
        try:
            with self._path(line).with_suffix(".json").open("rb") as file:
                told = json.loads(file.read(_MOST_OCTETS))
            words = [printable(str(told[name]))[:400] for name in ("night", "host", "since")]
            return Holder(words[0], int(told["pid"]), words[1], words[2])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return "another night on this host"
