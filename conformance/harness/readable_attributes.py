"""Which attributes an association may read, as its object_list says: every place where a value can be looked for."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cosem.names import CURRENT_ASSOCIATION
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.tester.association import Association
from conformance.tester.transfer import get, read

_OBJECT_LIST = AttributeDescriptor(15, CURRENT_ASSOCIATION, 2)
_ACCESS_RIGHTS_LIST = SN_VAA_NAME + 0x10
"""Attribute 3 of the Association SN, by short name."""
_READ_MODES = frozenset((4, 6))
"""authenticated_read_only and authenticated_read_and_write, beside the modes with bit 0 (classes 12 and 15)."""
_BUFFERS = frozenset(((7, 2), (12, 2), (12, 3), (15, 2)))
"""Class and attribute of what is long and holds no single value: a profile's buffer, and the lists themselves."""
_ARRAYS = (DataType.ARRAY, DataType.STRUCTURE)


def readable_attributes(association: Association) -> Iterator[AttributeDescriptor | int]:
    """What the object_list of an established association says can be read: by logical, or by short name.

    Raises:
        TransferFailed: the list is not served.
    """
    if association.settings.short_names:
        yield from _by_short_name(read(association, _ACCESS_RIGHTS_LIST))
    else:
        yield from _by_logical_name(get(association, _OBJECT_LIST))


def _by_logical_name(listed: object) -> Iterator[AttributeDescriptor]:
    for item in _items(listed):
        if len(item) < 4 or not isinstance(item[0].value, int) or not isinstance(item[2].value, bytes):
            continue
        class_id, name = item[0].value, item[2].value
        rights = _items(item[3], at_least=0)
        for attribute in _readable(rights[0] if rights else ()):
            if (class_id, attribute) not in _BUFFERS and len(name) == 6:
                yield AttributeDescriptor(class_id, name, attribute)


def _by_short_name(listed: object) -> Iterator[int]:
    for item in _items(listed):
        if len(item) < 2 or not isinstance(item[0].value, int):
            continue
        base = item[0].value & 0xFFFF
        for attribute in _readable(_values(item[1])):
            name = base + 8 * (attribute - 1)
            if name not in (SN_VAA_NAME + 8, _ACCESS_RIGHTS_LIST) and name <= 0xFFFF:
                yield name


def _readable(rights: tuple[Data, ...]) -> Iterator[int]:
    """The numbers of the attributes that attribute_access_descriptors let be read."""
    for descriptor in rights:
        parts = _values(descriptor)
        if len(parts) < 2 or not isinstance(parts[0].value, int) or not isinstance(parts[1].value, int):
            continue
        number, mode = parts[0].value, parts[1].value
        if number > 0 and (mode & 1 or mode in _READ_MODES):
            yield number


def _items(value: object, at_least: int = 1) -> list[tuple[Data, ...]]:
    """The elements of an array or structure, each as a tuple of its own elements."""
    return [_values(item) for item in _values(value) if len(_values(item)) >= at_least]


def _values(value: object) -> tuple[Data, ...]:
    if isinstance(value, Data) and value.type in _ARRAYS:
        return tuple(value.value)
    return ()
