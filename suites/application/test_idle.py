"""Services before there is an association."""

from conformance.device.model import Protection
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.exception_response import StateError
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.applicability import ciphered, logical_names, short_names
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import still_opens
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import exception, frame_reject, service_error, silence
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.stimulus import apdu

_QUIET = tolerated(silence() | frame_reject())
_REFUSED_LN: Expectation = exception(state=StateError.SERVICE_NOT_ALLOWED) | _QUIET | tolerated(service_error())
_REFUSED_SN: Expectation = service_error() | _QUIET
_GET = apdu(
    GetRequestNormal(INVOKE_ID_AND_PRIORITY, AttributeDescriptor(15, ASSOCIATION_LN, 1)).encode(),
    "GET of the current association's logical_name",
)
_READ = apdu(ReadRequest((VariableName(SN_VAA_NAME),)).encode(), "Read of the current association's logical_name")


@case(
    "T_APPL_IDLE_N1",
    title="Data exchange in the IDLE state",
    clause="IEC 62056-5-3, server side control function; GET service; Read service",
)
@subtests(
    Subtest(1, "GET, not ciphered", _GET.under(Protection.NONE), _REFUSED_LN, applies=logical_names),
    Subtest(2, "Read, not ciphered", _READ.under(Protection.NONE), _REFUSED_SN, applies=short_names),
    Subtest(3, "GET under the global key", _GET.under(Protection.GLO), _REFUSED_LN, applies=logical_names & ciphered),
    Subtest(4, "Read under the global key", _READ.under(Protection.GLO), _REFUSED_SN, applies=short_names & ciphered),
)
def test_appl_idle_n1(subtest: Trial) -> None:
    """A server serves no data to a client that has opened no association.

    The data link is set up, no AARQ is sent. Afterwards the association opens and serves as declared.
    """
    association = subtest.association
    subtest.judge(association.request(subtest.stimulus))
    with subtest.step("the association then opens as declared and serves"):
        still_opens(subtest)
