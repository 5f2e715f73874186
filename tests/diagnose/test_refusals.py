"""What refusals mean: each diagnostic and error that a meter may send, by itself."""

from __future__ import annotations

import pytest

from conformance.diagnose.intake.keys import NO_KEYS
from conformance.diagnose.intake.recorded import RecordedFrame, recorded
from conformance.diagnose.reasoning.diagnosis import stated
from conformance.diagnose.reasoning.statement import Statement


def found(*replies: str) -> list[Statement]:
    """What is wrong, as replies alone show it."""
    given = [RecordedFrame(at, "S>C", "apdu", bytes.fromhex(text), float(at)) for at, text in enumerate(replies, 1)]
    return [item for item in stated(recorded(given), NO_KEYS, None)[1] if item.severity != "info"]


def codes(statements: list[Statement]) -> list[str]:
    return [statement.code for statement in statements]


def aare(result: int, source: int, diagnostic: int, user_information: str = "") -> str:
    information = f"BE{len(user_information) // 2 + 2:02X}04{len(user_information) // 2:02X}{user_information}"
    body = f"A109060760857405080101A2030201{result:02X}A305A{source}030201{diagnostic:02X}"
    body += information if user_information else ""
    return f"61{len(body) // 2:02X}{body}"


@pytest.mark.parametrize(
    ("diagnostic", "code"),
    [
        (1, "association-refused-without-reason"),
        (2, "application-context-not-supported"),
        (3, "calling-ap-title-not-recognized"),
        (4, "calling-ap-invocation-id-not-recognized"),
        (5, "calling-ae-qualifier-not-recognized"),
        (6, "calling-ae-invocation-id-not-recognized"),
        (7, "called-ap-title-not-recognized"),
        (8, "called-ap-invocation-id-not-recognized"),
        (9, "called-ae-qualifier-not-recognized"),
        (10, "called-ae-invocation-id-not-recognized"),
        (11, "mechanism-not-recognized"),
        (12, "mechanism-name-required"),
        (13, "authentication-failure"),
        (14, "authentication-required"),
    ],
)
@pytest.mark.parametrize("result", [1, 2])
def test_every_diagnostic_of_the_service_user_is_explained(result: int, diagnostic: int, code: str) -> None:
    finding = next(item for item in found(aare(result, 1, diagnostic)) if item.code == code)

    assert (finding.severity, finding.field) == ("error", "aare.result-source-diagnostic")
    assert finding.suggestion


def test_the_same_number_means_another_thing_from_the_service_provider() -> None:
    assert "no-common-acse-version" in codes(found(aare(1, 2, 2)))
    assert "provider-refused-without-reason" in codes(found(aare(1, 2, 1)))
    assert "application-context-not-supported" not in codes(found(aare(1, 2, 2)))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "initiate-error-other"),
        (1, "dlms-version-too-low"),
        (2, "incompatible-conformance"),
        (3, "pdu-size-too-short"),
        (4, "refused-by-vde-handler"),
    ],
)
def test_initiate_errors_are_explained_in_the_aare_and_by_themselves(value: int, code: str) -> None:
    error = f"0E0106{value:02X}"

    assert code in codes(found(aare(1, 1, 1, error)))
    assert code in codes(found(error))


@pytest.mark.parametrize(
    ("octets", "code", "words"),
    [
        ("D80101", "exception-response", "not possible in the present state"),
        ("D80102", "exception-response", "does not serve this service"),
        ("D80202", "exception-response", "does not know the service"),
        ("D80103", "exception-response", "could not make sense"),
        ("D80104", "exception-response", "longer than the meter takes"),
        ("D80105", "deciphering-error", "could not take"),
        ("0E050006", "deciphering-error", "could not open"),
        ("0E050201", "confirmed-service-error", "0E 05 02 01"),
        ("C401C10110", "no-long-get-in-progress", "16"),
        ("0C010110", "no-long-get-in-progress", "16"),
        ("C403C10201030110", "read-write-denied", "(3)"),
        ("C6", "apdu-not-readable", "no legal APDU"),
    ],
)
def test_errors_of_services_are_explained(octets: str, code: str, words: str) -> None:
    assert any(item.code == code and words in item.message for item in found(octets)), found(octets)


def test_the_expected_invocation_counter_is_told_with_what_to_set() -> None:
    """By a code of its own: a counter is put right in another way than a key."""
    told = {item.code: item for item in found("D8010601234567")}

    assert "deciphering-error" not in told
    assert "invocation-counter-error" in told
    assert "19088743 (0x01234567)" in told["exception-response"].message
    assert "{ start = 19088743 }" in told["exception-response"].suggestion
