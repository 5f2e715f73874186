"""InformationReportRequest: a server with short names reports values unasked (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import read_presence, read_tag
from conformance.dlms.xdlms.variable_access import VariableAccess
from conformance.dlms.xdlms.write import encode_items, read_items

TAG = 0x18


@dataclass(frozen=True, slots=True)
class InformationReportRequest:
    """InformationReportRequest of IEC 62056-5-3.

    Attributes:
        current_time: characters of a GeneralizedTime, as octets; None leaves it out.
        items: what is reported.
        values: as many values.
    """

    current_time: bytes | None
    items: tuple[VariableAccess, ...]
    values: tuple[Data, ...]

    def encode(self) -> bytes:
        """The APDU."""
        time = b"\x00" if self.current_time is None else b"\x01" + axdr.sized(self.current_time)
        return b"\x18" + time + encode_items(self.items, self.values)


def read(reader: Reader) -> InformationReportRequest:
    """Take an information-report-request: `current-time`, then the lists of a write-request.

    Deviation: `presence-not-boolean`.
    """
    read_tag(reader, TAG, "information-report-request")
    time = reader.sized("current-time") if read_presence(reader, "current-time-present") else None
    return InformationReportRequest(time, *read_items(reader))
