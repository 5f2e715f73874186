"""What a faulty meter does wrong with the objects of `instances.py`, as data: `../instance_defects.toml`.

A row has the defect's `name`, `title` and `source`, the `class_id` and `version` that it concerns, the `attribute`, and
one of these keys:

    value = "u8 3"             the attribute is read as this value
    refused = true             reading it is refused, though the object_list allows it
    served = true              reading it is served, though the object_list denies it
    written = true             writing it succeeds, though the object_list denies it
    spoilt = "u8 3"            a write to it is refused, as the object_list says, and leaves this value all the same
    not_written = true         writing it is refused, though the object_list allows it
    stored = "u8 3"            writing it succeeds, and leaves this value
    missing = true             the object is listed and served without it
    further = true             the object_list has an attribute of this number too, and it is not there
    twice = true               the object_list has the object twice
    method_listed = 9          the object_list has a method of this number, which the class has not
    method_carried_out = 1     a method succeeds that the object_list denies
    method_refused = 1         a method is refused that the object_list allows

The cases that must catch it are those of the class version.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from conformance.cosem.value_notation import value_of
from conformance.dlms.data.types import Data

PATH: Final = Path(__file__).parent.parent / "instance_defects.toml"
_VALUES: Final = ("value", "spoilt", "stored")
_FLAGS: Final = ("refused", "served", "written", "not_written", "missing", "further", "twice")
_METHODS: Final = ("method_listed", "method_carried_out", "method_refused")
BY_MANAGEMENT: Final = frozenset(("written", "spoilt", "not_written", "stored", "method_refused"))
"""What shows to the management client alone, who may write and invoke most."""


@dataclass(frozen=True, slots=True)
class InstanceFault:
    """One row.

    Attributes:
        kind: the key that says what is wrong.
        number: of the attribute or method.
        value: where the kind has one.
    """

    name: str
    title: str
    source: str
    class_id: int
    version: int
    kind: str
    number: int
    value: Data | None = None


@cache
def instance_faults(path: Path = PATH) -> Mapping[str, InstanceFault]:
    """All rows by name.

    Raises:
        ValueError: a row is broken, or two have one name.
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["defect"]
    faults = [_fault(row) for row in rows]
    named = {fault.name: fault for fault in faults}
    if len(named) != len(faults):
        raise ValueError(f"{path.name}: two defects have one name")
    return MappingProxyType(named)


def _fault(row: Mapping[str, object]) -> InstanceFault:
    match row:
        case {"name": str(name), "title": str(title), "source": str(source), "class_id": int(a), "version": int(b)}:
            kinds = row.keys() - {"name", "title", "source", "class_id", "version", "attribute"}
        case _:
            raise ValueError(f"a row of {PATH.name} lacks a key: {dict(row)}")
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    content, attribute = row.get(kind), row.get("attribute", 1)
    if kind in _VALUES and isinstance(content, str) and isinstance(attribute, int):
        return InstanceFault(name, title, source, a, b, kind, attribute, value_of(content))
    if kind in _FLAGS and content is True and isinstance(attribute, int):
        return InstanceFault(name, title, source, a, b, kind, attribute)
    if kind in _METHODS and isinstance(content, int):
        return InstanceFault(name, title, source, a, b, kind, content)
    raise ValueError(
        f"{PATH.name}, {name}: one of {', '.join((*_VALUES, *_FLAGS, *_METHODS))} is needed, as it is told"
    )
