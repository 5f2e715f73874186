"""Invoke-Id-And-Priority: every response says which request it answers."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetRequestWithList, GetResponseWithDatablock
from conformance.dlms.xdlms.invoke_id import INVOKE_ID, PRIORITY, SERVICE_CLASS, describe, invoke_id_and_priority
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.harness.applicability import logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import access_error, data
from conformance.tester.expectation import Expectation
from conformance.tester.high_level import ASSOCIATION_LN
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, aarq, apdu
from conformance.tester.transfer import get

_OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_UNKNOWN_ATTRIBUTE = AttributeDescriptor(15, ASSOCIATION_LN, 127)
_UNKNOWN_METHOD = MethodDescriptor(15, ASSOCIATION_LN, 127)
_INVOKE_IDS = range(INVOKE_ID + 1)
_OUT_OF_ORDER = (9, 2, 2, 15, 0, 7)
_SMALL_PDU = 64
_MOST_BLOCKS = 5
_ECHO = "the response has the invoke-id, service-class and priority of its request"


def _get_high(subtest: Trial) -> None:
    _each_invoke_id(subtest, high_priority=True)


def _get_normal(subtest: Trial) -> None:
    _each_invoke_id(subtest, high_priority=False)


def _out_of_order(subtest: Trial) -> None:
    subtest.association.establish()
    for index, number in enumerate(_OUT_OF_ORDER):
        octet = invoke_id_and_priority(number, high_priority=index % 2 == 0)
        _answered(subtest, octet, _get(octet, _OWN_NAME), data())


def _get_error(subtest: Trial) -> None:
    subtest.association.establish()
    for number in (0, 5):
        octet = invoke_id_and_priority(number)
        _answered(subtest, octet, _get(octet, _UNKNOWN_ATTRIBUTE), access_error())


def _get_with_list(subtest: Trial) -> None:
    subtest.association.establish()
    octet = invoke_id_and_priority(11)
    request = GetRequestWithList(octet, ((_OWN_NAME, None), (_OWN_NAME, None)))
    _answered(subtest, octet, apdu(request.encode(), "GET with list"), data())


def _get_blocks(subtest: Trial) -> None:
    association = subtest.association
    association.establish(aarq(client_max_receive_pdu_size=max(_SMALL_PDU, subtest.settings.smallest_pdu_size)))
    wanted = subtest.settings.targets.long_readable
    assert wanted is not None
    octet = invoke_id_and_priority(13)
    reaction = association.request(_get(octet, wanted))
    for number in range(1, _MOST_BLOCKS + 1):
        block = reaction.value if isinstance(reaction, Reply) else None
        if not isinstance(block, GetResponseWithDatablock):
            break
        with subtest.step(f"block {number}"):
            _echoes(subtest, octet, reaction)
        if block.last_block:
            break
        following = GetRequestNext(octet, block.block_number)
        reaction = association.request(apdu(following.encode(), f"GET next {block.block_number}"))
    if not subtest.judgements:
        subtest.inapplicable(f"{wanted} does not come in blocks of {_SMALL_PDU} octets: {seen(reaction)}")


def _action_error(subtest: Trial) -> None:
    subtest.association.establish()
    octet = invoke_id_and_priority(3)
    request = ActionRequestNormal(octet, _UNKNOWN_METHOD)
    _answered(subtest, octet, apdu(request.encode(), "ACTION, unknown method"), access_error())


def _action(subtest: Trial) -> None:
    subtest.association.establish()
    targets = subtest.settings.targets
    assert targets.method is not None
    octet = invoke_id_and_priority(12, high_priority=False)
    request = ActionRequestNormal(octet, targets.method, targets.method_parameters)
    _answered(subtest, octet, apdu(request.encode(), "ACTION of the declared method"), None)


def _set(name: str) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        association = subtest.association
        association.establish()
        attribute = getattr(subtest.settings.targets, name)
        value = get(association, attribute)
        if not isinstance(value, Data):
            subtest.inconclusive(f"targets.{name}, {attribute}, could not be read: data-access-result {value}")
        octet = invoke_id_and_priority(6, high_priority=False)
        request = SetRequestNormal(octet, attribute, None, value)
        _answered(subtest, octet, apdu(request.encode(), f"SET of targets.{name} to the value that it has"), None)

    return procedure


@case(
    "X_APPL_PRIORITY",
    title="Invoke-id and priority of responses",
    clause="IEC 62056-5-3, Invoke-Id-And-Priority",
    applies=logical_names,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "every invoke-id, high priority",
        procedure="GET with each invoke-id from 0 to 15, confirmed, high priority",
        accepts=f"data; {_ECHO}",
        argument=_get_high,
    ),
    Subtest(
        2,
        "every invoke-id, normal priority",
        procedure="GET with each invoke-id from 0 to 15, confirmed, normal priority",
        accepts=f"data; {_ECHO}",
        argument=_get_normal,
    ),
    Subtest(
        3,
        "invoke-ids out of order and repeated",
        procedure=f"GET with the invoke-ids {', '.join(map(str, _OUT_OF_ORDER))}, priority by turns",
        accepts=f"data; {_ECHO}",
        argument=_out_of_order,
    ),
    Subtest(
        4,
        "GET that fails",
        procedure="GET of attribute 127 of the current association, invoke-ids 0 and 5",
        accepts=f"{access_error()}; {_ECHO}",
        argument=_get_error,
    ),
    Subtest(
        5,
        "GET with list",
        procedure="GET with a list of two attributes",
        accepts=f"data; {_ECHO}",
        applies=negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=_get_with_list,
    ),
    Subtest(
        6,
        "blocks of a long GET",
        procedure=f"GET of targets.long_readable with a small client PDU, up to {_MOST_BLOCKS} blocks",
        accepts=f"blocks; in each {_ECHO}",
        applies=negotiates(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ) & target("long_readable"),
        argument=_get_blocks,
    ),
    Subtest(
        7,
        "ACTION that fails",
        procedure="ACTION of method 127 of the current association",
        accepts=f"{access_error()}; {_ECHO}",
        applies=negotiates(ConformanceBit.ACTION),
        argument=_action_error,
    ),
    Subtest(
        8,
        "ACTION",
        procedure="ACTION of targets.method",
        accepts=f"action-response; {_ECHO}",
        applies=negotiates(ConformanceBit.ACTION) & target("method"),
        permission=Permission.WRITES,
        argument=_action,
    ),
    Subtest(
        9,
        "SET",
        procedure="SET of targets.writable to the value that it has",
        accepts=f"set-response; {_ECHO}",
        applies=negotiates(ConformanceBit.SET) & target("writable"),
        permission=Permission.WRITES,
        argument=_set("writable"),
    ),
    Subtest(
        10,
        "SET that fails",
        procedure="SET of targets.read_only to the value that it has",
        accepts=f"set-response; {_ECHO}",
        applies=negotiates(ConformanceBit.SET) & target("read_only"),
        permission=Permission.WRITES,
        argument=_set("read_only"),
    ),
)
def test_appl_priority(subtest: Trial) -> None:
    """The invoke-id, the service-class and the priority of a response are those of its request.

    Where priority management is not negotiated, the priority of the response is not judged.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _each_invoke_id(subtest: Trial, *, high_priority: bool) -> None:
    subtest.association.establish()
    for number in _INVOKE_IDS:
        octet = invoke_id_and_priority(number, high_priority=high_priority)
        with subtest.step(f"invoke-id {number}"):
            _answered(subtest, octet, _get(octet, _OWN_NAME), data())


