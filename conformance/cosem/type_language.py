"""The types that attributes and methods may have, and the one-line language in which the class tables write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from conformance.dlms.data.types import DataType

_CONTAINERS = frozenset((DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY))
_NOT_NUMBERS = _CONTAINERS | {
    DataType.NULL_DATA,
    DataType.BOOLEAN,
    DataType.BIT_STRING,
    DataType.OCTET_STRING,
    DataType.VISIBLE_STRING,
    DataType.UTF8_STRING,
    DataType.DATE_TIME,
    DataType.DATE,
    DataType.TIME,
    DataType.DONT_CARE,
}


class TypeLanguageError(ValueError):
    """Text that is no type.

    Attributes:
        text: what was read.
        column: where in it the fault is, from 1.
        fault: what is wrong, and what would be right.
    """

    def __init__(self, text: str, column: int, fault: str) -> None:
        super().__init__(f"column {column} of {text!r}: {fault}")
        self.text = text
        self.column = column
        self.fault = fault


class Format(Enum):
    """What the octets or characters of a string are."""

    LOGICAL_NAME = "logical-name"
    DATE_TIME = "date-time"
    DATE = "date"
    TIME = "time"
    TITLE = "title"
    TEXT = "text"
    APDU = "apdu"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Numbers that are allowed: of an integer its value, of a string or an array its length.

    Attributes:
        ranges: lowest and highest of each range; None is unbounded.
    """

    ranges: tuple[tuple[int | None, int | None], ...]

    def allows(self, number: int) -> bool:
        """Whether `number` is in one of the ranges."""
        return any((low is None or number >= low) and (high is None or number <= high) for low, high in self.ranges)

    def __str__(self) -> str:
        return ", ".join(_range_text(low, high) for low, high in self.ranges)


@dataclass(frozen=True, slots=True)
class SimpleType:
    """One type that holds no other values.

    Attributes:
        bounds: of an integer's value; of a string's length in octets, characters or bits.
        format: what a string holds.
    """

    type: DataType
    bounds: Bounds | None = None
    format: Format | None = None

    def __str__(self) -> str:
        bounds = f"({self.bounds})" if self.bounds else ""
        return f"{self.type.label}{bounds}" + (f" as {self.format.value}" if self.format else "")


@dataclass(frozen=True, slots=True)
class EnumeratedType:
    """Numbers with meanings, or the bits of a bit-string with meanings.

    Attributes:
        name: of the enumeration.
        meanings: by value; of a bit-string by the number of the bit, from 0.
    """

    type: DataType
    name: str
    meanings: Mapping[int, str] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.type.label}({self.name})"


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array whose elements all have one type; `bounds` tell how many there may be."""

    element: TypeExpression
    bounds: Bounds | None = None

    def __str__(self) -> str:
        return f"array({self.element}{f', {self.bounds}' if self.bounds else ''})"


@dataclass(frozen=True, slots=True)
class CompactArrayType:
    """A compact-array whose elements all have one type."""

    element: TypeExpression
    bounds: Bounds | None = None

    def __str__(self) -> str:
        return f"compact-array({self.element}{f', {self.bounds}' if self.bounds else ''})"


@dataclass(frozen=True, slots=True)
class StructureType:
    """A structure: its elements' names and types, in order."""

    elements: tuple[tuple[str, TypeExpression], ...]

    def __str__(self) -> str:
        return f"structure({', '.join(f'{name}: {type_}' for name, type_ in self.elements)})"


@dataclass(frozen=True, slots=True)
class ChoiceType:
    """A CHOICE: any one of the alternatives."""

    alternatives: tuple[TypeExpression, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.alternatives))


@dataclass(frozen=True, slots=True)
class AnyType:
    """Any value of one of many types: `any`, `simple`, `number`, or a container of whatever it holds."""

    label: str
    types: frozenset[DataType]

    def __str__(self) -> str:
        return self.label


TypeExpression = SimpleType | EnumeratedType | ArrayType | StructureType | CompactArrayType | ChoiceType | AnyType

ANY = AnyType("any", frozenset(DataType))
SIMPLE = AnyType("simple", frozenset(DataType) - _CONTAINERS - {DataType.DONT_CARE})
NUMBER = AnyType("number", frozenset(DataType) - _NOT_NUMBERS)

INTEGERS = frozenset(NUMBER.types - {DataType.FLOAT32, DataType.FLOAT64})
"""The types whose bounds are bounds of the value."""
STRINGS = frozenset((DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING, DataType.BIT_STRING))
"""The types whose bounds are bounds of the length."""
WORDS: Mapping[str, TypeExpression] = {
    "any": ANY,
    "simple": SIMPLE,
    "number": NUMBER,
    **{type_.label: SimpleType(type_) for type_ in DataType if type_ not in _CONTAINERS | {DataType.DONT_CARE}},
    **{type_.label: AnyType(type_.label, frozenset((type_,))) for type_ in _CONTAINERS},
}
"""What a word means where nothing follows in parentheses."""


def parse(
    text: str,
    names: Mapping[str, TypeExpression],
    enumerations: Mapping[str, Mapping[int, str]] | None = None,
) -> TypeExpression:
    """The type that one line of the type language says.

    Args:
        text: such as `array(structure(class_id: long-unsigned, value: simple), 0..10) | null-data`.
        names: the named types that `text` may use.
        enumerations: the enumerations that `text` may use, as in `enum(unit)`: meanings by value.

    Raises:
        TypeLanguageError: with the column, what is wrong and what would be right.
    """
    # The grammar needs the types above; they are asked for without it.
    from conformance.cosem.type_grammar import Grammar  # noqa: PLC0415

    return Grammar(text, names, enumerations or {}).parse()


def _range_text(low: int | None, high: int | None) -> str:
    if low is not None and low == high:
        return str(low)
    return f"{'' if low is None else low}..{'' if high is None else high}"
