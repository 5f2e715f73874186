"""The ACSE protocol version and the application context that an association is opened with."""

from conformance.dlms.acse.enumerations import ApplicationContext, ServiceProviderDiagnostic, ServiceUserDiagnostic
from conformance.harness.applicability import context
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.openings import judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq

_NO_COMMON_VERSION = rejected(provider=ServiceProviderDiagnostic.NO_COMMON_ACSE_VERSION)
_NOT_SUPPORTED = rejected(user=ServiceUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED) | tolerated(
    rejected(result=None)
)
_NAME = "aarq.application-context-name.value"


@case(
    "T_APPL_OPEN_4",
    title="AARQ: protocol-version",
    clause="IEC 62056-5-3, AARQ",
)
@subtests(
    Subtest(1, "absent, which means version1", aarq(protocol_version=None), accepted()),
    Subtest(2, "100001, version1 and another", aarq(protocol_version="100001"), accepted()),
    Subtest(3, "1, version1", aarq(protocol_version="1"), accepted()),
    Subtest(4, "010001, without version1", aarq(protocol_version="010001"), _NO_COMMON_VERSION),
)
def test_appl_open_4(subtest: Trial) -> None:
    """A meter accepts an AARQ whose protocol-version has version1, given or by default, and rejects any other.

    protocol-version is a BIT STRING: its first bit stands for version1, whatever follows.
    """
    judge_opening(subtest)


def _context(number: int, asked_for: ApplicationContext) -> Subtest:
    stimulus = aarq(application_context_name=asked_for.oid)
    return Subtest(number, asked_for.label, stimulus, _NOT_SUPPORTED, applies=~context(asked_for))


@case(
    "T_APPL_OPEN_5",
    title="AARQ: application-context-name",
    clause="IEC 62056-5-3, AARQ",
)
@subtests(
    Subtest(1, "unknown context", aarq().altered(_NAME, "60857405080109"), _NOT_SUPPORTED),
    _context(2, ApplicationContext.LN),
    _context(3, ApplicationContext.SN),
    _context(4, ApplicationContext.LN_CIPHERED),
    _context(5, ApplicationContext.SN_CIPHERED),
    Subtest(6, "a name of another arc with the same last octet", aarq().flipped(_NAME, "0300"), _NOT_SUPPORTED),
)
def test_appl_open_5(subtest: Trial) -> None:
    """A meter rejects an application context that it does not offer to this client."""
    judge_opening(subtest)
