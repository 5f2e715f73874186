"""A COSEM object: attributes and methods with their access rights (IEC 62056-6-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.meter.model.access import AttributeRights, MethodRights, Visibility, everyone_reads, everywhere
from conformance.meter.model.session import MethodOutcome, Session

Getter: TypeAlias = Callable[[Session, float], Data]
"""Gives the value of an attribute at a time."""
Selector: TypeAlias = Callable[[Session, float, int, Data], Data | DataAccessResult]
"""Gives part of the value: (session, now, access selector, access parameters)."""
Setter: TypeAlias = Callable[[Session, float, Data], DataAccessResult]
"""Takes a new value, or says why not."""
Invocation: TypeAlias = Callable[[Session, float, Data | None], MethodOutcome]
"""Runs a method: (session, now, invocation parameters)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an object.

    Attributes:
        number: attribute_id; 1 is logical_name.
        read: None for an attribute that nobody can read, whatever the rights say.
        rights: for each association.
        write: None for an attribute that nobody can write.
        select: selective access, None where it is not offered.
        selectors: the access selectors that `select` understands.
    """

    number: int
    read: Getter | None
    rights: AttributeRights = everyone_reads
    write: Setter | None = None
    select: Selector | None = None
    selectors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """One method of an object, with its rights for each association."""

    number: int
    invoke: Invocation
    rights: MethodRights


class CosemObject:
    """An instance of an interface class.

    Attributes:
        class_id: of the interface class.
        version: of the interface class.
        logical_name: 6 octets.
        attributes: by attribute_id; logical_name is among them.
        methods: by method_id.
        visible: in which associations the object exists.
        base_name: short name of attribute 1 in a logical device with short names; None elsewhere.
        as_listed: what object_list shows in its place in a faulty meter; None: the object itself.
        listed_times: how often object_list shows it: once, unless the meter is faulty.
    """

    __slots__ = (
        "as_listed",
        "attributes",
        "base_name",
        "class_id",
        "listed_times",
        "logical_name",
        "methods",
        "version",
        "visible",
    )

    def __init__(
        self,
        class_id: int,
        version: int,
        logical_name: bytes,
        attributes: Iterable[Attribute] = (),
        methods: Iterable[Method] = (),
        *,
        visible: Visibility = everywhere,
        base_name: int | None = None,
    ) -> None:
        self.class_id = class_id
        self.version = version
        self.logical_name = logical_name
        self.attributes = {1: Attribute(1, constant(octet_string(logical_name)))}
        self.attributes.update((attribute.number, attribute) for attribute in attributes)
        self.methods = {method.number: method for method in methods}
        self.visible = visible
        self.base_name = base_name
        self.as_listed: CosemObject | None = None
        self.listed_times = 1


def constant(value: Data) -> Getter:
    """A getter of a value that never changes."""
    return lambda _session, _now: value


def readable(number: int, value: Data) -> Attribute:
    """An attribute with a constant value that every association may read."""
    return Attribute(number, constant(value))
