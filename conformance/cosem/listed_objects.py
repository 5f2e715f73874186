"""The objects that an association tells of: object_list of Association LN, and the two lists of Association SN.

Whatever a meter sends is taken as far as it can be read; what cannot is told as a fault. (IEC 62056-6-2, classes 12
and 15.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conformance.cosem.access_rights import (
    AttributeRights,
    MethodRights,
    Modes,
    attribute_rights,
    method_rights,
)
from conformance.cosem.names import CURRENT_ASSOCIATION
from conformance.cosem.obis import text_of
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType

MOST_OBJECTS = 10_000
"""Objects of a list that are looked at."""
_MOST_FAULTS = 50
_MOST_ITEMS = 256
"""Attributes or methods of one object that are looked at."""
_LN_BIT_MASKS = 3
_SN_BIT_MASKS = 4
"""The first versions of Association LN and SN whose access_mode is a mask of bits."""
_LN_ELEMENTS = 4
_SN_ELEMENTS = 4
_RIGHTS_ELEMENTS = 3
_NAME_OCTETS = 6
_INTEGERS = frozenset(
    (
        DataType.INTEGER,
        DataType.UNSIGNED,
        DataType.LONG,
        DataType.LONG_UNSIGNED,
        DataType.DOUBLE_LONG,
        DataType.DOUBLE_LONG_UNSIGNED,
        DataType.ENUM,
    )
)
_CONTAINERS = (DataType.ARRAY, DataType.STRUCTURE)


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object as a list tells it.

    Attributes:
        class_id: of its interface class.
        version: of its interface class.
        logical_name: 6 octets.
        base_name: its short name, 0 to FFFF; None with logical names.
        attribute_rights: by attribute_id, those that the list names.
        method_rights: by method_id, likewise.
        rights_told: the list says what may be done with it; False where no access_rights_list names it.
    """

    class_id: int
    version: int
    logical_name: bytes
    base_name: int | None = None
    attribute_rights: Mapping[int, AttributeRights] = field(default_factory=dict, hash=False)
    method_rights: Mapping[int, MethodRights] = field(default_factory=dict, hash=False)
    rights_told: bool = True

    def __str__(self) -> str:
        return text_of(self.logical_name)


@dataclass(frozen=True, slots=True)
class ObjectList:
    """What a list holds.

    Attributes:
        objects: in its order; one that is there twice is here twice.
        faults: what could not be read, in words, each with its place in the list.
        cut: there are more objects than are looked at.
    """

    objects: tuple[ListedObject, ...]
    faults: tuple[str, ...] = ()
    cut: bool = False


def listed_by_logical_name(value: Data, version: int | None = None) -> ObjectList:
    """The objects of attribute 2 of Association LN.

    Args:
        value: of the attribute.
        version: of the class; None: as the list says of the association at 0-0:40.0.0.255, or 1 where it does not.
    """
    faults = _Faults()
    items = faults.elements(value, "object_list")
    if version is None:
        version = _own_version(items, 15)
    modes = Modes.BITS if version >= _LN_BIT_MASKS else Modes.ENUMERATED
    found = []
    for number, item in enumerate(items[:MOST_OBJECTS]):
        place = f"object_list[{number}]"
        elements = faults.elements(item, place)
        if len(elements) != _LN_ELEMENTS:
            faults.tell(place, "a structure of class_id, version, logical_name and access_rights", item)
            continue
        head = faults.head(elements[:3], place)
        if head is None:
            continue
        rights = faults.elements(elements[3], f"{place}.access_rights")
        attributes = faults.attributes(rights[0], modes, f"{place}.attribute_access") if rights else {}
        methods = faults.methods(rights[1], modes, f"{place}.method_access") if len(rights) > 1 else {}
        found.append(replace(head, attribute_rights=attributes, method_rights=methods))
    return ObjectList(tuple(found), tuple(faults.told), len(items) > MOST_OBJECTS)


def listed_by_short_name(value: Data, access_rights: Data | None, version: int | None = None) -> ObjectList:
    """The objects of attribute 2 of Association SN, with the rights that attribute 3, access_rights_list, gives.

    Args:
        value: of attribute 2.
        access_rights: of attribute 3; None where the class version has none, or it is not served.
        version: of the class; None: as the list says of the object at the base name FA00, or 2 where it does not.
    """
    faults = _Faults()
    found = []
    items = faults.elements(value, "object_list")
    for number, item in enumerate(items[:MOST_OBJECTS]):
        place = f"object_list[{number}]"
        elements = faults.elements(item, place)
        base = _integer(elements[0]) if elements else None
        if len(elements) != _SN_ELEMENTS or base is None:
            faults.tell(place, "a structure of base_name, class_id, version and logical_name", item)
            continue
        head = faults.head(elements[1:4], place)
        if head is not None:
            found.append(replace(head, base_name=base & 0xFFFF, rights_told=False))
    if version is None:
        version = next((one.version for one in found if one.class_id == 12), 2)
    modes = Modes.BITS if version >= _SN_BIT_MASKS else Modes.ENUMERATED
    rights = {} if access_rights is None else _rights_by_base_name(access_rights, modes, faults)
    objects = tuple(_with_rights(one, rights) for one in found)
    return ObjectList(objects, tuple(faults.told), len(items) > MOST_OBJECTS)


