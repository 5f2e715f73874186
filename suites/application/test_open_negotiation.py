"""What an association negotiates: quality of service and the conformance block."""

from collections.abc import Callable
from dataclasses import dataclass

from conformance.cosem.obis import octets_of
from conformance.device.model import Permission, Profile, Protection
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import double_long_unsigned, long_unsigned, structure
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, SelectiveAccess
from conformance.dlms.xdlms.confirmed_service_error import InitiateError
from conformance.dlms.xdlms.conformance import Conformance, ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.applicability import (
    Condition,
    always,
    logical_names,
    negotiates,
    profile,
    protections,
    short_names,
    target,
)
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED, judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.accepted_services import data_of
from conformance.tester.association import Association, PreambleFailed, State
from conformance.tester.association import describe as described
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import asked_for, question
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.stimulus import Stimulus, aarq, apdu
from conformance.tester.transfer import get, read

_RESERVED = frozenset((ConformanceBit.RESERVED_ZERO, ConformanceBit.RESERVED_SEVEN))
_DEFINED = frozenset(ConformanceBit) - _RESERVED
_SERVICES = frozenset(
    (
        ConformanceBit.READ,
        ConformanceBit.WRITE,
        ConformanceBit.UNCONFIRMED_WRITE,
        ConformanceBit.ACCESS,
        ConformanceBit.GET,
        ConformanceBit.SET,
        ConformanceBit.ACTION,
    )
)
_SHORT_PDU = 64
_INCOMPATIBLE = rejected(
    user=ServiceUserDiagnostic.NO_REASON_GIVEN, initiate_error=InitiateError.INCOMPATIBLE_CONFORMANCE
)
_SHORT_TAG = aarq(short_conformance_tag=True)


@case(
    "T_APPL_OPEN_11",
    title="xDLMS InitiateRequest: proposed-quality-of-service",
    clause="IEC 62056-5-3, xDLMS InitiateRequest",
    negative=False,
)
@subtests(
    Subtest(1, "quality of service 0", aarq(proposed_quality_of_service=0), accepted()),
    Subtest(2, "quality of service 1", aarq(proposed_quality_of_service=1), accepted()),
)
def test_appl_open_11(subtest: Trial) -> None:
    """A meter accepts a proposed quality of service, which DLMS/COSEM does not use."""
    judge_opening(subtest)


@dataclass(frozen=True, slots=True)
class Use:
    """A service or feature that is used although it was not negotiated.

    Attributes:
        left_out: bits that are not proposed.
        request: what uses them, in an association that is open; None when it cannot be made.
        in_short_pdus: the client takes short APDUs only, so that a longer value needs blocks.
    """

    left_out: Conformance
    request: Callable[[Trial, Association], Stimulus]
    in_short_pdus: bool = False


def _question(_: Trial, association: Association) -> Stimulus:
    return question(association)


def _set(subtest: Trial, association: Association) -> Stimulus:
    attribute = association.settings.targets.writable
    assert attribute is not None  # the subtest applies only where it is declared
    value = get(association, attribute)
    if not isinstance(value, Data):
        subtest.inconclusive(f"{attribute} cannot be read: data-access-result {value}; nothing can be written back")
    return apdu(SetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, None, value).encode(), "SET of the value just read")


def _action(_: Trial, association: Association) -> Stimulus:
    targets = association.settings.targets
    assert targets.method is not None  # the subtest applies only where it is declared
    request = ActionRequestNormal(INVOKE_ID_AND_PRIORITY, targets.method, targets.method_parameters)
    return apdu(request.encode(), "ACTION")


def _write(subtest: Trial, association: Association) -> Stimulus:
    attribute = association.settings.targets.writable
    name = association.settings.short_name(attribute) if attribute is not None else None
    if name is None:
        subtest.inapplicable("targets.writable has no short name")
    value = read(association, name)
    if not isinstance(value, Data):
        subtest.inconclusive(f"{name:04X} cannot be read: data-access-error {value}; nothing can be written back")
    return apdu(WriteRequest((VariableName(name),), (value,)).encode(), "Write of the value just read")


