"""The companion profiles that the package brings, and those that a lab has written itself."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from conformance.cosem.class_file import Problem
from conformance.cosem.companion import Companion
from conformance.cosem.companion_checks import faults_in
from conformance.cosem.companion_file import read

_MOST_OCTETS = 1 << 20
_SUFFIX = ".toml"


class CompanionError(Exception):
    """A profile that cannot be used.

    Attributes:
        problems: what is wrong, each with file and line.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = problems


def names() -> tuple[str, ...]:
    """The names of the profiles that the package brings."""
    return tuple(sorted(one.name.removesuffix(_SUFFIX) for one in _directory().iterdir() if _is_profile(one)))


def is_path(text: str) -> bool:
    """Whether what a device config says is a file of the lab's, not the name of one of ours."""
    return text.endswith(_SUFFIX) or "/" in text or "\\" in text


@cache
def packaged(name: str) -> Companion:
    """A profile of the package.

    Raises:
        KeyError: there is none of this name.
        CompanionError: it is broken.
    """
    if name not in names():
        raise KeyError(name)
    source = _directory() / f"{name}{_SUFFIX}"
    return parsed(source.name, source.read_text(encoding="utf-8"))


def load(path: Path) -> Companion:
    """A profile of the lab's own.

    Raises:
        CompanionError: the file cannot be read, or is no sound profile.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise CompanionError((Problem(str(path), 0, "", f"cannot be read: {error.strerror or error}"),)) from None
    if len(octets) > _MOST_OCTETS:
        raise CompanionError((Problem(str(path), 0, "", "is larger than 1 MiB: it is no companion profile"),))
    try:
        return parsed(str(path), octets.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise CompanionError((Problem(str(path), line, "", "is no UTF-8; save the file as UTF-8"),)) from None


def parsed(file: str, text: str) -> Companion:
    """The profile that a text holds.

    Raises:
        CompanionError: it is no sound profile.
    """
    problems: list[Problem] = []
    found = read(file, text, problems)
    if found is not None and not problems:
        problems += faults_in(found)
    if problems or found is None:
        raise CompanionError(tuple(sorted(problems)))
    return found


def _is_profile(one: Traversable) -> bool:
    return one.name.endswith(_SUFFIX)


def _directory() -> Traversable:
    return files("conformance.cosem") / "profiles"
