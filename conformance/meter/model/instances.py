"""One object of each class version as data: `../instances/*.toml`, a file for each family of classes.

    [[object]]
    class_id = 19
    version = 1
    logical_name = "0-0:20.0.1.255"
    values = ["enum 1", …]         # of attribute 2 and on, in the notation of `cosem/value_notation.py`
    denied = [5]                   # attributes that nobody may read or write: keys and secrets
    writeable = [3, 4]             # attributes that the management client may read and write, and others read
    write_only = [7, 8, 9]         # attributes that the management client may write, and nobody read
    methods = [                    # those that the management client may invoke; others of the class are denied
      { index = 1, sets = { 2 = "u32 0" }, returns = "u16 3" },   # what it leaves in attributes, and what it returns
    ]

All other attributes may be read by everybody and written by nobody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from conformance.cosem.class_tables import class_version
from conformance.cosem.interface_class import ClassVersion
from conformance.cosem.obis import octets_of
from conformance.cosem.value_notation import value_of
from conformance.dlms.data.types import Data

DIRECTORY: Final = Path(__file__).parent.parent / "instances"


class InstanceFileError(ValueError):
    """An instance that cannot be made; the message says in which file, which, and why."""


@dataclass(frozen=True, slots=True)
class MethodEffect:
    """What a method does that may be invoked: the values that it leaves in attributes, and what it returns."""

    sets: Mapping[int, Data] = field(default_factory=dict)
    returns: Data | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class version.

    Attributes:
        definition: the class version.
        logical_name: 6 octets.
        values: what the attributes hold at first, by attribute_id; logical_name is not among them.
        denied: attributes that nobody may use.
        writeable: attributes that the management client may read and write.
        write_only: attributes that the management client may write, and nobody read.
        methods: what the methods do that the management client may invoke, by method_id.
    """

    definition: ClassVersion
    logical_name: bytes
    values: Mapping[int, Data]
    denied: frozenset[int] = frozenset()
    writeable: frozenset[int] = frozenset()
    write_only: frozenset[int] = frozenset()
    methods: Mapping[int, MethodEffect] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, int]:
        """class_id and version."""
        return self.definition.class_id, self.definition.version


@cache
def instances(directory: Path = DIRECTORY) -> tuple[Instance, ...]:
    """All instances, in the order of class_id and version.

    Raises:
        InstanceFileError: a file is broken, or a class version is there twice.
    """
    found: dict[tuple[int, int], Instance] = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            rows = tomllib.loads(path.read_text(encoding="utf-8"))["object"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise InstanceFileError(f"{path}: {error}") from None
        for number, row in enumerate(rows, 1):
            try:
                made = _instance(row)
            except (KeyError, ValueError, TypeError) as error:
                raise InstanceFileError(f"{path.name}, object {number}: {error}") from None
            if made.key in found:
                raise InstanceFileError(f"{path.name}, object {number}: class version {made.key} is there twice")
            found[made.key] = made
    return tuple(found[key] for key in sorted(found))


def _instance(row: Mapping[str, object]) -> Instance:
    keys = {"class_id", "version", "logical_name", "values", "denied", "writeable", "write_only", "methods"}
    if not keys >= row.keys():
        raise ValueError(f"unknown keys {sorted(row.keys() - keys)}")
    match row:
        case {"class_id": int(class_id), "version": int(version), "logical_name": str(name), "values": [*texts]}:
            definition = class_version(class_id, version)
        case _:
            raise ValueError("class_id, version, logical_name and values are needed")
    if definition is None:
        raise ValueError(f"the class tables do not hold class {class_id} version {version}")
    indices = [attribute.index for attribute in definition.attributes[1:]]
    if len(indices) != len(texts):
        raise ValueError(f"class {class_id} version {version} has {len(indices)} values, not {len(texts)}")
    return Instance(
        definition,
        octets_of(name),
        {index: value_of(str(text)) for index, text in zip(indices, texts, strict=True)},
        _numbers(row.get("denied", []), indices),
        _numbers(row.get("writeable", []), indices),
        _numbers(row.get("write_only", []), indices),
        dict(_method(definition, method) for method in _list(row.get("methods", []))),
    )


def _numbers(value: object, known: list[int]) -> frozenset[int]:
    numbers = frozenset(number for number in _list(value) if isinstance(number, int))
    if not numbers <= set(known):
        raise ValueError(f"no attributes {sorted(numbers - set(known))}")
    return numbers


def _method(definition: ClassVersion, row: object) -> tuple[int, MethodEffect]:
    match row:
        case {"index": int(index), **rest} if definition.method(index) is not None and rest.keys() <= {
            "sets",
            "returns",
        }:
            sets, returned = rest.get("sets", {}), rest.get("returns")
            if not isinstance(sets, dict):
                raise ValueError(f"method {index}: sets is a table of attributes and values")
            left = {int(attribute): value_of(str(text)) for attribute, text in sets.items()}
            if not left.keys() <= {attribute.index for attribute in definition.attributes}:
                raise ValueError(f"method {index} sets attributes that the class has not")
            return index, MethodEffect(left, None if returned is None else value_of(str(returned)))
    raise ValueError(f"{row} is no method of class {definition.class_id} version {definition.version}")


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value
