"""What services and their results say: refusals with their fields, invoke-ids, notifications, values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from conformance.diagnose.reasoning import signs_services as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.meanings import INITIATE_ERRORS, SERVICE_ERRORS, STATE_ERRORS
from conformance.diagnose.reasoning.replies import is_notification, says_deciphering_error
from conformance.diagnose.reasoning.results import refusals, values
from conformance.diagnose.reasoning.signs_protection import COUNTER_REFUSED, DECIPHERING
from conformance.diagnose.reasoning.signs_run import REPLY_TOO_LONG, REQUEST_TOO_LONG
from conformance.diagnose.reasoning.statement import Change, Evidence, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.access import AccessRequest, AccessResponse
from conformance.dlms.xdlms.action import (
    ActionRequestNormal,
    ActionRequestWithList,
    ActionResponseNormal,
    ActionResponseWithList,
)
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult, label_of
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNormal, GetRequestWithList, GetResponseWithList
from conformance.dlms.xdlms.invoke_id import INVOKE_ID, LONG_INVOKE_ID
from conformance.dlms.xdlms.notification import DataNotification
from conformance.dlms.xdlms.read import DataAccessError, ReadRequest, ReadResponse
from conformance.dlms.xdlms.set import SetRequestNormal, SetRequestWithList, SetResponseWithList
from conformance.dlms.xdlms.variable_access import ReadDataBlockAccess

READ = Evidence.READ
_DENIED, _NO_LONG_GET = 3, 16
_INITIATE = 6
_BITS: Final = {
    0xC0: ConformanceBit.GET,
    0xC1: ConformanceBit.SET,
    0xC3: ConformanceBit.ACTION,
    0xD9: ConformanceBit.ACCESS,
}
_PAIRS: Final = {0xC0: 0xC4, 0xC1: 0xC5, 0xC3: 0xC7, 0xD9: 0xDA, 0x05: 0x0C, 0x06: 0x0D}
_SHOWN: Final = 200
_LINK_PARAMETERS: Final = b"\x81\x80"
"""Of an SNRM under another control field: no APDU, and told below."""
_MOST_ELEMENTS: Final = 64


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every statement about the services of an exchange."""
    open_request: Step | None = None
    for step in exchange.steps:
        value = step.value
        yield from _legible(exchange, step)
        if step.direction == "C>S":
            yield from _asked(exchange, step)
            open_request = step
            continue
        if step.direction == "S>C":
            if open_request is not None and is_notification(value) and not isinstance(open_request.value, Rlrq):
                asked = f"{open_request.name} of frame {open_request.frame}"
                text = f"A data-notification comes before the reply to the {asked}."
                yield step.state(signs.NOTIFICATION_BETWEEN, "warning", READ, "", text)
            elif open_request is not None:
                yield from _pair(open_request, step)
            yield from _answer(exchange, step, value)
            if not is_notification(value):
                open_request = None


def _legible(exchange: Exchange, step: Step) -> Iterator[Statement]:
    """An APDU that is none; those inside protection are told with their protection."""
    error = step.parts[0].dissection.error
    if error is None and step.seal is None and len(step.parts) > 1:
        error = step.parts[-1].dissection.error
    if error is None or not step.whole or step.octets.startswith(_LINK_PARAMETERS):
        return
    first_answer = exchange.response is None and exchange.request is not None and step.direction == "S>C"
    if first_answer and step.tag not in (0x61, 0x0E, 0xD8) and step is not exchange.request:
        return
    own = step.direction == "C>S"
    who = "the client sends" if own else "the meter sends"
    text = f"What {who} is no legal APDU ({step.name}): {error}."
    yield step.state(signs.NOT_READABLE, "warning" if own else "error", READ, error.path, text)


def _asked(exchange: Exchange, step: Step) -> Iterator[Statement]:
    """A request against what was negotiated."""
    value = step.value
    rejected = exchange.aare is not None and not exchange.aare.accepted
    if rejected and not isinstance(value, Aarq | Rlrq) and value is not None:
        text = f"The client goes on with {step.name} although the association was refused."
        yield step.state(signs.AFTER_REJECTION, "warning", READ, "", text)
    settled = exchange.negotiated
    if settled is None or rejected:
        return
    bit = _BITS.get(step.plain[0] if step.plain else -1)
    hls = isinstance(value, ActionRequestNormal) and (value.method.class_id, value.method.method_id) == (15, 1)
    if bit is not None and value is not None and not hls and bit not in settled.negotiated_conformance:
        text = f"The request needs {bit.label}, which is not in the negotiated conformance."
        change = (Change("association", "conformance"),)
        yield step.state(signs.NOT_NEGOTIATED, "warning", READ, "", text, changes=change)
    limit = settled.server_max_receive_pdu_size
    if limit and len(step.octets) > limit and step.whole:
        text = f"The {step.name} has {len(step.octets)} octets; the meter takes {limit} (server-max-receive-pdu-size)."
        yield step.state(REQUEST_TOO_LONG, "warning", READ, "", text)


