"""Where time comes from: passed in everywhere, virtual on the loopback link, the monotonic clock on real ones."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since some fixed moment, never going back."""

    def now(self) -> float:
        """The present, in seconds."""
        ...


class VirtualClock:
    """A clock that moves only when it is told to: waiting two minutes costs nothing, and every run is the same."""

    __slots__ = ("_now",)

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        """The present, in seconds."""
        return self._now

    def advance_to(self, moment: float) -> None:
        """Move on to `moment`; a moment that has passed changes nothing."""
        self._now = max(self._now, moment)


class MonotonicClock:
    """The clock of real links."""

    __slots__ = ()

    def now(self) -> float:
        """The present, in seconds."""
        return time.monotonic()
