"""ACCESS that a server must not serve."""

from conformance.dlms.data.values import null
from conformance.dlms.xdlms.access import AccessGet, AccessRequest
from conformance.dlms.xdlms.attribute import SelectiveAccess
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.access_requests import (
    ACCESS,
    CONFIRMED,
    OWN_NAME,
    PROTECTED,
    Asked,
    get,
    request_of,
    stimulus_of,
)
from conformance.harness.applicability import logical_names
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.lists import opened_without
from conformance.harness.trial import Trial
from conformance.tester.accepted_access import answers
from conformance.tester.accepted_services import exception
from conformance.tester.expectation import Expectation
from conformance.tester.stimulus import Stimulus

_CLAUSE = "IEC 62056-5-3, ACCESS service"
_REFUSED: Expectation = exception()
_SPECIFICATIONS = "access-request.access-request-specification"
_DATA = "access-request.access-request-list-of-data"
_CHOICE = f"{_SPECIFICATIONS}.specification.choice"
_VALID = request_of([get(OWN_NAME)])
_CUT = (1, 4, 5, 6, 7, 8, 10, 16, 17, 18)
"""Octets of the valid request that remain: where its fields begin, and within the invoke-id."""
_NOTHING = request_of([])
_SELECTED = request_of([Asked(AccessGet(OWN_NAME, SelectiveAccess(0, null())), good=False)])
"""logical_name has no parts that could be selected."""


def _request(specifications: int, data: int) -> Stimulus:
    own = AccessGet(OWN_NAME)
    return stimulus_of(AccessRequest(CONFIRMED, b"", (own,) * specifications, (null(),) * data))


def _refused(number: int, title: str, stimulus: Stimulus, expectation: Expectation = _REFUSED) -> Subtest:
    return Subtest(number, title, stimulus, expectation, applies=PROTECTED)


@case(
    "X_ACCESS_N1",
    title="Errors in ACCESS",
    clause=_CLAUSE,
    applies=ACCESS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _refused(1, "more specifications than data", _request(2, 1)),
    _refused(2, "more data than specifications", _request(1, 2)),
    _refused(3, "no data", _request(1, 0)),
    _refused(4, "unknown choice 06", stimulus_of(_VALID).altered(_CHOICE, "06")),
    _refused(5, "unknown choice 00", stimulus_of(_VALID).altered(_CHOICE, "00")),
    _refused(
        6, "a count of specifications that is one too high", stimulus_of(_VALID).added(f"{_SPECIFICATIONS}.count", 1)
    ),
    _refused(7, "a count of data that is one too high", stimulus_of(_VALID).added(f"{_DATA}.count", 1)),
    _refused(8, "trailing octets", stimulus_of(_VALID).followed_by("0000")),
    _refused(9, "nothing asked for", stimulus_of(_NOTHING), _REFUSED | answers(_NOTHING)),
    _refused(10, "a selection of what has no parts", stimulus_of(_SELECTED), _REFUSED | answers(_SELECTED, [False])),
    *(_refused(20 + octets, f"cut after octet {octets}", stimulus_of(_VALID).truncated(octets)) for octets in _CUT),
)
def test_access_n1(subtest: Trial) -> None:
    """ACCESS that is malformed, or has not as many data as specifications, is answered with an exception-response.

    From 20 on the request is cut, after so many octets as the number of the subtest is above 20. One that asks for
    nothing may have empty lists in its response.
    """
    subtest.association.establish()
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()


@case(
    "X_ACCESS_N2",
    title="ACCESS that was not negotiated",
    clause="IEC 62056-5-3, Conformance block, access",
    applies=logical_names,
    variants=Variants.EACH_PROTECTION,
)
@subtests(_refused(1, "a get", stimulus_of(_VALID)))
def test_access_n2(subtest: Trial) -> None:
    """Where the bit access was not proposed, ACCESS is answered with an exception-response."""
    opened_without(subtest, ConformanceBit.ACCESS)
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()
