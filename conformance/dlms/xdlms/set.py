"""SET.request and SET.response: writing attributes by logical name (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import datablock, invoke_id
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
from conformance.dlms.xdlms.data_result import read_data_access_result
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.sequence import (
    Alternative,
    encode_list,
    encode_unsigned,
    read_list,
    read_result,
    read_service,
)

REQUEST_TAG = 0xC1
RESPONSE_TAG = 0xC5


@dataclass(frozen=True, slots=True)
class SetRequestNormal:
    """Set-Request-Normal: one attribute, or the part of it that `access` selects, gets `value`."""

    invoke_id_and_priority: int
    attribute: AttributeDescriptor
    access: SelectiveAccess | None
    value: Data

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc1\x01" + invoke_id.encode(self.invoke_id_and_priority) + self.attribute.encode()
        return head + encode_optional_access(self.access) + codec.encode(self.value)


@dataclass(frozen=True, slots=True)
class SetRequestWithFirstDatablock:
    """Set-Request-With-First-Datablock: one attribute gets a long value, of which `datablock` is the beginning."""

    invoke_id_and_priority: int
    attribute: AttributeDescriptor
    access: SelectiveAccess | None
    datablock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc1\x02" + invoke_id.encode(self.invoke_id_and_priority) + self.attribute.encode()
        return head + encode_optional_access(self.access) + self.datablock.encode()


@dataclass(frozen=True, slots=True)
class SetRequestWithDatablock:
    """Set-Request-With-Datablock: a further block of the value."""

    invoke_id_and_priority: int
    datablock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xc1\x03" + invoke_id.encode(self.invoke_id_and_priority) + self.datablock.encode()


@dataclass(frozen=True, slots=True)
class SetRequestWithList:
    """Set-Request-With-List: several attributes, each with its selection or None, and as many values."""

    invoke_id_and_priority: int
    attributes: tuple[SelectedAttribute, ...]
    values: tuple[Data, ...]

    def encode(self) -> bytes:
        """The APDU; the lists may differ in length, which a server has to refuse."""
        head = b"\xc1\x04" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(map(encode_selected, self.attributes)) + encode_list(map(codec.encode, self.values))


@dataclass(frozen=True, slots=True)
class SetRequestWithListAndFirstDatablock:
    """Set-Request-With-List-And-First-Datablock: several attributes, and the beginning of their list of values."""

    invoke_id_and_priority: int
    attributes: tuple[SelectedAttribute, ...]
    datablock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc1\x05" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(map(encode_selected, self.attributes)) + self.datablock.encode()


@dataclass(frozen=True, slots=True)
class SetResponseNormal:
    """Set-Response-Normal: `result` is a `DataAccessResult`, or whatever number came."""

    invoke_id_and_priority: int
    result: int

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xc5\x01" + invoke_id.encode(self.invoke_id_and_priority) + _encode_result(self.result)


@dataclass(frozen=True, slots=True)
class SetResponseDatablock:
    """Set-Response-Datablock: block `block_number` arrived, the next one is awaited."""

    invoke_id_and_priority: int
    block_number: int

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xc5\x02" + invoke_id.encode(self.invoke_id_and_priority) + _encode_number(self.block_number)


@dataclass(frozen=True, slots=True)
class SetResponseLastDatablock:
    """Set-Response-Last-Datablock: the last block, `block_number`, arrived; how the setting went."""

    invoke_id_and_priority: int
    result: int
    block_number: int

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc5\x03" + invoke_id.encode(self.invoke_id_and_priority)
        return head + _encode_result(self.result) + _encode_number(self.block_number)


@dataclass(frozen=True, slots=True)
class SetResponseLastDatablockWithList:
    """Set-Response-Last-Datablock-With-List: the last block arrived; how the setting of each attribute went."""

    invoke_id_and_priority: int
    results: tuple[int, ...]
    block_number: int

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc5\x04" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(map(_encode_result, self.results)) + _encode_number(self.block_number)


@dataclass(frozen=True, slots=True)
class SetResponseWithList:
    """Set-Response-With-List: how the setting of each attribute went."""

    invoke_id_and_priority: int
    results: tuple[int, ...]

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc5\x05" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(map(_encode_result, self.results))


SetRequest = (
    SetRequestNormal
    | SetRequestWithFirstDatablock
    | SetRequestWithDatablock
    | SetRequestWithList
    | SetRequestWithListAndFirstDatablock
)
SetResponse = (
    SetResponseNormal
    | SetResponseDatablock
    | SetResponseLastDatablock
    | SetResponseLastDatablockWithList
    | SetResponseWithList
)


def read_request(reader: Reader) -> SetRequest:
    """Take a set-request.

    Raises:
        DecodeError: for another tag, a choice other than 1 to 5, missing octets.
    """
    return read_service(reader, REQUEST_TAG, "set-request", _REQUESTS)


def read_response(reader: Reader) -> SetResponse:
    """Take a set-response.

    Raises:
        DecodeError: for another tag, a choice other than 1 to 5, missing octets.
    """
    return read_service(reader, RESPONSE_TAG, "set-response", _RESPONSES)


def _request_normal(reader: Reader) -> SetRequestNormal:
    return SetRequestNormal(
        invoke_id.read(reader), read_attribute(reader), read_optional_access(reader), codec.read(reader, "value")
    )


def _request_with_first_datablock(reader: Reader) -> SetRequestWithFirstDatablock:
    return SetRequestWithFirstDatablock(
        invoke_id.read(reader),
        read_attribute(reader),
        read_optional_access(reader),
        datablock.read(reader, "datablock"),
    )


def _request_with_datablock(reader: Reader) -> SetRequestWithDatablock:
    return SetRequestWithDatablock(invoke_id.read(reader), datablock.read(reader, "datablock"))


def _request_with_list(reader: Reader) -> SetRequestWithList:
    return SetRequestWithList(
        invoke_id.read(reader),
        read_list(reader, "attribute-descriptor-list", read_selected),
        read_list(reader, "value-list", codec.read),
    )


def _request_with_list_and_first_datablock(reader: Reader) -> SetRequestWithListAndFirstDatablock:
    return SetRequestWithListAndFirstDatablock(
        invoke_id.read(reader),
        read_list(reader, "attribute-descriptor-list", read_selected),
        datablock.read(reader, "datablock"),
    )


def _response_normal(reader: Reader) -> SetResponseNormal:
    return SetResponseNormal(invoke_id.read(reader), _result(reader))


def _response_datablock(reader: Reader) -> SetResponseDatablock:
    return SetResponseDatablock(invoke_id.read(reader), reader.unsigned("block-number", 4))


def _response_last_datablock(reader: Reader) -> SetResponseLastDatablock:
    return SetResponseLastDatablock(invoke_id.read(reader), _result(reader), reader.unsigned("block-number", 4))


def _response_last_datablock_with_list(reader: Reader) -> SetResponseLastDatablockWithList:
    return SetResponseLastDatablockWithList(
        invoke_id.read(reader),
        read_list(reader, "result", read_data_access_result),
        reader.unsigned("block-number", 4),
    )


def _response_with_list(reader: Reader) -> SetResponseWithList:
    return SetResponseWithList(invoke_id.read(reader), read_list(reader, "result", read_data_access_result))


def _result(reader: Reader) -> int:
    return read_result(reader, "result", DataAccessResult)


def _encode_result(result: int) -> bytes:
    return encode_unsigned(result, 1, "data-access-result")


def _encode_number(block_number: int) -> bytes:
    return encode_unsigned(block_number, 4, "block-number")


_REQUESTS: dict[int, Alternative[SetRequest]] = {
    1: ("set-request-normal", _request_normal),
    2: ("set-request-with-first-datablock", _request_with_first_datablock),
    3: ("set-request-with-datablock", _request_with_datablock),
    4: ("set-request-with-list", _request_with_list),
    5: ("set-request-with-list-and-first-datablock", _request_with_list_and_first_datablock),
}
_RESPONSES: dict[int, Alternative[SetResponse]] = {
    1: ("set-response-normal", _response_normal),
    2: ("set-response-datablock", _response_datablock),
    3: ("set-response-last-datablock", _response_last_datablock),
    4: ("set-response-last-datablock-with-list", _response_last_datablock_with_list),
    5: ("set-response-with-list", _response_with_list),
}
