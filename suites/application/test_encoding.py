"""The encoding of every response: BER of ACSE, A-XDR of xDLMS."""

from collections.abc import Callable

from conformance.cosem.names import CLOCK
from conformance.device.model import Permission
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import AssociationResult
from conformance.dlms.acse.release import Rlre
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.initiate import SN_VAA_NAME, InitiateResponse
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.applicability import high_level, logical_names, negotiates, short_names, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import silence
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu, tolerated
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import hexadecimal
from conformance.tester.stimulus import Stimulus, aarq, apdu, raw, rlrq
from conformance.tester.transfer import get, read

_OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_UNKNOWN_ATTRIBUTE = AttributeDescriptor(15, ASSOCIATION_LN, 127)
_UNKNOWN_METHOD = MethodDescriptor(15, ASSOCIATION_LN, 127)
_TIME = AttributeDescriptor(8, CLOCK, 2)
_UNKNOWN_NAME = 0xFFF8
_SMALL_PDU = 128
_BLOCKS = ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ
_VERSION = "initiate-request.proposed-dlms-version-number"
_UNKNOWN_CONTEXT = bytes.fromhex("60857405080163")

Request = Callable[[Trial], Stimulus]


def _match(reaction: Reaction, _situation: Situation) -> Mismatch | None:
    mismatch = no_apdu(reaction, "an APDU")
    if mismatch is not None:
        return mismatch
    assert isinstance(reaction, Reply)
    deviations = [*reaction.deviations, *_deviations(reaction.apdu), *_deviations(reaction.initiate_plain)]
    if deviations:
        return Mismatch("; ".join(str(item) for item in dict.fromkeys(deviations)), deviations[0].path, closeness=3)
    if isinstance(reaction.value, Aare):
        return _aare_mismatch(reaction, reaction.value)
    return None


def _aare_mismatch(reply: Reply, aare: Aare) -> Mismatch | None:
    if reply.initiate_error is not None:
        return Mismatch(f"user-information is not readable: {reply.initiate_error}", "aare.user-information", 4)
    if aare.encode() != reply.plain:
        reason = f"{hexadecimal(reply.plain)} encodes anew as {hexadecimal(aare.encode())}"
        return Mismatch(reason, "aare", closeness=4)
    initiate = reply.initiate
    if isinstance(initiate, InitiateResponse) and initiate.encode() != reply.initiate_plain:
        reason = f"{hexadecimal(reply.initiate_plain)} encodes anew as {hexadecimal(initiate.encode())}"
        return Mismatch(reason, "initiate-response", closeness=4)
    return None


def _deviations(octets: bytes) -> list[Deviation]:
    """What is illegal but readable in an APDU as it was received; one that does not decode is told elsewhere."""
    found: list[Deviation] = []
    if octets:
        try:
            apdus.decode(octets, deviations=found)
        except DecodeError:
            return []
    return found


LEGAL: Expectation = expectation("an APDU that is encoded by the rules", _match)
_OR_SILENT = LEGAL | tolerated(silence())


def _accepted(subtest: Trial) -> None:
    association = subtest.association
    subtest.judge(association.open(), LEGAL)
    if association.aare is None or association.aare.result != AssociationResult.ACCEPTED:
        subtest.inconclusive("the meter does not accept the association as declared")


def _rejected(subtest: Trial) -> None:
    association = subtest.association
    subtest.judge(association.open(subtest.stimulus), LEGAL)
    if association.aare is not None and association.aare.result == AssociationResult.ACCEPTED:
        subtest.inapplicable("the meter accepts the association")


def _pass_4(subtest: Trial) -> None:
    association = subtest.association
    association.open()
    subtest.judge(association.authenticate(), LEGAL)


def _release(stimulus: Stimulus) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        association = subtest.association
        association.establish()
        reaction = association.release(stimulus)
        subtest.judge(reaction, LEGAL)
        information = reaction.value.user_information if isinstance(_reply(reaction), Rlre) else None
        if information:
            _judge_information(subtest, association, reaction, information)

    return procedure


def _service(request: Request) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        subtest.association.establish()
        subtest.judge(subtest.association.request(request(subtest)))

    return procedure


