"""A TOML file from the disk to a document that knows its lines; what stands in the way is told with its place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path as FilePath

from conformance.device.document import Document
from conformance.device.problems import ConfigError, Problem, nearest

_MOST_OCTETS = 1 << 20
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)")


def read(file: str, what: str = "device config") -> bytes:
    """Read a file whole.

    Args:
        file: path as the user gave it.
        what: a word for such a file in messages.

    Raises:
        ConfigError: it is not there, is too large, or cannot be read.
    """
    try:
        with open(file, "rb") as stream:
            octets = stream.read(_MOST_OCTETS + 1)
    except FileNotFoundError:
        directory = FilePath(file).parent
        siblings = sorted(path.name for path in directory.glob("*.toml")) if directory.is_dir() else []
        raise ConfigError(
            [
                Problem(
                    file=file,
                    message=f"there is no such file; name a {what}, a TOML file",
                    allowed=tuple(siblings),
                    nearest=nearest(FilePath(file).name, siblings),
                )
            ]
        ) from None
    except IsADirectoryError:
        message = f"is a directory; name one {what} in it, a TOML file"
        raise ConfigError([Problem(file=file, message=message)]) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ConfigError([Problem(file=file, message=message)]) from None
    if len(octets) > _MOST_OCTETS:
        raise ConfigError([Problem(file=file, message=f"is larger than 1 MiB: it is no {what}")])
    return octets


def parse(file: str, octets: bytes) -> Document:
    """Parse the octets of a file.

    Raises:
        ConfigError: they are no TOML in UTF-8.
    """
    try:
        source = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        message = f"octet {octets[error.start]:02X} is no UTF-8; save the file as UTF-8"
        raise ConfigError([Problem(file=file, line=line, message=message)]) from None
    try:
        return Document(file, source, tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (source.count("\n") + 1, 0)
        reason = _PLACE.sub("", str(error))
        message = f"no TOML: {reason}. Text and hexadecimal digits stand in quotes, each key on a line of its own"
        raise ConfigError([Problem(file=file, line=line, column=column, message=message)]) from None
