"""Invocation counters of the client: they outlive the run, and no value is ever used twice under one key.

A counter that goes back makes a real meter refuse every request, and a nonce used twice breaks AES-GCM. So a block of
values is on disk, synced, before the first of them is used; a crash loses the rest of a block and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from conformance.dlms.security.secret import Secret

LAST_COUNTER = 0xFFFFFFFF
BLOCK = 64
"""Values that are taken from the disk at a time."""
_LOCK_TIMEOUT_S = 10.0
_APPLICATION = "dlms-conformance"


class CounterError(Exception):
    """A counter that cannot be used: exhausted, damaged, or its directory out of reach; the message says what to do."""


@dataclass(frozen=True, slots=True)
class CounterKey:
    """What an invocation counter belongs to: the key it makes nonces for, at one device, with one system title.

    Attributes:
        device: name of the device.
        system_title: of the client.
        key: fingerprint of the key.
    """

    device: str
    system_title: bytes
    key: str

    @classmethod
    def of(cls, device: str, system_title: bytes, key: Secret) -> CounterKey:
        """Name the counter of a key."""
        return cls(device, system_title, key.fingerprint)


Reserve = Callable[[int, int], int]
"""(at least, count) → first of `count` values that nobody else gets."""


class InvocationCounter:
    """One counter, strictly increasing; safe between threads."""

    def __init__(self, reserve: Reserve, *, start: int = 0, block: int = BLOCK) -> None:
        self._reserve = reserve
        self._block = block
        self._next = start
        self._end = start
        self._lock = threading.Lock()

    def next(self) -> int:
        """Return the next value.

        Raises:
            CounterError: there is none left, or it cannot be kept.
        """
        with self._lock:
            if self._next >= self._end:
                self._next = self._reserve(self._next, self._block)
                self._end = min(self._next + self._block, LAST_COUNTER + 1)
            self._next += 1
            return self._next - 1

    @property
    def upcoming(self) -> int:
        """The least that the next value can be."""
        with self._lock:
            return self._next

    def raise_to(self, value: int) -> None:
        """Make the next value at least `value`: what the meter says it expects. It never goes back."""
        with self._lock:
            self._next = max(self._next, value)


class Counters(Protocol):
    """Gives the counters of a run."""

    def counter(self, key: CounterKey, *, start: int = 0) -> InvocationCounter:
        """Return the counter of a key; `start` is its first value where none was kept."""


class MemoryCounters:
    """Counters that end with the process: for the embedded meter, which ends with it too."""

    def __init__(self) -> None:
        self._next: dict[CounterKey, int] = {}
        self._lock = threading.Lock()

    def counter(self, key: CounterKey, *, start: int = 0) -> InvocationCounter:
        """Return the counter of a key; several of one key never give the same value."""

        def reserve(at_least: int, count: int) -> int:
            with self._lock:
                first = _first(max(at_least, self._next.get(key, start)))
                self._next[key] = first + count
                return first

        return InvocationCounter(reserve, start=start, block=1)


class StateCounters:
    """Counters kept in a state directory, one file each, shared between processes by a lock.

    Attributes:
        directory: made when it is first needed.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory) / "counters"

    def counter(self, key: CounterKey, *, start: int = 0) -> InvocationCounter:
        """Return the counter of a key.

        Raises:
            CounterError: now or at `next`, when the file is damaged or cannot be written.
        """

        def reserve(at_least: int, count: int) -> int:
            return self._take(key, max(at_least, start), count)

        return InvocationCounter(reserve, start=start)

    def path(self, key: CounterKey) -> Path:
        """The file of a counter."""
        identity = "\0".join((key.device, key.system_title.hex(), key.key))
        return self.directory / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.json"

    def _take(self, key: CounterKey, at_least: int, count: int) -> int:
        path = self.path(key)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock", timeout=_LOCK_TIMEOUT_S):
                first = _first(max(at_least, _kept(path)))
                _keep(path, key, min(first + count, LAST_COUNTER + 1))
                return first
        except Timeout:
            message = f"counter {path} is locked by another process for over {_LOCK_TIMEOUT_S:g} s; end that run first"
            raise CounterError(message) from None
        except OSError as error:
            message = f"invocation counters cannot be kept in {self.directory}: {error.strerror or error}"
            raise CounterError(f"{message}; name a writable directory with --dlms-state") from None


def default_state_directory(
    environ: Mapping[str, str] | None = None, *, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """Return the user's directory for state on this platform, when --dlms-state names none."""
    environ = os.environ if environ is None else environ
    home = Path.home() if home is None else home
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / _APPLICATION


def _first(value: int) -> int:
    if value > LAST_COUNTER:
        raise CounterError(
            "the invocation counter has reached its end, 2^32 - 1: change the key before any further request"
        )
    return value


def _kept(path: Path) -> int:
    """Read the first value that is free; a damaged file is never taken for an empty one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    try:
        free = json.loads(text)["next"]
    except (ValueError, TypeError, KeyError):
        free = None
    if type(free) is not int or not 0 <= free <= LAST_COUNTER + 1:
        message = f"counter file {path} is damaged"
        raise CounterError(f'{message}: read the counter from the meter and write it there as {{"next": N}}')
    return free


def _keep(path: Path, key: CounterKey, free: int) -> None:
    """Write the file whole or not at all, and see it on the disk."""
    content = {"schema": 1, "device": key.device, "system_title": key.system_title.hex(), "key": key.key, "next": free}
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