def _transfer(subtest: Trial) -> None:
    """A long GET, block by block: the reader of the transfer judges blocks, so each is judged as it comes."""
    association = subtest.association
    association.establish(aarq(client_max_receive_pdu_size=max(_SMALL_PDU, subtest.settings.smallest_pdu_size)))
    wanted = subtest.settings.targets.long_readable
    assert wanted is not None
    request = apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, wanted).encode(), "GET of targets.long_readable")
    subtest.judge(association.request(request), LEGAL)
    following = apdu(f"C002{INVOKE_ID_AND_PRIORITY:02X}00000001", "GET next 1")
    subtest.judge(association.request(following), LEGAL)


def _get(attribute: AttributeDescriptor, words: str) -> Request:
    stimulus = apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute).encode(), words)
    return lambda _: stimulus


def _get_readable(subtest: Trial) -> Stimulus:
    wanted = subtest.settings.targets.readable
    assert wanted is not None
    return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, wanted).encode(), "GET of targets.readable")


def _get_list(_subtest: Trial) -> Stimulus:
    request = GetRequestWithList(INVOKE_ID_AND_PRIORITY, ((_OWN_NAME, None), (_UNKNOWN_ATTRIBUTE, None)))
    return apdu(request.encode(), "GET with list")


def _action(_subtest: Trial) -> Stimulus:
    return apdu(ActionRequestNormal(INVOKE_ID_AND_PRIORITY, _UNKNOWN_METHOD).encode(), "ACTION, unknown method")


def _write(name: str) -> Request:
    def request(subtest: Trial) -> Stimulus:
        attribute: AttributeDescriptor = getattr(subtest.settings.targets, name)
        words = f"write of targets.{name} to the value that it has"
        if not subtest.settings.short_names:
            own = _data(subtest, get(subtest.association, attribute))
            return apdu(SetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, None, own).encode(), words)
        short_name = subtest.settings.short_name(attribute)
        if short_name is None:
            subtest.inapplicable(f"targets.{name}, {attribute}, has no base name in the device config")
        value = read(subtest.association, short_name)
        return apdu(WriteRequest((VariableName(short_name),), (_data(subtest, value),)).encode(), words)

    return request


def _read_names(*names: int) -> Request:
    stimulus = apdu(ReadRequest(tuple(VariableName(name) for name in names)).encode(), "Read")
    return lambda _: stimulus


def _unknown_tag(_subtest: Trial) -> Stimulus:
    return raw("FE0102", "octets with a tag of no APDU")


def _foreign_service(_subtest: Trial) -> Stimulus:
    return raw(GetRequestNormal(INVOKE_ID_AND_PRIORITY, _OWN_NAME).encode(), "GET in an association with short names")