def _answer(exchange: Exchange, step: Step, value: Any) -> Iterator[Statement]:
    match value:
        case ExceptionResponse():
            yield from _exception(step, value)
        case ConfirmedServiceError() if not isinstance(step.carried, Aare):
            yield _service_error(step, value)
        case DataNotification():
            yield _notified(step, value)
        case _:
            yield from _results(exchange, step, value)
    served = value is not None and step.seal is None and 0xC4 <= step.tag <= 0xC7
    if served and exchange.aare is not None and not exchange.aare.accepted and any(values(value)):
        text = f"The meter answers {step.name} with data although it refused the association."
        yield step.state(signs.SERVED_AFTER_REJECTION, "error", READ, "", text)
    proposed = exchange.proposed
    limit = 0 if proposed is None else proposed.client_max_receive_pdu_size
    if limit and len(step.octets) > limit and step.whole and not isinstance(step.carried, Aare | Rlre):
        text = f"The {step.name} has {len(step.octets)} octets; the client takes {limit} (client-max-receive-pdu-size)."
        change = (Change("association", "max_receive_pdu_size"),)
        yield step.state(REPLY_TOO_LONG, "warning", READ, "", text, changes=change)


def _exception(step: Step, value: ExceptionResponse) -> Iterator[Statement]:
    state, service = STATE_ERRORS.get(value.state_error), SERVICE_ERRORS.get(value.service_error)
    text = (
        f"exception-response: state-error {label_of(StateError, value.state_error)} ({value.state_error}), "
        f"service-error {label_of(ExceptionServiceError, value.service_error)} ({value.service_error})"
    )
    changes: tuple[Change, ...] = ()
    suggestion = service.suggestion if service is not None else None
    if value.invocation_counter is not None:
        text += f", expected invocation counter {value.invocation_counter} (0x{value.invocation_counter:08X})"
        changes = (Change("association", "invocation_counter", f"{{ start = {value.invocation_counter} }}"),)
        suggestion = (
            f"Set invocation_counter = {{ start = {value.invocation_counter} }}, or have it read from the meter."
        )
    text += "."
    for meaning in (service, state):
        text += f" {meaning.message}" if meaning is not None else ""
    path = "exception-response.service-error"
    yield step.state(signs.EXCEPTION, "error", READ, path, text, suggestion, changes=changes, weight=5)
    if value.service_error in (5, 6):
        yield _deciphering(step, path, label_of(ExceptionServiceError, value.service_error))


def _service_error(step: Step, value: ConfirmedServiceError) -> Statement:
    text = f"confirmedServiceError: {value.describe()} ({value.encode().hex(' ').upper()})."
    path = "confirmed-service-error.value"
    if says_deciphering_error(step):
        return step.state(DECIPHERING, "error", READ, path, f"{text} The meter could not open the request.", weight=6)
    meaning = INITIATE_ERRORS.get(value.value) if value.category == _INITIATE else None
    return step.state(signs.SERVICE_ERROR if meaning is None else meaning.sign, "error", READ, path, text, weight=5)


def _deciphering(step: Step, path: str, label: str) -> Statement:
    text = f"The meter could not take the protected request: {label}."
    counter = label == ExceptionServiceError.INVOCATION_COUNTER_ERROR.label
    return step.state(COUNTER_REFUSED if counter else DECIPHERING, "error", READ, path, text)


def _notified(step: Step, value: DataNotification) -> Statement:
    body = value.body
    elements = f"{body.type.label} of {len(body.value)} elements" if isinstance(body.value, tuple) else body.type.label
    text = (
        f"data-notification, long-invoke-id-and-priority {value.long_invoke_id_and_priority:08X}: {elements}, decoded "
        f"to its end: {'; '.join(_leaves(body))}."
    )
    return step.state(signs.NOTIFIED, "info", READ, "data-notification.notification-body", text)


def _leaves(data: Data) -> Iterator[str]:
    """The elements of a structure in short, texts as texts."""
    items = data.value if data.type in (DataType.STRUCTURE, DataType.ARRAY) else (data,)
    for item in items[:_MOST_ELEMENTS]:
        yield shown(item)


def shown(data: Data) -> str:
    """A value in one line; an octet-string of printable characters, or of a date-time, also as what it says."""
    text = describe(data, _SHOWN)
    octets: Any = data.value
    if data.type is DataType.OCTET_STRING and octets and octets.isascii() and octets.decode().isprintable():
        return f"{text} ('{octets.decode()[:_SHOWN]}', {len(octets)} octets)"
    if data.type is DataType.OCTET_STRING and len(octets) == 12:
        year, (month, day), (hour, minute, second) = octets[0] << 8 | octets[1], octets[2:4], octets[5:8]
        if 1990 <= year < 2200 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60:
            return f"{text} ({year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02})"
    return text


