"""The ACCESS service: get, set and action in one exchange."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.invoke_id import LONG_SERVICE_CLASS, SELF_DESCRIPTIVE
from conformance.harness.access_requests import (
    ACCESS,
    BREAKING,
    CONFIRMED,
    OWN_NAME,
    PROTECTED,
    Asked,
    action,
    attributes_of,
    get,
    judge_access,
    judge_datum,
    set_to,
    unknown_get,
    unknown_set,
)
from conformance.harness.applicability import Condition, always, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.list_writes import target_values
from conformance.harness.lists import Held, singly
from conformance.harness.trial import Trial
from conformance.harness.written_values import judge_holds, left_as_found
from conformance.tester.association import Association

_CLAUSE = "IEC 62056-5-3, ACCESS service"
_WRITABLE, _METHOD = target("writable"), target("method")
_HIGHEST_ID = 0xFF_FFFF
_PRIORITY = 0x8000_0000
_DATE_TIME = bytes.fromhex("07EA0B1506050C1E00FFC400")
_NO_DATE_TIME = b""
_RIGHT = "an access-response with one datum and one result for each specification, in order"

Procedure = Callable[[Trial], None]


def _subtest(
    number: int,
    title: str,
    procedure: Procedure,
    told: str,
    *,
    accepts: str = _RIGHT,
    applies: Condition = always,
    writes: bool = False,
) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=told,
        accepts=accepts,
        applies=PROTECTED & applies,
        permission=Permission.WRITES if writes else Permission.READS,
        argument=procedure,
    )


def _run(subtest: Trial) -> None:
    procedure: Procedure = subtest.argument  # type: ignore[assignment]
    procedure(subtest)


def _opened(subtest: Trial) -> Association:
    subtest.association.establish()
    return subtest.association


def _judge_gets(subtest: Trial, association: Association, attributes: list[AttributeDescriptor], *, mix: bool) -> None:
    before = singly(subtest, association, attributes)
    elements = [get(attribute) for attribute in attributes]
    if mix:
        elements = [piece for element in elements for piece in (element, unknown_get())]
    data = judge_access(subtest, association, elements)
    after = singly(subtest, association, attributes)
    given = data[::2] if mix else data
    for number, (attribute, datum) in enumerate(zip(attributes, given, strict=True), 1):
        judge_datum(subtest, number, datum, Held(before[attribute], after[attribute]))


def _gets(subtest: Trial) -> None:
    _judge_gets(subtest, _opened(subtest), attributes_of(subtest), mix=False)


def _mixed_gets(subtest: Trial) -> None:
    _judge_gets(subtest, _opened(subtest), attributes_of(subtest)[:3], mix=True)


def _sets(subtest: Trial) -> None:
    association = _opened(subtest)
    attribute, values = target_values(subtest, association)
    with left_as_found(subtest, attribute, values.before):
        judge_access(subtest, association, [unknown_set(values.other), set_to(values, values.other)])
        judge_holds(subtest, association, attribute, values.other)


def _actions(subtest: Trial) -> None:
    known, unknown = action(subtest), action(subtest, known=False)
    judge_access(subtest, _opened(subtest), [known, unknown, known])


def _all_three(subtest: Trial) -> None:
    association = _opened(subtest)
    attribute, values = target_values(subtest, association)
    elements = [get(attribute), set_to(values, values.other), get(attribute), action(subtest), get(OWN_NAME)]
    with left_as_found(subtest, attribute, values.before):
        data = judge_access(subtest, association, elements)
        judge_datum(subtest, 1, data[0], values.before)
        judge_datum(subtest, 3, data[2], values.other)
        judge_holds(subtest, association, attribute, values.other)


@case(
    "X_ACCESS_P1",
    title="ACCESS: get, set and action",
    clause=_CLAUSE,
    applies=ACCESS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _subtest(1, "get", _gets, "reads attributes one by one, then all by ACCESS"),
    _subtest(2, "get, good and bad ones", _mixed_gets, "ACCESS of attributes with one that no meter has behind each"),
    _subtest(
        3,
        "set, a bad one and a good one",
        _sets,
        "ACCESS that sets what no meter has, then targets.writable; reads it, and puts it back",
        applies=_WRITABLE,
        writes=True,
    ),
    _subtest(
        4,
        "action, good and bad ones",
        _actions,
        "ACCESS that invokes targets.method, one that no meter has, and targets.method",
        applies=_METHOD,
        writes=True,
    ),
    _subtest(
        5,
        "get, set and action in one",
        _all_three,
        "ACCESS that reads targets.writable, sets it, reads it, invokes targets.method and reads a name; puts it back",
        accepts=f"{_RIGHT}; the second get gives what was set before it",
        applies=_WRITABLE & _METHOD,
        writes=True,
    ),
)
def test_access_p1(subtest: Trial) -> None:
    """ACCESS carries out get, set and action in order, and has one datum and one result for each, whatever failed.

    Where nothing was read there is null-data among the data. ACCESS has no service-specific ciphering: it goes in
    general protection, or plain where the association is.
    """
    _run(subtest)


def _break_gets(subtest: Trial) -> None:
    own = get(OWN_NAME)
    never = Asked(own.specification, good=False)
    judge_access(subtest, _opened(subtest), [own, unknown_get(), never, never], invoke=BREAKING)


def _break_set(subtest: Trial) -> None:
    association = _opened(subtest)
    attribute, values = target_values(subtest, association)
    never = Asked(set_to(values, values.other).specification, values.other, good=False)
    with left_as_found(subtest, attribute, values.before):
        judge_access(subtest, association, [unknown_get(), never], invoke=BREAKING)
        judge_holds(subtest, association, attribute, values.before)


def _go_on(subtest: Trial) -> None:
    association = _opened(subtest)
    attribute, values = target_values(subtest, association)
    with left_as_found(subtest, attribute, values.before):
        judge_access(subtest, association, [unknown_get(), set_to(values, values.other)])
        judge_holds(subtest, association, attribute, values.other)


def _no_error(subtest: Trial) -> None:
    association = _opened(subtest)
    own = singly(subtest, association, [OWN_NAME])[OWN_NAME]
    data = judge_access(subtest, association, [get(OWN_NAME)] * 3, invoke=BREAKING)
    for number, datum in enumerate(data, 1):
        judge_datum(subtest, number, datum, Held(own, own))


@case(
    "X_ACCESS_P2", title="ACCESS: processing option", clause=_CLAUSE, applies=ACCESS, variants=Variants.EACH_PROTECTION
)
@subtests(
    _subtest(
        1,
        "break on error, gets",
        _break_gets,
        "ACCESS with break on error: a get, one of what no meter has, two more",
        accepts=f"{_RIGHT}: success, then errors",
    ),
    _subtest(
        2,
        "break on error, a set behind it",
        _break_set,
        "ACCESS with break on error: a get of what no meter has, a set of targets.writable; reads it again",
        accepts="two errors, and nothing written",
        applies=_WRITABLE,
        writes=True,
    ),
    _subtest(
        3,
        "continue on error, a set behind it",
        _go_on,
        "ACCESS with continue on error: a get of what no meter has, a set of targets.writable; reads and restores it",
        accepts="an error and a success, and the value is written",
        applies=_WRITABLE,
        writes=True,
    ),
    _subtest(4, "break on error, and none", _no_error, "ACCESS with break on error: three gets that can be served"),
)
def test_access_p2(subtest: Trial) -> None:
    """With break on error nothing is carried out behind the first element that fails, and with continue all is.

    What was not carried out has a result as well, which is not success, and null-data in its place.
    """
    _run(subtest)


def _with(invoke: int, date_time: bytes = _NO_DATE_TIME) -> Procedure:
    def procedure(subtest: Trial) -> None:
        association = _opened(subtest)
        own = singly(subtest, association, [OWN_NAME])[OWN_NAME]
        elements = [get(OWN_NAME), unknown_get()]
        data = judge_access(subtest, association, elements, invoke=invoke, date_time=date_time)
        judge_datum(subtest, 1, data[0], Held(own, own))

    return procedure


@case(
    "X_ACCESS_P3",
    title="ACCESS: what the header asks for",
    clause="IEC 62056-5-3, ACCESS service, Long-Invoke-Id-And-Priority",
    applies=ACCESS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _subtest(1, "self-descriptive", _with(CONFIRMED | SELF_DESCRIPTIVE), "ACCESS of two, self-descriptive"),
    _subtest(2, "invoke-id 0", _with(_PRIORITY | LONG_SERVICE_CLASS), "ACCESS of two, invoke-id 0"),
    _subtest(3, "the highest invoke-id", _with(CONFIRMED | _HIGHEST_ID), f"ACCESS of two, invoke-id {_HIGHEST_ID}"),
    _subtest(4, "normal priority", _with(CONFIRMED & ~_PRIORITY), "ACCESS of two, normal priority"),
    _subtest(5, "a date-time", _with(CONFIRMED, _DATE_TIME), "ACCESS of two, with a date-time of 12 octets"),
)
def test_access_p3(subtest: Trial) -> None:
    """The response has the long-invoke-id-and-priority of its request; a self-descriptive one names what was asked.

    A date-time in the response has 12 octets or none, whatever the request has.
    """
    _run(subtest)
