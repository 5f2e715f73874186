"""Read, Write and UnconfirmedWrite on the server's side, block access included (IEC 62056-5-3)."""

from __future__ import annotations

from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms import read, variable_access, write
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.read import (
    BlockNumber,
    DataAccessError,
    DataBlockResult,
    ReadRequest,
    ReadResponse,
    ReadResult,
)
from conformance.dlms.xdlms.sequence import read_list
from conformance.dlms.xdlms.variable_access import (
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableAccess,
    VariableName,
    WriteDataBlockAccess,
)
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse, WriteResult, WriteSuccess
from conformance.meter.access_faults import misread_name, miswritten_name
from conformance.meter.block_transfer import ReplyBlocks, RequestBlocks, Sending, block_room
from conformance.meter.refusal import Reason, Refusal, refusal
from conformance.meter.service_call import Encodable, ServiceCall

_BLOCK_HEAD: Final = 6
_LARGEST_BLOCK_NUMBER: Final = 0xFFFF
_BLOCK_ACCESS: Final = (BlockNumberAccess, ReadDataBlockAccess, WriteDataBlockAccess)


class ShortNameServer:
    """The services with short names in one association, and the long transfer that is under way."""

    def __init__(self, faults: frozenset[str]) -> None:
        self._faults = faults
        self._reply = ReplyBlocks(faults)
        self._read_blocks = RequestBlocks(faults)
        self._write_blocks = RequestBlocks(faults)

    def abort(self) -> None:
        """Forget what is on its way: the association ended."""
        self._begin_read()
        self._begin_write()

    def _begin_read(self) -> None:
        """A Read ends the one before it."""
        self._reply.abort()
        self._read_blocks.abort()

    def _begin_write(self) -> None:
        """A Write ends the one before it."""
        self._write_blocks.abort()

    def read(self, request: ReadRequest, call: ServiceCall) -> Encodable:
        """The response, or a refusal when the form of Read was not negotiated."""
        if not call.negotiated(*_needed(ConformanceBit.READ, request.items)):
            return _refused(Reason.NOT_NEGOTIATED, read.REQUEST_TAG)
        self._write_blocks.interrupt()
        match request.items:
            case (BlockNumberAccess() as access,):
                return self._next(access, call)
            case (ReadDataBlockAccess() as access,):
                return self._long_request(access, call)
        self._begin_read()
        return self._answer(tuple([self._read(item, call) for item in request.items]), call)

    def write(self, request: WriteRequest, call: ServiceCall) -> Encodable:
        """The response, or a refusal when the form of Write was not negotiated."""
        if not call.negotiated(*_needed(ConformanceBit.WRITE, request.items)):
            return _refused(Reason.NOT_NEGOTIATED, write.REQUEST_TAG)
        items, values = request.items, request.values
        self._reply.interrupt()
        self._read_blocks.interrupt()
        if len(items) != len(values):
            return _refused(Reason.UNREADABLE, write.REQUEST_TAG)
        match items:
            case (WriteDataBlockAccess() as access,):
                return self._long_write(access, values[0], call)
        self._begin_write()
        return self._written(items, values, call)

    def write_unconfirmed(self, request: UnconfirmedWriteRequest, call: ServiceCall) -> None:
        """Write without an answer; nothing is written that was not negotiated or is not complete."""
        self.abort()
        items, values = request.items, request.values
        if call.negotiated(*_needed(ConformanceBit.UNCONFIRMED_WRITE, items)) and len(items) == len(values):
            for item, value in zip(items, values, strict=True):
                self._write(item, value, call)

    def _read(self, item: VariableAccess, call: ServiceCall) -> ReadResult:
        match item:
            case VariableName():
                result = call.device.read_short_name(item.name, None, None, call.session, call.now)
            case ParameterisedAccess():
                result = call.device.read_short_name(item.name, item.selector, item.parameter, call.session, call.now)
            case _:
                # Block access stands alone in its request, or it means nothing.
                result = DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        if self._faults:
            result = misread_name(item, result, call, self._faults)
        return result if isinstance(result, Data) else DataAccessError(result)

    def _answer(self, results: tuple[ReadResult, ...], call: ServiceCall) -> Encodable:
        response = ReadResponse(results)
        octets = response.encode()
        if len(octets) <= call.room:
            return response
        if call.negotiated(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ):
            return self._block(self._reply.begin(octets[1:]), call)
        refused = ReadResponse((DataAccessError(DataAccessResult.OTHER_REASON),) * len(results))
        return refused if len(refused.encode()) <= call.room else _refused(Reason.TOO_LONG, read.REQUEST_TAG)

    def _next(self, access: BlockNumberAccess, call: ServiceCall) -> Encodable:
        sending = self._reply.sending
        if sending is None:
            return _read_error(DataAccessResult.NO_LONG_GET_IN_PROGRESS)
        if not sending.acknowledged(access.block_number):
            self._begin_read()
            return _read_error(DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        return self._block(sending, call)

    def _block(self, sending: Sending, call: ServiceCall) -> Encodable:
        size = block_room(call.room, _BLOCK_HEAD)
        if size < 1 or sending.sent == _LARGEST_BLOCK_NUMBER:
            self._begin_read()
            return _read_error(DataAccessResult.LONG_GET_ABORTED)
        last, number, raw = sending.next_block(size)
        if last:
            self._reply.finish()
        return ReadResponse((DataBlockResult(last, number, raw),))

    def _long_request(self, access: ReadDataBlockAccess, call: ServiceCall) -> Encodable:
        if access.block_number == 1:
            self._reply.abort()
            self._read_blocks.begin()
        receiving = self._read_blocks.receiving
        if receiving is None:
            return _read_error(DataAccessResult.NO_LONG_GET_IN_PROGRESS)
        if not receiving.accept(access.block_number, access.raw):
            self._begin_read()
            return _read_error(DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        if not access.last_block:
            return ReadResponse((BlockNumber(access.block_number),))
        octets = self._read_blocks.finish()
        try:
            items = reading.decode(octets, _read_items, "read-request")
        except DecodeError:
            return _read_error(DataAccessResult.TYPE_UNMATCHED)
        return self._answer(tuple([self._read(item, call) for item in items]), call)

    def _long_write(self, access: WriteDataBlockAccess, block: Data, call: ServiceCall) -> Encodable:
        if access.block_number == 1:
            self._write_blocks.begin()
        receiving = self._write_blocks.receiving
        if receiving is None:
            return _write_error(DataAccessResult.NO_LONG_SET_IN_PROGRESS)
        if block.type is not DataType.OCTET_STRING or not receiving.accept(access.block_number, block.value):
            self._begin_write()
            return _write_error(DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        if not access.last_block:
            return WriteResponse((BlockNumber(access.block_number),))
        octets = self._write_blocks.finish()
        try:
            items, values = reading.decode(octets, write.read_items, "write-request")
        except DecodeError:
            return _write_error(DataAccessResult.TYPE_UNMATCHED)
        if len(items) != len(values):
            return _write_error(DataAccessResult.TYPE_UNMATCHED)
        return self._written(items, values, call)

    def _written(self, items: tuple[VariableAccess, ...], values: tuple[Data, ...], call: ServiceCall) -> Encodable:
        if 2 * len(items) + 4 > call.room:
            # Nothing is written whose result the client could not be told.
            return _refused(Reason.TOO_LONG, write.REQUEST_TAG)
        return WriteResponse(tuple([self._write(item, value, call) for item, value in zip(items, values, strict=True)]))

    def _write(self, item: VariableAccess, value: Data, call: ServiceCall) -> WriteResult:
        match item:
            case VariableName():
                result = call.device.write_short_name(item.name, value, call.session, call.now)
            case ParameterisedAccess():
                result = call.device.write_short_name(
                    item.name, value, call.session, call.now, selector=item.selector, parameter=item.parameter
                )
            case _:
                result = DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        if self._faults:
            result = miswritten_name(item, value, result, call, self._faults)
        return WriteSuccess() if result is DataAccessResult.SUCCESS else DataAccessError(result)


def _needed(service: ConformanceBit, items: tuple[VariableAccess, ...]) -> tuple[ConformanceBit, ...]:
    needed = [service]
    if len(items) > 1:
        needed.append(ConformanceBit.MULTIPLE_REFERENCES)
    if any(isinstance(item, ParameterisedAccess) for item in items):
        needed.append(ConformanceBit.PARAMETERIZED_ACCESS)
    if any(isinstance(item, _BLOCK_ACCESS) for item in items):
        reads = service is ConformanceBit.READ
        needed.append(
            ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ if reads else ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE
        )
    return tuple(needed)


def _read_items(reader: Reader) -> tuple[VariableAccess, ...]:
    return read_list(reader, "variable-access-specification", variable_access.read)


def _read_error(result: DataAccessResult) -> ReadResponse:
    return ReadResponse((DataAccessError(result),))


def _write_error(result: DataAccessResult) -> WriteResponse:
    return WriteResponse((DataAccessError(result),))


def _refused(reason: Reason, tag: int) -> Refusal:
    return refusal(reason, short_names=True, tag=tag)
