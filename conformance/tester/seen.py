"""A reaction in words, for a person who decides on it."""

from __future__ import annotations

from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import (
    AssociationResult,
    DiagnosticSource,
    ReleaseResponseReason,
    ServiceProviderDiagnostic,
    ServiceUserDiagnostic,
    named,
)
from conformance.dlms.acse.release import Rlre
from conformance.dlms.data.text import describe as describe_data
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr, parameters
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.dlms.xdlms.access import AccessResponse
from conformance.dlms.xdlms.action import ActionResponseNormal
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult, label_of
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.get import GetResponseNormal, GetResponseWithDatablock, GetResponseWithList
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.dlms.xdlms.read import DataAccessError, ReadResponse
from conformance.dlms.xdlms.set import SetResponseNormal
from conformance.dlms.xdlms.write import WriteResponse
from conformance.tester.reaction import FrameAnswered, Reaction, Reply

_SHOWN_OCTETS = 40


def seen(reaction: Reaction) -> str:
    """What the meter did, in one bounded line."""
    if isinstance(reaction, FrameAnswered):
        return _frame(reaction.received)
    if not isinstance(reaction, Reply):
        return str(reaction)
    if reaction.protected is not None and reaction.protected.error is not None:
        return (
            f"a protected APDU (tag {reaction.apdu[:1].hex().upper()}) that does not open: {reaction.protected.error}"
        )
    if reaction.error is not None:
        return f"an APDU that does not decode ({hexadecimal(reaction.plain)}): {reaction.error}"
    return _value(reaction)


def _frame(frame: Frame) -> str:
    """A frame by its kind, with what its information field says."""
    text = f"{frame.control}{', segmented' if frame.segmented else ''}"
    if not frame.information:
        return text
    try:
        match frame.control.type:
            case FrameType.FRMR:
                return f"{text}: {decode(frame.information, frmr.read, 'frmr', deviations=[])}"
            case FrameType.UA:
                return f"{text}: {_parameters(decode(frame.information, parameters.read, 'parameters', deviations=[]))}"
            case _:
                return f"{text}: {hexadecimal(frame.information)}"
    except DecodeError as error:
        return f"{text}: {hexadecimal(frame.information)}, which is not readable: {error}"


def _parameters(settled: LinkParameters) -> str:
    return (
        f"maximum information field length transmit {settled.max_information_transmit}, "
        f"receive {settled.max_information_receive}, window transmit {settled.window_transmit}, "
        f"receive {settled.window_receive}"
    )


def hexadecimal(octets: bytes) -> str:
    """Octets in hexadecimal digits, elided beyond a bound."""
    shown = octets[:_SHOWN_OCTETS].hex().upper()
    return f"{shown}… ({len(octets)} octets)" if len(octets) > _SHOWN_OCTETS else shown


def diagnostic(aare: Aare) -> str:
    """Result, source and diagnostic of an AARE."""
    source = ServiceProviderDiagnostic if aare.diagnostic_source == DiagnosticSource.PROVIDER else ServiceUserDiagnostic
    who = named(DiagnosticSource, aare.diagnostic_source).rpartition(" ")[0]
    return f"{named(AssociationResult, aare.result)}, {who} {named(source, aare.diagnostic)}"


def access_result(result: int) -> str:
    """A data-access-result with its number."""
    return f"{label_of(DataAccessResult, result)} ({result})"


def _value(reply: Reply) -> str:
    match reply.value:
        case Aare() as aare:
            return f"AARE {diagnostic(aare)}{_initiate(reply)}"
        case Rlre(reason=reason):
            return "RLRE" if reason is None else f"RLRE {named(ReleaseResponseReason, reason)}"
        case GetResponseNormal(result=result):
            return f"get-response {_result(result)}"
        case GetResponseWithDatablock(last_block=last, block_number=number, result=block):
            content = f"{len(block)} octets" if isinstance(block, bytes) else access_result(block)
            return f"get-response block {number}{', the last' if last else ''}: {content}"
        case GetResponseWithList(results=results):
            return "get-response list: " + ", ".join(_result(result) for result in results[:8])
        case SetResponseNormal(result=result):
            return f"set-response {access_result(result)}"
        case ActionResponseNormal(result=result):
            return f"action-response {label_of(ActionResult, result)} ({result})"
        case AccessResponse(results=outcomes):
            told = ", ".join(f"{made.service.label} {access_result(made.result)}" for made in outcomes[:8])
            return f"access-response of {len(outcomes)}: {told}{', …' if len(outcomes) > 8 else ''}"
        case ExceptionResponse() | ConfirmedServiceError() as value:
            return f"{_kind(value)} {value.describe()}"
        case ReadResponse() | WriteResponse() as value:
            return f"{_kind(value)} {', '.join(_short_name_result(result) for result in value.results[:8])}"
        case value:
            return f"{_kind(value)} {hexadecimal(reply.plain)}"


def _result(result: Data | int) -> str:
    return f"data {describe_data(result)}" if isinstance(result, Data) else access_result(result)


def _short_name_result(result: object) -> str:
    match result:
        case Data():
            return f"data {describe_data(result)}"
        case DataAccessError(result=error):
            return access_result(error)
    return _kind(result)


def _kind(value: object) -> str:
    name = type(value).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _initiate(reply: Reply) -> str:
    if reply.initiate_error is not None:
        return f"; user-information not readable: {reply.initiate_error}"
    match reply.initiate:
        case InitiateResponse(negotiated_dlms_version_number=version, server_max_receive_pdu_size=size):
            return f"; InitiateResponse version {version}, PDU size {size}"
        case ConfirmedServiceError() as error:
            return f"; {error.describe()}"
    return ""
