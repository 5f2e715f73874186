"""EventNotificationRequest: a server with logical names reports the value of an attribute unasked (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.attribute import AttributeDescriptor, read_attribute
from conformance.dlms.xdlms.notification import read_date_time
from conformance.dlms.xdlms.sequence import read_presence, read_tag

TAG = 0xC2


@dataclass(frozen=True, slots=True)
class EventNotificationRequest:
    """EventNotificationRequest of IEC 62056-5-3.

    Attributes:
        time: 12 octets of a date-time; None leaves it out.
        attribute: what is reported.
        value: its value.
    """

    time: bytes | None
    attribute: AttributeDescriptor
    value: Data

    def encode(self) -> bytes:
        """The APDU."""
        time = b"\x00" if self.time is None else b"\x01" + axdr.sized(self.time)
        return b"\xc2" + time + self.attribute.encode() + codec.encode(self.value)


def read(reader: Reader) -> EventNotificationRequest:
    """Take an event-notification-request: `time`, `cosem-attribute-descriptor` and `attribute-value`.

    Deviations: `presence-not-boolean`, `date-time-length`.
    """
    read_tag(reader, TAG, "event-notification-request")
    time = read_date_time(reader, "time") if read_presence(reader, "time-present") else None
    return EventNotificationRequest(time, read_attribute(reader), codec.read(reader, "attribute-value"))
