"""The authentication functional unit of the AARQ."""

from conformance.device.model import Permission
from conformance.dlms.acse.enumerations import Mechanism, ServiceUserDiagnostic
from conformance.harness.applicability import authenticated, low_level, mechanism_above
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import rejected
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq

_ANY = rejected(result=None)
_REQUIRED = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_REQUIRED)
_FAILURE = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
_NAME_REQUIRED = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED)
_NAME_UNKNOWN = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED)


def _lower(number: int, named: Mechanism) -> Subtest:
    """The mechanism-name of a mechanism below the declared one, the challenge or password as declared."""
    title = f"mechanism {named:d} where a higher one is declared"
    return Subtest(number, title, aarq(mechanism_name=named.oid), _ANY, applies=mechanism_above(named))


@case(
    "T_APPL_OPEN_7",
    title="AARQ: authentication functional unit",
    clause="IEC 62056-5-3, AARQ",
    applies=authenticated,
)
@subtests(
    Subtest(
        1,
        "nothing of the functional unit",
        aarq(sender_acse_requirements=None, mechanism_name=None, calling_authentication_value=None),
        _REQUIRED | _FAILURE,
    ),
    Subtest(
        2,
        "sender-acse-requirements absent",
        aarq(sender_acse_requirements=None),
        _REQUIRED | _FAILURE | tolerated(_ANY),
    ),
    Subtest(
        3,
        "sender-acse-requirements without authentication",
        aarq(sender_acse_requirements="0"),
        _REQUIRED | _FAILURE | tolerated(_ANY),
    ),
    Subtest(4, "mechanism-name absent", aarq(mechanism_name=None), _NAME_REQUIRED | tolerated(_ANY)),
    Subtest(
        5,
        "unknown mechanism",
        aarq(mechanism_name=bytes.fromhex("60857405080263")),
        _NAME_UNKNOWN | tolerated(_ANY),
    ),
    Subtest(
        6,
        "calling-authentication-value absent",
        aarq(calling_authentication_value=None),
        _FAILURE | tolerated(_ANY),
    ),
    Subtest(
        7,
        "wrong password",
        procedure="sends the AARQ as declared, one bit of the password wrong",
        expectation=_FAILURE | tolerated(_ANY),
        applies=low_level,
        permission=Permission.MAY_LOCK_OUT,
    ),
    _lower(8, Mechanism.LOWEST),
    _lower(9, Mechanism.LLS),
    _lower(10, Mechanism.HLS),
    _lower(11, Mechanism.HLS_MD5),
    _lower(12, Mechanism.HLS_SHA1),
    _lower(13, Mechanism.HLS_GMAC),
    _lower(14, Mechanism.HLS_SHA256),
)
def test_appl_open_7(subtest: Trial) -> None:
    """A meter rejects who does not authenticate as declared, and says in the diagnostic what is missing.

    What HLS makes of a wrong answer is the subject of T_APPL_OPEN_3.
    """
    if subtest.number != 7:
        judge_opening(subtest)
        return
    secret = subtest.association.settings.secret
    if secret is None or not secret.reveal():
        subtest.inapplicable("the declared password is empty: no bit of it can be wrong")
    password = bytearray(secret.reveal())
    password[-1] ^= 0x01
    judge_opening(subtest, aarq(secret=bytes(password)))
