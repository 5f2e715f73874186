"""Identification of the client user."""

from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.harness.applicability import user_list
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq

_REFUSED = rejected(user=ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED) | tolerated(
    rejected(user=ServiceUserDiagnostic.NO_REASON_GIVEN)
)
_ONE_OCTET = 0x100


@case(
    "T_APPL_OPEN_2",
    title="AARQ: calling-AE-invocation-id, identification of the client user",
    clause="IEC 62056-5-3, AARQ; IEC 62056-6-2, Association, user_list",
    applies=user_list,
)
@subtests(
    Subtest(
        1,
        "each user of user_list",
        procedure="sends the AARQ as declared once with each declared user, on a link of its own",
        expectation=accepted(),
    ),
    Subtest(
        2,
        "unknown user",
        procedure="sends the AARQ as declared with the lowest user that is not in user_list",
        expectation=_REFUSED,
    ),
    Subtest(3, "no user", aarq(calling_ae_invocation_id=None), _REFUSED),
    Subtest(
        4,
        "unknown user whose last octet is a known one",
        procedure="sends the AARQ as declared with a user of two octets: the declared one and 256",
        expectation=_REFUSED,
    ),
)
def test_appl_open_2(subtest: Trial) -> None:
    """A meter with a user_list accepts the users in it and refuses everyone else, also who does not say who he is."""
    known = subtest.association.settings.user_list
    match subtest.number:
        case 1:
            for user in known:
                with subtest.step(f"user {user}"):
                    association = subtest.another()
                    judge_opening(subtest, aarq(calling_ae_invocation_id=user), association=association)
                    association.close()
        case 2:
            unknown = next(user for user in range(_ONE_OCTET + 1) if user not in known)
            judge_opening(subtest, aarq(calling_ae_invocation_id=unknown))
        case 3:
            judge_opening(subtest)
        case _:
            judge_opening(subtest, aarq(calling_ae_invocation_id=_ONE_OCTET + known[0]))
