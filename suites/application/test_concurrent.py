"""Several clients at once: their associations have nothing to do with each other."""

from collections.abc import Callable, Iterator

from conformance.device.model import AssociationSettings
from conformance.dlms.acse.enumerations import AssociationResult
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetResponseNormal, GetResponseWithDatablock
from conformance.harness.applicability import (
    Claim,
    Condition,
    another_client,
    another_logical_device,
    logical_names,
    negotiates,
    other_clients,
    other_logical_devices,
    target,
)
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.association import Association, PreambleFailed, State, describe
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, aarq, apdu
from conformance.tester.transfer import TransferFailed, get

_TURNS = 6
_PDU = 256
_MOST_BLOCKS = 1000
_PARTNERS = AttributeDescriptor(15, ASSOCIATION_LN, 3)
_VERSION = "initiate-request.proposed-dlms-version-number"
_BLOCKS = ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ
_EACH_ITS_OWN = "each is served, by its own association"

Others = Callable[[Claim], tuple[AssociationSettings, ...]]
Opening = Callable[[AssociationSettings], Stimulus]


def _long_get(claim: Claim) -> tuple[AssociationSettings, ...]:
    """The other clients of the logical device that fetch long attributes by GET."""
    return tuple(
        item
        for item in other_clients(claim)
        if item.targets.long_readable is not None and not item.short_names and _BLOCKS in item.conformance
    )


_another_long_get = Condition(
    "a second client of the logical device with targets.long_readable and block transfer",
    lambda claim: bool(_long_get(claim)),
)
_anybody_else = Condition(
    "a second declared association", lambda claim: bool(other_clients(claim) or other_logical_devices(claim))
)


def _anybody(claim: Claim) -> tuple[AssociationSettings, ...]:
    return other_clients(claim) or other_logical_devices(claim)


def _by_turns(others: Others) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        first, second = _both(subtest, others)
        for turn in range(1, _TURNS + 1):
            with subtest.step(f"turn {turn}"):
                for association in (first, second):
                    subtest.alive(association)
                    _is_its_own(subtest, association)

    return procedure


def _requests_overlap(subtest: Trial) -> None:
    first, second = _both(subtest, _anybody)
    for turn in range(1, _TURNS + 1):
        with subtest.step(f"two requests, then two replies, {turn} of {_TURNS}"):
            first.notify(question(first))
            second.notify(question(second))
            order = (second, first) if turn % 2 else (first, second)
            for association in order:
                subtest.judge(association.receive(), ALIVE, association=association)


def _release_of_one(subtest: Trial) -> None:
    first, second = _both(subtest, _anybody)
    with subtest.step("the second releases"):
        second.release()
    with subtest.step("the first is served, the second is not"):
        subtest.alive(first)
        subtest.judge(second.request(question(second)), NOT_SERVED, association=second)
        subtest.alive(first)


def _drop_of_one(subtest: Trial) -> None:
    first, second = _both(subtest, _anybody)
    with subtest.step("the link of the second is dropped"):
        second.drop()
    with subtest.step("the first is served"):
        subtest.alive(first)
    with subtest.step("the second opens again"):
        again = _beside(subtest, second.settings.name, first)
        subtest.alive(again)
        subtest.alive(first)


def _rejection_of_one(subtest: Trial) -> None:
    first, second = _both(subtest, _anybody)
    with subtest.step("the second releases and proposes DLMS version 0"):
        second.release()
        subtest.judge(second.open(aarq().altered(_VERSION, "00")), rejected(result=None), association=second)
    with subtest.step("the first is served"):
        subtest.alive(first)


