"""High level authentication: passes 3 and 4, and the challenges of both sides."""

from conformance.device.model import Permission, Protection
from conformance.dlms.acse.enumerations import Mechanism, ServiceUserDiagnostic
from conformance.harness.applicability import dedicated_key, mechanism
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED, judge_opening, nothing_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.accepted_services import refused
from conformance.tester.association import Association
from conformance.tester.expectation import tolerated
from conformance.tester.liveness import question
from conformance.tester.stimulus import Stimulus, aarq

_CHALLENGE_OCTETS = range(8, 65)
_LEGAL_LENGTHS = (8, 16, 64)
_WRONG_LENGTHS = (7, 65)
_BLOCK_OCTETS = 16
_ASSOCIATIONS = 3
_REFUSED_LENGTH = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE) | tolerated(rejected(result=None))


def _right_answer(subtest: Trial) -> None:
    _open(subtest, subtest.association)
    _proves_itself(subtest, subtest.association)


def _wrong_answer(subtest: Trial) -> None:
    association = subtest.association
    _open(subtest, association)
    answer = bytearray(association.answer_to_challenge())
    answer[-1] ^= 0x01
    _is_refused(subtest, bytes(answer))


def _service_before_pass_3(subtest: Trial) -> None:
    association = subtest.association
    _open(subtest, association)
    subtest.judge(association.request(question(association)))


def _key_of_pass_3(subtest: Trial) -> None:
    settings = subtest.settings
    dedicated = next(form for form in settings.protections if form.dedicated)
    unicast = Protection.GENERAL_GLO if dedicated.general else Protection.GLO
    declared, other = (dedicated, unicast) if settings.pass3_key == "dedicated" else (unicast, dedicated)
    with subtest.step(f"pass 3 under {declared.value}, as declared"):
        first = subtest.another(protection=dedicated)
        _open(subtest, first)
        _proves_itself(subtest, first, declared)
        first.close()
    with subtest.step(f"pass 3 under {other.value}"):
        second = subtest.another(protection=dedicated)
        _open(subtest, second)
        subtest.judge(second.authenticate(protection=other), NOT_SERVED, association=second)
        nothing_served(subtest, second)


def _challenge_lengths(subtest: Trial) -> None:
    # A mechanism that encrypts the challenge block by block has no answer to parts of a block.
    in_blocks = subtest.settings.manufacturer_mechanism == "aes-ecb"
    for octets in _LEGAL_LENGTHS:
        if in_blocks and octets % _BLOCK_OCTETS:
            continue
        with subtest.step(f"challenge of {octets} octets"):
            association = subtest.another()
            _open(subtest, association, aarq(challenge=subtest.random.randbytes(octets)))
            _proves_itself(subtest, association)
            association.close()
    for octets in _WRONG_LENGTHS:
        with subtest.step(f"challenge of {octets} octets"):
            association = subtest.another()
            judge_opening(subtest, aarq(challenge=subtest.random.randbytes(octets)), _REFUSED_LENGTH, association)
            association.close()


def _server_challenges(subtest: Trial) -> None:
    seen: list[bytes] = []
    for number in range(1, _ASSOCIATIONS + 1):
        with subtest.step(f"association {number}"):
            association = subtest.another()
            _open(subtest, association)
            challenge = association.server_challenge
            association.close()
            _judge_challenge(subtest, challenge, seen, association.client_challenge)
        seen.append(challenge)


def _judge_challenge(subtest: Trial, challenge: bytes, seen: list[bytes], own: bytes) -> None:
    path = "aare.responding-authentication-value"
    subtest.check(
        len(challenge) in _CHALLENGE_OCTETS,
        expected="StoC of 8 to 64 octets",
        observed=f"StoC of {len(challenge)} octets",
        path=path,
    )
    again = challenge in seen
    subtest.check(
        not again,
        expected="a StoC that no earlier association had",
        observed="StoC of an earlier association again" if again else "a new StoC",
        path=path,
    )
    subtest.check(
        challenge != own,
        expected="a StoC of the server's own",
        observed="StoC is CtoS" if challenge == own else "StoC is not CtoS",
        path=path,
    )


