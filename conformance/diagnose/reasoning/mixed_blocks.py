"""Which side mixed the mechanisms of block transfer, and where general blocks came that were not negotiated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from conformance.diagnose.reasoning.meanings import Meaning
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms import exception_response
from conformance.dlms.xdlms.action import ActionRequestNextPblock, ActionResponseWithPblock
from conformance.dlms.xdlms.confirmed_service_error import TAG as SERVICE_ERROR
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock
from conformance.dlms.xdlms.initiate import InitiateResponse

CODE = "mixed-block-transfer"

CLIENT_IN_GENERAL = Meaning(
    CODE,
    "The client mixes mechanisms: the reply comes in general blocks, and the client asks for the next part of it with "
    "the next-request of the service. The meter knows of no long transfer of that kind, and the value is lost.",
    "Answer a general block by a general block that says in block-number-ack what has come, to the last block; or "
    "leave general-block-transfer out of the proposed conformance, so that the meter uses the blocks of the service.",
)
CLIENT_IN_SERVICE = Meaning(
    CODE,
    "The client mixes mechanisms: the reply comes in the blocks of the service, and the client answers by a general "
    "block.",
    "Ask for the next block with the next-request of the service: get-request-next, or action-request-next-pblock.",
)
METER_IN_GENERAL = Meaning(
    CODE,
    "The meter mixes mechanisms: the reply began in general blocks, the client went on in them, and the meter goes on "
    "outside of them.",
    "The meter is at fault. Until it is mended, leave general-block-transfer out of the proposed conformance.",
)
METER_IN_SERVICE = Meaning(
    CODE,
    "The meter mixes mechanisms: the reply began in the blocks of the service, the client asked for the next of them, "
    "and the meter sends a general block.",
    "The meter is at fault. Until it is mended, leave general-block-transfer out of the proposed conformance.",
)
NOT_NEGOTIATED = Meaning(
    "general-block-not-negotiated",
    "The meter sends a general block, though general-block-transfer is not among the negotiated conformance.",
    "Propose general-block-transfer where the meter uses it all the same; else the meter is at fault.",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One APDU of an exchange.

    Attributes:
        direction: `C>S` from the client, `S>C` from the meter.
        octets: deciphered, unless it is a general block, which carries what is protected.
    """

    direction: Literal["C>S", "S>C"]
    octets: bytes


@dataclass(frozen=True, slots=True)
class Mix:
    """Where mechanisms are mixed.

    Attributes:
        meaning: which side does it, and how.
        index: of the APDU that shows it.
        field: dotted path of the field that shows it; empty for the whole APDU.
    """

    meaning: Meaning
    index: int
    field: str


class _Begun(Enum):
    """What a reply that is not whole yet comes in."""

    NOTHING = "no long reply is under way"
    GENERAL = "general blocks"
    SERVICE = "the blocks of its service"


def explain_blocks(said: Sequence[Said]) -> Iterator[Mix]:
    """Where a transfer goes on another way than it began; `Mix.index` counts in `said`.

    Of each kind the first is told: what follows it follows from it.
    """
    told = set()
    for finding in _findings(said):
        if finding.meaning not in told:
            told.add(finding.meaning)
            yield finding


def _findings(said: Sequence[Said]) -> Iterator[Mix]:
    begun, negotiated = _Begun.NOTHING, None
    for index, item in enumerate(said):
        try:
            value = apdus.decode(item.octets, deviations=[])
        except DecodeError:
            continue
        if item.direction == "C>S":
            yield from _asked(index, begun, value)
            begun = _after_request(begun, value)
            continue
        if (settled := _settled(value)) is not None:
            negotiated = ConformanceBit.GENERAL_BLOCK_TRANSFER in settled.negotiated_conformance
        if isinstance(value, GeneralBlockTransfer) and negotiated is False:
            yield Mix(NOT_NEGOTIATED, index, "general-block-transfer")
        yield from _answered(index, begun, item, value)
        begun = _after_reply(begun, value)


def _asked(index: int, begun: _Begun, value: apdus.Apdu) -> Iterator[Mix]:
    if begun is _Begun.GENERAL and isinstance(value, GetRequestNext):
        yield Mix(CLIENT_IN_GENERAL, index, "get-request.block-number")
    elif begun is _Begun.GENERAL and isinstance(value, ActionRequestNextPblock):
        yield Mix(CLIENT_IN_GENERAL, index, "action-request.block-number")
    elif begun is _Begun.SERVICE and isinstance(value, GeneralBlockTransfer):
        yield Mix(CLIENT_IN_SERVICE, index, "general-block-transfer")


def _answered(index: int, begun: _Begun, item: Said, value: apdus.Apdu) -> Iterator[Mix]:
    error = item.octets[:1] in _ERRORS
    if begun is _Begun.GENERAL and not isinstance(value, GeneralBlockTransfer) and not error:
        yield Mix(METER_IN_GENERAL, index, _where(value))
    elif begun is _Begun.SERVICE and isinstance(value, GeneralBlockTransfer):
        yield Mix(METER_IN_SERVICE, index, "general-block-transfer")


_ERRORS = frozenset((bytes((exception_response.TAG,)), bytes((SERVICE_ERROR,))))
"""Tags of what ends a transfer of any kind."""


def _after_request(begun: _Begun, value: apdus.Apdu) -> _Begun:
    """What a request leaves under way: only one that goes on with a transfer does not end it."""
    goes_on = {
        _Begun.NOTHING: (),
        _Begun.GENERAL: (GeneralBlockTransfer,),
        _Begun.SERVICE: (GetRequestNext, ActionRequestNextPblock),
    }
    return begun if isinstance(value, goes_on[begun]) else _Begun.NOTHING


def _after_reply(begun: _Begun, value: apdus.Apdu) -> _Begun:
    match value:
        case GeneralBlockTransfer(block_data=data) if not data and begun is _Begun.GENERAL and value.block_number:
            return begun
        case GeneralBlockTransfer(last_block=last, block_data=data):
            return _Begun.GENERAL if data and not last else _Begun.NOTHING
        case GetResponseWithDatablock(last_block=last, result=bytes()):
            return _Begun.NOTHING if last else _Begun.SERVICE
        case ActionResponseWithPblock(pblock=block):
            return _Begun.NOTHING if block.last_block else _Begun.SERVICE
    return _Begun.NOTHING


def _settled(value: apdus.Apdu) -> InitiateResponse | None:
    """What an AARE negotiated, where it can be read."""
    if isinstance(value, InitiateResponse):
        return value
    if not isinstance(value, Aare) or not value.user_information:
        return None
    try:
        carried = apdus.decode(value.user_information, deviations=[])
    except DecodeError:
        return None
    return carried if isinstance(carried, InitiateResponse) else None


def _where(value: apdus.Apdu) -> str:
    match value:
        case GetResponseWithDatablock():
            return "get-response.result"
        case ActionResponseWithPblock():
            return "action-response.pblock"
    return ""
