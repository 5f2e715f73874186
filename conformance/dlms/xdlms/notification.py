"""Data-Notification, what a server pushes of its own accord, and what confirms it (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.data import codec
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import invoke_id
from conformance.dlms.xdlms.sequence import read_tag

TAG = 0x0F
CONFIRM_TAG = 0x10


@dataclass(frozen=True, slots=True)
class DataNotification:
    """Data-Notification of IEC 62056-5-3.

    Attributes:
        long_invoke_id_and_priority: Unsigned32.
        date_time: 12 octets of a date-time, or none.
        body: notification-body.
    """

    long_invoke_id_and_priority: int
    date_time: bytes
    body: Data

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\x0f" + invoke_id.encode_long(self.long_invoke_id_and_priority)
        return head + axdr.sized(self.date_time) + codec.encode(self.body)


@dataclass(frozen=True, slots=True)
class DataNotificationConfirm:
    """Data-Notification-Confirm of IEC 62056-5-3: the client has taken a confirmed data-notification.

    Attributes:
        long_invoke_id_and_priority: that of the data-notification.
        date_time: 12 octets of a date-time, or none.
    """

    long_invoke_id_and_priority: int
    date_time: bytes = b""

    def encode(self) -> bytes:
        """The APDU."""
        return b"\x10" + invoke_id.encode_long(self.long_invoke_id_and_priority) + axdr.sized(self.date_time)


def read(reader: Reader) -> DataNotification:
    """Take a data-notification: `long-invoke-id-and-priority`, `date-time` and `notification-body`.

    Deviation: `date-time-length` for a date-time of neither 0 nor 12 octets.
    """
    read_tag(reader, TAG, "data-notification")
    return DataNotification(
        invoke_id.read_long(reader), read_date_time(reader, "date-time"), codec.read(reader, "notification-body")
    )


def read_confirm(reader: Reader) -> DataNotificationConfirm:
    """Take a data-notification-confirm: `long-invoke-id-and-priority` and `date-time`.

    Deviation: `date-time-length` for a date-time of neither 0 nor 12 octets.
    """
    read_tag(reader, CONFIRM_TAG, "data-notification-confirm")
    return DataNotificationConfirm(invoke_id.read_long(reader), read_date_time(reader, "date-time"))


def read_date_time(reader: Reader, name: str) -> bytes:
    """Take a date-time as an OCTET STRING that may be empty.

    Deviation: `date-time-length` for neither 0 nor 12 octets.
    """
    reader.enter(name)
    octets = reader.take("value", reader.length())
    if reader.recorder is not None:
        reader.meaning(_shown(octets))
    if len(octets) not in (0, 12):
        reader.deviation(
            "date-time-length", f"{name} of {len(octets)} octets, where 12 or none are legal", back=len(octets)
        )
    reader.leave()
    return octets


def _shown(octets: bytes) -> str:
    if not octets:
        return "none"
    try:
        return str(CosemDateTime.from_octets(octets, deviations=[]))
    except DecodeError:
        return octets.hex().upper()
