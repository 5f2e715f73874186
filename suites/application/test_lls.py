"""Low level security: the password in the AARQ."""

from collections.abc import Callable

from conformance.device.model import Device, Permission
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.harness.applicability import low_level
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import judge_opening, nothing_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.association import Association
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq

_LONG_OCTETS = 100
_WRONG_IN_A_ROW = 5
_FAILURE = ServiceUserDiagnostic.AUTHENTICATION_FAILURE
_REFUSED = rejected(user=_FAILURE) | tolerated(
    rejected(result=None, user=_FAILURE) | rejected(result=None, user=ServiceUserDiagnostic.NO_REASON_GIVEN)
)
_THEN_NOTHING = f"{_REFUSED}; then nothing is served"

Alteration = Callable[[Trial, bytes], bytes]


def _last_bit(_subtest: Trial, password: bytes) -> bytes:
    return password[:-1] + bytes((password[-1] ^ 0x01,))


def _other_of_equal_length(subtest: Trial, password: bytes) -> bytes:
    other = subtest.random.randbytes(len(password))
    return other if other != password else _last_bit(subtest, password)


def _long(subtest: Trial, password: bytes) -> bytes:
    return password + subtest.random.randbytes(_LONG_OCTETS - len(password))


def _right(subtest: Trial) -> None:
    _opens(subtest, subtest.association)


def _wrong(alteration: Alteration) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        judge_opening(subtest, aarq(secret=alteration(subtest, _password(subtest))), _REFUSED)

    return procedure


def _recovery_on_the_same_link(subtest: Trial) -> None:
    association = subtest.association
    with subtest.step("wrong password"):
        judge_opening(subtest, aarq(secret=_last_bit(subtest, _password(subtest))), _REFUSED)
    with subtest.step("right password, on the same link"):
        _opens(subtest, association)


def _recovery_time_s(device: Device) -> float:
    return device.timing.recovery_time_s


def _recovery_on_a_fresh_link(subtest: Trial) -> None:
    for number in range(1, _WRONG_IN_A_ROW + 1):
        with subtest.step(f"wrong password, {number} of {_WRONG_IN_A_ROW}"):
            association = subtest.another()
            password = _other_of_equal_length(subtest, _password(subtest))
            judge_opening(subtest, aarq(secret=password), _REFUSED, association)
            association.close()
    with subtest.step("right password, when the declared recovery time has passed"):
        subtest.wait(_recovery_time_s(subtest.bench.device), "the declared recovery time")
        last = subtest.another()
        _opens(subtest, last)


def _service_and_wrong_password_by_turns(subtest: Trial) -> None:
    association = subtest.association
    with subtest.step("right password, then released"):
        _opens(subtest, association)
        association.release()
    with subtest.step("wrong password on the link of an association that was served"):
        judge_opening(subtest, aarq(secret=b""), _REFUSED)
        nothing_served(subtest, association)


@case(
    "X_APPL_LLS",
    title="LLS: right and wrong passwords",
    clause="IEC 62056-5-3, low level security (LLS) authentication; ACSE AARQ",
    applies=low_level,
)
@subtests(
    Subtest(
        1,
        "right password",
        procedure="opens as declared",
        accepts="AARE accepted; alive",
        argument=_right,
    ),
    Subtest(
        2,
        "password with one bit wrong",
        procedure="AARQ, last bit of the password inverted; then a service",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong(_last_bit),
    ),
    Subtest(
        3,
        "another password of the same length",
        procedure="AARQ with a random password; then a service",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong(_other_of_equal_length),
    ),
    Subtest(
        4,
        "empty password",
        procedure="AARQ with a password of no octets; then a service",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong(lambda _subtest, _password: b""),
    ),
    Subtest(
        5,
        "password of 100 octets",
        procedure=f"AARQ with the password, followed by random octets, {_LONG_OCTETS} in all; then a service",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong(_long),
    ),
    Subtest(
        6,
        "beginning of the password",
        procedure="AARQ with the password without its last octet; then a service",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong(lambda _subtest, password: password[:-1]),
    ),
    Subtest(
        7,
        "password and a zero octet",
        procedure="AARQ with the password, followed by 00; then a service",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_wrong(lambda _subtest, password: password + b"\0"),
    ),
    Subtest(
        8,
        "recovery on the same link",
        procedure="AARQ with a wrong password, then a service, then the AARQ as declared",
        accepts=f"{_THEN_NOTHING}; then AARE accepted, alive",
        permission=Permission.MAY_LOCK_OUT,
        argument=_recovery_on_the_same_link,
    ),
    Subtest(
        9,
        "recovery after several wrong passwords",
        procedure=f"{_WRONG_IN_A_ROW} links with a wrong password each, the declared recovery time, one as declared",
        accepts=f"each: {_THEN_NOTHING}; at last AARE accepted, alive",
        permission=Permission.MAY_LOCK_OUT,
        argument=_recovery_on_a_fresh_link,
        waits=_recovery_time_s,
    ),
    Subtest(
        10,
        "wrong password after an association that was served",
        procedure="opens as declared, releases, AARQ with an empty password on the same link, then services",
        accepts=_THEN_NOTHING,
        permission=Permission.MAY_LOCK_OUT,
        argument=_service_and_wrong_password_by_turns,
    ),
)
def test_appl_lls(subtest: Trial) -> None:
    """A meter serves a client of low level security after the right password only, and again after a wrong one.

    The standard's diagnostic for a wrong password is authentication-failure (13); meters in the field also reject
    without a reason.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _password(subtest: Trial) -> bytes:
    secret = subtest.settings.secret
    if secret is None or not secret.reveal():
        subtest.inapplicable(f"association {subtest.settings.name}: no password is declared")
    return secret.reveal()


def _opens(subtest: Trial, association: Association) -> None:
    subtest.judge(association.open(), accepted(), association=association)
    subtest.alive(association)
