"""Short names: where the attributes and methods of an object lie from its base name on (IEC 62056-6-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from conformance.cosem.class_tables import class_version
from conformance.meter.model.cosem_object import CosemObject

FIRST_METHOD_OFFSETS: Final[Mapping[tuple[int, int], int]] = {
    (3, 0): 0x28,
    (4, 0): 0x38,
    (7, 1): 0x58,
    (8, 0): 0x60,
    (9, 0): 0x20,
    (12, 2): 0x20,
    (17, 0): 0x20,
}
"""(class_id, version) → distance in octets of method 1 from the base name; class 1 has no methods.

Attributes leave a gap before the methods in some classes, so the distance follows from no rule.
"""

ASSOCIATION_SN_BASE_NAME: Final = 0xFA00
SAP_ASSIGNMENT_BASE_NAME: Final = 0xFC00
LOGICAL_DEVICE_NAME_BASE_NAME: Final = 0xFD00

_STEP: Final = 8

Target: TypeAlias = tuple[CosemObject, Literal["attribute", "method"], int]


def attribute_name(base_name: int, attribute_id: int) -> int:
    """Short name of an attribute: 8 for each attribute after the first."""
    return base_name + _STEP * (attribute_id - 1)


def method_name(base_name: int, class_id: int, version: int, method_id: int) -> int:
    """Short name of a method.

    Raises:
        KeyError: the offsets of this class and version are not known here.
    """
    return base_name + FIRST_METHOD_OFFSETS[class_id, version] + _STEP * (method_id - 1)


class ShortNames:
    """All short names of a logical device."""

    def __init__(self) -> None:
        self._targets: dict[int, Target] = {}

    def add(self, item: CosemObject) -> None:
        """Map every attribute and method of an object that has a short name; none for an object without a base name.

        Raises:
            ValueError: a short name is taken already.
        """
        base = item.base_name
        if base is None:
            return
        definition = class_version(item.class_id, item.version)
        for number in item.attributes:
            attribute = None if definition is None else definition.attribute(number)
            if attribute is None or attribute.offset is not None:
                self._put(attribute_name(base, number), (item, "attribute", number))
        for number in item.methods:
            method = None if definition is None else definition.method(number)
            if (item.class_id, item.version) in FIRST_METHOD_OFFSETS:
                self._put(method_name(base, item.class_id, item.version, number), (item, "method", number))
            elif method is not None and method.offset is not None:
                self._put(base + method.offset, (item, "method", number))

    def find(self, name: int) -> Target | None:
        """What a short name stands for; None when it stands for nothing."""
        return self._targets.get(name)

    def _put(self, name: int, target: Target) -> None:
        if name in self._targets:
            raise ValueError(f"short name {name:04X} is taken twice")
        self._targets[name] = target
