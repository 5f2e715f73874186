"""Titles, qualifiers and invocation identifiers of the AARQ."""

from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.harness.applicability import no_user_list, system_title_needed
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq

_TITLE = b"DUMMY-01"
_UNUSED = aarq(
    called_ap_title=b"DUMMY-02",
    called_ae_qualifier=b"DUMMY-03",
    called_ap_invocation_id=0x51,
    called_ae_invocation_id=0x52,
    calling_ae_qualifier=b"DUMMY-04",
    calling_ap_invocation_id=0x53,
)
_NO_REASON = tolerated(rejected(user=ServiceUserDiagnostic.NO_REASON_GIVEN))
_NOT_RECOGNIZED = rejected(user=ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED) | _NO_REASON
_MISSING = _NOT_RECOGNIZED | tolerated(rejected(user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE))


@case(
    "T_APPL_OPEN_6",
    title="AARQ: titles, qualifiers, invocation identifiers",
    clause="IEC 62056-5-3, AARQ",
)
@subtests(
    Subtest(1, "unused fields present", _UNUSED, accepted()),
    Subtest(
        2, "calling-AP-title of 1 octet", aarq(calling_ap_title=b"D"), _NOT_RECOGNIZED, applies=system_title_needed
    ),
    Subtest(
        3,
        "calling-AP-title of 10 octets",
        aarq(calling_ap_title=b"DUMMY-0001"),
        _NOT_RECOGNIZED,
        applies=system_title_needed,
    ),
    Subtest(4, "calling-AP-title absent", aarq(calling_ap_title=None), _MISSING, applies=system_title_needed),
    Subtest(
        5,
        "calling-AE-invocation-id where users are not identified",
        aarq(calling_ae_invocation_id=0x54),
        accepted(),
        applies=no_user_list,
    ),
    Subtest(
        6,
        "calling-AP-title where none is needed",
        aarq(calling_ap_title=_TITLE),
        accepted(),
        applies=~system_title_needed,
    ),
)
def test_appl_open_6(subtest: Trial) -> None:
    """A meter ignores the titles and identifiers that it does not use, and insists on the system title that it does.

    What is ignored is not echoed either.
    """
    judge_opening(subtest)
    if subtest.number in (1, 5, 6):
        _not_echoed(subtest)


def _not_echoed(subtest: Trial) -> None:
    aare = subtest.association.aare
    if aare is None:
        subtest.fail("no AARE")
    dummies = [value for value in subtest.stimulus.values.values() if value is not None]
    fields = {
        "responding-AP-title": aare.responding_ap_title,
        "responding-AE-qualifier": aare.responding_ae_qualifier,
        "responding-AP-invocation-id": aare.responding_ap_invocation_id,
        "responding-AE-invocation-id": aare.responding_ae_invocation_id,
    }
    for name, value in fields.items():
        subtest.check(
            value not in dummies,
            expected="nothing that the client sent",
            observed=f"{name} of the AARE is {'not ' if value not in dummies else ''}taken from the AARQ",
            path=f"aare.{name}",
        )
