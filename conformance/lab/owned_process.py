"""A process of the night: apart from the terminal, told to stop through its tether, killed with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.lab.process_log import ProcessLog

_CHUNK = 65536
_LAST_OUTPUT_S = 5.0
STOP = b"stop\n"
"""What a supervised run reads from its standard input as the wish to stop."""


OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Flag of Windows for a process that Ctrl-C does not reach; elsewhere a session of its own does that."""


class OwnedProcess:
    """Runs a command; what it prints goes into a log.

    It is in a process group of its own, so that Ctrl-C reaches the night alone, which decides. Its standard input is
    the tether: it closes when this process ends, however it ends.

    Args:
        command: program and arguments; no shell.
        log: takes standard output and standard error; closed at the end.
        folder: to run in; None: the present one.
        environ: its environment; None: that of this process.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: ProcessLog,
        *,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self._stopped = False
        environment = {**(os.environ if environ is None else environ), "PYTHONIOENCODING": "utf-8:backslashreplace"}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a list of words, of this program or of the lab's file
                list(map(str, command)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                bufsize=0,
                creationflags=OWN_GROUP,
                start_new_session=True,
            )
        except OSError:
            log.close()
            raise
        self._reader = threading.Thread(target=self._read, name="output", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ended(self, within_s: float = 0.0) -> int | None:
        """Its exit code once it has ended, waiting so long for that; negative: of the signal that killed it."""
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Tell it to end after the subtest in hand; a second call does nothing."""
        if not self._stopped and self._process.stdin is not None:
            self._stopped = True
            with suppress(OSError, ValueError):
                self._process.stdin.write(STOP)

    def kill(self) -> None:
        """End it and all that it started, at once."""
        kill_with_children(self._process)

    def close(self) -> None:
        """Give back what it has held, killing it if it still runs."""
        if self._process.poll() is None:
            self.kill()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        # Something that it has started may live on and hold the pipe.
        self._reader.join(_LAST_OUTPUT_S)
        if not self._reader.is_alive() and self._process.stdout is not None:
            self._process.stdout.close()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - narrows the type: it is a pipe
        try:
            while octets := self._process.stdout.read(_CHUNK):
                self.log.write(octets)
        except (OSError, ValueError):
            # Closed under our hands.
            return


def kill_with_children(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group of its own, and all that it started, at once."""
    if process.poll() is None:
        if sys.platform == "win32":
            subprocess.run(  # noqa: S603
                ["taskkill", "/T", "/F", "/PID", str(process.pid)],  # noqa: S607 - Windows' own
                capture_output=True,
                check=False,
                timeout=30,
            )
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        with suppress(OSError):
            process.kill()
    process.wait()


def end_in_words(code: int) -> str:
    """How a process ended: `ended with exit code 7`, `was killed by SIGKILL`."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