def _list(_: Trial, association: Association) -> Stimulus:
    match asked_for(association.settings):
        case VariableName() as name:
            return apdu(ReadRequest((name, name)).encode(), "Read of two names")
        case attribute:
            request = GetRequestWithList(INVOKE_ID_AND_PRIORITY, ((attribute, None), (attribute, None)))
            return apdu(request.encode(), "GET with list of two attributes")


def _selective(_: Trial, __: Association) -> Stimulus:
    entries = structure(double_long_unsigned(1), double_long_unsigned(1), long_unsigned(1), long_unsigned(0))
    attribute = AttributeDescriptor(7, octets_of("1-0:99.1.0.255"), 2)
    request = GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, SelectiveAccess(2, entries))
    return apdu(request.encode(), "GET of the first entry of load profile 1")


def _long(_: Trial, association: Association) -> Stimulus:
    attribute = association.settings.targets.long_readable
    assert attribute is not None  # the subtest applies only where it is declared
    if association.settings.short_names:
        name = association.settings.short_name(attribute)
        return apdu(ReadRequest((VariableName(name or SN_VAA_NAME),)).encode(), "Read of a long attribute")
    return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute).encode(), "GET of a long attribute")


def _general(_: Trial, association: Association) -> Stimulus:
    form = next(form for form in association.settings.protections if form.general)
    return question(association).under(Protection.GENERAL_GLO if form.dedicated else form)


def _alone(bit: ConformanceBit) -> Subtest:
    """One bit proposed alone; a server may refuse to open an association in which no service can be used."""
    expectation = accepted() if bit in _SERVICES else accepted() | tolerated(_INCOMPATIBLE)
    stimulus = aarq(proposed_conformance=frozenset((bit,)))
    return Subtest(10 + bit, f"{bit.label} alone", stimulus, expectation, applies=negotiates(bit))


def _use(
    number: int,
    title: str,
    bits: tuple[ConformanceBit, ...],
    request: Callable[[Trial, Association], Stimulus],
    applies: Condition = always,
    permission: Permission = Permission.READS,
    in_short_pdus: bool = False,
) -> Subtest:
    return Subtest(
        number,
        f"{title}, not negotiated",
        procedure=f"opens with the declared conformance without {', '.join(bit.label for bit in bits)}, uses it",
        expectation=NOT_SERVED,
        applies=negotiates(*bits) & applies,
        permission=permission,
        argument=Use(frozenset(bits), request, in_short_pdus),
    )


_declares_general = Condition(
    "a declared general protection beside glo or ded",
    lambda claim: any(form.general for form in claim.association.protections),
) & protections(Protection.GLO, Protection.DED)


