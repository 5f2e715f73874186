"""From a reference to the secret it names. Messages say where it is and what is wrong with it, never what it is."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from enum import Enum
from pathlib import Path as FilePath

from conformance.device.document import Document
from conformance.device.problems import Problem, nearest
from conformance.device.toml_lines import Path
from conformance.device.toml_types import SecretReference
from conformance.dlms.security.secret import Secret

COMMAND_TIMEOUT_S = 10.0
_MOST_OCTETS = 4096
_SOURCES = ("env", "file", "command", "hex", "text")
_INLINE = ("hex", "text")


class SecretMode(Enum):
    """Whether secrets are fetched, or stand-ins of the right length take their place, for work without the meter."""

    RESOLVE = "resolve"
    PLACEHOLDER = "placeholder"
    AVAILABLE = "available"
    """Those that can be had are fetched; what cannot is told, and left out."""


class _UnavailableError(Exception):
    """A secret that cannot be had; the message is for the user and holds no octet of it."""


class SecretResolver:
    """Resolves the references of one device config and collects what is wrong with them.

    Attributes:
        problems: filled by `resolve`.
        missing: likewise, with `SecretMode.AVAILABLE`: where the reference stands, its source, and why it gave nothing.
        placeholders: a stand-in has been given out.
    """

    def __init__(
        self,
        document: Document,
        *,
        environ: Mapping[str, str],
        mode: SecretMode,
        inline_allowed: bool,
        command_timeout_s: float = COMMAND_TIMEOUT_S,
    ) -> None:
        self.problems: list[Problem] = []
        self.missing: list[tuple[Path, str, str]] = []
        self.placeholders = False
        self._document = document
        self._directory = FilePath(document.file).parent
        self._environ = environ
        self._mode = mode
        self._inline_allowed = inline_allowed
        self._command_timeout_s = command_timeout_s
        self._commands: dict[tuple[str, ...], bytes | _UnavailableError] = {}

    def resolve(
        self, path: Path, reference: SecretReference, *, octets: int | None, commands: bool = True
    ) -> Secret | None:
        """Return the secret that the reference at `path` names, or None after noting a problem.

        Args:
            path: where the reference stands.
            reference: it.
            octets: length of a key, hexadecimal by default; None: a password, any length but 0, text by default.
            commands: a program may be run for it.
        """
        given = [source for source in _SOURCES if getattr(reference, source) is not None]
        if len(given) != 1:
            what = f"names {len(given)} of them" if given else "names none of them"
            self._note(path, f"a secret has exactly one source; this {what}", allowed=_SOURCES)
            return None
        source = given[0]
        if source in _INLINE and not self._inline_allowed:
            message = (
                "a key may stand in the file only for the embedded meter; use env, file or command, or say with "
                "published_keys why these are public"
            )
            self._note((*path, source), message)
            return None
        if self._mode is SecretMode.PLACEHOLDER and source not in _INLINE:
            self.placeholders = True
            return _placeholder(self._document.where(path), octets)
        try:
            if source == "command" and not commands:
                raise _UnavailableError("its command was not run")
            secret = self._decoded(self._fetched(source, reference), source, reference, octets)
            if octets is not None and len(secret) != octets:
                raise _UnavailableError(f"must be {octets} octets for this security suite; it has {len(secret)}")
            if not secret:
                raise _UnavailableError("is empty")
        except _UnavailableError as error:
            if self._mode is SecretMode.AVAILABLE:
                self.missing.append((path, source, str(error)))
            else:
                self._note((*path, source), str(error))
            return None
        return Secret(secret)

    def _note(self, path: Path, message: str, *, allowed: tuple[str, ...] = ()) -> None:
        self.problems.append(self._document.problem(path, message, allowed=allowed, hide_value=True))

    def _fetched(self, source: str, reference: SecretReference) -> bytes:
        if reference.env is not None:
            return self._from_environment(reference.env)
        if reference.file is not None:
            return self._from_file(reference.file)
        if reference.command is not None:
            return self._from_command(tuple(reference.command))
        return str(getattr(reference, source)).encode()

    def _decoded(self, raw: bytes, source: str, reference: SecretReference, octets: int | None) -> bytes:
        default = "text" if octets is None else "hex"
        encoding = source if source in _INLINE else reference.encoding or default
        if encoding == "text":
            return raw
        try:
            return bytes.fromhex(raw.decode("ascii"))
        except ValueError:
            hint = '; write encoding = "text" beside it if it is text' if source not in _INLINE else ""
            raise _UnavailableError(f"does not hold hexadecimal digits, two for each octet{hint}") from None

    def _from_environment(self, name: str) -> bytes:
        value = self._environ.get(name)
        if value is None:
            meant = nearest(name, list(self._environ))
            hint = f" (there is {meant})" if meant else ""
            raise _UnavailableError(f"environment variable {name} is not set{hint}; set it before the run")
        return value.encode("utf-8", "surrogateescape")

    def _from_file(self, name: str) -> bytes:
        path = self._directory / FilePath(name).expanduser()
        try:
            with path.open("rb") as file:
                raw = file.read(_MOST_OCTETS + 1)
        except OSError as error:
            raise _UnavailableError(f"file {path} cannot be read: {error.strerror or error}") from None
        if len(raw) > _MOST_OCTETS:
            raise _UnavailableError(f"file {path} is longer than {_MOST_OCTETS} octets: it is no secret")
        return raw.rstrip(b"\r\n")

    def _from_command(self, command: tuple[str, ...]) -> bytes:
        """Run a command once per load, however many references name it."""
        if command not in self._commands:
            try:
                self._commands[command] = _output(command, self._directory, self._environ, self._command_timeout_s)
            except _UnavailableError as error:
                self._commands[command] = error
        result = self._commands[command]
        if isinstance(result, _UnavailableError):
            raise result
        return result


def _placeholder(where: str, octets: int | None) -> Secret:
    """Stand-in octets: the same for the same place, of the right length, and no key of anything."""
    return Secret(hashlib.sha256(f"placeholder {where}".encode()).digest()[: octets or 16])


def _output(command: tuple[str, ...], directory: FilePath, environ: Mapping[str, str], timeout_s: float) -> bytes:
    """Run a program without a shell, bounded in time and output; standard error may tell too much and is dropped."""
    name = command[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - the owner of the device config names the program
            command,
            cwd=directory,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise _UnavailableError(f"command {name} cannot be started: {error.strerror or error}") from None
    with process:
        raw = _read_within(process, timeout_s)
    if raw is None:
        raise _UnavailableError(f"command {name} has not finished within {timeout_s:g} s; it must not ask questions")
    if process.returncode:
        raise _UnavailableError(
            f"command {name} failed with exit status {process.returncode}; run it by hand to see why"
        )
    if len(raw) > _MOST_OCTETS:
        raise _UnavailableError(f"command {name} printed more than {_MOST_OCTETS} octets: it is no secret")
    return raw.rstrip(b"\r\n")


def _read_within(process: subprocess.Popen[bytes], timeout_s: float) -> bytes | None:
    """Read the output to its end or its bound; end the process and return None when that takes too long."""
    pipe = process.stdout
    assert pipe is not None  # noqa: S101 - asked for above
    late = threading.Event()

    def end() -> None:
        late.set()
        _end(process)

    timer = threading.Timer(timeout_s, end)
    timer.start()
    try:
        raw = pipe.read(_MOST_OCTETS + 1)
        if len(raw) > _MOST_OCTETS:
            _end(process)
        process.wait()
    finally:
        timer.cancel()
        timer.join()
    return None if late.is_set() else raw


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and, where process groups exist, all that it started."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    else:
        process.kill()