@case(
    "X_APPL_ENCODING",
    title="Encoding of AARE, RLRE and of every kind of response",
    clause="IEC 62056-5-3, ACSE APDUs; xDLMS APDUs",
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(1, "AARE that accepts", aarq(), LEGAL, argument=_accepted),
    Subtest(2, "AARE that rejects DLMS version 0", aarq().altered(_VERSION, "00"), LEGAL, argument=_rejected),
    Subtest(
        3,
        "AARE that rejects an unknown application context",
        aarq(application_context_name=_UNKNOWN_CONTEXT),
        LEGAL,
        argument=_rejected,
    ),
    Subtest(4, "AARE that rejects a protocol version", aarq(protocol_version="010001"), LEGAL, argument=_rejected),
    Subtest(5, "pass 4 of HLS", None, LEGAL, procedure="pass 3 as declared", applies=high_level, argument=_pass_4),
    Subtest(6, "RLRE", rlrq(), LEGAL, argument=_release(rlrq())),
    Subtest(7, "RLRE to an RLRQ without reason", rlrq(reason=None), LEGAL, argument=_release(rlrq(reason=None))),
    Subtest(
        8,
        "data",
        None,
        LEGAL,
        procedure="GET of targets.readable",
        applies=logical_names & target("readable"),
        argument=_service(_get_readable),
    ),
    Subtest(
        9,
        "time of the clock",
        None,
        LEGAL,
        procedure="GET of the clock's time",
        applies=logical_names,
        argument=_service(_get(_TIME, "GET of the clock's time")),
    ),
    Subtest(
        10,
        "error of GET",
        None,
        LEGAL,
        procedure="GET of an unknown attribute",
        applies=logical_names,
        argument=_service(_get(_UNKNOWN_ATTRIBUTE, "GET of an unknown attribute")),
    ),
    Subtest(
        11,
        "list of results",
        None,
        LEGAL,
        procedure="GET of a known and an unknown attribute in one list",
        applies=logical_names & negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=_service(_get_list),
    ),
    Subtest(
        12,
        "blocks",
        None,
        LEGAL,
        procedure="GET of targets.long_readable with a small client PDU, two blocks",
        applies=negotiates(ConformanceBit.GET, _BLOCKS) & target("long_readable"),
        argument=_transfer,
    ),
    Subtest(
        13,
        "error of ACTION",
        None,
        LEGAL,
        procedure="ACTION of an unknown method",
        applies=logical_names & negotiates(ConformanceBit.ACTION),
        argument=_service(_action),
    ),
    Subtest(
        14,
        "success of a write",
        None,
        LEGAL,
        procedure="SET or Write of targets.writable to the value that it has",
        applies=target("writable"),
        permission=Permission.WRITES,
        argument=_service(_write("writable")),
    ),
    Subtest(
        15,
        "error of a write",
        None,
        LEGAL,
        procedure="SET or Write of targets.read_only to the value that it has",
        applies=target("read_only"),
        permission=Permission.WRITES,
        argument=_service(_write("read_only")),
    ),
    Subtest(
        16,
        "data of Read",
        None,
        LEGAL,
        procedure="Read of FA00",
        applies=short_names,
        argument=_service(_read_names(SN_VAA_NAME)),
    ),
    Subtest(
        17,
        "error of Read",
        None,
        LEGAL,
        procedure=f"Read of {_UNKNOWN_NAME:04X}",
        applies=short_names,
        argument=_service(_read_names(_UNKNOWN_NAME)),
    ),
    Subtest(
        18,
        "list of Read",
        None,
        LEGAL,
        procedure=f"Read of FA00 and {_UNKNOWN_NAME:04X}",
        applies=short_names & negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=_service(_read_names(SN_VAA_NAME, _UNKNOWN_NAME)),
    ),
    Subtest(
        19,
        "refusal of an unknown tag",
        None,
        _OR_SILENT,
        procedure="octets with a tag of no APDU",
        argument=_service(_unknown_tag),
    ),
    Subtest(
        20,
        "refusal of a service with logical names",
        None,
        _OR_SILENT,
        procedure="GET in an association with short names",
        applies=short_names,
        argument=_service(_foreign_service),
    ),
)
def test_appl_encoding(subtest: Trial) -> None:
    """Every response has its components once, known and in order, its lengths minimal, and nothing behind it.

    BER alone would allow lengths that are longer than they need be; a meter that sends them is told all the same, for
    implementations that take fixed offsets fail on them. An AARE that is read and encoded anew gives the same octets,
    and one that rejects carries no InitiateResponse.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _reply(reaction: Reaction) -> object:
    return reaction.value if isinstance(reaction, Reply) else None


def _data(subtest: Trial, value: Data | int) -> Data:
    if not isinstance(value, Data):
        subtest.inconclusive(f"the value could not be read: data-access-result {value}")
    return value


def _judge_information(subtest: Trial, association: Association, reaction: Reaction, octets: bytes) -> None:
    """The user-information of an RLRE: an InitiateResponse, protected where the association is ciphered."""
    plain, protected = association.security.open(octets)
    fault = "" if protected is None or protected.error is None else f"it does not open: {protected.error}"
    found: list[Deviation] = []
    if not fault:
        try:
            value = apdus.decode(plain, deviations=found)
            fault = "" if isinstance(value, InitiateResponse) else f"it is no InitiateResponse: {hexadecimal(plain)}"
        except DecodeError as error:
            fault = f"it does not decode: {error}"
    fault = fault or "; ".join(str(item) for item in found)
    subtest.check(
        not fault,
        expected="user-information with an InitiateResponse that is encoded by the rules",
        observed=fault or "an InitiateResponse",
        reaction=reaction,
        path="rlre.user-information",
    )
