"""What refusals mean: each sign of the table, and the refusals of real meters."""

from __future__ import annotations

import pytest

from conformance.diagnose.finding import Finding
from conformance.diagnose.rejection import explain
from tests.tester.field_exchanges import EXCHANGES


def replies(name: str) -> list[bytes]:
    """The APDUs of the meter in an exchange, as they stand on the line."""
    found = []
    for direction, layer, octets in EXCHANGES[name]:
        if direction == "S>C":
            start = octets.find(b"\xe6\xe7\x00") + 3 if layer == "hdlc" else 8 if layer == "wrapper" else 0
            if layer != "hdlc" or b"\xe6\xe7\x00" in octets:
                found.append(octets[start : -3 if layer == "hdlc" else None])
    return found


def found(*octets: str | bytes) -> list[Finding]:
    return list(explain([bytes.fromhex(item) if isinstance(item, str) else item for item in octets]))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        ("ctl_ded_key_session", []),
        ("ctl_hes_gmac_auth_only", []),
        ("ctl_lls_right_password", []),
        ("hexing_hls_gmac_accepted", []),
        ("installer_user_id_accepted", []),
        ("elster_no_ciphering_accepted", ["hls-pass-3-outstanding"]),
        ("hes_gmac_pass3_missing", ["hls-pass-3-outstanding"]),
        ("wasion_hls_gmac_accepted", ["hls-pass-3-outstanding"]),
        ("elster_sn_context_rejected", ["initiate-error-other", "association-refused-without-reason"]),
        ("genus_dedicated_key_pass3", ["deciphering-error"]),
        ("hexing_hls_gmac_garbled", ["apdu-not-readable"]),
        ("hpl_denied_amid_ok", ["read-write-denied"]),
        (
            "installer_user_id_rejected",
            ["calling-ae-invocation-id-not-recognized", "initiate-response-despite-rejection"],
        ),
        ("kaifa_wrong_keys_glo_cse", ["protected-service-error", "association-refused-without-reason"]),
        ("lls_wrong_password", ["authentication-failure", "initiate-response-despite-rejection"]),
        ("protocol_version_no_common", ["no-common-acse-version", "initiate-response-despite-rejection"]),
        ("wasion_hls_gmac_rejected", ["authentication-failure", "initiate-response-despite-rejection"]),
    ],
)
def test_refusals_of_the_field(exchange: str, expected: list[str]) -> None:
    assert codes(found(*replies(exchange))) == expected


def test_healthy_exchanges_show_no_error() -> None:
    for name in EXCHANGES:
        if name.startswith("ctl_") and name != "ctl_e450_gbt_plain_push":
            assert found(*replies(name)) == []


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
    (finding,) = found(aare(result, 1, diagnostic))

    assert (finding.code, finding.severity, finding.field) == (code, "error", "aare.result-source-diagnostic")
    assert finding.suggestion


def test_the_same_number_means_another_thing_from_the_service_provider() -> None:
    assert codes(found(aare(1, 2, 2))) == ["no-common-acse-version"]
    assert codes(found(aare(1, 2, 1))) == ["provider-refused-without-reason"]


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
def test_initiate_errors_are_explained_in_the_aare_and_once_deciphered(value: int, code: str) -> None:
    error = f"0E0106{value:02X}"

    assert codes(found(aare(1, 1, 1, error)))[0] == code
    assert codes(found(error)) == [code]


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("D80101", ["operation-not-possible", "service-not-allowed"]),
        ("D80102", ["service-not-supported", "service-not-allowed"]),
        ("D80202", ["service-not-supported", "service-unknown"]),
        ("D80103", ["other-reason", "service-not-allowed"]),
        ("D80104", ["pdu-too-long", "service-not-allowed"]),
        ("D80105", ["deciphering-error", "service-not-allowed"]),
        ("0E050006", ["deciphering-error"]),
        ("0E050201", ["confirmed-service-error"]),
        ("C402C101000000010110", ["no-long-get-in-progress"]),
        ("C401C10110", ["no-long-get-in-progress"]),
        ("0C010110", ["no-long-get-in-progress"]),
        ("C403C10201030110", ["read-write-denied", "no-long-get-in-progress"]),
        ("C401C10009060000280000FF", []),
        ("C6", ["apdu-not-readable"]),
        ("", ["apdu-not-readable"]),
    ],
)
def test_errors_of_services_are_explained(octets: str, expected: list[str]) -> None:
    assert codes(found(octets)) == expected


def test_the_expected_invocation_counter_is_told_with_what_to_set() -> None:
    finding, _ = found("D8010601234567")

    assert finding.code == "invocation-counter-error"
    assert "at least 19088743 (0x01234567)" in finding.message
    assert "{ start = 19088743 }" in finding.suggestion
    assert finding.field == "exception-response.service-error"


def test_hls_that_goes_on_is_not_called_outstanding() -> None:
    accepted = aare(0, 1, 14)

    assert codes(found(accepted)) == ["hls-pass-3-outstanding"]
    assert found(accepted)[0].severity == "info"
    assert found(accepted, "C701C10000") == []


def test_each_finding_points_at_the_reply_that_shows_it() -> None:
    assert [finding.index for finding in found("C401C10103", "C401C10009060000280000FF", "D80105")] == [0, 2, 2]
