"""object_list as the association objects show it, in both ways of referencing (IEC 62056-6-2, classes 12 and 15)."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import (
    array,
    enum,
    integer,
    long,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
)
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.cosem_object import CosemObject


def object_list_ln(objects: Iterable[CosemObject], profile: AssociationProfile) -> Data:
    """Array of structure {class_id, version, logical_name, access_rights}, class 15 version 2."""
    return array(
        *(
            structure(
                long_unsigned(item.class_id),
                unsigned(item.version),
                octet_string(item.logical_name),
                structure(attribute_access_descriptor(item, profile), method_access_descriptor(item, profile)),
            )
            for item in objects
        )
    )


def object_list_sn(objects: Iterable[CosemObject]) -> Data:
    """Array of structure {base_name, class_id, version, logical_name}, class 12; base_name is a signed long."""
    return array(
        *(
            structure(
                _base_name(item),
                long_unsigned(item.class_id),
                unsigned(item.version),
                octet_string(item.logical_name),
            )
            for item in objects
            if item.base_name is not None
        )
    )


def access_rights_list(objects: Iterable[CosemObject], profile: AssociationProfile) -> Data:
    """Array of structure {base_name, attribute_access, method_access}, class 12."""
    return array(
        *(
            structure(
                _base_name(item), attribute_access_descriptor(item, profile), method_access_descriptor(item, profile)
            )
            for item in objects
            if item.base_name is not None
        )
    )


def attribute_access_descriptor(item: CosemObject, profile: AssociationProfile) -> Data:
    """Array of structure {attribute_id, access_mode, access_selectors}."""
    return array(
        *(
            structure(
                integer(attribute.number),
                enum(int(attribute.rights(profile))),
                array(*map(integer, attribute.selectors)) if attribute.selectors else null(),
            )
            for attribute in item.attributes.values()
        )
    )


def method_access_descriptor(item: CosemObject, profile: AssociationProfile) -> Data:
    """Array of structure {method_id, access_mode}."""
    return array(
        *(structure(integer(method.number), enum(int(method.rights(profile)))) for method in item.methods.values())
    )


def _base_name(item: CosemObject) -> Data:
    base = item.base_name or 0
    return long(base - 0x10000 if base >= 0x8000 else base)
