"""What a meter says of itself: names, logical devices, security, counters, timeouts (IEC 62056-6-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.tester.discovery.findings import ListedObject
from conformance.tester.discovery.reading import CURRENT_ASSOCIATION, LOGICAL_DEVICE_NAME, SAP_ASSIGNMENT, Reading

LONGEST_NAME: Final = 16
"""Octets of a logical device name."""
_MOST_LOGICAL_DEVICES: Final = 64
_MOST_COUNTERS: Final = 16
_LARGEST_COUNTER: Final = 0xFFFFFFFF
_POLICY, _SUITE, _SERVER_TITLE = 2, 3, 5
_INTER_OCTET, _INACTIVITY = 7, 8
_USER_LIST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What Security setup says; None: not read.

    Attributes:
        policy: what it demands of requests: 0 nothing, 1 authenticated, 2 encrypted, 3 both.
        suite: 0, 1 or 2.
        system_title: the meter's.
    """

    policy: int | None = None
    suite: int | None = None
    system_title: bytes | None = None


def logical_device_name(reading: Reading) -> bytes | None:
    """The COSEM logical device name, in octets."""
    value = reading.value(AttributeDescriptor(ClassId.DATA, LOGICAL_DEVICE_NAME, 2))
    name = None if value is None else value.value
    octets = name.encode("utf-8", "replace") if isinstance(name, str) else name
    return octets[:LONGEST_NAME] if isinstance(octets, bytes) else None


def sap_assignment(reading: Reading) -> tuple[tuple[int, bytes], ...]:
    """The logical devices of the physical one: SAP and name of each."""
    value = reading.value(AttributeDescriptor(ClassId.SAP_ASSIGNMENT, SAP_ASSIGNMENT, 2), noted=False)
    if value is None or value.type is not DataType.ARRAY:
        return ()
    found: dict[int, bytes] = {}
    for item in value.value[:_MOST_LOGICAL_DEVICES]:
        fields: tuple[Data, ...] = item.value if item.type is DataType.STRUCTURE else ()
        if len(fields) == 2 and isinstance(fields[0].value, int) and 0 < fields[0].value <= 0xFFFF:
            name = fields[1].value
            found.setdefault(fields[0].value, name[:LONGEST_NAME] if isinstance(name, bytes) else b"")
    return tuple(sorted(found.items()))


def counters(reading: Reading, objects: tuple[ListedObject, ...]) -> tuple[tuple[bytes, int], ...]:
    """The Data objects 0-b:43.1.e.255 that can be read here, with the invocation counter that each holds."""
    found = []
    for item in [item for item in objects if _is_counter(item)][:_MOST_COUNTERS]:
        value = reading.value(AttributeDescriptor(ClassId.DATA, item.logical_name, 2), noted=False)
        if value is not None and type(value.value) is int and 0 <= value.value <= _LARGEST_COUNTER:
            found.append((item.logical_name, value.value))
    return tuple(found)


def security(reading: Reading, objects: tuple[ListedObject, ...]) -> Security:
    """What Security setup says, as far as it can be read here."""
    setup = next((item for item in objects if item.class_id == ClassId.SECURITY_SETUP), None)
    if setup is None:
        return Security()

    def asked(attribute: int) -> Data | None:
        return reading.value(AttributeDescriptor(ClassId.SECURITY_SETUP, setup.logical_name, attribute), noted=False)

    policy, suite, title = asked(_POLICY), asked(_SUITE), asked(_SERVER_TITLE)
    return Security(
        policy=None if policy is None or type(policy.value) is not int else _strength(policy.value, setup.version),
        suite=suite.value if suite is not None and type(suite.value) is int and 0 <= suite.value <= 2 else None,
        system_title=title.value if title is not None and _is_title(title) else None,
    )


def users(reading: Reading, objects: tuple[ListedObject, ...]) -> tuple[int, ...]:
    """The ids of user_list of the current Association LN, from its version 2 on."""
    own = next((item for item in objects if item.logical_name == CURRENT_ASSOCIATION), None)
    if own is None or own.class_id != ClassId.ASSOCIATION_LN or own.version < 2:
        return ()
    value = reading.value(AttributeDescriptor(own.class_id, CURRENT_ASSOCIATION, _USER_LIST), noted=False)
    if value is None or value.type is not DataType.ARRAY:
        return ()
    first = (item.value[0].value for item in value.value if item.type is DataType.STRUCTURE and item.value)
    return tuple(dict.fromkeys(user for user in first if type(user) is int and 0 <= user <= 0xFF))


def timeouts(reading: Reading, objects: tuple[ListedObject, ...]) -> tuple[float | None, float | None]:
    """inter_octet_time_out and inactivity_time_out of IEC HDLC setup, in seconds."""
    setup = next((item for item in objects if item.class_id == ClassId.IEC_HDLC_SETUP), None)
    if setup is None:
        return None, None

    def asked(attribute: int) -> int | None:
        of_setup = AttributeDescriptor(ClassId.IEC_HDLC_SETUP, setup.logical_name, attribute)
        value = reading.value(of_setup, noted=False)
        return value.value if value is not None and type(value.value) is int and value.value >= 0 else None

    gap, idle = asked(_INTER_OCTET), asked(_INACTIVITY)
    return None if gap is None else gap / 1000, None if idle is None else float(idle)


def _strength(policy: int, version: int) -> int | None:
    """What of a security_policy is about requests: an enumeration in version 0, bits 2 and 3 in version 1."""
    if version == 0:
        return policy if 0 <= policy <= 3 else None
    return policy >> 2 & 3 if 0 <= policy <= 0xFF else None


def _is_title(value: Data) -> bool:
    return isinstance(value.value, bytes) and len(value.value) == 8


def _is_counter(item: ListedObject) -> bool:
    name = item.logical_name
    readable = item.readable is None or 2 in item.readable
    return item.class_id == ClassId.DATA and name[0] == 0 and name[2:4] == b"\x2b\x01" and name[5] == 255 and readable
