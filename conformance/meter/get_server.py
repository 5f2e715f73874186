"""GET on the server's side: normal, with list, and the blocks of long answers (IEC 62056-5-3)."""

from __future__ import annotations

from typing import Final

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms import data_result, sequence
from conformance.dlms.xdlms.attribute import SelectedAttribute
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.data_result import DataResult
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.get import (
    REQUEST_TAG,
    GetRequest,
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from conformance.meter.access_faults import misread
from conformance.meter.block_transfer import Octets, ReplyBlocks, Sending, block_room
from conformance.meter.model.rows_on_demand import RowsOnDemand
from conformance.meter.refusal import Reason, refusal
from conformance.meter.service_call import Encodable, ServiceCall

_BLOCK_HEAD: Final = 9
_OVERLONG: Final = 0x4000
_LEFT_OVER: Final = bytes(18)
_LONGEST_LIST: Final = 0x10_0000
"""Octets of all values of a list together."""
_BLOCKS: Final = ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ


class GetServer:
    """GET in one association; it remembers the long answer that is being fetched."""

    def __init__(self, faults: frozenset[str]) -> None:
        self._faults = faults
        self._blocks = ReplyBlocks(faults)

    def abort(self) -> None:
        """Forget a long answer: another one was asked for, or the association ended."""
        self._blocks.abort()

    def interrupt(self) -> None:
        """Forget a long answer: another service was asked for."""
        self._blocks.interrupt()

    def serve(self, request: GetRequest, call: ServiceCall) -> Encodable:
        """The response, or a refusal when the form of GET was not negotiated."""
        if not call.negotiated(ConformanceBit.GET):
            return _not_negotiated()
        if isinstance(request, GetRequestNext):
            return self._next(request, call) if call.negotiated(_BLOCKS) else _not_negotiated()
        self.abort()
        if isinstance(request, GetRequestWithList):
            return (
                self._list(request, call) if call.negotiated(ConformanceBit.MULTIPLE_REFERENCES) else _not_negotiated()
            )
        return self._normal(request, call)

    def _normal(self, request: GetRequestNormal, call: ServiceCall) -> Encodable:
        invoke = request.invoke_id_and_priority
        result = self._read((request.attribute, request.access), call)
        response = GetResponseNormal(invoke, result)
        if not isinstance(result, Data):
            return response
        octets = _octets_of(result)
        if "octets-after-the-value" in self._faults and call.session.profile.mechanism is not Mechanism.LOWEST:
            return _Encoded(response.encode() + _LEFT_OVER)
        if 4 + len(octets) <= call.room:
            return response if isinstance(octets, bytes) else _Encoded(b"\xc4\x01" + bytes((invoke, 0)) + octets[:])
        if not call.negotiated(_BLOCKS) and "block-transfer-not-negotiated-used" not in self._faults:
            return GetResponseNormal(invoke, DataAccessResult.OTHER_REASON)
        return self._start(invoke, octets, call)

    def _list(self, request: GetRequestWithList, call: ServiceCall) -> Encodable:
        invoke = request.invoke_id_and_priority
        results: list[bytes] = []
        octets = 0
        for selected in request.attributes:
            encoded = data_result.encode(self._read(selected, call))
            if octets + len(encoded) > _LONGEST_LIST:
                encoded = data_result.encode(DataAccessResult.OTHER_REASON)
            octets += len(encoded)
            results.append(encoded)
        raw = sequence.encode_list(results)
        if 3 + len(raw) <= call.room:
            return _Encoded(b"\xc4\x03" + bytes((invoke,)) + raw)
        if not call.negotiated(_BLOCKS):
            return _too_long(invoke, len(results), call)
        return self._start(invoke, raw[1:] if "count-left-out-of-list-in-blocks" in self._faults else raw, call)

    def _start(self, invoke: int, raw: Octets, call: ServiceCall) -> Encodable:
        return self._block(invoke, self._blocks.begin(raw), call)

    def _next(self, request: GetRequestNext, call: ServiceCall) -> Encodable:
        invoke, number, sending = request.invoke_id_and_priority, request.block_number, self._blocks.sending
        if sending is None:
            return GetResponseWithDatablock(invoke, True, number, DataAccessResult.NO_LONG_GET_IN_PROGRESS)
        if not sending.acknowledged(number):
            self.abort()
            return GetResponseWithDatablock(invoke, True, number, DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        return self._block(invoke, sending, call)

    def _block(self, invoke: int, sending: Sending, call: ServiceCall) -> Encodable:
        size = block_room(call.room, _BLOCK_HEAD)
        if size < 1:
            self.abort()
            return GetResponseNormal(invoke, DataAccessResult.OTHER_REASON)
        if "blocks-without-end" in self._faults:
            # The first block takes no notice of the client's limit, and what follows never says that it is the last.
            call.session.client_max_receive_pdu_size = 0
            return GetResponseWithDatablock(invoke, False, sending.sent + 1, sending.next_block(_OVERLONG)[2])
        last, number, raw = sending.next_block(size)
        if last:
            self._blocks.finish()
        return GetResponseWithDatablock(invoke, last, number, raw)

    def _read(self, selected: SelectedAttribute, call: ServiceCall) -> DataResult:
        attribute, access = selected
        if access is not None and not call.negotiated(ConformanceBit.SELECTIVE_ACCESS):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        session = call.session
        if "current-association-is-the-last-opened" in self._faults:
            session = call.device.sessions[-1]
        result = call.device.read(attribute, access, session, call.now)
        return misread(attribute, result, call, self._faults) if self._faults else result


class _Encoded:
    """An APDU that was encoded on the way."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def encode(self) -> bytes:
        return self._octets


def _octets_of(value: Data) -> Octets:
    """The encoded value; the rows of a huge buffer are encoded one by one, as their octets are sent."""
    return value.value.encoded() if isinstance(value.value, RowsOnDemand) else codec.encode(value)


def _too_long(invoke: int, count: int, call: ServiceCall) -> Encodable:
    response = GetResponseWithList(invoke, (DataAccessResult.OTHER_REASON,) * count)
    if len(response.encode()) <= call.room:
        return response
    return refusal(Reason.TOO_LONG, short_names=False, tag=REQUEST_TAG)


def _not_negotiated() -> Encodable:
    return refusal(Reason.NOT_NEGOTIATED, short_names=False, tag=REQUEST_TAG)
