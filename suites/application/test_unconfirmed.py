"""Unconfirmed services and unconfirmed associations: nothing comes back."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.invoke_id import invoke_id_and_priority
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest
from conformance.harness.applicability import high_level, logical_names, negotiates, short_names, target
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import rejected
from conformance.tester.accepted_services import frame_reject, link_released, refused, silence
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.high_level import ASSOCIATION_LN
from conformance.tester.liveness import question
from conformance.tester.stimulus import Stimulus, aarq, apdu
from conformance.tester.transfer import get, read

_UNCONFIRMED = invoke_id_and_priority(1, confirmed=False)
_OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_UNKNOWN_ATTRIBUTE = AttributeDescriptor(15, ASSOCIATION_LN, 127)
_UNKNOWN_METHOD = MethodDescriptor(15, ASSOCIATION_LN, 127)
_UNKNOWN_NAME = 0xFFF8
_VERSION = "initiate-request.proposed-dlms-version-number"
_UNKNOWN_CONTEXT = bytes.fromhex("60857405080163")
_TIMES = 3
_SILENCE = "silence; alive"
_NO_DATA = silence() | refused() | tolerated(frame_reject() | link_released())
"""What a confirmed service gets in an unconfirmed association, which has none."""

Request = Callable[[Trial], Stimulus]


def _get(attribute: AttributeDescriptor) -> Request:
    return lambda _: apdu(GetRequestNormal(_UNCONFIRMED, attribute).encode(), "unconfirmed GET")


def _get_list(_subtest: Trial) -> Stimulus:
    request = GetRequestWithList(_UNCONFIRMED, ((_OWN_NAME, None), (_UNKNOWN_ATTRIBUTE, None)))
    return apdu(request.encode(), "unconfirmed GET with list")


def _action_unknown(_subtest: Trial) -> Stimulus:
    return apdu(ActionRequestNormal(_UNCONFIRMED, _UNKNOWN_METHOD).encode(), "unconfirmed ACTION, unknown method")


def _action(subtest: Trial) -> Stimulus:
    targets = subtest.settings.targets
    assert targets.method is not None
    request = ActionRequestNormal(_UNCONFIRMED, targets.method, targets.method_parameters)
    return apdu(request.encode(), "unconfirmed ACTION of the declared method")


def _unknown_name(_subtest: Trial) -> Stimulus:
    request = UnconfirmedWriteRequest((VariableName(_UNKNOWN_NAME),), (null(),))
    return apdu(request.encode(), "UnconfirmedWrite of an unknown name")


def _silent(request: Request) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        association = subtest.association
        association.establish()
        for _ in range(_TIMES):
            subtest.judge(association.request(request(subtest)), silence())
            subtest.alive()

    return procedure


def _write(name: str) -> Callable[[Trial], None]:
    """An unconfirmed SET or UnconfirmedWrite of a target to the value that it has."""

    def procedure(subtest: Trial) -> None:
        association = subtest.association
        association.establish()
        before = _value(subtest, association, name)
        attribute: AttributeDescriptor = getattr(subtest.settings.targets, name)
        if subtest.settings.short_names:
            short_name = subtest.settings.short_name(attribute)
            assert short_name is not None
            octets = UnconfirmedWriteRequest((VariableName(short_name),), (before,)).encode()
        else:
            octets = SetRequestNormal(_UNCONFIRMED, attribute, None, before).encode()
        words = f"unconfirmed write of targets.{name} to the value that it has"
        subtest.judge(association.request(apdu(octets, words)), silence())
        subtest.alive()
        after = _value(subtest, association, name)
        same = after == before
        subtest.check(same, expected="the value of before", observed=f"{'the' if same else 'not the'} value of before")

    return procedure


def _association(stimulus: Stimulus, expectation: Expectation | None = None) -> Callable[[Trial], None]:
    """An AARQ that asks for no response."""

    def procedure(subtest: Trial) -> None:
        association = subtest.association
        with subtest.step("AARQ with response-allowed FALSE"):
            subtest.judge(association.open(stimulus), expectation or silence())
        with subtest.step("a confirmed service"):
            subtest.judge(association.request(question(association)), _NO_DATA)
        association.close()
        with subtest.step("a confirmed association on a fresh link"):
            fresh = subtest.another()
            fresh.establish()
            subtest.alive(fresh)

    return procedure


def _service_in_association(subtest: Trial) -> None:
    association = subtest.association
    with subtest.step("AARQ with response-allowed FALSE"):
        subtest.judge(association.open(aarq(response_allowed=False)), silence())
    with subtest.step("an unconfirmed service"):
        request = _unknown_name if subtest.settings.short_names else _get(_OWN_NAME)
        subtest.judge(association.request(request(subtest)), silence())
    association.close()
    with subtest.step("a confirmed association on a fresh link"):
        fresh = subtest.another()
        fresh.establish()
        subtest.alive(fresh)


@case(
    "X_APPL_UNCONFIRMED",
    title="Unconfirmed services and associations",
    clause="IEC 62056-5-3, Invoke-Id-And-Priority; UnconfirmedWriteRequest; InitiateRequest, response-allowed",
)
@subtests(
    Subtest(
        1,
        "unconfirmed GET",
        procedure="GET of the current association's logical_name, service-class unconfirmed",
        accepts=_SILENCE,
        applies=logical_names,
        argument=_silent(_get(_OWN_NAME)),
    ),
    Subtest(
        2,
        "unconfirmed GET that fails",
        procedure="GET of an unknown attribute, service-class unconfirmed",
        accepts=_SILENCE,
        applies=logical_names,
        argument=_silent(_get(_UNKNOWN_ATTRIBUTE)),
    ),
    Subtest(
        3,
        "unconfirmed GET with list",
        procedure="GET of a known and an unknown attribute, service-class unconfirmed",
        accepts=_SILENCE,
        applies=logical_names & negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=_silent(_get_list),
    ),
    Subtest(
        4,
        "unconfirmed ACTION that fails",
        procedure="ACTION of an unknown method, service-class unconfirmed",
        accepts=_SILENCE,
        applies=logical_names & negotiates(ConformanceBit.ACTION),
        argument=_silent(_action_unknown),
    ),
    Subtest(
        5,
        "unconfirmed ACTION",
        procedure="ACTION of targets.method, service-class unconfirmed",
        accepts=_SILENCE,
        applies=logical_names & negotiates(ConformanceBit.ACTION) & target("method"),
        permission=Permission.WRITES,
        argument=_silent(_action),
    ),
    Subtest(
        6,
        "unconfirmed SET",
        procedure="SET of targets.writable to the value that it has, service-class unconfirmed",
        accepts=f"{_SILENCE}; value unchanged",
        applies=logical_names & negotiates(ConformanceBit.SET) & target("writable"),
        permission=Permission.WRITES,
        argument=_write("writable"),
    ),
    Subtest(
        7,
        "unconfirmed SET that fails",
        procedure="SET of targets.read_only to the value that it has, service-class unconfirmed",
        accepts=f"{_SILENCE}; value unchanged",
        applies=logical_names & negotiates(ConformanceBit.SET) & target("read_only"),
        permission=Permission.WRITES,
        argument=_write("read_only"),
    ),
    Subtest(
        8,
        "UnconfirmedWrite",
        procedure="UnconfirmedWrite of targets.writable to the value that it has",
        accepts=f"{_SILENCE}; value unchanged",
        applies=short_names & negotiates(ConformanceBit.UNCONFIRMED_WRITE) & target("writable"),
        permission=Permission.WRITES,
        argument=_write("writable"),
    ),
    Subtest(
        9,
        "UnconfirmedWrite that fails",
        procedure="UnconfirmedWrite of targets.read_only to the value that it has",
        accepts=f"{_SILENCE}; value unchanged",
        applies=short_names & negotiates(ConformanceBit.UNCONFIRMED_WRITE) & target("read_only"),
        permission=Permission.WRITES,
        argument=_write("read_only"),
    ),
    Subtest(
        10,
        "UnconfirmedWrite of an unknown name",
        procedure=f"UnconfirmedWrite of {_UNKNOWN_NAME:04X}",
        accepts=_SILENCE,
        applies=short_names & negotiates(ConformanceBit.UNCONFIRMED_WRITE),
        permission=Permission.WRITES,
        argument=_silent(_unknown_name),
    ),
    Subtest(
        11,
        "unconfirmed association",
        procedure="AARQ with response-allowed FALSE, a confirmed service; on a fresh link a confirmed association",
        accepts=f"silence; {_NO_DATA}; alive",
        argument=_association(aarq(response_allowed=False)),
    ),
    Subtest(
        12,
        "unconfirmed service in an unconfirmed association",
        procedure="AARQ with response-allowed FALSE, an unconfirmed service; on a fresh link a confirmed association",
        accepts="silence; silence; alive",
        # Passes 3 and 4 are confirmed services: there is no unconfirmed association with HLS.
        applies=~high_level,
        argument=_service_in_association,
    ),
    Subtest(
        13,
        "unconfirmed association with DLMS version 0",
        procedure="AARQ with response-allowed FALSE and version 0, a confirmed service; a confirmed association",
        accepts=f"silence; {_NO_DATA}; alive",
        argument=_association(aarq(response_allowed=False).altered(_VERSION, "00")),
    ),
    Subtest(
        14,
        "unconfirmed association with an unknown context",
        procedure="AARQ with response-allowed FALSE and an unknown context, a service; a confirmed association",
        accepts=f"silence or AARE rejected; {_NO_DATA}; alive",
        argument=_association(
            aarq(response_allowed=False, application_context_name=_UNKNOWN_CONTEXT), silence() | rejected(result=None)
        ),
    ),
)
def test_appl_unconfirmed(subtest: Trial) -> None:
    """What is sent as unconfirmed gets no response, neither a result nor an error, and the meter goes on serving."""
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _value(subtest: Trial, association: Association, name: str) -> Data:
    attribute: AttributeDescriptor = getattr(subtest.settings.targets, name)
    if subtest.settings.short_names:
        short_name = subtest.settings.short_name(attribute)
        if short_name is None:
            subtest.inapplicable(f"targets.{name}, {attribute}, has no base name in the device config")
        value = read(association, short_name)
    else:
        value = get(association, attribute)
    if not isinstance(value, Data):
        subtest.inconclusive(f"targets.{name}, {attribute}, could not be read: data-access-result {value}")
    return value
