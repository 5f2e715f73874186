"""Expectations: what passes, under which profile, and the reason that helps most when nothing does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance
from conformance.dlms.acse.enumerations import AssociationResult, ServiceProviderDiagnostic, ServiceUserDiagnostic
from conformance.dlms.data.values import octet_string
from conformance.dlms.errors import CipherError
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.exception_response import ExceptionServiceError, StateError
from conformance.tester.accepted_openings import accepted, rejected, released
from conformance.tester.accepted_services import (
    access_error,
    access_result_of,
    data,
    exception,
    frame_reject,
    link_released,
    refused,
    serves_data,
    service_error,
    silence,
)
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.expectation import Situation, tolerated
from conformance.tester.reaction import (
    DisconnectedMode,
    FrameRejected,
    LinkLost,
    Protected,
    Reaction,
    Reply,
    Silence,
    Unreadable,
)
from conformance.tester.reply import read_reply
from conformance.tester.security import ClientSecurity
from tests.tester.field_exchanges import EXCHANGES

PUBLIC = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml").association("public")
STRICT, TOLERANT = (Situation(PUBLIC, profile) for profile in (Acceptance.STRICT, Acceptance.TOLERANT))
SHORT_NAMES = Situation(replace(PUBLIC, context=PUBLIC.context.__class__.SN), Acceptance.TOLERANT)


def reply(octets: str | bytes) -> Reply:
    received = ApduReceived(bytes.fromhex(octets) if isinstance(octets, str) else octets, 7)
    return read_reply(received, ClientSecurity(PUBLIC, lambda: 1))


ACCEPTED = reply("6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000101004000007")
REFUSED_BY_USER_13 = reply("6129A109060760857405080101A203020101A305A10302010DBE10040E0800065F1F040000181D01800007")
REFUSED_BY_PROVIDER_2 = reply(EXCHANGES["protocol_version_no_common"][3].octets[8:])
TOO_OLD = reply("611FA109060760857405080101A203020101A305A103020101BE0604040E010601")
NAME = reply("C401C10009060000280000FF")
DENIED = reply("C401C10103")
NOT_ALLOWED = reply("D80101")
COUNTER_TOO_LOW = reply("D8010600000123")


def test_accepted_and_rejected_exclude_each_other() -> None:
    assert accepted().judge(ACCEPTED, TOLERANT).passed
    assert not rejected(result=None).judge(ACCEPTED, TOLERANT).passed
    assert not accepted().judge(REFUSED_BY_USER_13, TOLERANT).passed


def test_rejection_is_compared_by_result_and_diagnostic_and_source() -> None:
    user_13 = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    user_2 = rejected(user=ServiceUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
    provider_2 = rejected(provider=ServiceProviderDiagnostic.NO_COMMON_ACSE_VERSION)
    transient = rejected(result=AssociationResult.REJECTED_TRANSIENT, user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE)

    assert user_13.judge(REFUSED_BY_USER_13, TOLERANT).passed
    assert provider_2.judge(REFUSED_BY_PROVIDER_2, TOLERANT).passed
    assert not transient.judge(REFUSED_BY_USER_13, TOLERANT).passed
    judged = user_2.judge(REFUSED_BY_PROVIDER_2, TOLERANT)
    assert not judged.passed
    assert judged.path == "aare.result-source-diagnostic"
    assert judged.reason == (
        "the diagnostic is rejected-permanent (1), acse-service-provider no-common-acse-version (2)"
    )


def test_initiate_error_is_asked_of_the_user_information() -> None:
    assert rejected(initiate_error=1).judge(TOO_OLD, STRICT).passed
    judged = rejected(initiate_error=2).judge(TOO_OLD, STRICT)
    assert judged.reason == "user-information says initiateError / initiate / dlms-version-too-low"
    assert judged.path == "aare.user-information"


def test_refusal_may_carry_an_initiate_response_as_in_the_example_of_the_standard() -> None:
    expected = rejected(user=ServiceUserDiagnostic.AUTHENTICATION_FAILURE)

    assert expected.judge(REFUSED_BY_USER_13, TOLERANT).passed
    assert expected.judge(REFUSED_BY_USER_13, STRICT).passed


def test_tolerated_reaction_passes_and_is_named_so() -> None:
    expected = access_error(DataAccessResult.OBJECT_UNDEFINED) | tolerated(silence())

    tolerant, strict = (expected.judge(Silence(5.0), situation) for situation in (TOLERANT, STRICT))

    assert (tolerant.passed, tolerant.tolerated, tolerant.reason) == (True, True, "tolerated: silence")
    assert (strict.passed, strict.tolerated) == (False, False)
    assert "the profile of acceptance is strict" in strict.reason
    assert str(expected) == "data-access-result object-undefined (4) or silence (tolerated)"


def test_standard_reaction_is_not_called_tolerated_when_both_fit() -> None:
    judged = (tolerated(refused()) | access_error(DataAccessResult.READ_WRITE_DENIED)).judge(DENIED, STRICT)

    assert (judged.passed, judged.tolerated) == (True, False)


@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        (NAME, "the service succeeded"),
        (DENIED, "data-access-result read-write-denied (3)"),
        (Silence(5.0), "a data-access-result expected; silence for 5 s"),
        (DisconnectedMode(3), "a data-access-result expected; DM"),
        (Unreadable(3, "UA in place of an answer"), "a data-access-result expected; unreadable: UA"),
        (reply("C4"), "the reply does not decode"),
    ],
)
def test_the_closest_alternative_gives_the_reason(reaction: Reaction, reason: str) -> None:
    expected = access_error(DataAccessResult.OBJECT_UNDEFINED) | exception() | silence() | frame_reject()
    if isinstance(reaction, Silence):
        expected = access_error(DataAccessResult.OBJECT_UNDEFINED) | exception() | frame_reject()

    judged = expected.judge(reaction, TOLERANT)

    assert not judged.passed
    assert judged.reason.startswith(reason)


def test_each_refusal_is_known_by_its_kind() -> None:
    assert refused().judge(DENIED, STRICT).passed
    assert refused().judge(NOT_ALLOWED, STRICT).passed
    assert refused().judge(reply("0E050006"), STRICT).passed
    assert refused().judge(reply("0C010103"), SHORT_NAMES).passed
    assert not refused().judge(NAME, STRICT).passed
    assert not refused().judge(reply("C501C100"), STRICT).passed, "a SET that succeeded"
    assert service_error().judge(reply("0E050006"), STRICT).passed
    assert released().judge(reply("6303800100"), STRICT).passed
    assert link_released().judge(LinkLost("closed"), STRICT).passed
    assert frame_reject().judge(FrameRejected(1, None), STRICT).passed


def test_exception_is_compared_by_both_errors() -> None:
    wanted = exception(state=StateError.SERVICE_NOT_ALLOWED, service={ExceptionServiceError.OPERATION_NOT_POSSIBLE})

    assert wanted.judge(NOT_ALLOWED, STRICT).passed
    judged = wanted.judge(COUNTER_TOO_LOW, STRICT)
    assert judged.path == "exception-response.service-error"
    assert judged.reason.endswith("expected counter 291")


def test_the_deciding_field_is_one_that_the_reply_has() -> None:
    assert data().judge(NAME, STRICT).path == "get-response.result"
    assert data().judge(reply("0C010009060000280000FF"), SHORT_NAMES).path == "read-response"
    assert access_error().judge(reply("C501C103"), STRICT).path == "set-response.result"


def test_data_is_compared_with_the_expected_value() -> None:
    assert data(octet_string(bytes.fromhex("0000280000FF"))).judge(NAME, STRICT).passed
    assert "other data than expected" in data(octet_string(b"x")).judge(NAME, STRICT).reason


def test_reply_that_does_not_open_is_no_reply_of_any_kind() -> None:
    error = CipherError("the authentication tag does not verify", reason="tag-invalid")
    sealed = replace(NAME, protected=Protected(0xCC, SecurityControl(), 1, None, False, error))

    judged = (data() | refused()).judge(sealed, STRICT)

    assert not judged.passed
    assert "does not open" in judged.reason
    assert "does not open" in judged.observed


@pytest.mark.parametrize(
    ("octets", "result", "gives"),
    [
        ("C401C10009060000280000FF", 0, True),
        ("C401C10103", 3, False),
        ("C402C1000000000100020102", 0, True),
        ("C402C101000000010110", 16, False),
        ("C403C1020003010104", 4, True),
        ("C501C103", 3, False),
        ("C505C1020003", 3, False),
        ("C502C100000001", 0, False),
        ("C503C10300000002", 3, False),
        ("C701C10300", 3, False),
        ("C703C10203000000", 3, False),
        ("0C010103", 3, False),
        ("0D02000103", 3, False),
        ("D80101", None, False),
    ],
)
def test_results_are_found_in_every_kind_of_response(octets: str, result: int | None, gives: bool) -> None:
    reaction = reply(octets)
    assert reaction.error is None, reaction.error
    assert access_result_of(reaction) == result
    assert serves_data(reaction) is gives
