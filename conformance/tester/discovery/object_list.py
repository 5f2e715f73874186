"""The object_list of an association, with the rights that it tells (IEC 62056-6-2, classes 12 and 15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.cosem.names import ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.tester.discovery.findings import ListedObject
from conformance.tester.discovery.reading import CURRENT_ASSOCIATION, Reading

MOST_OBJECTS: Final = 20_000
_LN_VERSION_OF_BITS: Final = 3
"""From this version of Association LN on, access_mode is a set of bits; before, an enumeration of 0 to 6."""
_READING: Final = frozenset((1, 3, 4, 6))
_WRITING: Final = frozenset((2, 3, 5, 6))
_READ_BIT, _WRITE_BIT = 1, 2


def object_list(reading: Reading, *, short_names: bool) -> tuple[ListedObject, ...] | None:
    """The objects of the current association; None when they cannot be read."""
    own = ClassId.ASSOCIATION_SN if short_names else ClassId.ASSOCIATION_LN
    value = reading.value(AttributeDescriptor(own, CURRENT_ASSOCIATION, 2))
    if value is None:
        return None
    listed = list(_by_short_name(value) if short_names else _by_logical_name(value))
    if not short_names:
        return tuple(listed)
    reading.base_names = {**reading.base_names, **{o.logical_name: o.base_name or 0 for o in listed}}
    rights = reading.value(AttributeDescriptor(own, CURRENT_ASSOCIATION, 3), noted=False)
    return tuple(listed) if rights is None else tuple(_with_rights(listed, rights))


def _by_logical_name(value: Data) -> Iterator[ListedObject]:
    entries = [fields for item in _elements(value) if len(fields := _elements(item)) >= 4]
    version = next((_number(f[1]) for f in entries if _octets(f[2]) == CURRENT_ASSOCIATION), None) or 0
    for fields in entries:
        class_id, number, name = _number(fields[0]), _number(fields[1]), _octets(fields[2])
        rights = _elements(fields[3])
        if class_id is None or number is None or len(name) != 6 or not rights:
            continue
        yield _granted(ListedObject(class_id, number, name), rights[0], bits=version >= _LN_VERSION_OF_BITS)


def _by_short_name(value: Data) -> Iterator[ListedObject]:
    for item in _elements(value):
        fields = _elements(item)
        if len(fields) < 4:
            continue
        base, class_id, number, name = _number(fields[0]), _number(fields[1]), _number(fields[2]), _octets(fields[3])
        if base is not None and class_id is not None and number is not None and len(name) == 6:
            yield ListedObject(class_id, number, name, base_name=base & 0xFFFF)


def _with_rights(listed: list[ListedObject], value: Data) -> Iterator[ListedObject]:
    """The objects with what access_rights_list says of them; one that it leaves out has rights that are not told."""
    rights = {
        base & 0xFFFF: fields[1]
        for item in _elements(value)
        if len(fields := _elements(item)) >= 2 and (base := _number(fields[0])) is not None
    }
    for item in listed:
        told = rights.get(item.base_name or 0)
        yield item if told is None else _granted(item, told, bits=False)


def _granted(item: ListedObject, attribute_access: Data, *, bits: bool) -> ListedObject:
    modes = {
        number: mode
        for access in _elements(attribute_access)
        if len(fields := _elements(access)) >= 2
        and (number := _number(fields[0])) is not None
        and (mode := _number(fields[1])) is not None
    }
    return replace(
        item,
        attributes=frozenset(modes),
        readable=frozenset(n for n, mode in modes.items() if (mode & _READ_BIT if bits else mode in _READING)),
        writable=frozenset(n for n, mode in modes.items() if (mode & _WRITE_BIT if bits else mode in _WRITING)),
    )


def _elements(value: Data) -> tuple[Data, ...]:
    """The elements of an array or structure, bounded; none of anything else."""
    if value.type not in (DataType.ARRAY, DataType.STRUCTURE):
        return ()
    elements: tuple[Data, ...] = value.value[:MOST_OBJECTS]
    return elements


def _number(value: Data) -> int | None:
    return value.value if isinstance(value.value, int) and not isinstance(value.value, bool) else None


def _octets(value: Data) -> bytes:
    return value.value if isinstance(value.value, bytes) else b""