def _with_rights(
    one: ListedObject, rights: Mapping[int, tuple[Mapping[int, AttributeRights], Mapping[int, MethodRights]]]
) -> ListedObject:
    given = None if one.base_name is None else rights.get(one.base_name)
    if given is None:
        return one
    return replace(one, attribute_rights=given[0], method_rights=given[1], rights_told=True)


def _rights_by_base_name(
    value: Data, modes: Modes, faults: _Faults
) -> dict[int, tuple[Mapping[int, AttributeRights], Mapping[int, MethodRights]]]:
    given: dict[int, tuple[Mapping[int, AttributeRights], Mapping[int, MethodRights]]] = {}
    for number, item in enumerate(faults.elements(value, "access_rights_list")[:MOST_OBJECTS]):
        place = f"access_rights_list[{number}]"
        elements = faults.elements(item, place)
        base = _integer(elements[0]) if elements else None
        if len(elements) != _RIGHTS_ELEMENTS or base is None:
            faults.tell(place, "a structure of base_name, attribute_access and method_access", item)
            continue
        given[base & 0xFFFF] = (
            faults.attributes(elements[1], modes, f"{place}.attribute_access"),
            faults.methods(elements[2], modes, f"{place}.method_access"),
        )
    return given


class _Faults:
    """Takes values apart, and notes what is not as it should be; bounded."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, place: str, expected: str, value: Data) -> None:
        if len(self.told) < _MOST_FAULTS:
            self.told.append(f"{place}: expected {expected}, observed {describe(value, 60)}")

    def elements(self, value: Data, place: str) -> tuple[Data, ...]:
        """The elements of an array or structure; none of anything else, which is a fault."""
        if value.type in _CONTAINERS:
            return tuple(value.value)
        self.tell(place, "an array or a structure", value)
        return ()

    def head(self, elements: tuple[Data, ...], place: str) -> ListedObject | None:
        """An object from class_id, version and logical_name; None when one of them cannot be read."""
        class_id, version, name = _integer(elements[0]), _integer(elements[1]), elements[2]
        if class_id is None or not 0 <= class_id <= 0xFFFF:
            self.tell(f"{place}.class_id", "long-unsigned", elements[0])
        elif version is None or not 0 <= version <= 0xFF:
            self.tell(f"{place}.version", "unsigned", elements[1])
        elif name.type is not DataType.OCTET_STRING or len(name.value) != _NAME_OCTETS:
            self.tell(f"{place}.logical_name", "octet-string of 6 octets", name)
        else:
            return ListedObject(class_id, version, name.value)
        return None

    def attributes(self, value: Data, modes: Modes, place: str) -> dict[int, AttributeRights]:
        """The rights of attribute_access_items {attribute_id, access_mode, access_selectors}."""
        given: dict[int, AttributeRights] = {}
        for number, item in enumerate(self.elements(value, place)[:_MOST_ITEMS]):
            elements = self.elements(item, f"{place}[{number}]")
            index = _id(elements[0]) if elements else None
            mode = _integer(elements[1]) if len(elements) > 1 else None
            selectors = _selectors(elements[2]) if len(elements) > 2 else ()
            rights = None if mode is None else attribute_rights(mode, modes, selectors)
            if index is None or rights is None:
                self.tell(f"{place}[{number}]", "attribute_id, a known access_mode and access_selectors", item)
            elif index in given:
                self.tell(f"{place}[{number}]", f"attribute {index} once", item)
            else:
                given[index] = rights
        return given

    def methods(self, value: Data, modes: Modes, place: str) -> dict[int, MethodRights]:
        """The rights of method_access_items {method_id, access_mode}; version 0 has a boolean for the mode."""
        given: dict[int, MethodRights] = {}
        for number, item in enumerate(self.elements(value, place)[:_MOST_ITEMS]):
            elements = self.elements(item, f"{place}[{number}]")
            index = _id(elements[0]) if elements else None
            mode = _mode_of_method(elements[1]) if len(elements) > 1 else None
            rights = None if mode is None else method_rights(mode, modes)
            if index is None or rights is None:
                self.tell(f"{place}[{number}]", "method_id and a known access_mode", item)
            elif index in given:
                self.tell(f"{place}[{number}]", f"method {index} once", item)
            else:
                given[index] = rights
        return given


def _own_version(items: tuple[Data, ...], class_id: int) -> int:
    """The version that a list gives the current association; where it is not there, the lowest of any association."""
    found: dict[object, int] = {}
    for item in items[:MOST_OBJECTS]:
        if item.type in _CONTAINERS and len(item.value) > 2 and _integer(item.value[0]) == class_id:
            version = _integer(item.value[1])
            if version is not None:
                found[item.value[2].value] = version
    return found.get(CURRENT_ASSOCIATION, min(found.values(), default=1))


def _integer(value: Data) -> int | None:
    return value.value if value.type in _INTEGERS else None


def _id(value: Data) -> int | None:
    """An attribute_id or method_id, which is an integer of one octet; None where it cannot be one."""
    number = _integer(value)
    return number if number is not None and -0x80 <= number <= 0x7F else None


def _mode_of_method(value: Data) -> int | None:
    return int(value.value) if value.type is DataType.BOOLEAN else _integer(value)


def _selectors(value: Data) -> tuple[int, ...]:
    if value.type not in _CONTAINERS:
        return ()
    return tuple(number for number in map(_integer, value.value[:_MOST_ITEMS]) if number is not None)
