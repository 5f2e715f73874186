"""Interface class identifiers and the logical names that have a fixed meaning (IEC 62056-6-2, IEC 62056-6-1)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from conformance.cosem.class_tables import class_name
from conformance.cosem.obis import octets_of


class ClassId(IntEnum):
    """class_id of the interface classes that this package names."""

    DATA = 1
    REGISTER = 3
    EXTENDED_REGISTER = 4
    DEMAND_REGISTER = 5
    REGISTER_ACTIVATION = 6
    PROFILE_GENERIC = 7
    CLOCK = 8
    SCRIPT_TABLE = 9
    SCHEDULE = 10
    SPECIAL_DAYS_TABLE = 11
    ASSOCIATION_SN = 12
    ASSOCIATION_LN = 15
    SAP_ASSIGNMENT = 17
    IMAGE_TRANSFER = 18
    IEC_LOCAL_PORT_SETUP = 19
    ACTIVITY_CALENDAR = 20
    REGISTER_MONITOR = 21
    SINGLE_ACTION_SCHEDULE = 22
    IEC_HDLC_SETUP = 23
    PUSH_SETUP = 40
    TCP_UDP_SETUP = 41
    IPV4_SETUP = 42
    MAC_ADDRESS_SETUP = 43
    SECURITY_SETUP = 64
    DISCONNECT_CONTROL = 70
    LIMITER = 71

    @property
    def label(self) -> str:
        """The class's name in the standard's spelling."""
        return class_label(self)


def class_label(class_id: int) -> str:
    """The class's name in the standard's spelling, or `class 8193` for one that the class tables do not hold."""
    return class_name(class_id) or f"class {int(class_id)}"


CURRENT_ASSOCIATION: Final = octets_of("0-0:40.0.0.255")
SAP_ASSIGNMENT: Final = octets_of("0-0:41.0.0.255")
LOGICAL_DEVICE_NAME: Final = octets_of("0-0:42.0.0.255")
SECURITY_SETUP: Final = octets_of("0-0:43.0.0.255")
INVOCATION_COUNTER: Final = octets_of("0-0:43.1.0.255")
CLOCK: Final = octets_of("0-0:1.0.0.255")
IMAGE_TRANSFER: Final = octets_of("0-0:44.0.0.255")
LOAD_PROFILE: Final = octets_of("1-0:99.1.0.255")

NOT_SPECIFIED: Final = bytes(6)
"""The logical name that refers to no object."""
