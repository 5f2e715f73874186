"""The DLMS version and the PDU size that an association begins with."""

from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.dlms.xdlms.confirmed_service_error import InitiateError
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq

_VERSION = "initiate-request.proposed-dlms-version-number"
_TOO_LOW = rejected(
    user=ServiceUserDiagnostic.NO_REASON_GIVEN, initiate_error=InitiateError.DLMS_VERSION_TOO_LOW
)


@case(
    "T_APPL_OPEN_12",
    title="xDLMS InitiateRequest: proposed-dlms-version-number",
    clause="IEC 62056-5-3, xDLMS InitiateRequest",
)
@subtests(
    Subtest(1, "version 5", aarq().altered(_VERSION, "05"), _TOO_LOW),
    Subtest(2, "version 0", aarq().altered(_VERSION, "00"), _TOO_LOW),
    Subtest(3, "version 7", aarq().altered(_VERSION, "07"), accepted(dlms_version=6) | tolerated(_TOO_LOW)),
)
def test_appl_open_12(subtest: Trial) -> None:
    """A server answers with its own DLMS version, 6, or says that the proposed one is too low."""
    subtest.judge(subtest.association.open(subtest.stimulus))
