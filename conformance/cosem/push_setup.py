"""What Push setup codes by number (IEC 62056-6-2, class_id 40)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

ATTRIBUTES: Final = {
    1: "logical_name",
    2: "push_object_list",
    3: "send_destination_and_method",
    4: "communication_window",
    5: "randomisation_start_interval",
    6: "number_of_retries",
    7: "repetition_delay",
    8: "port_reference",
    9: "push_client_SAP",
    10: "push_protection_parameters",
    11: "push_operation_method",
    12: "confirmation_parameters",
    13: "last_confirmation_date_time",
}
"""Version 0 has the first 7, version 1 the first 10, version 2 all 13."""
LAST_ATTRIBUTE: Final = {0: 7, 1: 10, 2: 13}
"""By version."""
PUSH: Final = 1
"""method_id of push; version 2 has reset (2) too."""
RESET: Final = 2


class TransportService(IntEnum):
    """transport_service of send_destination_and_method."""

    TCP = 0
    UDP = 1
    FTP = 2
    SMTP = 3
    SMS = 4
    HDLC = 5
    M_BUS = 6
    ZIGBEE = 7
    DLMS_GATEWAY = 8


class MessageType(IntEnum):
    """message of send_destination_and_method."""

    A_XDR_ENCODED_XDLMS_APDU = 0
    XML_ENCODED_XDLMS_APDU = 1


class PushOperationMethod(IntEnum):
    """push_operation_method: what makes the meter push once more."""

    UNCONFIRMED_RETRY_ON_FAILURE = 0
    """of the supporting protocol layer."""
    UNCONFIRMED_RETRY_ON_MISSING_CONFIRMATION = 1
    """of the supporting protocol layer."""
    CONFIRMED = 2
    """A data-notification-confirm that does not come."""
