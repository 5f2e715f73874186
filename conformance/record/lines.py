"""JSON lines on disk: each line whole or not there at all, readable after the writer was killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from conformance.record.errors import RecordError

_REMEDY = "The file was changed after the run: restore it, or run again"


class LineWriter:
    """Appends JSON objects to a file, each flushed to the operating system as one line.

    The file must not exist yet; with `resume` it must, and a torn last line is cut off first.

    Raises:
        FileExistsError: it exists.
        FileNotFoundError: it does not, and should.
    """

    __slots__ = ("_file", "path")

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if resume:
            _drop_torn_line(path)
        self._file: BinaryIO = path.open("ab" if resume else "xb")

    def write(self, line: Mapping[str, object]) -> None:
        """Append one line."""
        self._file.write(json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Put the file on the disk and close it; a second call does nothing."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


@dataclass(frozen=True, slots=True)
class Line:
    """A JSON object with the number of its line, counted from 1."""

    number: int
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file; `torn` is the number of a last line that its writer did not finish, else None."""

    path: Path
    lines: tuple[Line, ...]
    torn: int | None

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def damaged(self, line: Line, message: str) -> RecordError:
        """The error of a line whose content is not what it should be."""
        return RecordError(self.path, message, remedy=_REMEDY, line=line.number)


class LineReader:
    """Reads a file of JSON lines one after another, so that a log of any length needs little memory.

    A last line without its end is torn: it is left out. Any other line that is no JSON object is damage.

    Attributes:
        path: of the file.
        torn: after the last line, the number of one that its writer did not finish; else None.

    Raises:
        RecordError: while reading: the file is missing, cannot be read, or is damaged.
    """

    __slots__ = ("path", "torn")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn: int | None = None

    def __iter__(self) -> Iterator[Line]:
        try:
            with self.path.open("rb") as file:
                for number, raw in enumerate(file, 1):
                    if not raw.endswith(b"\n"):
                        self.torn = number
                        return
                    yield Line(number, _object(self.path, number, raw))
        except FileNotFoundError:
            raise RecordError(
                self.path, "there is no such file", remedy="Give the directory of a run, as --out named it"
            ) from None
        except OSError as error:
            raise RecordError(
                self.path, f"cannot be read ({error.strerror})", remedy="Check the path and its permissions"
            ) from None

    def damaged(self, line: Line, message: str) -> RecordError:
        """The error of a line whose content is not what it should be."""
        return RecordError(self.path, message, remedy=_REMEDY, line=line.number)


def read_lines(path: Path) -> Lines:
    """Read a file of JSON lines, all at once.

    Raises:
        RecordError: as `LineReader`.
    """
    reader = LineReader(path)
    lines = tuple(reader)
    return Lines(path, lines, reader.torn)


def _drop_torn_line(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there with all of `content`, or as it was before."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is there with everything that was written inside, or, after an error, as it was before."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _object(path: Path, number: int, raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise RecordError(path, "is no JSON", remedy=_REMEDY, line=number) from None
    if not isinstance(content, dict):
        raise RecordError(path, "is no JSON object", remedy=_REMEDY, line=number)
    return content
