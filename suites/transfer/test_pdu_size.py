"""The length of replies around the limit: one octet less than a reply needs, as much, and one more."""

from collections.abc import Iterator

from conformance.device.model import AssociationSettings, Permission
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.action import ActionRequestWithList
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.applicability import logical_names, negotiates, short_names, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.size_judging import judge_sizes
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.block_transfer import exchange
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reply
from conformance.tester.seen import hexadecimal, seen
from conformance.tester.service_blocks import LongReply, reply_block
from conformance.tester.stimulus import Stimulus, aarq, apdu

_CLAUSE = "IEC 62056-5-3, xDLMS InitiateRequest: client-max-receive-pdu-size"
_LONGEST = 0xFFFF
_MOST_BLOCKS = 64
_OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_HEADS = {LongReply.GET: 4, LongReply.ACTION: 3, LongReply.READ: 1}
"""Octets before what a reply in blocks carries: tag, kind, invoke-id, of a normal GET the choice of the result too."""
_LIST_HEAD = 3
_RESULT_OCTETS = 2
"""Of an invocation that returns nothing."""
_INVOCATIONS = 24
"""So many results are longer than pass 4 of HLS, under every protection."""
_ASKS = "reads how long the reply is to a client that takes any, then asks again with a PDU size near it"
_ACCEPTS = "the same value, no APDU longer than the PDU size: protection and block header count"


def _around(permission: Permission = Permission.READS) -> Iterator[Subtest]:
    titles = ((-1, "one octet less than the reply needs"), (0, "as many octets as it needs"), (1, "one octet more"))
    for number, (difference, title) in enumerate(titles, 1):
        yield Subtest(number, title, procedure=_ASKS, accepts=_ACCEPTS, permission=permission, argument=difference)


def _read(subtest: Trial, association: Association, request: Stimulus, kind: LongReply, head: int) -> tuple[bytes, int]:
    """What the reply carries, joined, and the octets of its first APDU."""
    reaction = exchange.request(association, request).reaction
    first = len(reaction.apdu) if isinstance(reaction, Reply) else 0
    joined = bytearray()
    for number in range(1, _MOST_BLOCKS + 1):
        if not isinstance(reaction, Reply) or reaction.value is None:
            subtest.fail(f"{seen(reaction)} in place of a reply", reaction=reaction)
        block = reply_block(reaction)
        if block is None and number == 1:
            return reaction.plain[head:], first
        if block is None:
            subtest.fail(f"{seen(reaction)} amid a reply in blocks", reaction=reaction)
        joined += block.raw
        if block.last_block:
            break
        reaction = association.request(kind.next(number))
    return bytes(joined), first


def _judge_around(subtest: Trial, request: Stimulus, kind: LongReply, *, listed: bool = False) -> None:
    difference = subtest.argument
    assert isinstance(difference, int)
    head = _LIST_HEAD if listed else _HEADS[kind]
    with subtest.step("the reply to a client that takes APDUs of any length"):
        association = subtest.another()
        association.establish(aarq(client_max_receive_pdu_size=_LONGEST))
        whole, octets = _read(subtest, association, request, kind, head)
        association.close()
    size = octets + difference
    if not max(12, subtest.settings.smallest_pdu_size) <= size <= _LONGEST:
        subtest.inapplicable(
            f"a reply of {octets} octets leaves no PDU size near it between the smallest and {_LONGEST}"
        )
    with subtest.step(f"the reply to a client that takes {size} octets"):
        association = subtest.another()
        association.establish(aarq(client_max_receive_pdu_size=size))
        value, _ = _read(subtest, association, request, kind, head)
        subtest.check(value == whole, expected=f"{hexadecimal(whole)}", observed=f"{hexadecimal(value)}")
        judge_sizes(subtest)


@case(
    "X_PDU_SIZE_GET",
    title="PDU size: GET around the limit",
    clause=_CLAUSE,
    applies=logical_names
    & negotiates(ConformanceBit.GET, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    & target("long_readable"),
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(*_around())
def test_pdu_size_get(subtest: Trial) -> None:
    """A reply that is one octet too long for the client comes in blocks; one that fits exactly is no octet longer."""
    wanted = subtest.settings.targets.long_readable
    assert wanted is not None
    request = apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, wanted).encode(), f"GET of {wanted}")
    _judge_around(subtest, request, LongReply.GET)


@case(
    "X_PDU_SIZE_LIST",
    title="PDU size: GET with list around the limit",
    clause=_CLAUSE,
    applies=logical_names
    & negotiates(ConformanceBit.GET, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ, ConformanceBit.MULTIPLE_REFERENCES)
    & target("long_readable"),
    negative=False,
)
@subtests(*_around())
def test_pdu_size_list(subtest: Trial) -> None:
    """The count of a list and the choice of each result count like everything else in the reply."""
    wanted = subtest.settings.targets.long_readable
    assert wanted is not None
    request = GetRequestWithList(INVOKE_ID_AND_PRIORITY, ((_OWN_NAME, None), (wanted, None)))
    _judge_around(subtest, apdu(request.encode(), "GET with list"), LongReply.GET, listed=True)


@case(
    "X_PDU_SIZE_ACTION",
    title="PDU size: ACTION around the limit",
    clause=_CLAUSE,
    applies=logical_names
    & negotiates(ConformanceBit.ACTION, ConformanceBit.BLOCK_TRANSFER_WITH_ACTION, ConformanceBit.MULTIPLE_REFERENCES)
    & target("method"),
    negative=False,
)
@subtests(*_around(Permission.WRITES))
def test_pdu_size_action(subtest: Trial) -> None:
    """The results of a list of methods that is one octet too long for the client come in blocks.

    One method without harm is invoked so many times that the list of results is longer than the smallest PDU.
    """
    method = subtest.settings.targets.method
    assert method is not None
    count = max(_INVOCATIONS, subtest.settings.smallest_pdu_size // _RESULT_OCTETS)
    parameters = subtest.settings.targets.method_parameters or Data(DataType.NULL_DATA, None)
    request = ActionRequestWithList(INVOKE_ID_AND_PRIORITY, (method,) * count, (parameters,) * count)
    _judge_around(subtest, apdu(request.encode(), f"ACTION with list, {count} times {method}"), LongReply.ACTION)


@case(
    "X_PDU_SIZE_READ",
    title="PDU size: Read around the limit",
    clause=_CLAUSE,
    applies=short_names
    & negotiates(ConformanceBit.READ, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    & target("long_readable"),
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(*_around())
def test_pdu_size_read(subtest: Trial) -> None:
    """A ReadResponse that is one octet too long for the client comes in data-block-results."""
    request = ReadRequest((VariableName(_short_name(subtest, subtest.settings)),))
    _judge_around(subtest, apdu(request.encode(), "Read of targets.long_readable"), LongReply.READ)


def _short_name(subtest: Trial, settings: AssociationSettings) -> int:
    wanted = settings.targets.long_readable
    assert wanted is not None
    name = settings.short_name(wanted)
    if name is None:
        subtest.inapplicable(f"targets.long_readable, {wanted}, has no base name in the device config")
    return name