def _long_transfers(subtest: Trial) -> None:
    octets = max(_PDU, *(settings.smallest_pdu_size for settings in subtest.bench.device.associations))

    def by_get_next(settings: AssociationSettings) -> Stimulus:
        # The case takes the blocks one by one itself, which those of general-block-transfer are not made for.
        proposed = settings.conformance - {ConformanceBit.GENERAL_BLOCK_TRANSFER}
        return aarq(client_max_receive_pdu_size=octets, proposed_conformance=proposed)

    first, second = _both(subtest, _long_get, by_get_next)
    alone = []
    for association in (first, second):
        with subtest.step(f"{association.settings.name} alone"):
            alone.append(_alone(subtest, association))
    transfers = [_blocks(first), _blocks(second)]
    joined = [bytearray(), bytearray()]
    with subtest.step("both, a block of the one after a block of the other"):
        try:
            _join_by_turns(transfers, joined)
        except TransferFailed as failed:
            subtest.fail(f"served alone, but not while another client is: {failed}", reaction=failed.reaction)
    for association, octets, value in zip((first, second), joined, alone, strict=True):
        same = bytes(octets) == codec.encode(value)
        subtest.check(
            same,
            expected=f"{association.settings.name}: the value that was read alone",
            observed=f"{association.settings.name}: {'the same' if same else 'another'} value, {len(octets)} octets",
            path="get-response.result",
        )


def _same_client_twice(subtest: Trial) -> None:
    first = subtest.association
    first.establish()
    second = subtest.another()
    with subtest.step("the same client on a second link"):
        try:
            second.establish()
        except (PreambleFailed, LinkError) as refused:
            accepted_twice, observed = False, f"refused: {refused}"
        else:
            accepted_twice, observed = True, "accepted"
        subtest.check(True, expected="accepted or refused", observed=observed)
    with subtest.step("the first is served, or has ended when the second was accepted"):
        subtest.judge(first.request(question(first)), ALIVE | NOT_SERVED if accepted_twice else ALIVE)
        if accepted_twice:
            subtest.alive(second)
    with subtest.step("both links closed: the client opens again"):
        second.close()
        first.close()
        third = subtest.another()
        third.establish()
        subtest.alive(third)


@case(
    "X_APPL_CONCURRENT",
    title="Two clients at the same time",
    clause="IEC 62056-5-3, application associations; ACSE",
)
@subtests(
    Subtest(
        1,
        "two clients of one logical device by turns",
        procedure=f"both open on links of their own; services by turns, {_TURNS} times",
        accepts=_EACH_ITS_OWN,
        applies=another_client,
        argument=_by_turns(other_clients),
    ),
    Subtest(
        2,
        "clients of two logical devices by turns",
        procedure=f"both open on links of their own; services by turns, {_TURNS} times",
        accepts=_EACH_ITS_OWN,
        applies=another_logical_device,
        argument=_by_turns(other_logical_devices),
    ),
    Subtest(
        3,
        "requests that overlap",
        procedure="both send a request before either reads its reply",
        accepts=_EACH_ITS_OWN,
        applies=_anybody_else,
        argument=_requests_overlap,
    ),
    Subtest(
        4,
        "release of one",
        procedure="both open; the second releases; services of both",
        accepts=f"the first is served; the second: {NOT_SERVED}",
        applies=_anybody_else,
        argument=_release_of_one,
    ),
    Subtest(
        5,
        "link of one dropped",
        procedure="both open; the link of the second is closed without a word; it opens again",
        accepts="the first is served throughout; the second after it has opened again",
        applies=_anybody_else,
        argument=_drop_of_one,
    ),
    Subtest(
        6,
        "rejection of one",
        procedure="both open; the second releases and proposes DLMS version 0",
        accepts="the second is rejected; the first is served",
        applies=_anybody_else,
        argument=_rejection_of_one,
    ),
    Subtest(
        7,
        "long transfers at the same time",
        procedure="GET of targets.long_readable by both, a block of the one after a block of the other",
        accepts="the values that each reads alone",
        applies=logical_names & negotiates(_BLOCKS) & target("long_readable") & _another_long_get,
        argument=_long_transfers,
    ),
    Subtest(
        8,
        "the same client on two links",
        procedure="opens as declared on a second link while the first is open; closes both; opens again",
        accepts="the second is accepted or refused; the first is served, or ended in its favour; the last is served",
        argument=_same_client_twice,
    ),
)
def test_appl_concurrent(subtest: Trial) -> None:
    """What one client does, and how its association or its link ends, has no effect on the association of another.

    No meter has to take two links at a time. One that refuses the second link, or rejects the second client as
    transient, is asked whether it still serves the first, and the subtest is reported as not applicable.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _both(subtest: Trial, others: Others, opening: Opening | None = None) -> tuple[Association, Association]:
    """The item's own client and the first of `others`, each associated on a link of its own."""
    claim = Claim(subtest.bench.device, subtest.settings, subtest.protection)
    first = subtest.association
    with subtest.step(f"{first.settings.name} opens"):
        first.establish(None if opening is None else opening(first.settings))
    name = others(claim)[0].name
    with subtest.step(f"{name} opens on a link of its own"):
        second = _beside(subtest, name, first, opening)
    return first, second


