"""Invoking a harmless method many times in one list: long requests and long replies of ACTION."""

from __future__ import annotations

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.action import ActionRequestWithList, ActionResponseWithList
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.harness.long_replies import Fetched, LongReading, decoded, fetch, opened
from conformance.harness.long_sending import LongSending, send
from conformance.harness.misplaced_next import short
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_ACTION_ENDED, NO_LONG_ACTION, methods_succeed
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.service_blocks import LongReply, long_action, long_action_list
from conformance.tester.stimulus import apdu

FEW_METHODS = 10
"""So many times is the method invoked by one list, for a request that makes several blocks."""

_LEAST_METHODS = 30
_BLOCK_HEAD = 9
"""Octets of a reply before its raw-data: tag, choice, invoke-id, last-block, block-number, length."""
_REQUEST_HEAD = 32
_METHOD_OCTETS = 9

_LONGEST = 1 << 16
_BLOCKS = 5


def method_reading(trial: Trial, room: int) -> LongReading:
    """ACTION of a list whose reply needs three PDUs or more: each result has two octets at least.

    Raises:
        Inapplicable: no list that one request can carry has so long a reply.
    """
    count = method_count(trial, room)
    if count < _wanted(room):
        trial.inapplicable(
            f"the smallest PDU that is declared holds {room} octets of plain reply, in which the results of the "
            f"{count} methods that one request can carry need no three PDUs"
        )
    return _list_reading(trial, count)


def _list_reading(trial: Trial, count: int) -> LongReading:
    method, parameters = _target(trial)
    request = ActionRequestWithList(INVOKE_ID_AND_PRIORITY, (method,) * count, (parameters,) * count)
    first = apdu(request.encode(), f"ACTION, a list of {count} times {method}")
    return LongReading(LongReply.ACTION, first, NO_LONG_ACTION, LONG_ACTION_ENDED)


def method_count(trial: Trial, room: int) -> int:
    """How often a method is invoked so that the results do not fit in two PDUs; no oftener than one request can.

    Args:
        trial: its last association is the one that is asked.
        room: octets of plain reply in a PDU.
    """
    association = trial.associations[-1]
    negotiated, proposed = association.negotiated, association.proposed_initiate
    longest = negotiated.server_max_receive_pdu_size if negotiated is not None else 0
    more = proposed.client_max_receive_pdu_size - room if proposed is not None else 0
    each = _METHOD_OCTETS + len(codec.encode(_target(trial)[1]))
    # The request's own protection may need somewhat more than that of a reply.
    most = (longest - 2 * more - _REQUEST_HEAD) // each if longest else _LEAST_METHODS
    return max(FEW_METHODS, min(max(_LEAST_METHODS, _wanted(room)), most))


def _wanted(room: int) -> int:
    """So many results fill two blocks and begin a third."""
    return room - _BLOCK_HEAD + 2


def method_sending(trial: Trial) -> LongSending:
    """ACTION of one method, its parameters in blocks of one octet."""
    method, parameters = _target(trial)
    request = long_action(method, parameters)
    return LongSending(
        request,
        lambda _: methods_succeed(1, listed=False),
        NO_LONG_ACTION,
        LONG_ACTION_ENDED,
        trial.alive,
        trial.alive,
        1,
    )


def list_sending(trial: Trial, count: int = FEW_METHODS) -> LongSending:
    """ACTION of a list, its parameters in blocks."""
    method, parameters = _target(trial)
    request = long_action_list((method,) * count, (parameters,) * count)
    return LongSending(
        request,
        lambda _: methods_succeed(count, listed=True),
        NO_LONG_ACTION,
        LONG_ACTION_ENDED,
        trial.alive,
        trial.alive,
        max(1, len(request.content) // _BLOCKS),
    )


def judge_long_results(trial: Trial) -> None:
    """Invoke the method many times by one request, in short PDUs: the blocks of the reply hold every result.

    Raises:
        Failed: a block is wrong, or a result is missing or no success.
    """
    association, room = short(trial)
    count = method_count(trial, room)
    fetched = fetch(trial, association, _list_reading(trial, count), most_octets=_LONGEST)
    _judge_results(trial, fetched, count)


def judge_both_ways(trial: Trial) -> None:
    """Invoke the method many times by a request in blocks, in short PDUs: the reply comes in blocks too.

    Raises:
        Failed: a block is not acknowledged, or wrong, or a result is missing or no success.
    """
    association, room = short(trial)
    count = method_count(trial, room)
    sending = list_sending(trial, count)
    begun = (send(trial, association, sending, sending.blocks), b"", 0)
    fetched = fetch(trial, association, _list_reading(trial, count), begun=begun, most_octets=_LONGEST)
    _judge_results(trial, fetched, count)


def judge_parameters(trial: Trial, sending: LongSending) -> None:
    """Send a request in blocks, with the declared PDU size, and judge its results.

    Raises:
        Failed: a block is not acknowledged, or a result is missing or no success.
    """
    association = opened(trial)
    reaction = send(trial, association, sending, sending.blocks)
    trial.judge(reaction, sending.done(len(sending.blocks)), association=association)


def _target(trial: Trial) -> tuple[MethodDescriptor, Data]:
    targets = trial.settings.targets
    assert targets.method is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    return targets.method, targets.method_parameters or Data(DataType.NULL_DATA, None)


def _judge_results(trial: Trial, fetched: Fetched, count: int) -> None:
    head = bytes((0xC7, 3, INVOKE_ID_AND_PRIORITY)) if fetched.blocks else b""
    response = decoded(trial, head, fetched.octets, fetched.reaction)
    results = [item.result for item in response.responses] if isinstance(response, ActionResponseWithList) else []
    good = sum(result == ActionResult.SUCCESS for result in results)
    trial.check(
        len(results) == good == count,
        expected=f"{count} results, each success",
        observed=f"{len(results)} results, {good} of them success, in {fetched.blocks} blocks",
        reaction=fetched.reaction,
    )
    if not fetched.blocks:
        trial.inapplicable(f"the {count} results fit in one reply, in the smallest PDU that is declared")
