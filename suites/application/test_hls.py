"""High level security: the four passes of each declared mechanism."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.security import gmac_reply
from conformance.harness.applicability import high_level, mechanism
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import NOT_SERVED, nothing_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted
from conformance.tester.accepted_services import refused
from conformance.tester.association import Association
from conformance.tester.stimulus import Stimulus, aarq

_LENGTHS = (8, 9, 15, 16, 17, 24, 32, 33, 48, 63, 64)
_BLOCK_OCTETS = 16
_REPLAYS = 3
_ALL_PASSES = "AARE accepted, pass 4 with the right f(CtoS), alive"
_THEN_NOTHING = f"{refused()}; then nothing is served"

Answer = Callable[[Association], bytes]

_with_secret = mechanism(Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_SHA256)
_gmac = mechanism(Mechanism.HLS_GMAC)


def _as_declared(subtest: Trial) -> None:
    _complete(subtest, subtest.association)


def _challenge_of(octets: int) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        # A mechanism that encrypts the challenge block by block has no answer to parts of a block.
        if subtest.settings.manufacturer_mechanism == "aes-ecb" and octets % _BLOCK_OCTETS:
            subtest.inapplicable(f"mechanism aes-ecb answers whole blocks of {_BLOCK_OCTETS} octets")
        _complete(subtest, subtest.association, aarq(challenge=subtest.random.randbytes(octets)))

    return procedure


def _same_client_challenge(subtest: Trial) -> None:
    challenge = subtest.random.randbytes(16)
    for number in (1, 2):
        with subtest.step(f"association {number}"):
            association = subtest.another()
            _complete(subtest, association, aarq(challenge=challenge))
            association.close()


def _refused_answer(answer: Answer) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        association = subtest.association
        _open(subtest, association)
        _is_refused(subtest, association, answer(association))

    return procedure


def _flipped(association: Association) -> bytes:
    answer = association.answer_to_challenge()
    return answer[:-1] + bytes((answer[-1] ^ 0x01,))


def _under_another_secret(association: Association) -> bytes:
    secret = association.settings.secret
    octets = secret.reveal() if secret is not None else b""
    return association.answer_to_challenge(secret=octets[:-1] + bytes((octets[-1] ^ 0x01,)))


def _gmac_under(*, encryption_key: bool, authentication_key: bool) -> Answer:
    """The GMAC of a client that has another key than the declared one."""

    def answer(association: Association) -> bytes:
        security = association.security
        right, authenticating = security.encryption_key, security.authentication_key
        return gmac_reply.reply(
            association.server_challenge,
            system_title=security.client_title,
            invocation_counter=security.next_counter(dedicated=False),
            encryption_key=_other(right) if encryption_key else right,
            authentication_key=_other(authenticating) if authentication_key else authenticating,
            security_suite=association.settings.security_suite,
        )

    return answer


def _replay(subtest: Trial) -> None:
    old: list[bytes] = []
    with subtest.step("an association as declared, its pass 3 kept"):
        first = subtest.another()
        _open(subtest, first, aarq(challenge=bytes(range(16))))
        old.append(first.answer_to_challenge())
        _proves_itself(subtest, first, old[0])
        first.close()
    for number in range(1, _REPLAYS + 1):
        with subtest.step(f"the old pass 3 in a later association, {number} of {_REPLAYS}"):
            later = subtest.another()
            _open(subtest, later, aarq(challenge=bytes(range(16))))
            _is_refused(subtest, later, old[0])
            later.close()
    with subtest.step("an association as declared"):
        _complete(subtest, subtest.another())


def _replay_on_the_same_link(subtest: Trial) -> None:
    association = subtest.association
    with subtest.step("pass 3, right"):
        _open(subtest, association)
        answer = association.answer_to_challenge()
        _proves_itself(subtest, association, answer)
    with subtest.step("released, opened again, the same pass 3"):
        association.release()
        _open(subtest, association)
        _is_refused(subtest, association, answer)


def _wrong_then_right(subtest: Trial) -> None:
    with subtest.step("a wrong pass 3"):
        association = subtest.another()
        _open(subtest, association)
        _is_refused(subtest, association, _flipped(association))
        association.close()
    with subtest.step("an association as declared"):
        _complete(subtest, subtest.another())


def _no_pass_3(subtest: Trial) -> None:
    association = subtest.association
    _open(subtest, association)
    nothing_served(subtest, association)
    nothing_served(subtest, association)


@case(
    "X_APPL_HLS",
    title="HLS: all four passes, under the declared mechanism",
    clause="IEC 62056-5-3, high level security (HLS) authentication; IEC 62056-6-2, reply_to_HLS_authentication",
    applies=high_level,
)
@subtests(
    Subtest(1, "as declared", procedure="opens, pass 3, pass 4", accepts=_ALL_PASSES, argument=_as_declared),
    *(
        Subtest(
            number,
            f"client challenge of {octets} octets",
            procedure=f"opens with a random CtoS of {octets} octets, pass 3, pass 4",
            accepts=_ALL_PASSES,
            argument=_challenge_of(octets),
        )
        for number, octets in enumerate(_LENGTHS, start=2)
    ),
    Subtest(
        13,
        "the same client challenge again",
        procedure="two associations with the same CtoS",
        accepts=f"each: {_ALL_PASSES}",
        argument=_same_client_challenge,
    ),
    Subtest(
        14,
        "f(StoC) under another secret",
        procedure="pass 3 under the declared secret with one bit inverted",
        accepts=_THEN_NOTHING,
        applies=_with_secret,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(_under_another_secret),
    ),
    Subtest(
        15,
        "GMAC under another encryption key",
        procedure="pass 3 under another key than the global unicast encryption key",
        accepts=_THEN_NOTHING,
        applies=_gmac,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(_gmac_under(encryption_key=True, authentication_key=False)),
    ),
    Subtest(
        16,
        "GMAC under another authentication key",
        procedure="pass 3 under another key than the authentication key",
        accepts=_THEN_NOTHING,
        applies=_gmac,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(_gmac_under(encryption_key=False, authentication_key=True)),
    ),
    Subtest(
        17,
        "f(StoC) with one bit wrong",
        procedure="pass 3, the last bit of f(StoC) inverted",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(_flipped),
    ),
    Subtest(
        18,
        "f(StoC) cut",
        procedure="pass 3, f(StoC) without its last octet",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(lambda association: association.answer_to_challenge()[:-1]),
    ),
    Subtest(
        19,
        "empty f(StoC)",
        procedure="pass 3 with an octet-string of no octets",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(lambda _association: b""),
    ),
    Subtest(
        20,
        "StoC sent back",
        procedure="pass 3 with StoC itself",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_refused_answer(lambda association: association.server_challenge),
    ),
    Subtest(
        21,
        "replay of pass 3",
        procedure=f"an association as declared; its f(StoC) in {_REPLAYS} later ones with the same CtoS; a last one",
        accepts=f"{_ALL_PASSES}; {_THEN_NOTHING}; {_ALL_PASSES}",
        permission=Permission.MAY_LOCK_OUT,
        argument=_replay,
    ),
    Subtest(
        22,
        "replay of pass 3 on the same link",
        procedure="an association as declared, released; opened again, the f(StoC) of before",
        accepts=f"{_ALL_PASSES}; then {_THEN_NOTHING}",
        permission=Permission.MAY_LOCK_OUT,
        argument=_replay_on_the_same_link,
    ),
    Subtest(
        23,
        "recovery after a wrong pass 3",
        procedure="pass 3 with one bit wrong; on a fresh link an association as declared",
        accepts=f"{_THEN_NOTHING}; {_ALL_PASSES}",
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong_then_right,
    ),
    Subtest(
        24,
        "services in place of pass 3",
        procedure="opens, asks for a service twice",
        accepts=str(NOT_SERVED),
        argument=_no_pass_3,
    ),
)
def test_appl_hls(subtest: Trial) -> None:
    """Both partners prove under the declared mechanism who they are, for challenges of any legal length."""
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _other(key: bytes) -> bytes:
    return key[:-1] + bytes((key[-1] ^ 0x01,))


def _open(subtest: Trial, association: Association, stimulus: Stimulus | None = None) -> None:
    """Passes 1 and 2."""
    subtest.judge(association.open(stimulus), accepted(), association=association)


def _proves_itself(subtest: Trial, association: Association, answer: bytes | None = None) -> None:
    """Passes 3 and 4 as they should be."""
    reaction = association.authenticate(answer)
    fault = association.pass4_fault(reaction)
    subtest.check(
        fault is None,
        expected="pass 4 with the right f(CtoS)",
        observed=fault or "pass 4 with the right f(CtoS)",
        reaction=reaction,
        path="action-response.return-parameters",
    )


def _complete(subtest: Trial, association: Association, stimulus: Stimulus | None = None) -> None:
    _open(subtest, association, stimulus)
    _proves_itself(subtest, association)
    subtest.alive(association)


def _is_refused(subtest: Trial, association: Association, answer: bytes) -> None:
    subtest.judge(association.authenticate(answer), NOT_SERVED, association=association)
    nothing_served(subtest, association)
