"""A value against its type: every fault with its place in the value, at every depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from conformance.cosem.string_formats import format_fault
from conformance.cosem.type_language import (
    INTEGERS,
    AnyType,
    ArrayType,
    Bounds,
    ChoiceType,
    CompactArrayType,
    EnumeratedType,
    SimpleType,
    StructureType,
    TypeExpression,
)
from conformance.dlms.data.compact_array import CompactArray
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType

_MOST_FAULTS = 20
_SHOWN = 60
"""Characters of an observed value or of an expected type."""


@dataclass(frozen=True, slots=True)
class ValueFault:
    """One place at which a value is not of its type.

    Attributes:
        path: such as `capture_objects[3].attribute_index`; elements of arrays count from 0; empty is the whole value.
        expected: what the type allows there.
        observed: what is there, escaped and shortened.
    """

    path: str
    expected: str
    observed: str

    def __str__(self) -> str:
        at = f"{self.path}: " if self.path else ""
        return f"{at}expected {self.expected}, observed {self.observed}"


def faults_of(value: Data, type: TypeExpression, path: str = "") -> tuple[ValueFault, ...]:  # noqa: A002
    """Where `value` is not of `type`, at most 20 places; none when it is.

    Args:
        value: as a meter sent it.
        type: as an attribute's or a method's definition says.
        path: the name of the whole value, such as the attribute's; the places are below it.
    """
    return tuple(islice(_faults(value, type, path), _MOST_FAULTS))


def _faults(value: Data, type_: TypeExpression, path: str) -> Iterator[ValueFault]:
    match type_:
        case ChoiceType():
            yield from _chosen(value, type_, path)
        case AnyType():
            if value.type not in type_.types:
                yield _fault(path, f"{type_} ({_labels(type_.types)})", value)
        case SimpleType():
            yield from _simple(value, type_, path)
        case EnumeratedType():
            yield from _enumerated(value, type_, path)
        case StructureType():
            yield from _structure(value, type_, path)
        case ArrayType():
            if value.type is not DataType.ARRAY:
                yield _fault(path, str(type_), value)
            else:
                yield from _elements(value, value.value, type_, path)
        case CompactArrayType():
            if value.type is not DataType.COMPACT_ARRAY or not isinstance(value.value, CompactArray):
                yield _fault(path, str(type_), value)
            else:
                yield from _elements(value, value.value.elements, type_, path)


def _chosen(value: Data, type_: ChoiceType, path: str) -> Iterator[ValueFault]:
    """The faults against the alternative that comes nearest; one fault when no alternative has the value's tag."""
    least: tuple[ValueFault, ...] | None = None
    for alternative in type_.alternatives:
        if value.type not in _tags(alternative):
            continue
        faults = tuple(islice(_faults(value, alternative, path), _MOST_FAULTS))
        if not faults:
            return
        if least is None or _distance(faults, path) < _distance(least, path):
            least = faults
    if least is None:
        yield _fault(path, " or ".join(_shortened(str(one)) for one in type_.alternatives), value)
    else:
        yield from least


def _distance(faults: tuple[ValueFault, ...], path: str) -> tuple[bool, int]:
    """Faults inside a value are nearer than one of the value as a whole; fewer are nearer than more."""
    return any(fault.path == path for fault in faults), len(faults)


def _simple(value: Data, type_: SimpleType, path: str) -> Iterator[ValueFault]:
    if value.type is not type_.type:
        yield _fault(path, str(type_), value)
        return
    if type_.bounds is not None:
        number = value.value if type_.type in INTEGERS else len(value.value)
        if not type_.bounds.allows(number):
            unit = "" if type_.type in INTEGERS else f" {_length_unit(type_.type)}"
            observed = describe(value, _SHOWN) + ("" if not unit else f" ({number}{unit})")
            yield ValueFault(path, f"{type_.type.label} of {type_.bounds}{unit}" if unit else str(type_), observed)
            return
    if type_.format is not None:
        fault = format_fault(value, type_.format)
        if fault is not None:
            yield ValueFault(path, str(type_), f"{describe(value, _SHOWN)}: {fault}"[: 4 * _SHOWN])


def _enumerated(value: Data, type_: EnumeratedType, path: str) -> Iterator[ValueFault]:
    if value.type is not type_.type:
        yield _fault(path, str(type_), value)
    elif value.type is DataType.BIT_STRING:
        unknown = [bit for bit, digit in enumerate(value.value) if digit == "1" and bit not in type_.meanings]
        if unknown:
            bits = ", ".join(map(str, unknown[:8]))
            yield _fault(path, f"{type_}: no meaning for bit {bits}", value)
    elif value.value not in type_.meanings:
        numbers = _shortened(str(Bounds(_runs(type_.meanings))))
        yield _fault(path, f"{type_}: one of {numbers}", value)


def _structure(value: Data, type_: StructureType, path: str) -> Iterator[ValueFault]:
    if value.type is not DataType.STRUCTURE:
        yield _fault(path, str(type_), value)
        return
    if len(value.value) != len(type_.elements):
        names = ", ".join(name for name, _ in type_.elements)
        yield _fault(path, f"a structure of {len(type_.elements)} elements ({_shortened(names)})", value)
        return
    for (name, element_type), element in zip(type_.elements, value.value, strict=True):
        yield from _faults(element, element_type, f"{path}.{name}" if path else name)


def _elements(
    value: Data, elements: Sequence[Data], type_: ArrayType | CompactArrayType, path: str
) -> Iterator[ValueFault]:
    if type_.bounds is not None and not type_.bounds.allows(len(elements)):
        yield _fault(path, f"{value.type.label} of {type_.bounds} elements", value)
    for index, element in enumerate(elements):
        yield from _faults(element, type_.element, f"{path}[{index}]")


def _tags(type_: TypeExpression) -> frozenset[DataType]:
    match type_:
        case ChoiceType():
            return frozenset().union(*(_tags(one) for one in type_.alternatives))
        case AnyType():
            return type_.types
        case StructureType():
            return frozenset((DataType.STRUCTURE,))
        case ArrayType():
            return frozenset((DataType.ARRAY,))
        case CompactArrayType():
            return frozenset((DataType.COMPACT_ARRAY,))
        case _:
            return frozenset((type_.type,))


def _runs(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return tuple(runs)


def _length_unit(type_: DataType) -> str:
    return {DataType.OCTET_STRING: "octets", DataType.BIT_STRING: "bits"}.get(type_, "characters")


def _labels(types: frozenset[DataType]) -> str:
    return _shortened(", ".join(one.label for one in sorted(types)))


def _fault(path: str, expected: str, value: Data) -> ValueFault:
    return ValueFault(path, _shortened(expected, 4), describe(value, _SHOWN))


def _shortened(text: str, times: int = 2) -> str:
    return text if len(text) <= times * _SHOWN else text[: times * _SHOWN - 1] + "…"
