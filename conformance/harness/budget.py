"""The time that a run may take: what was not begun by then is INCONCLUSIVE, so that each subtest has its row."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from conformance.record.duration import duration_text, parse_duration

USED_UP = "time budget of"
"""What the reason of a subtest begins with that was not begun in time."""


class Budget:
    """Counts from the moment that it is made.

    Args:
        seconds: of the whole run; None: as long as it takes.
        left_s: what is left of them; all of them when None.
        now: seconds, monotonic.
    """

    __slots__ = ("_ends", "_now", "_seconds")

    def __init__(
        self, seconds: float | None, *, left_s: float | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._now = now
        self._ends = None if seconds is None else now() + (seconds if left_s is None else left_s)

    @property
    def left_s(self) -> float | None:
        """Seconds that are left, not below 0; None when there is no limit."""
        return None if self._ends is None else max(0.0, self._ends - self._now())

    def used_up(self) -> str | None:
        """Why nothing may begin any more; None while it may."""
        if self._ends is None or self._seconds is None or self._now() < self._ends:
            return None
        return f"{USED_UP} {duration_text(self._seconds)} was used up before this was begun"


def budget_option(text: str) -> float:
    """The seconds of `--dlms-budget`.

    Raises:
        argparse.ArgumentTypeError: they are no span of time.
    """
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
