"""ACCESS that is long, and ACCESS that is not answered."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.invoke_id import LONG_SERVICE_CLASS
from conformance.harness.access_requests import (
    ACCESS,
    CONFIRMED,
    OWN_NAME,
    PROTECTED,
    Asked,
    attributes_of,
    get,
    judge_access,
    judge_datum,
    request_of,
    set_to,
    stimulus_of,
    unknown_get,
)
from conformance.harness.applicability import Condition, always, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.list_writes import target_values
from conformance.harness.lists import Held, of_length, opened_small, singly
from conformance.harness.trial import Trial
from conformance.harness.written_values import judge_holds, left_as_found
from conformance.tester.accepted_access import answers
from conformance.tester.accepted_services import exception, silence
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.expectation import Expectation

_CLAUSE = "IEC 62056-5-3, ACCESS service"
_GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
_UNCONFIRMED = CONFIRMED & ~LONG_SERVICE_CLASS
_LONG = 40
_SOME = 15
"""As many as have room for their results in a small PDU, though not for their values."""
_SILENCE = silence()
_REFUSED: Expectation = exception()

Procedure = Callable[[Trial], None]


def _run(subtest: Trial) -> None:
    procedure: Procedure = subtest.argument  # type: ignore[assignment]
    procedure(subtest)


def _many(subtest: Trial) -> list[AttributeDescriptor]:
    return [item for item in of_length(attributes_of(subtest), _LONG) if isinstance(item, AttributeDescriptor)]


def _long(options: BlockOptions | None) -> Procedure:
    def procedure(subtest: Trial) -> None:
        association = opened_small(subtest)
        many = _many(subtest)
        before = singly(subtest, association, many)
        data = judge_access(subtest, association, [get(attribute) for attribute in many], options=options)
        after = singly(subtest, association, many)
        for number, (attribute, datum) in enumerate(zip(many, data, strict=True), 1):
            judge_datum(subtest, number, datum, Held(before[attribute], after[attribute]))

    return procedure


def _long_subtest(number: int, title: str, options: BlockOptions | None, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"opens with a small PDU, asks for {_LONG} attributes in one ACCESS {told}",
        accepts="one datum and one result for each, in order, joined from general blocks",
        applies=PROTECTED,
        argument=_long(options),
    )


@case(
    "X_ACCESS_P4",
    title="ACCESS: long responses and requests",
    clause="IEC 62056-5-3, ACCESS service, general block transfer",
    applies=ACCESS & negotiates(_GBT),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _long_subtest(1, "a long response", None, "that goes in one APDU"),
    _long_subtest(2, "a long request and response", BlockOptions(in_blocks=True, pdu_octets=128), "in general blocks"),
)
def test_access_p4(subtest: Trial) -> None:
    """A response that is longer than the client's PDU comes in general blocks: ACCESS has none of its own."""
    _run(subtest)


def _unanswered_get(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    for elements in ([get(OWN_NAME)], [unknown_get()]):
        subtest.judge(association.request(stimulus_of(request_of(elements, _UNCONFIRMED))), _SILENCE)
    subtest.alive()


def _unanswered_set(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    attribute, values = target_values(subtest, association)
    with left_as_found(subtest, attribute, values.before):
        request = request_of([set_to(values, values.other)], _UNCONFIRMED)
        subtest.judge(association.request(stimulus_of(request)), _SILENCE)
        judge_holds(subtest, association, attribute, values.other)


def _unconfirmed(
    number: int, title: str, procedure: Procedure, told: str, *, applies: Condition = always, writes: bool = False
) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=_SILENCE,
        procedure=told,
        applies=PROTECTED & applies,
        permission=Permission.WRITES if writes else Permission.READS,
        argument=procedure,
    )


@case(
    "X_ACCESS_P5",
    title="ACCESS: unconfirmed",
    clause="IEC 62056-5-3, ACCESS service, Service_Class",
    applies=ACCESS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _unconfirmed(1, "get", _unanswered_get, "unconfirmed ACCESS of a get, and of one that must fail"),
    _unconfirmed(
        2,
        "set",
        _unanswered_set,
        "unconfirmed ACCESS that sets targets.writable; reads it, and puts it back",
        applies=target("writable"),
        writes=True,
    ),
)
def test_access_p5(subtest: Trial) -> None:
    """ACCESS of service-class unconfirmed is carried out and not answered, not even with an error."""
    _run(subtest)


@case(
    "X_ACCESS_N3",
    title="ACCESS: a response too long, and no blocks",
    clause="IEC 62056-5-3, ACCESS service; client-max-receive-pdu-size",
    applies=ACCESS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "more values than fit",
        procedure=f"opens with a small PDU and without general-block-transfer, asks for {_SOME} attributes by ACCESS",
        expectation=_REFUSED | answers(request_of([get(OWN_NAME)] * _SOME)),
        applies=PROTECTED,
    ),
)
def test_access_n3(subtest: Trial) -> None:
    """A response that cannot be told for want of blocks is an exception-response, or has an error for what is missing.

    It is never longer than the client's PDU, and never a part of the lists. The association outlives it.
    """
    association = opened_small(subtest, _GBT)
    elements = [Asked(get(attribute).specification, good=None) for attribute in _many(subtest)[:_SOME]]
    request = request_of(elements)
    reaction = association.request(stimulus_of(request))
    subtest.judge(reaction, _REFUSED | answers(request))
    subtest.alive()
