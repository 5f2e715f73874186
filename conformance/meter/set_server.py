"""SET on the server's side: normal, with list, and the blocks of long values (IEC 62056-5-3)."""

from __future__ import annotations

from conformance.dlms import reader as reading
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.attribute import SelectedAttribute
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.sequence import read_list
from conformance.dlms.xdlms.set import (
    REQUEST_TAG,
    SetRequest,
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from conformance.meter.access_faults import miswritten
from conformance.meter.block_transfer import RequestBlocks
from conformance.meter.refusal import Reason, refusal
from conformance.meter.service_call import Encodable, ServiceCall


class SetServer:
    """SET in one association; it remembers the long value that is being sent."""

    def __init__(self, faults: frozenset[str]) -> None:
        self._faults = faults
        self._blocks = RequestBlocks(faults)
        self._targets: tuple[SelectedAttribute, ...] = ()
        self._listed = False

    def abort(self) -> None:
        """Forget a long value: another one is to be set, or the association ended."""
        self._blocks.abort()

    def interrupt(self) -> None:
        """Forget a long value: another service was asked for."""
        self._blocks.interrupt()

    def serve(self, request: SetRequest, call: ServiceCall) -> Encodable:
        """The response, or a refusal when the form of SET was not negotiated."""
        if not call.negotiated(*_needed(request)):
            return refusal(Reason.NOT_NEGOTIATED, short_names=False, tag=REQUEST_TAG)
        invoke = request.invoke_id_and_priority
        match request:
            case SetRequestNormal():
                self.abort()
                return SetResponseNormal(invoke, self._write((request.attribute, request.access), request.value, call))
            case SetRequestWithList():
                self.abort()
                return self._list(request, call)
            case SetRequestWithFirstDatablock():
                self._begin(((request.attribute, request.access),), listed=False)
                return self._block(invoke, request.datablock, call)
            case SetRequestWithListAndFirstDatablock():
                self._begin(request.attributes, listed=True)
                return self._block(invoke, request.datablock, call)
            case SetRequestWithDatablock():
                return self._block(invoke, request.datablock, call)

    def _list(self, request: SetRequestWithList, call: ServiceCall) -> Encodable:
        targets, values = request.attributes, request.values
        if len(targets) != len(values):
            return refusal(Reason.UNREADABLE, short_names=False, tag=REQUEST_TAG)
        if len(targets) + 6 > call.room:
            # Nothing is written whose result the client could not be told.
            return refusal(Reason.TOO_LONG, short_names=False, tag=REQUEST_TAG)
        results = tuple([self._write(target, value, call) for target, value in zip(targets, values, strict=True)])
        return SetResponseWithList(request.invoke_id_and_priority, results)

    def _begin(self, targets: tuple[SelectedAttribute, ...], *, listed: bool) -> None:
        self._blocks.begin()
        self._targets = targets
        self._listed = listed

    def _block(self, invoke: int, block: DataBlock, call: ServiceCall) -> Encodable:
        receiving = self._blocks.receiving
        if receiving is None:
            return SetResponseLastDatablock(invoke, DataAccessResult.NO_LONG_SET_IN_PROGRESS, block.block_number)
        if not receiving.accept(block.block_number, block.raw):
            self.abort()
            wrong = block.block_number != receiving.received + 1
            result = DataAccessResult.DATA_BLOCK_NUMBER_INVALID if wrong else DataAccessResult.LONG_SET_ABORTED
            return SetResponseLastDatablock(invoke, result, block.block_number)
        if not block.last_block:
            return SetResponseDatablock(invoke, block.block_number)
        octets = self._blocks.finish()
        if self._listed:
            return self._finish_list(invoke, octets, block.block_number, call)
        value = _decoded(octets)
        result = DataAccessResult.TYPE_UNMATCHED if value is None else self._write(self._targets[0], value, call)
        return SetResponseLastDatablock(invoke, result, block.block_number)

    def _finish_list(self, invoke: int, octets: bytes, number: int, call: ServiceCall) -> Encodable:
        targets, values = self._targets, _decoded_list(octets)
        if len(targets) + 10 > call.room:
            return refusal(Reason.TOO_LONG, short_names=False, tag=REQUEST_TAG)
        if values is None or len(values) != len(targets):
            results: tuple[int, ...] = (DataAccessResult.TYPE_UNMATCHED,) * len(targets)
        else:
            results = tuple([self._write(target, value, call) for target, value in zip(targets, values, strict=True)])
        return SetResponseLastDatablockWithList(invoke, results, number)

    def _write(self, target: SelectedAttribute, value: Data, call: ServiceCall) -> DataAccessResult:
        attribute, access = target
        result = call.device.write(attribute, access, value, call.session, call.now)
        return miswritten(attribute, value, result, call, self._faults) if self._faults else result


def _needed(request: SetRequest) -> tuple[ConformanceBit, ...]:
    match request:
        case SetRequestNormal():
            return (ConformanceBit.SET,)
        case SetRequestWithList():
            return ConformanceBit.SET, ConformanceBit.MULTIPLE_REFERENCES
        case SetRequestWithListAndFirstDatablock():
            blocks = ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE
            return ConformanceBit.SET, ConformanceBit.MULTIPLE_REFERENCES, blocks
        case _:
            return ConformanceBit.SET, ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE


def _decoded(octets: bytes) -> Data | None:
    try:
        return codec.decode(octets)
    except DecodeError:
        return None


def _decoded_list(octets: bytes) -> tuple[Data, ...] | None:
    try:
        return reading.decode(octets, _read_values, "value-list")
    except DecodeError:
        return None


def _read_values(reader: Reader) -> tuple[Data, ...]:
    return read_list(reader, "value-list", codec.read)
