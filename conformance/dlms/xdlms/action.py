"""ACTION.request and ACTION.response: invoking methods by logical name (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import data_result, datablock, invoke_id
from conformance.dlms.xdlms.attribute import MethodDescriptor, read_method
from conformance.dlms.xdlms.data_result import DataResult
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.dlms.xdlms.sequence import (
    Alternative,
    encode_list,
    encode_unsigned,
    read_list,
    read_presence,
    read_result,
    read_service,
)

REQUEST_TAG = 0xC3
RESPONSE_TAG = 0xC7


@dataclass(frozen=True, slots=True)
class ActionRequestNormal:
    """Action-Request-Normal: one method; `parameters` None sends none."""

    invoke_id_and_priority: int
    method: MethodDescriptor
    parameters: Data | None = None

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc3\x01" + invoke_id.encode(self.invoke_id_and_priority) + self.method.encode()
        return head + (b"\x00" if self.parameters is None else b"\x01" + codec.encode(self.parameters))


@dataclass(frozen=True, slots=True)
class ActionRequestNextPblock:
    """Action-Request-Next-Pblock: acknowledges block `block_number` of the response and asks for the one after it."""

    invoke_id_and_priority: int
    block_number: int

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc3\x02" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_unsigned(self.block_number, 4, "block-number")


@dataclass(frozen=True, slots=True)
class ActionRequestWithList:
    """Action-Request-With-List: several methods and the parameters of each, null-data where it takes none."""

    invoke_id_and_priority: int
    methods: tuple[MethodDescriptor, ...]
    parameters: tuple[Data, ...]

    def encode(self) -> bytes:
        """The APDU; the lists may differ in length, which a server has to refuse."""
        head = b"\xc3\x03" + invoke_id.encode(self.invoke_id_and_priority)
        return head + _encode_methods(self.methods) + encode_list(map(codec.encode, self.parameters))


@dataclass(frozen=True, slots=True)
class ActionRequestWithFirstPblock:
    """Action-Request-With-First-Pblock: one method, and the beginning of its parameters."""

    invoke_id_and_priority: int
    method: MethodDescriptor
    pblock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc3\x04" + invoke_id.encode(self.invoke_id_and_priority)
        return head + self.method.encode() + self.pblock.encode()


@dataclass(frozen=True, slots=True)
class ActionRequestWithListAndFirstPblock:
    """Action-Request-With-List-And-First-Pblock: several methods, and the beginning of their list of parameters."""

    invoke_id_and_priority: int
    methods: tuple[MethodDescriptor, ...]
    pblock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc3\x05" + invoke_id.encode(self.invoke_id_and_priority)
        return head + _encode_methods(self.methods) + self.pblock.encode()


@dataclass(frozen=True, slots=True)
class ActionRequestWithPblock:
    """Action-Request-With-Pblock: a further block of the parameters."""

    invoke_id_and_priority: int
    pblock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xc3\x06" + invoke_id.encode(self.invoke_id_and_priority) + self.pblock.encode()


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """Action-Response-With-Optional-Data: how one method went.

    Attributes:
        result: an `ActionResult`, or whatever number came.
        return_parameters: the data it gives back, or a data-access-result as a number; None when there are none.
    """

    result: int
    return_parameters: DataResult | None = None

    def encode(self) -> bytes:
        """The result, the flag and, where there are any, the return parameters."""
        head = encode_unsigned(self.result, 1, "action-result")
        given = self.return_parameters
        return head + (b"\x00" if given is None else b"\x01" + data_result.encode(given))


@dataclass(frozen=True, slots=True)
class ActionResponseNormal:
    """Action-Response-Normal: how the method went; attributes as in `ActionOutcome`."""

    invoke_id_and_priority: int
    result: int
    return_parameters: DataResult | None = None

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc7\x01" + invoke_id.encode(self.invoke_id_and_priority)
        return head + ActionOutcome(self.result, self.return_parameters).encode()


@dataclass(frozen=True, slots=True)
class ActionResponseWithPblock:
    """Action-Response-With-Pblock: one block of the response."""

    invoke_id_and_priority: int
    pblock: DataBlock

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xc7\x02" + invoke_id.encode(self.invoke_id_and_priority) + self.pblock.encode()


@dataclass(frozen=True, slots=True)
class ActionResponseWithList:
    """Action-Response-With-List: how each method went."""

    invoke_id_and_priority: int
    responses: tuple[ActionOutcome, ...]

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc7\x03" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_list(outcome.encode() for outcome in self.responses)


@dataclass(frozen=True, slots=True)
class ActionResponseNextPblock:
    """Action-Response-Next-Pblock: block `block_number` of the request arrived, the next one is awaited."""

    invoke_id_and_priority: int
    block_number: int

    def encode(self) -> bytes:
        """The APDU."""
        head = b"\xc7\x04" + invoke_id.encode(self.invoke_id_and_priority)
        return head + encode_unsigned(self.block_number, 4, "block-number")


ActionRequest = (
    ActionRequestNormal
    | ActionRequestNextPblock
    | ActionRequestWithList
    | ActionRequestWithFirstPblock
    | ActionRequestWithListAndFirstPblock
    | ActionRequestWithPblock
)
ActionResponse = ActionResponseNormal | ActionResponseWithPblock | ActionResponseWithList | ActionResponseNextPblock


def read_request(reader: Reader) -> ActionRequest:
    """Take an action-request.

    Raises:
        DecodeError: for another tag, a choice other than 1 to 6, missing octets.
    """
    return read_service(reader, REQUEST_TAG, "action-request", _REQUESTS)


def read_response(reader: Reader) -> ActionResponse:
    """Take an action-response.

    Raises:
        DecodeError: for another tag, a choice other than 1 to 4, missing octets.
    """
    return read_service(reader, RESPONSE_TAG, "action-response", _RESPONSES)


def _request_normal(reader: Reader) -> ActionRequestNormal:
    invoke = invoke_id.read(reader)
    method = read_method(reader)
    if not read_presence(reader, "method-invocation-parameters-present"):
        return ActionRequestNormal(invoke, method)
    return ActionRequestNormal(invoke, method, codec.read(reader, "method-invocation-parameters"))


def _request_next_pblock(reader: Reader) -> ActionRequestNextPblock:
    return ActionRequestNextPblock(invoke_id.read(reader), reader.unsigned("block-number", 4))


def _request_with_list(reader: Reader) -> ActionRequestWithList:
    return ActionRequestWithList(
        invoke_id.read(reader), _read_methods(reader), read_list(reader, "method-invocation-parameters", codec.read)
    )


def _request_with_first_pblock(reader: Reader) -> ActionRequestWithFirstPblock:
    return ActionRequestWithFirstPblock(invoke_id.read(reader), read_method(reader), datablock.read(reader, "pblock"))


def _request_with_list_and_first_pblock(reader: Reader) -> ActionRequestWithListAndFirstPblock:
    return ActionRequestWithListAndFirstPblock(
        invoke_id.read(reader), _read_methods(reader), datablock.read(reader, "pblock")
    )


def _request_with_pblock(reader: Reader) -> ActionRequestWithPblock:
    return ActionRequestWithPblock(invoke_id.read(reader), datablock.read(reader, "pblock"))


def _response_normal(reader: Reader) -> ActionResponseNormal:
    invoke = invoke_id.read(reader)
    reader.enter("single-response")
    response = ActionResponseNormal(invoke, *_outcome(reader))
    reader.leave()
    return response


def _response_with_pblock(reader: Reader) -> ActionResponseWithPblock:
    return ActionResponseWithPblock(invoke_id.read(reader), datablock.read(reader, "pblock"))


def _response_with_list(reader: Reader) -> ActionResponseWithList:
    return ActionResponseWithList(invoke_id.read(reader), read_list(reader, "list-of-responses", _listed_outcome))


def _response_next_pblock(reader: Reader) -> ActionResponseNextPblock:
    return ActionResponseNextPblock(invoke_id.read(reader), reader.unsigned("block-number", 4))


def _listed_outcome(reader: Reader) -> ActionOutcome:
    reader.enter("action-response-with-optional-data")
    outcome = ActionOutcome(*_outcome(reader))
    reader.leave()
    return outcome


def _outcome(reader: Reader) -> tuple[int, DataResult | None]:
    result = read_result(reader, "result", ActionResult)
    if not read_presence(reader, "return-parameters-present"):
        return result, None
    return result, data_result.read(reader, "return-parameters")


def _read_methods(reader: Reader) -> tuple[MethodDescriptor, ...]:
    return read_list(reader, "cosem-method-descriptor-list", read_method)


def _encode_methods(methods: tuple[MethodDescriptor, ...]) -> bytes:
    return encode_list(method.encode() for method in methods)


_REQUESTS: dict[int, Alternative[ActionRequest]] = {
    1: ("action-request-normal", _request_normal),
    2: ("action-request-next-pblock", _request_next_pblock),
    3: ("action-request-with-list", _request_with_list),
    4: ("action-request-with-first-pblock", _request_with_first_pblock),
    5: ("action-request-with-list-and-first-pblock", _request_with_list_and_first_pblock),
    6: ("action-request-with-pblock", _request_with_pblock),
}
_RESPONSES: dict[int, Alternative[ActionResponse]] = {
    1: ("action-response-normal", _response_normal),
    2: ("action-response-with-pblock", _response_with_pblock),
    3: ("action-response-with-list", _response_with_list),
    4: ("action-response-next-pblock", _response_next_pblock),
}
