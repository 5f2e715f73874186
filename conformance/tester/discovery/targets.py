"""Objects that cases may use: taken from the object_list, tried by reading, never by writing or invoking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from conformance.cosem.names import ClassId
from conformance.cosem.obis import octets_of
from conformance.device.model import Targets
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.tester.discovery.findings import ListedObject
from conformance.tester.discovery.reading import CURRENT_ASSOCIATION, LOGICAL_DEVICE_NAME, Reading

_VALUES: Final = (ClassId.REGISTER, ClassId.EXTENDED_REGISTER, ClassId.CLOCK, ClassId.DATA)
_PREFERRED: Final = tuple(map(octets_of, ("1-0:1.8.0.255", "1-0:15.8.0.255", "0-0:1.0.0.255")))
_LOAD_PROFILES: Final = tuple(map(octets_of, ("1-0:99.1.0.255", "1-0:99.2.0.255")))
_MOST_TRIED: Final = 12
"""Attributes that are read in search of one target."""
_SHORT_OCTETS: Final = 64
_ENOUGH_ENTRIES: Final = 5
_TEXTS: Final = (DataType.OCTET_STRING, DataType.VISIBLE_STRING)


def targets_of(reading: Reading, objects: tuple[ListedObject, ...], *, short_names: bool) -> Targets:
    """The targets that an association offers; one that nothing fits is None."""
    own = ClassId.ASSOCIATION_SN if short_names else ClassId.ASSOCIATION_LN
    list_itself = AttributeDescriptor(own, CURRENT_ASSOCIATION, 2)
    readable = _first(reading, _attributes(objects, _may_read, _PREFERRED), _short)
    alive = None
    if reading.value(AttributeDescriptor(own, CURRENT_ASSOCIATION, 1), noted=False) is None:
        alive = readable
    read_only = _first(reading, _attributes(objects, _only_read, (LOGICAL_DEVICE_NAME,)), _short)
    return Targets(
        alive=alive,
        readable=readable,
        long_readable=list_itself,
        read_only=read_only,
        not_readable=next(_attributes(objects, _hidden, ()), None),
        profile=_profile(reading, objects),
    )


def writable_of(objects: tuple[ListedObject, ...]) -> AttributeDescriptor | None:
    """An attribute of a Data object that the object_list says can be read and written."""
    data = (item for item in objects if item.class_id == ClassId.DATA and item.logical_name != LOGICAL_DEVICE_NAME)
    both = (item for item in data if _may_read(item, 2) and _may_write(item, 2))
    return next((AttributeDescriptor(item.class_id, item.logical_name, 2) for item in both), None)


def method_of(objects: tuple[ListedObject, ...]) -> MethodDescriptor | None:
    """Execute of a script table, where there is one: what its scripts do is for the owner of the meter to say."""
    tables = (item for item in objects if item.class_id == ClassId.SCRIPT_TABLE)
    return next((MethodDescriptor(item.class_id, item.logical_name, 1) for item in tables), None)


def _attributes(
    objects: tuple[ListedObject, ...], fits: Callable[[ListedObject, int], bool], preferred: tuple[bytes, ...]
) -> Iterator[AttributeDescriptor]:
    """Values of registers, clocks and data that fit, the preferred logical names first, bounded."""

    def rank(item: ListedObject) -> tuple[int, int]:
        name = item.logical_name
        place = preferred.index(name) if name in preferred else len(preferred)
        return place, _VALUES.index(ClassId(item.class_id))

    known = [item for item in objects if item.class_id in _VALUES and fits(item, 2)]
    for item in sorted(known, key=rank)[:_MOST_TRIED]:
        yield AttributeDescriptor(item.class_id, item.logical_name, 2)


def _first(
    reading: Reading, candidates: Iterator[AttributeDescriptor], fits: Callable[[Data], bool]
) -> AttributeDescriptor | None:
    for attribute in candidates:
        value = reading.value(attribute, noted=False)
        if value is not None and fits(value):
            return attribute
    return None


def _profile(reading: Reading, objects: tuple[ListedObject, ...]) -> AttributeDescriptor | None:
    """The buffer of a profile generic that says it holds entries enough, a load profile first."""
    profiles = [item for item in objects if item.class_id == ClassId.PROFILE_GENERIC and _may_read(item, 2)]
    for item in sorted(profiles, key=lambda item: item.logical_name not in _LOAD_PROFILES)[:_MOST_TRIED]:
        entries = reading.value(AttributeDescriptor(item.class_id, item.logical_name, 7), noted=False)
        if entries is not None and isinstance(entries.value, int) and entries.value >= _ENOUGH_ENTRIES:
            return AttributeDescriptor(item.class_id, item.logical_name, 2)
    return None


def _short(value: Data) -> bool:
    if value.type in (DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY, DataType.NULL_DATA):
        return False
    return value.type not in _TEXTS or len(value.value) <= _SHORT_OCTETS


def _may_read(item: ListedObject, attribute: int) -> bool:
    """Whether the list says so, or says nothing of rights."""
    return item.readable is None or attribute in item.readable


def _may_write(item: ListedObject, attribute: int) -> bool:
    return item.writable is not None and attribute in item.writable


def _only_read(item: ListedObject, attribute: int) -> bool:
    told = item.readable is not None and attribute in item.readable
    return told and not _may_write(item, attribute)


def _hidden(item: ListedObject, attribute: int) -> bool:
    """Whether the list names the attribute and gives no right to it."""
    named = item.attributes is not None and attribute in item.attributes
    return named and item.readable is not None and attribute not in item.readable and not _may_write(item, attribute)