def _beside(subtest: Trial, name: str, first: Association, opening: Opening | None = None) -> Association:
    """A further client, associated while `first` is."""
    second = subtest.another(name)
    try:
        reaction = second.open(None if opening is None else opening(second.settings))
    except (PreambleFailed, LinkError) as refused:
        subtest.alive(first)
        subtest.inapplicable(f"the meter takes one link at a time: {refused}")
    if second.aare is not None and second.aare.result == AssociationResult.REJECTED_TRANSIENT:
        subtest.alive(first)
        subtest.inapplicable(f"the meter takes one client at a time: {describe(reaction)}")
    subtest.judge(reaction, accepted(), association=second)
    if second.state is State.AUTHENTICATION_PENDING:
        answer = second.authenticate()
        fault = second.pass4_fault(answer)
        words = "pass 4 with the right f(CtoS)"
        subtest.check(fault is None, expected=words, observed=fault or words, reaction=answer)
    return second


def _is_its_own(subtest: Trial, association: Association) -> None:
    """Judge that the current association names this client and this logical device, where it may be read."""
    settings = association.settings
    if settings.short_names or ConformanceBit.GET not in settings.conformance:
        return
    reaction = association.request(
        apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, _PARTNERS).encode(), "GET of associated_partners_id")
    )
    value = reaction.value if isinstance(reaction, Reply) else None
    if not isinstance(value, GetResponseNormal) or not isinstance(value.result, Data):
        return
    expected = (settings.client_sap, settings.logical_device)
    partners = tuple(item.value if isinstance(item, Data) else item for item in value.result.value)
    subtest.check(
        partners == expected,
        expected=f"client SAP {expected[0]}, server SAP {expected[1]}",
        observed=f"associated_partners_id {partners}",
        reaction=reaction,
        path="get-response.result",
    )


def _join_by_turns(transfers: list[Iterator[bytes]], joined: list[bytearray]) -> None:
    running = list(range(len(transfers)))
    while running:
        for index in tuple(running):
            block = next(transfers[index], None)
            if block is None:
                running.remove(index)
            else:
                joined[index] += block


def _alone(subtest: Trial, association: Association) -> Data:
    wanted = association.settings.targets.long_readable
    assert wanted is not None
    try:
        value = get(association, wanted)
    except TransferFailed as failed:
        subtest.inconclusive(f"{wanted} could not be read by {association.settings.name} alone: {failed}")
    if not isinstance(value, Data):
        subtest.inconclusive(f"{wanted} is not served to {association.settings.name}: data-access-result {value}")
    return value


def _blocks(association: Association) -> Iterator[bytes]:
    """The raw-data of the blocks of targets.long_readable, each asked for when it is taken.

    Raises:
        TransferFailed: the meter sends something else, or more blocks than any object list has.
    """
    wanted = association.settings.targets.long_readable
    assert wanted is not None
    stimulus = apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, wanted).encode(), "GET")
    for expected in range(1, _MOST_BLOCKS + 1):
        reaction = association.request(stimulus)
        match reaction.value if isinstance(reaction, Reply) else None:
            case GetResponseNormal(result=Data() as result) if expected == 1:
                yield codec.encode(result)
                return
            case GetResponseWithDatablock(last_block=last, block_number=number, result=bytes() as block):
                if number != expected:
                    raise TransferFailed(f"block number {number}, expected {expected}", reaction)
                yield block
                if last:
                    return
            case _:
                raise TransferFailed(f"no block {expected}: {seen(reaction)}", reaction)
        stimulus = apdu(GetRequestNext(INVOKE_ID_AND_PRIORITY, expected).encode(), f"GET next {expected}")
    raise TransferFailed(f"{_MOST_BLOCKS} blocks without a last one", reaction)
