"""Malformed requests at random: bounded, repeatable mutations of every kind of request."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from conformance.device.model import Permission, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.read import ReadRequest, ReadResponse
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import ParameterisedAccess, VariableName
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest
from conformance.harness.applicability import (
    authenticated,
    ciphered,
    logical_names,
    mechanism,
    negotiates,
    not_authenticated,
    short_names,
    target,
)
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.mutation import Mutant, length_spans, mutants
from conformance.harness.robustness import (
    ANSWER_OR_SILENCE,
    NOTHING_GIVEN,
    decoded,
    fresh_association,
    judge_rights,
    near_secrets,
    sealed_octets,
    still_alive,
    value_of,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import access_error, serves_data
from conformance.tester.association import State
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import question
from conformance.tester.rendering import render
from conformance.tester.stimulus import aarq, apdu, raw, rlrq
from conformance.tester.transfer import get, read

_MUTANTS = 20
_MOST_DRAWN = 50 * _MUTANTS
_SEED_BITS = 32
_OWN_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)
_SERVICE_SPECIFIC = (Protection.GLO, Protection.DED)
_ACCEPTS = f"each: {ANSWER_OR_SILENCE}; alive within the recovery time; no data without a right"

Message = Callable[[Trial], bytes]
Harmless = Callable[[Trial, bytes], bool]


def _inside(message: Message, harmless: Harmless | None = None) -> Callable[[Trial], None]:
    """Mutants of a service inside an association, protected as usual after they were mutated."""

    def procedure(subtest: Trial) -> None:
        octets = message(subtest)
        seed = subtest.random.getrandbits(_SEED_BITS)
        association = subtest.association
        association.establish()
        for mutant in _series(subtest, octets, seed, harmless):
            with subtest.step(str(mutant)):
                reaction = association.request(apdu(mutant.octets, "mutant"))
                subtest.judge(reaction, ANSWER_OR_SILENCE, association=association)
                judge_rights(subtest, mutant.octets, reaction)
                association = still_alive(subtest, association)

    return procedure


def _without_right(subtest: Trial) -> None:
    with subtest.step("as it is"):
        association = subtest.another()
        association.establish()
        request = apdu(_get_not_readable(subtest), "GET of targets.not_readable")
        subtest.judge(association.request(request), access_error(), association=association)
        association.close()
    _inside(_get_not_readable)(subtest)


def _writing(message: Message) -> Callable[[Trial], None]:
    """Mutants of a write; afterwards the target is given its value back."""

    def procedure(subtest: Trial) -> None:
        before = _value(subtest)
        _inside(message, _names_its_target)(subtest)
        with subtest.step("the value of before is written back"):
            association = subtest.another()
            association.establish()
            association.request(apdu(_write_of(subtest, before), "write of the value of before"))
            association.close()
            same = _value(subtest) == before
            words = "the value of before in targets.writable"
            subtest.check(same, expected=words, observed=words if same else "another value in targets.writable")

    return procedure


def _aarq(subtest: Trial) -> None:
    """Mutants of an AARQ, each on a link of its own."""
    for seed in _seeds(subtest):
        association = subtest.another()
        association.connect()
        challenge = subtest.random.randbytes(subtest.settings.challenge_octets)
        rendered = render(aarq(), association.security, association.protection, challenge)
        mutant = _one(rendered.octets, seed)
        with subtest.step(str(mutant)):
            for piece in near_secrets(mutant.octets, rendered.octets, rendered.secrets):
                association.keep_secret(piece)
            reaction = association.request(raw(mutant.octets, "mutant of the AARQ"))
            subtest.judge(reaction, ANSWER_OR_SILENCE, association=association)
            aare = value_of(reaction)
            if not isinstance(aare, Aare) or not aare.accepted:
                subtest.judge(association.request(question(association)), NOTHING_GIVEN, association=association)
            association.close()
            fresh_association(subtest).close()


def _pass_3(subtest: Trial) -> None:
    """Mutants of pass 3, each in an association of its own."""
    for seed in _seeds(subtest):
        association = subtest.another()
        association.open()
        if association.state is not State.AUTHENTICATION_PENDING:
            subtest.inconclusive("the meter does not accept the AARQ as declared")
        request = association.pass3(association.answer_to_challenge())
        mutant = _one(request.encode(), seed, _untouched(association.pass3_protection))
        with subtest.step(str(mutant)):
            stimulus = apdu(mutant.octets, "mutant of pass 3").under(association.pass3_protection)
            reaction = association.request(stimulus)
            subtest.judge(reaction, ANSWER_OR_SILENCE, association=association)
            if not _invokes_the_same(decoded(mutant.octets), request):
                proven = _succeeds(value_of(reaction))
                words = "no success of a wrong pass 3"
                subtest.check(not proven, expected=words, observed="success" if proven else words, reaction=reaction)
                subtest.judge(association.request(question(association)), NOTHING_GIVEN, association=association)
            association.close()
            fresh_association(subtest).close()


def _invokes_the_same(sent: object, request: object) -> bool:
    if isinstance(sent, ActionRequestNormal) and isinstance(request, ActionRequestNormal):
        return (sent.method, sent.parameters) == (request.method, request.parameters)
    return sent == request


def _succeeds(response: object) -> bool:
    if isinstance(response, ReadResponse):
        return any(isinstance(result, Data) for result in response.results)
    return isinstance(response, ActionResponseNormal) and response.result == 0


def _rlrq(subtest: Trial) -> None:
    seeds = _seeds(subtest)
    association = subtest.association
    association.establish()
    for seed in seeds:
        rendered = render(rlrq(), association.security, association.protection, b"")
        mutant = _one(rendered.octets, seed)
        with subtest.step(str(mutant)):
            reaction = association.request(raw(mutant.octets, "mutant of the RLRQ"))
            subtest.judge(reaction, ANSWER_OR_SILENCE, association=association)
            association = still_alive(subtest, association)


def _protected(subtest: Trial) -> None:
    """Mutants of a protected service: none whose protected octets differ may be served."""
    seeds = _seeds(subtest)
    association = subtest.association
    association.establish()
    authenticated_requests = association.security.security_control.authenticated
    for seed in seeds:
        rendered = render(question(association), association.security, association.protection, b"")
        mutant = _one(rendered.octets, seed)
        with subtest.step(str(mutant)):
            reaction = association.request(raw(mutant.octets, "mutant of a protected service"))
            subtest.judge(reaction, ANSWER_OR_SILENCE, association=association)
            if authenticated_requests and sealed_octets(rendered.octets) not in mutant.octets:
                served = serves_data(reaction)
                words = "no data for an APDU whose authentication tag is wrong"
                subtest.check(not served, expected=words, observed="data" if served else words, reaction=reaction)
            association = still_alive(subtest, association)


def _get(_subtest: Trial) -> bytes:
    return GetRequestNormal(INVOKE_ID_AND_PRIORITY, _OWN_NAME).encode()


def _get_not_readable(subtest: Trial) -> bytes:
    wanted = subtest.settings.targets.not_readable
    assert wanted is not None
    return GetRequestNormal(INVOKE_ID_AND_PRIORITY, wanted).encode()


def _get_list(subtest: Trial) -> bytes:
    third = subtest.settings.targets.not_readable or _OWN_NAME
    return GetRequestWithList(INVOKE_ID_AND_PRIORITY, ((_OWN_NAME, None), (_OWN_NAME, None), (third, None))).encode()


def _get_next(_subtest: Trial) -> bytes:
    return GetRequestNext(INVOKE_ID_AND_PRIORITY, 1).encode()


def _action(subtest: Trial) -> bytes:
    targets = subtest.settings.targets
    assert targets.method is not None
    return ActionRequestNormal(INVOKE_ID_AND_PRIORITY, targets.method, targets.method_parameters).encode()


def _read(subtest: Trial) -> bytes:
    return question(subtest.association).octets


def _write(subtest: Trial) -> bytes:
    return _write_of(subtest, _value(subtest))


def _unconfirmed_write(subtest: Trial) -> bytes:
    return UnconfirmedWriteRequest((VariableName(_short_name(subtest)),), (_value(subtest),)).encode()


def _reads_only(_subtest: Trial, octets: bytes) -> bool:
    """Not a Read with parameters, which may invoke a method."""
    request = decoded(octets)
    return not isinstance(request, ReadRequest) or not any(
        isinstance(item, ParameterisedAccess) for item in request.items
    )


def _names_its_target(subtest: Trial, octets: bytes) -> bool:
    """Whether the mutant still names the declared target, or ends before it names any: it must not write elsewhere."""
    settings = subtest.settings
    if settings.short_names:
        name = b"\x01\x02" + _short_name(subtest).to_bytes(2, "big")
        return octets[1 : 1 + len(name)] == name or len(octets) <= len(name)
    wanted = settings.targets.method if octets[:1] == b"\xc3" else settings.targets.writable
    assert wanted is not None
    descriptor = wanted.encode()
    return octets[3 : 3 + len(descriptor)] == descriptor or len(octets) < 3 + len(descriptor)


@case(
    "X_APPL_ROBUST",
    title="Random mutations of every kind of request",
    clause="IEC 62056-5-3, xDLMS APDUs; ACSE APDUs",
)
@subtests(
    Subtest(
        1,
        "AARQ without authentication",
        procedure=f"{_MUTANTS} mutants of the AARQ, each on a fresh link, then a service",
        accepts=_ACCEPTS,
        applies=not_authenticated,
        argument=_aarq,
    ),
    Subtest(
        2,
        "AARQ with authentication",
        procedure=f"{_MUTANTS} mutants of the AARQ, each on a fresh link, then a service",
        accepts=_ACCEPTS,
        applies=authenticated,
        permission=Permission.MAY_LOCK_OUT,
        argument=_aarq,
    ),
    Subtest(
        3,
        "HLS pass 3",
        procedure=f"{_MUTANTS} mutants of pass 3, each on a fresh link, then a service",
        accepts=f"{_ACCEPTS}; no association unless f(StoC) is whole",
        applies=mechanism(
            Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_GMAC, Mechanism.HLS_SHA256
        ),
        permission=Permission.MAY_LOCK_OUT,
        argument=_pass_3,
    ),
    Subtest(
        4,
        "GET",
        procedure=f"{_MUTANTS} mutants of a GET of the current association's logical_name",
        accepts=_ACCEPTS,
        applies=logical_names,
        argument=_inside(_get),
    ),
    Subtest(
        5,
        "GET without the right to",
        procedure=f"GET of targets.not_readable, then {_MUTANTS} mutants of it",
        accepts=f"{access_error()}; {_ACCEPTS}",
        applies=logical_names & target("not_readable"),
        argument=_without_right,
    ),
    Subtest(
        6,
        "GET with list",
        procedure=f"{_MUTANTS} mutants of a GET with a list of three attributes",
        accepts=_ACCEPTS,
        applies=logical_names & negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=_inside(_get_list),
    ),
    Subtest(
        7,
        "GET next",
        procedure=f"{_MUTANTS} mutants of a GET next",
        accepts=_ACCEPTS,
        applies=logical_names & negotiates(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ),
        argument=_inside(_get_next),
    ),
    Subtest(
        8,
        "SET",
        procedure=f"{_MUTANTS} mutants of a SET of targets.writable that still name it; its value is written back",
        accepts=_ACCEPTS,
        applies=logical_names & negotiates(ConformanceBit.SET) & target("writable"),
        permission=Permission.WRITES,
        argument=_writing(_write),
    ),
    Subtest(
        9,
        "ACTION",
        procedure=f"{_MUTANTS} mutants of an ACTION of targets.method that still name it",
        accepts=_ACCEPTS,
        applies=logical_names & negotiates(ConformanceBit.ACTION) & target("method"),
        permission=Permission.WRITES,
        argument=_inside(_action, _names_its_target),
    ),
    Subtest(
        10,
        "Read",
        procedure=f"{_MUTANTS} mutants of a Read of FA00",
        accepts=_ACCEPTS,
        applies=short_names,
        argument=_inside(_read, _reads_only),
    ),
    Subtest(
        11,
        "Write",
        procedure=f"{_MUTANTS} mutants of a Write of targets.writable that still name it; its value is written back",
        accepts=_ACCEPTS,
        applies=short_names & negotiates(ConformanceBit.WRITE) & target("writable"),
        permission=Permission.WRITES,
        argument=_writing(_write),
    ),
    Subtest(
        12,
        "UnconfirmedWrite",
        procedure=f"{_MUTANTS} mutants of an UnconfirmedWrite of targets.writable; its value is written back",
        accepts=_ACCEPTS,
        applies=short_names & negotiates(ConformanceBit.WRITE, ConformanceBit.UNCONFIRMED_WRITE) & target("writable"),
        permission=Permission.WRITES,
        argument=_writing(_unconfirmed_write),
    ),
    Subtest(
        13,
        "RLRQ",
        procedure=f"{_MUTANTS} mutants of the RLRQ",
        accepts=_ACCEPTS,
        argument=_rlrq,
    ),
    Subtest(
        14,
        "protected service",
        procedure=f"{_MUTANTS} mutants of a protected service, mutated after it was protected",
        accepts=f"{_ACCEPTS}; no data when protected octets differ",
        applies=ciphered,
        argument=_protected,
    ),
)
def test_appl_robust(subtest: Trial) -> None:
    """A malformed request is answered or met with silence, harms nobody, and gives away nothing.

    The mutations are drawn from the seed of the run, so that `--dlms-seed` repeats them; every step names the seed of
    its mutant and what was done to the request. Writes and methods are mutated only where they still name their target.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _seeds(subtest: Trial) -> Sequence[int]:
    """A seed for each mutant, drawn before anything that depends on the meter."""
    return [subtest.random.getrandbits(_SEED_BITS) for _ in range(_MUTANTS)]


