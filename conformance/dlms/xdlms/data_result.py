"""Get-Data-Result: the value that was asked for, or why there is none."""

from __future__ import annotations

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.sequence import Alternative, encode_unsigned, read_choice, read_result

DataResult = Data | int
"""The data, or a data-access-result: a `DataAccessResult`, or whatever number came."""


def encode(result: DataResult) -> bytes:
    """The choice and what it holds."""
    if isinstance(result, Data):
        return b"\x00" + codec.encode(result)
    return b"\x01" + encode_unsigned(result, 1, "data-access-result")


def read(reader: Reader, name: str) -> DataResult:
    """Take a result as the group `name`: `choice`, then `data` or `data-access-result`."""
    reader.enter(name)
    result = read_choice(reader, _ALTERNATIVES)
    reader.leave()
    return result


def read_element(reader: Reader) -> DataResult:
    """Take one result of a list, as the group `get-data-result`."""
    return read(reader, "get-data-result")


def read_data_access_result(reader: Reader) -> int:
    """Take a Data-Access-Result as `data-access-result`; an unknown value stays a number."""
    return read_result(reader, "data-access-result", DataAccessResult)


_ALTERNATIVES: dict[int, Alternative[DataResult]] = {
    0: ("data", codec.read),
    1: ("data-access-result", read_data_access_result),
}
