"""The `labgrid-client` program, one call at a time.

labgrid itself is never imported: it brings a fork of pyserial that takes the place of the real one. It lives in a
virtual environment of its own, or on another host, and is spoken to through its client.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from conformance.dlms.text import printable
from conformance.lab.broker import BrokerError

CALL_S: Final = 60.0
"""A call that takes longer has no coordinator; its own attempts to connect end after some seconds."""
_LOOK_S: Final = 0.2
_MOST_OCTETS: Final = 1 << 20
_LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to.

    Attributes:
        ok: it ended with 0.
        ended: it ended by itself; what it was to do may be done all the same when it did not.
        output: standard output.
        reason: what it said on standard error, on one line; how it ended when it said nothing.
    """

    ok: bool
    ended: bool
    output: str
    reason: str


class Calls(Protocol):
    """Whoever calls the client."""

    def call(self, *words: str, stop: threading.Event | None = None, within_s: float = CALL_S) -> Answer:
        """One call; see `LabgridClient`."""
        ...


@dataclass(frozen=True, slots=True)
class LabgridClient:
    """Calls the client.

    Attributes:
        command: the program and what comes first, as in `("ssh", "bench", "labgrid-client")`.
        coordinator: `HOST:PORT`; None for the client's own default, `LG_COORDINATOR` or this host.
        folder: it is run in, that of the lab file; None: the present one.
    """

    command: tuple[str, ...]
    coordinator: str | None = None
    folder: Path | None = None

    def call(self, *words: str, stop: threading.Event | None = None, within_s: float = CALL_S) -> Answer:
        """One call, ended early when `stop` is set or the time is over.

        Raises:
            BrokerError: the program cannot be started.
        """
        where = () if self.coordinator is None else ("-x", self.coordinator)
        line = [*self.command, *where, *words]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                # A group of its own: Ctrl-C ends the lab run, which then gives the place back in order.
                process = subprocess.Popen(  # noqa: S603 - the program that the lab names
                    line,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    cwd=self.folder,
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                )
            except (OSError, ValueError) as error:
                what = getattr(error, "strerror", None) or error
                raise BrokerError(
                    f"{self.command[0]}: cannot be started ({what}); install labgrid in a virtual environment of its "
                    "own and name its labgrid-client in [labgrid] client"
                ) from None
            ended = _wait(process, stop, within_s)
            reason = _said(errors) or f"ended with {process.returncode}"
            if not ended:
                stopped = stop is not None and stop.is_set()
                reason = "stopped" if stopped else f"no answer within {within_s:g} s"
            return Answer(ended and process.returncode == 0, ended, _text(output), reason)


def _wait(process: subprocess.Popen[bytes], stop: threading.Event | None, within_s: float) -> bool:
    """Whether the process ended by itself."""
    until = time.monotonic() + within_s
    try:
        while True:
            try:
                process.wait(timeout=min(_LOOK_S, max(until - time.monotonic(), 0.0)))
            except subprocess.TimeoutExpired:
                if time.monotonic() < until and not (stop is not None and stop.is_set()):
                    continue
                return False
            return True
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read(_MOST_OCTETS).decode(errors="replace")


def _said(file: BinaryIO) -> str:
    """The last line that is a message, without the name of the program."""
    lines = [line.strip() for line in _text(file).splitlines() if line.strip()]
    if not lines:
        return ""
    message = lines[-1].removeprefix("labgrid-client: ").removeprefix("Error: ")
    return printable(message, _LONGEST_REASON)
