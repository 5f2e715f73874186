"""GET.request and GET.response: reading attributes by logical name (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import data_result, invoke_id
from conformance.dlms.xdlms.attribute import (
    AttributeDescriptor,
    SelectedAttribute,
    SelectiveAccess,
    encode_optional_access,
    encode_selected,
    read_attribute,
    read_optional_access,
    read_selected,
)
from conformance.dlms.xdlms.data_result import DataResult
from conformance.dlms.xdlms.sequence import (
    Alternative,
    encode_boolean,
    encode_list,
    encode_unsigned,
    read_boolean,
    read_choice,
    read_list,
    read_service,
)

REQUEST_TAG = 0xC0
RESPONSE_TAG = 0xC4


@dataclass(frozen=True, slots=True)
class GetRequestNormal:
    """Get-Request-Normal: one attribute, or the part of it that `access` selects."""

    invoke_id_and_priority: int
    attribute: AttributeDescriptor
    access: SelectiveAccess | None = None

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc0\x01" + invoke_id.encode(self.invoke_id_and_priority)
        return head + self.attribute.encode() + encode_optional_access(self.access)


@dataclass(frozen=True, slots=True)
class GetRequestNext:
    """Get-Request-Next: acknowledges block `block_number` and asks for the one after it."""

    invoke_id_and_priority: int
    block_number: int

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc0\x02" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_unsigned(self.block_number, 4, "block-number")


@dataclass(frozen=True, slots=True)
class GetRequestWithList:
    """Get-Request-With-List: several attributes, each with its selection or None."""

    invoke_id_and_priority: int
    attributes: tuple[SelectedAttribute, ...]

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc0\x03" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(map(encode_selected, self.attributes))


@dataclass(frozen=True, slots=True)
class GetResponseNormal:
    """Get-Response-Normal: the data, or a data-access-result as a number."""

    invoke_id_and_priority: int
    result: DataResult

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xc4\x01" + invoke_id.encode(self.invoke_id_and_priority) + data_result.encode(self.result)


@dataclass(frozen=True, slots=True)
class GetResponseWithDatablock:
    """Get-Response-With-Datablock: one block of the encoded data, or a data-access-result as a number.

    Attributes:
        invoke_id_and_priority: as in the request.
        last_block: whether no block follows.
        block_number: 1 for the first; Unsigned32.
        result: raw-data, or a data-access-result.
    """

    invoke_id_and_priority: int
    last_block: bool
    block_number: int
    result: bytes | int

    def encode(self) -> bytes:
        """The APDU."""
        if isinstance(self.result, int):
            content = b"\x01" + encode_unsigned(self.result, 1, "data-access-result")
        else:
            content = b"\x00" + axdr.sized(self.result)
        head = b"\xc4\x02" + invoke_id.encode(self.invoke_id_and_priority) + encode_boolean(self.last_block)
        return head + encode_unsigned(self.block_number, 4, "block-number") + content


@dataclass(frozen=True, slots=True)
class GetResponseWithList:
    """Get-Response-With-List: for each attribute the data, or a data-access-result as a number."""

    invoke_id_and_priority: int
    results: tuple[DataResult, ...]

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc4\x03" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(map(data_result.encode, self.results))


GetRequest = GetRequestNormal | GetRequestNext | GetRequestWithList
GetResponse = GetResponseNormal | GetResponseWithDatablock | GetResponseWithList


def read_request(reader: Reader) -> GetRequest:
    """Take a get-request.

    Raises:
        DecodeError: for another tag, a choice other than 1, 2 and 3, missing octets.
    """
    return read_service(reader, REQUEST_TAG, "get-request", _REQUESTS)


def read_response(reader: Reader) -> GetResponse:
    """Take a get-response.

    Raises:
        DecodeError: for another tag, a choice other than 1, 2 and 3, missing octets.
    """
    return read_service(reader, RESPONSE_TAG, "get-response", _RESPONSES)


def _request_normal(reader: Reader) -> GetRequestNormal:
    return GetRequestNormal(invoke_id.read(reader), read_attribute(reader), read_optional_access(reader))


def _request_next(reader: Reader) -> GetRequestNext:
    return GetRequestNext(invoke_id.read(reader), reader.unsigned("block-number", 4))


def _request_with_list(reader: Reader) -> GetRequestWithList:
    return GetRequestWithList(invoke_id.read(reader), read_list(reader, "attribute-descriptor-list", read_selected))


def _response_normal(reader: Reader) -> GetResponseNormal:
    return GetResponseNormal(invoke_id.read(reader), data_result.read(reader, "result"))


def _response_with_datablock(reader: Reader) -> GetResponseWithDatablock:
    invoke = invoke_id.read(reader)
    reader.enter("result")
    last_block = read_boolean(reader, "last-block")
    block_number = reader.unsigned("block-number", 4)
    reader.enter("result")
    result = read_choice(reader, _BLOCK_RESULTS)
    reader.leave()
    reader.leave()
    return GetResponseWithDatablock(invoke, last_block, block_number, result)


def _response_with_list(reader: Reader) -> GetResponseWithList:
    return GetResponseWithList(invoke_id.read(reader), read_list(reader, "result", data_result.read_element))


def _raw_data(reader: Reader) -> bytes:
    return reader.sized("raw-data")


_REQUESTS: dict[int, Alternative[GetRequest]] = {
    1: ("get-request-normal", _request_normal),
    2: ("get-request-next", _request_next),
    3: ("get-request-with-list", _request_with_list),
}
_RESPONSES: dict[int, Alternative[GetResponse]] = {
    1: ("get-response-normal", _response_normal),
    2: ("get-response-with-datablock", _response_with_datablock),
    3: ("get-response-with-list", _response_with_list),
}
_BLOCK_RESULTS: dict[int, Alternative[bytes | int]] = {
    0: ("raw-data", _raw_data),
    1: ("data-access-result", data_result.read_data_access_result),
}
