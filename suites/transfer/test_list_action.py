"""ACTION with list: several methods invoked at once, one outcome for each, whole or in blocks both ways."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conformance.device.model import Permission
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null
from conformance.dlms.xdlms.action import (
    ActionRequestWithList,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
)
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.sequence import encode_list
from conformance.harness.applicability import Condition, logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.list_writes import judge_outcomes
from conformance.harness.lists import opened_small, opened_without
from conformance.harness.trial import Trial
from conformance.tester.accepted_lists import no_results
from conformance.tester.accepted_services import access_error, exception
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.expectation import Expectation
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.list_transfer import Listed, ask, results_of
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, apdu

_CLAUSE = "IEC 62056-5-3, ACTION service, Action-Request-With-List"
_LISTS = logical_names & negotiates(ConformanceBit.ACTION, ConformanceBit.MULTIPLE_REFERENCES) & target("method")
_BLOCKS = ConformanceBit.BLOCK_TRANSFER_WITH_ACTION
_GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
_REFUSED: Expectation = exception() | access_error()
_OUTCOMES = "one outcome for each method, in order: success for targets.method, an error for what no meter has"
_SMALL_PDU = 64
_LONG = 40
_PARTS = 3


@dataclass(frozen=True, slots=True)
class _Call:
    method: MethodDescriptor
    parameters: Data
    good: bool


Choose = Callable[[Trial], Sequence[_Call]]


def _good(subtest: Trial) -> _Call:
    targets = subtest.settings.targets
    assert targets.method is not None
    return _Call(targets.method, targets.method_parameters or null(), good=True)


def _bad(subtest: Trial) -> _Call:
    """A method of an object that no meter has."""
    good = _good(subtest)
    return replace(good, method=replace(good.method, instance_id=b"\xff" * 6), good=False)


def _one(subtest: Trial) -> Sequence[_Call]:
    return [_good(subtest)]


def _twice(subtest: Trial) -> Sequence[_Call]:
    return [_good(subtest)] * 2


def _mixed(subtest: Trial) -> Sequence[_Call]:
    good, bad = _good(subtest), _bad(subtest)
    return [bad, good, good, bad, good]


def _long(subtest: Trial) -> Sequence[_Call]:
    return [_good(subtest), *([_bad(subtest)] * _LONG), _good(subtest)]


def _list_of(calls: Sequence[_Call]) -> Stimulus:
    methods, parameters = [item.method for item in calls], [item.parameters for item in calls]
    return _request(methods, parameters)


def _request(methods: Sequence[MethodDescriptor], parameters: Sequence[Data]) -> Stimulus:
    request = ActionRequestWithList(INVOKE_ID_AND_PRIORITY, tuple(methods), tuple(parameters))
    return apdu(request.encode(), f"ACTION with list of {len(methods)}")


def _judge(subtest: Trial, calls: Sequence[_Call], listed: Listed) -> None:
    judge_outcomes(subtest, [(str(item.method), item.good) for item in calls], listed)


def _invoked(number: int, title: str, choose: Choose, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"ACTION with list of {told}",
        accepts=_OUTCOMES,
        permission=Permission.WRITES,
        argument=choose,
    )


@case(
    "X_LIST_ACTION_P1",
    title="ACTION with list",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _invoked(1, "a list of one", _one, "targets.method"),
    _invoked(2, "the same method twice", _twice, "targets.method twice"),
    _invoked(3, "good and bad ones", _mixed, "targets.method between methods of an object that no meter has"),
)
def test_list_action_p1(subtest: Trial) -> None:
    """An ACTION with list has one outcome for each method, in order, whatever became of the others."""
    choose: Choose = subtest.argument  # type: ignore[assignment]
    calls = choose(subtest)
    subtest.association.establish()
    _judge(subtest, calls, ask(subtest.association, _list_of(calls)))


def _in_blocks(association: Association, calls: Sequence[_Call]) -> Listed:
    """The parameters in three blocks of ACTION, each but the last acknowledged by its number."""
    raw = encode_list(codec.encode(item.parameters) for item in calls)
    size = -(-len(raw) // _PARTS)
    parts = [raw[start : start + size] for start in range(0, len(raw), size)]
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        block = DataBlock(last, number, part)
        if number == 1:
            methods = tuple(item.method for item in calls)
            octets = ActionRequestWithListAndFirstPblock(INVOKE_ID_AND_PRIORITY, methods, block).encode()
        else:
            octets = ActionRequestWithPblock(INVOKE_ID_AND_PRIORITY, block).encode()
        reaction = association.request(apdu(octets, f"ACTION with list, block {number} of {len(parts)}"))
        value = reaction.value if isinstance(reaction, Reply) else None
        acknowledged = isinstance(value, ActionResponseNextPblock) and value.block_number == number
        if last or not acknowledged:
            fault = "" if last else f"block {number} is not acknowledged: {seen(reaction)}"
            return Listed(reaction, results_of(reaction), fault, excess=association.excess_of(reaction))
    raise AssertionError


def _blocks(number: int, title: str, applies: Condition, procedure: str) -> Subtest:
    return Subtest(number, title, procedure=procedure, accepts=_OUTCOMES, applies=applies, permission=Permission.WRITES)


@case(
    "X_LIST_ACTION_P2",
    title="ACTION with list, in blocks",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _blocks(
        1,
        "a long list of outcomes in blocks of ACTION",
        negotiates(_BLOCKS),
        f"opens with a small PDU, invokes targets.method first and last, and {_LONG} that no meter has between",
    ),
    _blocks(
        2,
        "a long list of outcomes in general blocks",
        negotiates(_GBT),
        f"as before, in general blocks of {_SMALL_PDU} octets",
    ),
    _blocks(
        3,
        "parameters in blocks of ACTION",
        negotiates(_BLOCKS),
        f"ACTION with list of targets.method between two that no meter has, its parameters in {_PARTS} blocks",
    ),
)
def test_list_action_p2(subtest: Trial) -> None:
    """An ACTION with list may come in blocks, and its outcomes come in blocks where they are longer than the PDU."""
    if subtest.number == 3:
        calls = [_bad(subtest), _good(subtest), _bad(subtest)]
        _judge(subtest, calls, _in_blocks(opened_without(subtest, _GBT), calls))
        return
    calls = list(_long(subtest))
    if subtest.number == 1:
        association, options = opened_small(subtest, _GBT, octets=_SMALL_PDU), None
    else:
        association = opened_small(subtest, octets=_SMALL_PDU)
        options = BlockOptions(in_blocks=True, pdu_octets=_SMALL_PDU)
    listed = ask(association, _list_of(calls), options)
    _judge(subtest, calls, listed)


def _spoilt(number: int, title: str, make: Callable[[_Call], Stimulus], *, none: bool = False) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=_REFUSED | no_results() if none else _REFUSED,
        procedure=f"ACTION with list of targets.method: {title}; asks whether the association is alive",
        permission=Permission.WRITES,
        argument=make,
    )


def _counts(methods: int, parameters: int) -> Callable[[_Call], Stimulus]:
    return lambda call: _request([call.method] * methods, [call.parameters] * parameters)


@case(
    "X_LIST_ACTION_N1",
    title="Errors in ACTION with list",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _spoilt(1, "a list of none", _counts(0, 0), none=True),
    _spoilt(2, "two methods and the parameters of one", _counts(2, 1)),
    _spoilt(3, "one method and the parameters of two", _counts(1, 2)),
    _spoilt(4, "no parameters", _counts(1, 0)),
    _spoilt(5, "cut within the last parameters", lambda call: _list_of([call, call]).truncated(-1)),
    _spoilt(6, "trailing octets", lambda call: _list_of([call, call]).followed_by("0000")),
)
def test_list_action_n1(subtest: Trial) -> None:
    """An ACTION with list that is malformed, or whose lists differ in length, is refused."""
    make: Callable[[_Call], Stimulus] = subtest.argument  # type: ignore[assignment]
    subtest.association.establish()
    subtest.judge(subtest.association.request(make(_good(subtest))))
    subtest.alive()


@case(
    "X_LIST_ACTION_N2",
    title="ACTION with list that was not negotiated",
    clause="IEC 62056-5-3, Conformance block, multiple-references",
    applies=logical_names & negotiates(ConformanceBit.ACTION) & target("method"),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "a list of two",
        expectation=_REFUSED,
        procedure="opens without multiple-references, ACTION with list of targets.method twice",
        permission=Permission.WRITES,
    ),
)
def test_list_action_n2(subtest: Trial) -> None:
    """Where multiple-references was not proposed, an ACTION with list is refused, and the association outlives it."""
    association = opened_without(subtest, ConformanceBit.MULTIPLE_REFERENCES)
    subtest.judge(association.request(_list_of(_twice(subtest))))
    subtest.alive()
