"""ReadRequest and ReadResponse: reading attributes by short name (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import data_result, variable_access
from conformance.dlms.xdlms.sequence import (
    Alternative,
    encode_boolean,
    encode_list,
    encode_unsigned,
    read_boolean,
    read_choice,
    read_count,
    read_tag,
)
from conformance.dlms.xdlms.variable_access import VariableAccess

REQUEST_TAG = 0x05
RESPONSE_TAG = 0x0C


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """ReadRequest: what is to be read, in order."""

    items: tuple[VariableAccess, ...]

    def encode(self) -> bytes:
        """The APDU."""
        return b"\x05" + encode_list(item.encode() for item in self.items)


@dataclass(frozen=True, slots=True)
class DataAccessError:
    """data-access-error [1]: a `DataAccessResult`, or whatever number came; the same in read- and write-responses."""

    result: int

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x01" + encode_unsigned(self.result, 1, "data-access-result")


@dataclass(frozen=True, slots=True)
class DataBlockResult:
    """data-block-result [2]: one block of a read-response that is too long for one APDU.

    Attributes:
        last_block: whether no block follows.
        block_number: 1 for the first; Unsigned16.
        raw: raw-data: a part of the encoded list of results.
    """

    last_block: bool
    block_number: int
    raw: bytes

    def encode(self) -> bytes:
        """The choice and what it holds."""
        number = encode_unsigned(self.block_number, 2, "block-number")
        return b"\x02" + encode_boolean(self.last_block) + number + axdr.sized(self.raw)


@dataclass(frozen=True, slots=True)
class BlockNumber:
    """block-number: block `block_number` of a long request arrived, the next one is awaited; Unsigned16.

    The choice is [3] in a read-response and [2] in a write-response.
    """

    block_number: int


ReadResult = Data | DataAccessError | DataBlockResult | BlockNumber


@dataclass(frozen=True, slots=True)
class ReadResponse:
    """ReadResponse: one result for each item of the request."""

    results: tuple[ReadResult, ...]

    def encode(self) -> bytes:
        """The APDU."""
        return b"\x0c" + encode_list(map(_encode_result, self.results))


def read_request(reader: Reader) -> ReadRequest:
    """Take a read-request: `tag`, `count`, and the groups `variable-access-specification`.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, REQUEST_TAG, "read-request")
    return ReadRequest(tuple([variable_access.read(reader) for _ in range(read_count(reader))]))


def read_response(reader: Reader) -> ReadResponse:
    """Take a read-response: `tag`, `count`, and the groups `result`.

    Raises:
        DecodeError: for another tag, a choice that is not defined, missing octets.
    """
    read_tag(reader, RESPONSE_TAG, "read-response")
    return ReadResponse(tuple([_read_result(reader) for _ in range(read_count(reader))]))


def read_data_access_error(reader: Reader) -> DataAccessError:
    """Take the content of data-access-error."""
    return DataAccessError(data_result.read_data_access_result(reader))


def read_block_number(reader: Reader) -> BlockNumber:
    """Take the content of block-number."""
    return BlockNumber(reader.unsigned("block-number", 2))


def encode_block_number(choice: int, answer: BlockNumber) -> bytes:
    """The choice, which depends on the response, and the number."""
    return bytes((choice,)) + encode_unsigned(answer.block_number, 2, "block-number")


def _encode_result(result: ReadResult) -> bytes:
    if isinstance(result, Data):
        return b"\x00" + codec.encode(result)
    if isinstance(result, BlockNumber):
        return encode_block_number(3, result)
    return result.encode()


def _read_result(reader: Reader) -> ReadResult:
    reader.enter("result")
    result = read_choice(reader, _RESULTS)
    reader.leave()
    return result


def _data_block_result(reader: Reader) -> DataBlockResult:
    return DataBlockResult(
        read_boolean(reader, "last-block"), reader.unsigned("block-number", 2), reader.sized("raw-data")
    )


_RESULTS: dict[int, Alternative[ReadResult]] = {
    0: ("data", codec.read),
    1: ("data-access-error", read_data_access_error),
    2: ("data-block-result", _data_block_result),
    3: ("block-number", read_block_number),
}
