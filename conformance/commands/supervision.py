"""A run that another program has started and watches over, as `lab run` does with the run of each meter.

Standard input is the tether: the line `stop` ends the run after the subtest in hand; when it closes, the program that
held its other end is gone, and the run ends too, soon and without reports, so that nobody meets its meter unawares.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from conformance.commands.problems import UsageProblem

STOP = b"stop"
"""What is written into the tether."""
_ORPHANED_S = 10.0
"""So long the subtest in hand may take once nobody watches any more."""
_PREDECESSOR_S = 30.0
"""So long the run that was there before may take to end; more than an orphan lives."""
_FORSAKEN = 130
_MOST_OCTETS = 4096


class Supervision:
    """Plugin of pytest that obeys the tether.

    Attributes:
        forsaken: whether the other end was closed without a word.
    """

    def __init__(self) -> None:
        self.forsaken = False
        self._session: pytest.Session | None = None
        self._reason: str | None = None
        # While items run, pytest puts something else in the place of standard input.
        self._tether = os.dup(0)
        threading.Thread(target=self._watch, name="tether", daemon=True).start()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep whom to stop."""
        self._session = session

    def pytest_runtest_logfinish(self) -> None:
        """The subtest in hand is over: end here when that is wanted."""
        if self._reason is not None and self._session is not None:
            self._session.shouldstop = self._reason

    def _watch(self) -> None:
        heard = b""
        while True:
            octets = _read(self._tether)
            heard = (heard + octets)[-_MOST_OCTETS:]
            if not octets:
                break
            if STOP in heard.split():
                self._reason = "stopped by the program that started it"
        if self._reason is None:
            self.forsaken = True
            self._reason = "the program that started it has ended"
        # After a stop too: who asked for it may have been killed while waiting for the subtest in hand.
        timer = threading.Timer(_ORPHANED_S, os._exit, (_FORSAKEN,))
        timer.daemon = True
        timer.start()


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold `lock` while a run is at work: the run of the same meter before it has ended then, however it was left.

    Raises:
        UsageProblem: another process holds it, or it cannot be made.
    """
    held = FileLock(lock)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=_PREDECESSOR_S)
    except Timeout:
        raise UsageProblem(f"{lock}: an earlier run of this meter holds it; wait for its end, or stop it") from None
    except OSError as error:
        raise UsageProblem(f"{lock}: cannot be locked ({error.strerror or error})") from None
    try:
        yield
    finally:
        held.release()


def _read(tether: int) -> bytes:
    """What has come; nothing when it is closed."""
    try:
        return os.read(tether, _MOST_OCTETS)
    except OSError:
        return b""
