"""WriteRequest, WriteResponse and UnconfirmedWriteRequest: writing attributes by short name (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import variable_access
from conformance.dlms.xdlms.read import (
    BlockNumber,
    DataAccessError,
    encode_block_number,
    read_block_number,
    read_data_access_error,
)
from conformance.dlms.xdlms.sequence import Alternative, encode_list, read_choice, read_count, read_list, read_tag
from conformance.dlms.xdlms.variable_access import VariableAccess

REQUEST_TAG = 0x06
RESPONSE_TAG = 0x0D
UNCONFIRMED_REQUEST_TAG = 0x16


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """WriteRequest: what is to be written, and as many values."""

    items: tuple[VariableAccess, ...]
    values: tuple[Data, ...]

    def encode(self) -> bytes:
        """The APDU; the lists may differ in length, which a server has to refuse."""
        return b"\x06" + encode_items(self.items, self.values)


@dataclass(frozen=True, slots=True)
class UnconfirmedWriteRequest:
    """UnconfirmedWriteRequest: as WriteRequest, without a response."""

    items: tuple[VariableAccess, ...]
    values: tuple[Data, ...]

    def encode(self) -> bytes:
        """The APDU."""
        return b"\x16" + encode_items(self.items, self.values)


@dataclass(frozen=True, slots=True)
class WriteSuccess:
    """success [0]: the value was written."""


WriteResult = WriteSuccess | DataAccessError | BlockNumber


@dataclass(frozen=True, slots=True)
class WriteResponse:
    """WriteResponse: one result for each item of the request."""

    results: tuple[WriteResult, ...]

    def encode(self) -> bytes:
        """The APDU."""
        return b"\x0d" + encode_list(map(_encode_result, self.results))


def read_request(reader: Reader) -> WriteRequest:
    """Take a write-request: `tag`, and the lists `variable-access-specification` and `list-of-data`.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, REQUEST_TAG, "write-request")
    return WriteRequest(*read_items(reader))


def read_unconfirmed_request(reader: Reader) -> UnconfirmedWriteRequest:
    """Take an unconfirmed-write-request; fields as in a write-request.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, UNCONFIRMED_REQUEST_TAG, "unconfirmed-write-request")
    return UnconfirmedWriteRequest(*read_items(reader))


def read_response(reader: Reader) -> WriteResponse:
    """Take a write-response: `tag`, `count`, and the groups `result`.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, RESPONSE_TAG, "write-response")
    return WriteResponse(tuple([_read_result(reader) for _ in range(read_count(reader))]))


def read_items(reader: Reader) -> tuple[tuple[VariableAccess, ...], tuple[Data, ...]]:
    """Take the list of variables and the list of values that belong to them."""
    items = read_list(reader, "variable-access-specification", variable_access.read)
    return items, read_list(reader, "list-of-data", codec.read)


def encode_items(items: tuple[VariableAccess, ...], values: tuple[Data, ...]) -> bytes:
    """The list of variables, then the list of values."""
    return encode_list(item.encode() for item in items) + encode_list(map(codec.encode, values))


def _encode_result(result: WriteResult) -> bytes:
    if isinstance(result, WriteSuccess):
        return b"\x00"
    if isinstance(result, BlockNumber):
        return encode_block_number(2, result)
    return result.encode()


def _read_result(reader: Reader) -> WriteResult:
    reader.enter("result")
    result = read_choice(reader, _RESULTS)
    reader.leave()
    return result


def _success(_: Reader) -> WriteSuccess:
    return WriteSuccess()


_RESULTS: dict[int, Alternative[WriteResult]] = {
    0: ("success", _success),
    1: ("data-access-error", read_data_access_error),
    2: ("block-number", read_block_number),
}
