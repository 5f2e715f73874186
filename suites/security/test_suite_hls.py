"""HLS mechanisms 6 and 7 in security suites 1 and 2: the right answer, and every wrong one."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.security.suite import suite_of
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.hls_answers import LEFT_OUT, WRONG_ORDERS, Arrange, answered, hashed_otherwise, signed_by
from conformance.harness.openings import NOT_SERVED, nothing_served
from conformance.harness.suite_conditions import curve_mechanism, ecdsa, sha256
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted
from conformance.tester.accepted_services import data_of
from conformance.tester.association import Association
from conformance.tester.reaction import Reaction
from conformance.tester.spoilt_signatures import SPOILT, form_fault, halves
from conformance.tester.stimulus import Stimulus, aarq

_CLAUSE = "IEC 62056-5-3, high level security (HLS) authentication, mechanisms 6 and 7"
_LENGTHS = (8, 33, 64)
_ASSOCIATIONS = 3
_ALL_PASSES = "AARE accepted, pass 4 with the right f(CtoS), alive"
_THEN_NOTHING = f"{NOT_SERVED}; then nothing is served"
_SPOILT_FROM = 11


def _open(subtest: Trial, association: Association, stimulus: Stimulus | None = None) -> None:
    """Passes 1 and 2."""
    subtest.judge(association.open(stimulus), accepted(), association=association)


def _proves_itself(subtest: Trial, association: Association, answer: bytes | None = None) -> bytes:
    """Passes 3 and 4 as they should be; f(CtoS)."""
    reaction = association.authenticate(answer)
    returned = data_of(reaction)
    octets: bytes = returned.value if returned is not None and isinstance(returned.value, bytes) else b""
    settings = association.settings
    if settings.mechanism is Mechanism.HLS_ECDSA and octets:
        fault = form_fault(suite_of(settings.security_suite), octets)
        _check(subtest, reaction, fault, "r and s, each as long as a coordinate")
    _check(subtest, reaction, association.pass4_fault(reaction), "pass 4 with the right f(CtoS)")
    return octets


def _check(subtest: Trial, reaction: Reaction, fault: str | None, wanted: str) -> None:
    path = "action-response.return-parameters"
    subtest.check(fault is None, expected=wanted, observed=fault or wanted, reaction=reaction, path=path)


def _complete(subtest: Trial, association: Association, stimulus: Stimulus | None = None) -> bytes:
    _open(subtest, association, stimulus)
    answer = _proves_itself(subtest, association)
    subtest.alive(association)
    return answer


def _is_refused(subtest: Trial, title: str, make: Callable[[Association], bytes]) -> None:
    with subtest.step(title):
        association = subtest.another()
        _open(subtest, association)
        subtest.judge(association.authenticate(make(association)), NOT_SERVED, association=association)
        nothing_served(subtest, association)
        association.close()


def _right(subtest: Trial) -> None:
    _complete(subtest, subtest.association)


def _lengths(subtest: Trial) -> None:
    for octets in _LENGTHS:
        with subtest.step(f"client challenge of {octets} octets"):
            association = subtest.another()
            _complete(subtest, association, aarq(challenge=subtest.random.randbytes(octets)))
            association.close()


def _arranged(ways: tuple[tuple[str, Arrange], ...]) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        for title, arrange in ways:
            _is_refused(subtest, title, lambda association, way=arrange: answered(association, way))  # type: ignore[misc]

    return procedure


def _hashed(subtest: Trial) -> None:
    for number in range(5):
        with subtest.step(f"another hash, {number + 1}"):
            association = subtest.another()
            _open(subtest, association)
            title, answer = hashed_otherwise(association)[number]
            with subtest.step(title):
                subtest.judge(association.authenticate(answer), NOT_SERVED, association=association)
            nothing_served(subtest, association)
            association.close()


def _earlier(subtest: Trial) -> None:
    challenge = subtest.random.randbytes(16)
    first = subtest.another()
    with subtest.step("an association as declared, its pass 3 kept"):
        _open(subtest, first, aarq(challenge=challenge))
        answer = first.answer_to_challenge()
        _proves_itself(subtest, first, answer)
        first.close()
    with subtest.step("the old pass 3 in a later association with the same CtoS"):
        later = subtest.another()
        _open(subtest, later, aarq(challenge=challenge))
        subtest.judge(later.authenticate(answer), NOT_SERVED, association=later)
        nothing_served(subtest, later)
        later.close()
    with subtest.step("an association as declared"):
        _complete(subtest, subtest.another())


def _numbers_of_signatures(subtest: Trial) -> None:
    """Two signatures with one r were made with one nonce: whoever sees both computes the private key."""
    suite = suite_of(subtest.settings.security_suite)
    seen: list[int] = []
    for number in range(1, _ASSOCIATIONS + 1):
        with subtest.step(f"association {number}"):
            association = subtest.another()
            r, _ = halves(suite, _complete(subtest, association)) or (0, 0)
            association.close()
            again = r in seen
            subtest.check(
                not again,
                expected="an r that no earlier signature had",
                observed="r of an earlier signature again: the private key can be computed" if again else "a new r",
                path="action-response.return-parameters",
            )
            seen.append(r)


_SUBTESTS = (
    Subtest(1, "right answer", procedure="opens, pass 3, pass 4", accepts=_ALL_PASSES, argument=_right),
    Subtest(
        2,
        "lengths of CtoS",
        procedure="opens with challenges of " + ", ".join(map(str, _LENGTHS)) + " octets, pass 3, pass 4",
        accepts=f"each: {_ALL_PASSES}",
        argument=_lengths,
    ),
    Subtest(
        3,
        "wrong order of titles and challenges",
        procedure="pass 3 over " + "; ".join(title for title, _ in WRONG_ORDERS),
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_arranged(WRONG_ORDERS),
    ),
    Subtest(
        4,
        "titles or challenges left out",
        procedure="pass 3 " + "; ".join(title for title, _ in LEFT_OUT),
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_arranged(LEFT_OUT),
    ),
    Subtest(
        5,
        "answer of an earlier association",
        procedure="an association as declared; its f(StoC) in a later one with the same CtoS; a last one as declared",
        accepts=f"{_ALL_PASSES}; {_THEN_NOTHING}; {_ALL_PASSES}",
        permission=Permission.MAY_LOCK_OUT,
        argument=_earlier,
    ),
    Subtest(
        6,
        "hashed in another way",
        procedure="pass 3 with the secret behind, without the secret, by SHA-384, cut, with an octet more",
        accepts=_THEN_NOTHING,
        applies=sha256,
        permission=Permission.MAY_LOCK_OUT,
        argument=_hashed,
    ),
    Subtest(
        7,
        "signatures of the meter",
        procedure=f"opens {_ASSOCIATIONS} associations as declared",
        accepts="signatures that do not have their r in common",
        applies=ecdsa,
        argument=_numbers_of_signatures,
    ),
    *(
        Subtest(
            number,
            spoilt.title,
            procedure=f"pass 3, {spoilt.title}",
            accepts=_THEN_NOTHING,
            applies=ecdsa,
            permission=Permission.MAY_LOCK_OUT,
            argument=lambda subtest, spoilt=spoilt: _is_refused(subtest, spoilt.title, signed_by(spoilt.make)),  # type: ignore[misc]
        )
        for number, spoilt in enumerate(SPOILT, _SPOILT_FROM)
    ),
)


@case("X_SEC_SUITE_1_HLS", title="HLS 6 and 7 in suite 1", clause=_CLAUSE, applies=curve_mechanism(1))
@subtests(*_SUBTESTS)
def test_suite_1_hls(subtest: Trial) -> None:
    """A client proves itself by the right answer of mechanism 6 or 7 alone, and the meter likewise: P-256, SHA-256.

    Mechanism 6 belongs to no suite: it is judged in a device that declares one.
    """
    _judge(subtest)


@case("X_SEC_SUITE_2_HLS", title="HLS 6 and 7 in suite 2", clause=_CLAUSE, applies=curve_mechanism(2))
@subtests(*_SUBTESTS)
def test_suite_2_hls(subtest: Trial) -> None:
    """A client proves itself by the right answer of mechanism 6 or 7 alone, and the meter likewise: P-384, SHA-384.

    Mechanism 6 hashes with SHA-256 in every suite: it is judged in a device that declares one.
    """
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