def _earlier_answer(subtest: Trial) -> None:
    earlier = subtest.another()
    _open(subtest, earlier)
    answer = earlier.answer_to_challenge()
    earlier.close()
    association = subtest.another()
    _open(subtest, association)
    _is_refused(subtest, answer, association)


def _answer_to_own_challenge(subtest: Trial) -> None:
    association = subtest.association
    _open(subtest, association)
    _is_refused(subtest, association.answer_to_challenge(association.client_challenge))


@case(
    "T_APPL_OPEN_3",
    title="HLS passes 3 and 4",
    clause="IEC 62056-5-3, high level security authentication; IEC 62056-6-2, reply_to_HLS_authentication",
    applies=mechanism(Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_GMAC, Mechanism.HLS_SHA256),
)
@subtests(
    Subtest(
        1,
        "right f(StoC)",
        procedure="opens as declared, sends the right f(StoC)",
        accepts="the right f(CtoS)",
        argument=_right_answer,
    ),
    Subtest(
        2,
        "wrong f(StoC)",
        procedure="opens as declared, sends f(StoC) with one bit wrong, then asks for a service",
        expectation=refused(),
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong_answer,
    ),
    Subtest(
        3,
        "service before pass 3",
        procedure="opens as declared, asks for a service in place of pass 3",
        expectation=NOT_SERVED,
        argument=_service_before_pass_3,
    ),
    Subtest(
        4,
        "key of pass 3 where a dedicated key was sent",
        procedure="opens with a dedicated key, sends pass 3 under the declared key; again, under the other key",
        accepts="the declared key is accepted, the other refused",
        applies=dedicated_key,
        permission=Permission.MAY_LOCK_OUT,
        argument=_key_of_pass_3,
    ),
    Subtest(
        5,
        "lengths of CtoS",
        procedure="opens with challenges of 8, 16 and 64 octets, passes 3 and 4 included; of 7 and 65 octets",
        accepts=f"8, 16 and 64: accepted, right f(CtoS); 7 and 65: {_REFUSED_LENGTH}",
        argument=_challenge_lengths,
    ),
    Subtest(
        6,
        "StoC",
        procedure=f"opens {_ASSOCIATIONS} associations as declared",
        accepts="StoC of 8 to 64 octets, another one each time, never CtoS",
        argument=_server_challenges,
    ),
    Subtest(
        7,
        "f(StoC) of an earlier association",
        procedure="opens as declared and closes; opens again, sends the answer to the earlier StoC",
        expectation=refused(),
        permission=Permission.MAY_LOCK_OUT,
        argument=_earlier_answer,
    ),
    Subtest(
        8,
        "f(CtoS) in place of f(StoC)",
        procedure="opens as declared, answers its own challenge in place of the server's",
        expectation=refused(),
        permission=Permission.MAY_LOCK_OUT,
        argument=_answer_to_own_challenge,
    ),
)
def test_appl_open_3(subtest: Trial) -> None:
    """A meter serves a client only after the right answer to a challenge of its own, and answers the client's rightly.

    Where a dedicated key was sent, meters differ in the key that passes 3 and 4 are ciphered under: it is declared.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _open(subtest: Trial, association: Association, stimulus: Stimulus | None = None) -> None:
    """Passes 1 and 2: the AARE must accept and ask for pass 3."""
    subtest.judge(association.open(stimulus), accepted(), association=association)


def _proves_itself(subtest: Trial, association: Association, protection: Protection | None = None) -> None:
    """Passes 3 and 4 as they should be."""
    reaction = association.authenticate(protection=protection)
    fault = association.pass4_fault(reaction)
    subtest.check(
        fault is None,
        expected="action-response success with the right f(CtoS)",
        observed=fault or "f(CtoS) is right",
        reaction=reaction,
        path="action-response",
    )


def _is_refused(subtest: Trial, answer: bytes, association: Association | None = None) -> None:
    """A wrong pass 3 is refused, and the client stays outside."""
    asked = association or subtest.association
    subtest.judge(asked.authenticate(answer), association=asked)
    nothing_served(subtest, asked)