def _results(exchange: Exchange, step: Step, value: Any) -> Iterator[Statement]:
    path = "result"
    for result in refusals(value):
        if isinstance(value, ActionResponseNormal) and _is_hls(exchange, step):
            continue
        sign = {_DENIED: signs.DENIED, _NO_LONG_GET: signs.NO_LONG_GET}.get(result, signs.ACCESS_RESULT)
        target = _target(exchange, step)
        about = f" of {target}" if target else ""
        text = f"{step.name}: result {label_of(DataAccessResult, result)} ({result}){about}."
        yield step.state(sign, "error", READ, path, text)
    for data in values(value):
        target = _target(exchange, step)
        about = f"{target}: " if target else ""
        if not _is_hls(exchange, step):
            yield step.state(signs.READ_VALUE, "info", READ, path, f"{about}{shown(data)}.")


def _request_of(exchange: Exchange, step: Step) -> Any:
    position = step.position
    for earlier in reversed(exchange.steps[max(0, position - 64) : position]):
        if earlier.direction == "C>S":
            return earlier.value
    return None


def _is_hls(exchange: Exchange, step: Step) -> bool:
    asked = _request_of(exchange, step)
    return isinstance(asked, ActionRequestNormal) and (asked.method.class_id, asked.method.method_id) == (15, 1)


def _target(exchange: Exchange, step: Step) -> str:
    match _request_of(exchange, step):
        case GetRequestNormal(attribute=attribute) | SetRequestNormal(attribute=attribute):
            return str(attribute)
        case ActionRequestNormal(method=method):
            return str(method)
        case GetRequestWithList(attributes=attributes):
            return f"{len(attributes)} attributes"
    return ""


def _pair(request: Step, reply: Step) -> Iterator[Statement]:
    """Whether a reply fits its request: service, invoke-id, and the bits above it."""
    asked, said = request.value, reply.value
    due = _PAIRS.get(request.plain[0] if request.plain else -1)
    got = reply.plain[0] if reply.plain else -1
    if asked is None or said is None or isinstance(said, GeneralBlockTransfer):
        return
    if due is not None and got in _PAIRS.values() and got != due:
        names = [step.parts[-1].dissection.root.name for step in (reply, request)]
        text = f"The reply is {names[0]}; the request was {names[1]}."
        yield reply.state(signs.OTHER_SERVICE, "error", READ, "", text)
        return
    yield from _counted(asked, reply, said)
    if isinstance(asked, AccessRequest) and isinstance(said, AccessResponse):
        sent, got_back = asked.long_invoke_id_and_priority, said.long_invoke_id_and_priority
        if (sent ^ got_back) & LONG_INVOKE_ID:
            text = f"long-invoke-id-and-priority {got_back:08X} answers {sent:08X}: the invoke-id is not echoed."
            yield reply.state(signs.INVOKE_ID, "warning", READ, "long-invoke-id-and-priority", text, weight=5)
        return
    mine, theirs = getattr(asked, "invoke_id_and_priority", None), getattr(said, "invoke_id_and_priority", None)
    if mine is None or theirs is None or mine == theirs:
        return
    path = "invoke-id-and-priority"
    text = f"invoke-id-and-priority {theirs:02X} answers {mine:02X}"
    if mine & INVOKE_ID == theirs & INVOKE_ID:
        yield reply.state(signs.PRIORITY, "info", READ, path, f"{text}: the invoke-id is echoed, other bits are not.")
    else:
        yield reply.state(signs.INVOKE_ID, "warning", READ, path, f"{text}: the invoke-id is not echoed.", weight=5)


def _counted(asked: Any, reply: Step, said: Any) -> Iterator[Statement]:
    """A result for each item of a list."""
    wanted: int | None = None
    match asked, said:
        case GetRequestWithList(attributes=items), GetResponseWithList(results=results):
            wanted, given = len(items), len(results)
        case ReadRequest(items=items), ReadResponse(results=results):
            single = len(results) == 1 and not isinstance(results[0], Data | DataAccessError)
            single |= any(isinstance(item, ReadDataBlockAccess) for item in items)
            wanted, given = (None, 0) if single else (len(items), len(results))
        case SetRequestWithList(attributes=items), SetResponseWithList(results=results):
            wanted, given = len(items), len(results)
        case ActionRequestWithList(methods=items), ActionResponseWithList(responses=results):
            wanted, given = len(items), len(results)
    if wanted is not None and wanted != given:
        text = f"{wanted} items were asked for, and {given} results came."
        yield reply.state(signs.LIST_COUNT, "error", READ, "", text, weight=5)
