"""The lab's own commands around the test of a device: run, timed, cut short, and told."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final

from conformance.dlms.text import printable
from conformance.lab.owned_process import OWN_GROUP, kill_with_children

PLACES: Final = ("device", "line", "bench", "link", "reason", "night")
"""What may stand in braces in an argument."""
_LOOK_S = 0.1
_MOST_OCTETS = 4096
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class HookRun:
    """What became of a command.

    Attributes:
        command: as it was run.
        exit_code: None when it could not be started or was ended.
        duration_s: seconds.
        output: standard output and standard error, their beginning and end.
        problem: what went wrong; empty when it ended with 0.
    """

    command: tuple[str, ...]
    exit_code: int | None
    duration_s: float
    output: str
    problem: str


def filled(command: Sequence[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """The command with `{device}` and the like replaced, in one pass: what is put in is never looked at again."""
    return tuple(_filled(word, places) for word in command)


def run_hook(command: tuple[str, ...], timeout_s: float, hurry: threading.Event) -> HookRun:
    """Run a command of the lab, no longer than `timeout_s`; it is ended early when `hurry` is set."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of words from the lab's own file, no shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                creationflags=OWN_GROUP,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            problem = f"{command[0]} cannot be started: {getattr(error, 'strerror', None) or error}"
            return HookRun(command, None, 0.0, "", printable(problem, _LONGEST_REASON))
        code, cut = _waited(process, began + timeout_s, hurry)
        duration = time.monotonic() - began
        text = _ends(output)
    problem = ""
    if cut:
        problem = f"{command[0]} was ended after {duration:.0f} s"
        code = None
    elif code != 0:
        lines = text.strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        problem = f"{command[0]} ended with {code}{said}"
    return HookRun(command, code, round(duration, 3), text, printable(problem, _LONGEST_REASON))


def _waited(process: subprocess.Popen[bytes], ends: float, hurry: threading.Event) -> tuple[int | None, bool]:
    """The exit code, and whether the process had to be ended."""
    while True:
        try:
            return process.wait(_LOOK_S), False
        except subprocess.TimeoutExpired:
            if time.monotonic() >= ends or hurry.is_set():
                kill_with_children(process)
                return None, True


def _ends(output: IO[bytes]) -> str:
    """The beginning and the end of what was printed, legible."""
    size = output.seek(0, 2)
    output.seek(0)
    octets = output.read(_MOST_OCTETS)
    if size > 2 * _MOST_OCTETS:
        output.seek(size - _MOST_OCTETS)
        octets += f"\n… {size - 2 * _MOST_OCTETS} octets left out …\n".encode() + output.read(_MOST_OCTETS)
    else:
        octets += output.read(_MOST_OCTETS)
    lines = octets.decode("utf-8", "replace").splitlines()
    return "\n".join(printable(line, 1000) for line in lines)


def _filled(word: str, places: Mapping[str, str]) -> str:
    parts = []
    rest = word
    while rest:
        head, brace, tail = rest.partition("{")
        parts.append(head)
        if not brace:
            break
        name, closing, after = tail.partition("}")
        if closing and name in places:
            parts.append(places[name])
            rest = after
        else:
            parts.append("{")
            rest = tail
    return "".join(parts)
