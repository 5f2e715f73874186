"""The version field of the wrapper."""

from conformance.device.model import Profile
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.serving import opens_and_serves, still_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import link_released, silence
from conformance.tester.expectation import Expectation
from conformance.tester.liveness import question
from conformance.tester.stimulus import aarq

_NO_EFFECT: Expectation = silence() | link_released()
_OTHER = "0002"


@case(
    "X_WRAPPER_VERSION",
    title="Version of the wrapper",
    clause="IEC 62056-47, wrapper protocol data unit, version",
    applies=profile(Profile.WRAPPER),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "AARQ, version 0x0000", aarq().altered("wrapper.version", "0000"), _NO_EFFECT),
    Subtest(2, "AARQ, version 0x0002", aarq().altered("wrapper.version", _OTHER), _NO_EFFECT),
    Subtest(3, "AARQ, version 0x0100: the octets swapped", aarq().altered("wrapper.version", "0100"), _NO_EFFECT),
    Subtest(
        4,
        "version 0x0002 inside an association",
        procedure="opens as declared, asks for the logical_name with version 0x0002, then with version 0x0001",
        accepts=f"{_NO_EFFECT}; then the logical_name",
    ),
    Subtest(
        5,
        "version of the replies",
        procedure="opens as declared and asks for the logical_name",
        accepts="each reply has version 0x0001",
    ),
)
def test_wrapper_version(subtest: Trial) -> None:
    """A wrapper PDU of another version than 0x0001 has no effect, and a good one after it is served.

    The standard fixes the version and says nothing of others; a meter may also close the connection.
    """
    association = subtest.association
    match subtest.number:
        case 4:
            opens_and_serves(subtest)
            with subtest.step("version 0x0002"):
                stimulus = question(association).altered("wrapper.version", _OTHER)
                subtest.judge(association.request(stimulus), _NO_EFFECT)
        case 5:
            opens_and_serves(subtest)
            return
        case _:
            subtest.judge(association.open(subtest.stimulus))
    still_served(subtest)