@case(
    "T_APPL_OPEN_13",
    title="xDLMS InitiateRequest: proposed-conformance",
    clause="IEC 62056-5-3, xDLMS InitiateRequest, Conformance block",
)
@subtests(
    Subtest(1, "nothing proposed", aarq(proposed_conformance=frozenset()), _INCOMPATIBLE),
    Subtest(
        2,
        "every defined bit",
        procedure=str(aarq(proposed_conformance="every defined bit")),
        accepts="AARE accepted, the declared conformance",
        argument=aarq(proposed_conformance=_DEFINED),
    ),
    Subtest(
        3,
        "all 24 bits, reserved ones too",
        procedure=str(aarq(proposed_conformance="all 24 bits")),
        accepts="AARE accepted, the declared conformance; or AARE rejected (tolerated)",
        argument=aarq(proposed_conformance=frozenset(ConformanceBit)),
    ),
    Subtest(
        4,
        "tag 5F on one octet, HDLC",
        _SHORT_TAG,
        accepted() | tolerated(rejected(result=None)),
        applies=profile(Profile.HDLC),
    ),
    Subtest(
        5,
        "tag 5F on one octet, wrapper",
        _SHORT_TAG,
        rejected(result=None) | tolerated(accepted()),
        applies=profile(Profile.WRAPPER),
    ),
    *(_alone(bit) for bit in ConformanceBit),
    _use(40, "GET", (ConformanceBit.GET,), _question, logical_names),
    _use(41, "SET", (ConformanceBit.SET,), _set, target("writable"), Permission.WRITES),
    _use(42, "ACTION", (ConformanceBit.ACTION,), _action, target("method")),
    _use(43, "Read", (ConformanceBit.READ,), _question, short_names),
    _use(44, "Write", (ConformanceBit.WRITE,), _write, target("writable"), Permission.WRITES),
    _use(45, "several references in one request", (ConformanceBit.MULTIPLE_REFERENCES,), _list),
    _use(46, "selective access", (ConformanceBit.SELECTIVE_ACCESS,), _selective, negotiates(ConformanceBit.GET)),
    _use(
        47,
        "block transfer of a long reply",
        (ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ,),
        _long,
        target("long_readable"),
        in_short_pdus=True,
    ),
    _use(48, "general protection", (ConformanceBit.GENERAL_PROTECTION,), _general, _declares_general),
)
def test_appl_open_13(subtest: Trial) -> None:
    """A meter negotiates what both sides have, refuses an association with nothing in common, and keeps to the result.

    The tag of the block on one octet is allowed over the HDLC based profile, for the sake of older implementations.
    """
    argument = subtest.argument
    if isinstance(argument, Use):
        _use_without(subtest, argument)
    elif isinstance(argument, Stimulus):
        declared = accepted(conformance=subtest.settings.conformance)
        reserved = declared | tolerated(rejected(result=None))
        judge_opening(subtest, argument, declared if subtest.number == 2 else reserved)
    else:
        judge_opening(subtest)


def _use_without(subtest: Trial, use: Use) -> None:
    association = subtest.association
    names = ", ".join(sorted(bit.label for bit in use.left_out))
    with subtest.step(f"association without {names}"):
        _open_without(subtest, use, names)
    with subtest.step(f"use of {names}"):
        reaction = association.request(use.request(subtest, association))
        if use.in_short_pdus:
            _needs_blocks(subtest, reaction)
        subtest.judge(reaction)


def _open_without(subtest: Trial, use: Use, names: str) -> None:
    association = subtest.association
    left_out = use.left_out
    if use.in_short_pdus:
        # Blocks of the other kind would do.
        left_out |= {ConformanceBit.GENERAL_BLOCK_TRANSFER}
    values: dict[str, object] = {"proposed_conformance": association.settings.conformance - left_out}
    if use.in_short_pdus:
        values["client_max_receive_pdu_size"] = max(_SHORT_PDU, association.settings.smallest_pdu_size)
    either: Expectation = accepted() | _INCOMPATIBLE
    subtest.judge(association.open(aarq(**values)), either)
    if association.state is State.IDLE:
        subtest.inapplicable(f"the meter opens no association without {names}")
    if association.state is State.AUTHENTICATION_PENDING:
        answer = association.authenticate()
        proved = association.confirms_authentication(answer)
        if not proved and ConformanceBit.ACTION in use.left_out:
            subtest.inapplicable("pass 3 of HLS is an ACTION: without it the association does not come up")
        if not proved:
            raise PreambleFailed("HLS pass 3 as declared", described(answer))


def _needs_blocks(subtest: Trial, reaction: Reaction) -> None:
    """A value that fits the client's PDU says nothing of blocks."""
    short = max(_SHORT_PDU, subtest.settings.smallest_pdu_size)
    if isinstance(reaction, Reply) and data_of(reaction) is not None and len(reaction.apdu) <= short:
        subtest.inconclusive(f"targets.long_readable fits {short} octets: no block transfer is needed")
