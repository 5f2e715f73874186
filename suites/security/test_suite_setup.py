"""Security setup, version 1: what its attributes say, held against what is declared and what the link shows."""

from conformance.cosem.names import ClassId
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.setup_session import SetupSession
from conformance.harness.suite_conditions import reads_security_setup, suite
from conformance.harness.trial import Trial
from conformance.tester.security_setup import version_listed

_CLAUSE = "IEC 62056-6-2, Security setup (class_id 64, version 1)"
_APPLIES = reads_security_setup
_UNUSED_BITS = 0x03


def _listed(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    version = version_listed(session.association, session.setup)
    subtest.check(
        version == 1,
        expected=f"class_id {int(ClassId.SECURITY_SETUP)}, version 1, in the object_list",
        observed="the object that the association references is not listed"
        if version is None
        else f"Security setup of version {version}",
    )


def _number(subtest: Trial, session: SetupSession, value: Data, name: str) -> int:
    subtest.check(value.type is DataType.ENUM, expected=f"{name}: enum", observed=f"{name}: {describe(value)}")
    number: int = value.value
    return number


def _policy(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    found = _number(subtest, session, session.read(session.setup.security_policy, "security_policy"), "security_policy")
    subtest.check(
        not found & _UNUSED_BITS,
        expected="security_policy with bits 0 and 1 zero",
        observed=f"security_policy {found:02X}",
    )
    declared = subtest.settings.security_policy
    demanded = found >> 2 & 0x03
    subtest.check(
        demanded == declared,
        expected=f"bits 2 and 3 as declared, security_policy = {declared} in the device config",
        observed=f"security_policy {found:02X}: of requests it demands {demanded}",
    )


def _suite(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    found = _number(subtest, session, session.read(session.setup.security_suite, "security_suite"), "security_suite")
    declared = subtest.settings.security_suite
    subtest.check(
        found == declared, expected=f"security_suite {declared}, as declared", observed=f"security_suite {found}"
    )


def _title(subtest: Trial, session: SetupSession, value: Data, name: str, wanted: bytes) -> None:
    right = value.type is DataType.OCTET_STRING and value.value == wanted
    subtest.check(right, expected=f"{name} {wanted.hex().upper()}", observed=f"{name}: {describe(value)}")


def _client_title(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    value = session.read(session.setup.client_system_title, "client_system_title")
    _title(subtest, session, value, "client_system_title", session.association.security.client_title)


def _server_title(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    value = session.read(session.setup.server_system_title, "server_system_title")
    _title(subtest, session, value, "server_system_title", session.server_title)


_SUBTESTS = (
    Subtest(
        1,
        "object_list",
        procedure="opens as declared, reads the object_list",
        accepts="Security setup of version 1, which belongs to suites 1 and 2",
        argument=_listed,
    ),
    Subtest(
        2,
        "security_policy",
        procedure="opens as declared, reads attribute 2",
        accepts="an enum whose unused bits are zero, and which demands of requests what is declared",
        argument=_policy,
    ),
    Subtest(
        3,
        "security_suite",
        procedure="opens as declared, reads attribute 3",
        accepts="the declared suite",
        argument=_suite,
    ),
    Subtest(
        4,
        "client_system_title",
        procedure="opens as declared, reads attribute 4",
        accepts="the title that this client has sent",
        argument=_client_title,
    ),
    Subtest(
        5,
        "server_system_title",
        procedure="opens as declared, reads attribute 5",
        accepts="the title of the meter's AARE",
        argument=_server_title,
    ),
)


@case(
    "X_SEC_SUITE_1_SETUP",
    title="Security setup in suite 1",
    clause=_CLAUSE,
    applies=suite(1) & _APPLIES,
    negative=False,
)
@subtests(*_SUBTESTS)
def test_suite_1_setup(subtest: Trial) -> None:
    """Security setup says of suite 1, of the policy and of both titles what is so."""
    _judge(subtest)


@case(
    "X_SEC_SUITE_2_SETUP",
    title="Security setup in suite 2",
    clause=_CLAUSE,
    applies=suite(2) & _APPLIES,
    negative=False,
)
@subtests(*_SUBTESTS)
def test_suite_2_setup(subtest: Trial) -> None:
    """Security setup says of suite 2, of the policy and of both titles what is so."""
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
