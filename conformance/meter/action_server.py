"""ACTION on the server's side: normal, with list, and blocks in both directions (IEC 62056-5-3)."""

from __future__ import annotations

from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import sequence
from conformance.dlms.xdlms.action import (
    REQUEST_TAG,
    ActionOutcome,
    ActionRequest,
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.dlms.xdlms.sequence import read_list
from conformance.meter.block_transfer import ReplyBlocks, RequestBlocks, Sending, block_room
from conformance.meter.refusal import Reason, refusal
from conformance.meter.service_call import Encodable, ServiceCall

_BLOCK_HEAD: Final = 8
_BLOCKS: Final = ConformanceBit.BLOCK_TRANSFER_WITH_ACTION


class ActionServer:
    """ACTION in one association; it remembers long parameters coming in and a long response going out."""

    def __init__(self, faults: frozenset[str]) -> None:
        self._faults = faults
        self._request = RequestBlocks(faults)
        self._reply = ReplyBlocks(faults)
        self._methods: tuple[MethodDescriptor, ...] = ()
        self._listed = False

    def abort(self) -> None:
        """Forget what is on its way: another method was asked for, or the association ended."""
        self._request.abort()
        self._reply.abort()

    def interrupt(self) -> None:
        """Forget what is on its way: another service was asked for."""
        self._request.interrupt()
        self._reply.interrupt()

    def serve(self, request: ActionRequest, call: ServiceCall) -> Encodable:
        """The response, or a refusal when the form of ACTION was not negotiated."""
        if not call.negotiated(*_needed(request)):
            return refusal(Reason.NOT_NEGOTIATED, short_names=False, tag=REQUEST_TAG)
        invoke = request.invoke_id_and_priority
        match request:
            case ActionRequestNormal():
                self.abort()
                return self._normal(invoke, request.method, request.parameters, call)
            case ActionRequestWithList():
                self.abort()
                return self._list(invoke, request.methods, request.parameters, call)
            case ActionRequestNextPblock():
                return self._next(invoke, request.block_number, call)
            case ActionRequestWithFirstPblock():
                self._begin((request.method,), listed=False)
                return self._block(invoke, request.pblock, call)
            case ActionRequestWithListAndFirstPblock():
                self._begin(request.methods, listed=True)
                return self._block(invoke, request.pblock, call)
            case ActionRequestWithPblock():
                return self._block(invoke, request.pblock, call)

    def _normal(self, invoke: int, method: MethodDescriptor, parameters: Data | None, call: ServiceCall) -> Encodable:
        outcome = self._invoke(method, parameters, call)
        response = ActionResponseNormal(invoke, outcome.result, outcome.return_parameters)
        if len(response.encode()) <= call.room:
            return response
        if not call.negotiated(_BLOCKS):
            return ActionResponseNormal(invoke, ActionResult.OTHER_REASON)
        return self._start(invoke, outcome.encode(), call)

    def _list(
        self, invoke: int, methods: tuple[MethodDescriptor, ...], parameters: tuple[Data, ...], call: ServiceCall
    ) -> Encodable:
        if len(methods) != len(parameters):
            return refusal(Reason.UNREADABLE, short_names=False, tag=REQUEST_TAG)
        if 2 * len(methods) + 6 > call.room and not call.negotiated(_BLOCKS):
            # Nothing is invoked whose result the client could not be told.
            return refusal(Reason.TOO_LONG, short_names=False, tag=REQUEST_TAG)
        outcomes = tuple(
            [
                self._invoke(method, None if given.type is DataType.NULL_DATA else given, call)
                for method, given in zip(methods, parameters, strict=True)
            ]
        )
        response = ActionResponseWithList(invoke, outcomes)
        if len(response.encode()) <= call.room:
            return response
        if not call.negotiated(_BLOCKS):
            return ActionResponseWithList(invoke, tuple(ActionOutcome(outcome.result) for outcome in outcomes))
        return self._start(invoke, sequence.encode_list(outcome.encode() for outcome in outcomes), call)

    def _start(self, invoke: int, raw: bytes, call: ServiceCall) -> Encodable:
        return self._send(invoke, self._reply.begin(raw), call)

    def _next(self, invoke: int, number: int, call: ServiceCall) -> Encodable:
        sending = self._reply.sending
        if sending is None:
            return ActionResponseNormal(invoke, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
        if not sending.acknowledged(number):
            self.abort()
            return ActionResponseNormal(invoke, ActionResult.LONG_ACTION_ABORTED)
        return self._send(invoke, sending, call)

    def _send(self, invoke: int, sending: Sending, call: ServiceCall) -> Encodable:
        size = block_room(call.room, _BLOCK_HEAD)
        if size < 1:
            self.abort()
            return ActionResponseNormal(invoke, ActionResult.OTHER_REASON)
        last, number, raw = sending.next_block(size)
        if last:
            self._reply.finish()
        return ActionResponseWithPblock(invoke, DataBlock(last, number, raw))

    def _begin(self, methods: tuple[MethodDescriptor, ...], *, listed: bool) -> None:
        self._reply.abort()
        self._request.begin()
        self._methods = methods
        self._listed = listed

    def _block(self, invoke: int, block: DataBlock, call: ServiceCall) -> Encodable:
        receiving = self._request.receiving
        if receiving is None:
            return ActionResponseNormal(invoke, ActionResult.NO_LONG_ACTION_IN_PROGRESS)
        if not receiving.accept(block.block_number, block.raw):
            self.abort()
            return ActionResponseNormal(invoke, ActionResult.LONG_ACTION_ABORTED)
        if not block.last_block:
            return ActionResponseNextPblock(invoke, block.block_number)
        octets = self._request.finish()
        try:
            if self._listed:
                values = reading.decode(octets, _read_parameters, "method-invocation-parameters")
                return self._list(invoke, self._methods, values, call)
            return self._normal(invoke, self._methods[0], codec.decode(octets), call)
        except DecodeError:
            return ActionResponseNormal(invoke, ActionResult.TYPE_UNMATCHED)

    def _invoke(self, method: MethodDescriptor, parameters: Data | None, call: ServiceCall) -> ActionOutcome:
        outcome = call.device.invoke(method, parameters, call.session, call.now)
        return ActionOutcome(outcome.result, outcome.data)


def _needed(request: ActionRequest) -> tuple[ConformanceBit, ...]:
    match request:
        case ActionRequestNormal():
            return (ConformanceBit.ACTION,)
        case ActionRequestWithList():
            return ConformanceBit.ACTION, ConformanceBit.MULTIPLE_REFERENCES
        case ActionRequestWithListAndFirstPblock():
            return ConformanceBit.ACTION, ConformanceBit.MULTIPLE_REFERENCES, _BLOCKS
        case _:
            return ConformanceBit.ACTION, _BLOCKS


def _read_parameters(reader: Reader) -> tuple[Data, ...]:
    return read_list(reader, "method-invocation-parameters", codec.read)