def _get(octet: int, attribute: AttributeDescriptor) -> Stimulus:
    return apdu(GetRequestNormal(octet, attribute).encode(), f"GET, {describe(octet)}")


def _answered(subtest: Trial, octet: int, stimulus: Stimulus, expectation: Expectation | None) -> None:
    """Send a request with `octet`; the response must be an expected one and echo it."""
    reaction = subtest.association.request(stimulus)
    if expectation is not None:
        subtest.judge(reaction, expectation)
    _echoes(subtest, octet, reaction)


def _echoes(subtest: Trial, octet: int, reaction: Reaction) -> None:
    value = reaction.value if isinstance(reaction, Reply) else None
    answered: int | None = getattr(value, "invoke_id_and_priority", None)
    if answered is None:
        subtest.fail(f"no response with an invoke-id: {seen(reaction)}", reaction=reaction)
    managed = ConformanceBit.PRIORITY_MGMT_SUPPORTED in subtest.settings.conformance
    judged = INVOKE_ID | SERVICE_CLASS | (PRIORITY if managed else 0)
    name = _RESPONSES.get(reaction.tag or 0, "") if isinstance(reaction, Reply) else ""
    subtest.check(
        answered & judged == octet & judged,
        expected=f"{octet:02X}: {describe(octet)}",
        observed=f"{answered:02X}: {describe(answered)}",
        reaction=reaction,
        path=f"{name}.invoke-id-and-priority",
    )


_RESPONSES = {0xC4: "get-response", 0xC5: "set-response", 0xC7: "action-response"}
