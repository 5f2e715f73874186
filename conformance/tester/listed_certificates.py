"""The attribute `certificates` of Security setup, version 1: what it says the meter holds (IEC 62056-6-2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType


class Entity(IntEnum):
    """certificate_entity: whose certificate it is."""

    SERVER = 0
    CLIENT = 1
    CERTIFICATION_AUTHORITY = 2
    OTHER = 3


class Use(IntEnum):
    """certificate_type: what the key of a certificate is for; key pairs are numbered alike."""

    DIGITAL_SIGNATURE = 0
    KEY_AGREEMENT = 1
    TLS = 2
    OTHER = 3

    @property
    def label(self) -> str:
        """The standard's name."""
        return self.name.lower().replace("_", " ")


_MEMBERS: Final = (DataType.ENUM, DataType.ENUM, *(DataType.OCTET_STRING,) * 4)
_NAMES: Final = ("certificate_entity", "certificate_type", "serial_number", "issuer", "subject", "subject_alt_name")


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry.

    Attributes:
        entity: whose it is, as `Entity` numbers it.
        use: what its key is for, as `Use` numbers it.
        serial_number: as listed; its coding is left to the meter: number, or the content of the DER integer.
        issuer: distinguished name, DER.
        subject: distinguished name, DER.
    """

    entity: int
    use: int
    serial_number: bytes
    issuer: bytes
    subject: bytes

    @property
    def number(self) -> int:
        """The serial number as a number."""
        return int.from_bytes(self.serial_number, "big")

    def __str__(self) -> str:
        entity = Entity(self.entity).name.lower().replace("_", " ")
        return f"certificate {self.serial_number.hex().upper()}, {entity}, {Use(self.use).label}"


class ListFault(Exception):
    """The value of the attribute is not what the interface class says; the message tells where."""


def listed(value: object) -> tuple[Listed, ...]:
    """The entries.

    Raises:
        ListFault: another type, arity or enumeration than the interface class has.
    """
    if not isinstance(value, Data) or value.type is not DataType.ARRAY:
        raise ListFault(f"certificates is {_told(value)}, not an array")
    return tuple(_entry(number, item) for number, item in enumerate(value.value, 1))


def _entry(number: int, item: Data) -> Listed:
    where = f"entry {number} of certificates"
    if item.type is not DataType.STRUCTURE or len(item.value) != len(_MEMBERS):
        raise ListFault(f"{where} is {_told(item)}, not a structure of {len(_MEMBERS)}")
    for name, member, wanted in zip(_NAMES, item.value, _MEMBERS, strict=True):
        if member.type is not wanted:
            raise ListFault(f"{where}: {name} is {_told(member)}, not {wanted.name.lower().replace('_', '-')}")
    entity, use, serial, issuer, subject, _ = (member.value for member in item.value)
    if entity not in tuple(Entity) or use not in tuple(Use):
        raise ListFault(f"{where}: certificate_entity {entity} or certificate_type {use} has no meaning; 0 to 3 have")
    if not serial:
        raise ListFault(f"{where}: serial_number of no octets")
    return Listed(entity, use, serial, issuer, subject)


def _told(value: object) -> str:
    return describe(value) if isinstance(value, Data) else f"refused with {value}"
