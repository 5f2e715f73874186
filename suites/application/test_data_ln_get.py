"""GET requests that a server must not serve."""

from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.harness.applicability import logical_names, negotiates
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import access_error, exception
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.stimulus import Stimulus, apdu

_DESCRIPTOR = "get-request.cosem-attribute-descriptor"
_MALFORMED: Expectation = exception() | access_error()
_OTHERWISE = tolerated(access_error() | exception())
_NO_OBJECT = access_error(DataAccessResult.OBJECT_UNDEFINED, DataAccessResult.OBJECT_UNAVAILABLE) | _OTHERWISE
_WRONG_CLASS = (
    access_error(
        DataAccessResult.OBJECT_CLASS_INCONSISTENT,
        DataAccessResult.OBJECT_UNDEFINED,
        DataAccessResult.OBJECT_UNAVAILABLE,
    )
    | _OTHERWISE
)
_NO_ATTRIBUTE = (
    access_error(
        DataAccessResult.READ_WRITE_DENIED,
        DataAccessResult.OBJECT_UNDEFINED,
        DataAccessResult.OBJECT_UNAVAILABLE,
        DataAccessResult.SCOPE_OF_ACCESS_VIOLATED,
    )
    | _OTHERWISE
)

_REQUEST = GetRequestNormal(INVOKE_ID_AND_PRIORITY, AttributeDescriptor(15, ASSOCIATION_LN, 1)).encode()


def _get() -> Stimulus:
    """The GET that every association serves; the subtests break it."""
    return apdu(_REQUEST, "GET of the current association's logical_name")


def _cut(octets: int) -> Subtest:
    """The GET without its last octets, but for the first `octets`."""
    return Subtest(20 + octets, f"cut after octet {octets} of {len(_REQUEST)}", _get().truncated(octets), _MALFORMED)


@case(
    "T_APPL_DATA_LN_N1",
    title="Errors in GET requests",
    clause="IEC 62056-5-3, GET service",
    applies=logical_names & negotiates(ConformanceBit.GET),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "unknown choice 04", _get().altered("get-request.choice", "04"), _MALFORMED),
    Subtest(3, "unknown object", _get().altered(f"{_DESCRIPTOR}.instance-id", "FFFFFFFFFFFF"), _NO_OBJECT),
    Subtest(4, "unknown class", _get().altered(f"{_DESCRIPTOR}.class-id", "FFFF"), _WRONG_CLASS),
    Subtest(5, "attribute 127", _get().altered(f"{_DESCRIPTOR}.attribute-id", "7F"), _NO_ATTRIBUTE),
    Subtest(6, "trailing octets", _get().followed_by("0000"), _MALFORMED),
    *(_cut(octets) for octets in range(1, len(_REQUEST))),
)
def test_appl_data_ln_n1(subtest: Trial) -> None:
    """A GET that is malformed, or asks for what does not exist, is answered with an error and never with data.

    Subtest 2 of the catalogue, missing elements, is one subtest here for each octet after which the request is cut: 20
    and the number of octets that remain. The association outlives all of them.
    """
    subtest.association.establish()
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()