def _series(subtest: Trial, octets: bytes, seed: int, harmless: Harmless | None) -> Iterator[Mutant]:
    """The mutants of one message that may be sent."""
    spans = length_spans(apdus.dissect(octets).root)
    drawn = mutants(octets, seed, _MOST_DRAWN, lengths=spans, untouched=_untouched(subtest.protection))
    return islice((mutant for mutant in drawn if harmless is None or harmless(subtest, mutant.octets)), _MUTANTS)


def _one(octets: bytes, seed: int, untouched: int = 0) -> Mutant:
    """The first mutant of a seed, for messages of which each is sent once."""
    return next(mutants(octets, seed, 1, lengths=length_spans(apdus.dissect(octets).root), untouched=untouched))


def _untouched(protection: Protection) -> int:
    """Octets that must stay: the tag of a service-specific ciphered APDU names the tag that it protects."""
    return 1 if protection in _SERVICE_SPECIFIC else 0


def _short_name(subtest: Trial) -> int:
    attribute = subtest.settings.targets.writable
    assert attribute is not None
    name = subtest.settings.short_name(attribute)
    if name is None:
        subtest.inapplicable(f"targets.writable, {attribute}, has no base name in the device config")
    return name


def _value(subtest: Trial) -> Data:
    """What targets.writable holds, read on a link of its own."""
    attribute = subtest.settings.targets.writable
    assert attribute is not None
    association = subtest.another()
    association.establish()
    value = read(association, _short_name(subtest)) if subtest.settings.short_names else get(association, attribute)
    association.close()
    if not isinstance(value, Data):
        subtest.inconclusive(f"targets.writable, {attribute}, could not be read: data-access-result {value}")
    return value


def _write_of(subtest: Trial, value: Data) -> bytes:
    """SET or Write of targets.writable."""
    attribute = subtest.settings.targets.writable
    assert attribute is not None
    if subtest.settings.short_names:
        return WriteRequest((VariableName(_short_name(subtest)),), (value,)).encode()
    return SetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, None, value).encode()
