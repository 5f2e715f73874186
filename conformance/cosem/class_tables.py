"""The interface classes that the package's tables define, read from `classes/` when first asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from conformance.cosem.class_file import ClassFile, Problem, read
from conformance.cosem.interface_class import ClassVersion

SHARED = "shared.toml"
_FILE_NAME = re.compile(r"(\d{1,5})_[a-z0-9_]+\.toml")


class ClassTableError(Exception):
    """A table of the package that cannot be used: the first fault with file and line, and how many more there are."""


def class_version(class_id: int, version: int) -> ClassVersion | None:
    """The definition of one version of a class; None when the tables do not hold it."""
    return next((one for one in _versions(class_id) if one.version == version), None)


def versions_of(class_id: int) -> tuple[int, ...]:
    """The versions of a class that the tables hold, ascending; none for a class that they do not hold."""
    return tuple(one.version for one in _versions(class_id))


def class_name(class_id: int) -> str | None:
    """The class's name in the standard's spelling; None when the tables do not hold it."""
    found = class_file(class_id)
    return found.name if found else None


def all_classes() -> tuple[ClassVersion, ...]:
    """Every version of every class, by class_id and version."""
    return tuple(one for class_id in class_ids() for one in _versions(class_id))


def class_ids() -> tuple[int, ...]:
    """The class_id of every class that the tables hold, ascending."""
    return tuple(sorted(_paths()))


def class_files() -> Mapping[int, ClassFile]:
    """Every table by its class_id."""
    return {class_id: found for class_id in class_ids() if (found := class_file(class_id)) is not None}


def meanings(enumeration: str) -> Mapping[int, str]:
    """The meanings of an enumeration of shared.toml, such as `unit`, by value.

    Raises:
        KeyError: shared.toml has no such enumeration.
    """
    return shared_names().enumerations[enumeration]


@cache
def class_file(class_id: int) -> ClassFile | None:
    """The whole table of a class, with its named types and enumerations; None when there is none.

    Raises:
        ClassTableError: the table is broken.
    """
    path = _paths().get(class_id)
    if path is None:
        return None
    found = _sound(path, shared_names())
    if found.class_id != class_id:
        raise ClassTableError(f"{path.name}: class_id is {found.class_id}; the file's name says {class_id}")
    return found


@cache
def shared_names() -> ClassFile:
    """The named types and enumerations that every table may use."""
    return _sound(directory() / SHARED, None)


def directory() -> Traversable:
    """Where the package keeps its tables."""
    return files("conformance.cosem") / "classes"


def class_id_of(file_name: str) -> int | None:
    """The class_id that a file's name begins with, as in `003_register.toml`; None for another name."""
    match = _FILE_NAME.fullmatch(file_name)
    return int(match[1]) if match else None


@cache
def _paths() -> dict[int, Traversable]:
    paths: dict[int, Traversable] = {}
    for path in directory().iterdir():
        class_id = class_id_of(path.name)
        if class_id is not None:
            paths[class_id] = path
    return paths


def _versions(class_id: int) -> tuple[ClassVersion, ...]:
    found = class_file(class_id)
    return found.versions if found else ()


def _sound(path: Traversable, shared: ClassFile | None) -> ClassFile:
    problems: list[Problem] = []
    found = read(path.name, path.read_text(encoding="utf-8"), shared, problems)
    if problems or found is None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ClassTableError(f"{problems[0] if problems else path.name}{more}")
    return found
