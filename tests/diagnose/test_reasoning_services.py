"""What openings, services and transfers show: refusals with all their fields, and what does not belong together."""

from __future__ import annotations

import pytest

from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.data.values import array, unsigned
from conformance.dlms.security.ciphered import ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseNormal, GetResponseWithDatablock
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.dlms.xdlms.notification import DataNotification
from conformance.dlms.xdlms.set import SetResponseNormal
from tests.diagnose.exchanges import CLIENT, GET, METER, RESPONSE, SERVICES, USER, aare, aarq, diagnosed, of, request

PLAIN = {
    "application_context_name": ApplicationContext.LN.oid,
    "mechanism_name": None,
    "calling_authentication_value": None,
    "calling_ap_title": None,
    "sender_acse_requirements": None,
}
VALUE = unsigned(7)


def plain_opening(**changes: object) -> list[bytes]:
    """An association without authentication and ciphering."""
    accepted = aare(
        RESPONSE,
        0,
        0,
        application_context_name=ApplicationContext.LN.oid,
        responding_ap_title=None,
        responder_acse_requirements=None,
        mechanism_name=None,
        responding_authentication_value=None,
    )
    return [aarq(request(), **(PLAIN | changes)), accepted]


def answered(number: int, *, last: bool = False, raw: bytes = b"\x01\x03\x11\x01\x11") -> bytes:
    return GetResponseWithDatablock(0xC1, last, number, raw).encode()


@pytest.mark.parametrize(
    ("diagnostic", "source", "code"),
    [
        (1, 1, "association-refused-without-reason"),
        (2, 1, "application-context-not-supported"),
        (3, 1, "calling-ap-title-not-recognized"),
        (6, 1, "calling-ae-invocation-id-not-recognized"),
        (11, 1, "mechanism-not-recognized"),
        (12, 1, "mechanism-name-required"),
        (13, 1, "authentication-failure"),
        (14, 1, "authentication-required"),
        (1, 2, "provider-refused-without-reason"),
        (2, 2, "no-common-acse-version"),
    ],
)
def test_every_diagnostic_of_a_refusal_is_told_with_its_source(tmp_path, diagnostic, source, code):
    """Result, source and number stand in the message."""
    refused = aare(METER.sealed(RESPONSE, 500), 1, diagnostic, source)
    found = diagnosed(tmp_path, [aarq(USER.sealed(request(), 100)), refused])
    (statement,) = of(found, code)
    assert statement.severity == "error"
    assert f"({diagnostic})" in statement.message
    assert ("provider" if source == 2 else "user") in statement.message
    assert not found.healthy


def test_an_unknown_user_is_told_from_a_missing_one(tmp_path):
    """Diagnostic 6 with a calling-AE-invocation-id, and without."""
    refused = aare(METER.sealed(RESPONSE, 500), 1, 6)
    missing = diagnosed(tmp_path, [aarq(USER.sealed(request(), 100)), refused])
    unknown = diagnosed(tmp_path, [aarq(USER.sealed(request(), 100), calling_ae_invocation_id=9), refused])
    assert of(missing, "client-user-missing")
    assert not of(missing, "client-user-unknown")
    assert "user 9" in of(unknown, "client-user-unknown")[0].message
    assert not of(unknown, "client-user-missing")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"calling_ap_title": None}, "calling-ap-title-missing"),
        ({"calling_ap_title": CLIENT[:5]}, "system-title-length"),
        ({"application_context_name": b"\x60\x85\x74\x05\x08\x01\x09"}, "object-identifier-unknown"),
        ({"mechanism_name": b"\x60\x85\x74\x05\x08\x02\x44"}, "object-identifier-unknown"),
        ({"calling_authentication_value": b"short"}, "challenge-length"),
        ({"protocol_version": "0100"}, "protocol-version-without-version1"),
    ],
)
def test_what_is_wrong_in_the_request_is_told(tmp_path, changes, code):
    """Titles, names, challenge and version of an AARQ that is refused."""
    refused = aare(METER.sealed(RESPONSE, 500), 1, 1)
    found = diagnosed(tmp_path, [aarq(USER.sealed(request(), 100), **changes), refused])
    assert [item.frame for item in of(found, code)] == [1]


def test_a_clear_initiate_request_in_a_ciphered_context_is_told(tmp_path):
    """The config field is named."""
    found = diagnosed(tmp_path, [aarq(request()), aare(METER.sealed(RESPONSE, 500), 1, 13)])
    (statement,) = of(found, "initiate-request-unciphered")
    assert [(change.key, change.value) for change in statement.changes] == [("initiate_protection", '"glo"')]


def test_the_initiate_error_of_a_refusal_is_told(tmp_path):
    """DLMS version too low."""
    said = InitiateRequest(SERVICES, proposed_dlms_version_number=5).encode()
    refused = aare(ConfirmedServiceError(1, 6, 1).encode(), 1, 1, application_context_name=ApplicationContext.LN.oid)
    found = diagnosed(tmp_path, [aarq(said, **PLAIN), refused])
    assert "0E 01 06 01" in of(found, "dlms-version-too-low")[0].message
    assert of(found, "dlms-version-not-6")[0].severity == "error"


@pytest.mark.parametrize(
    ("reply", "code", "fact"),
    [
        (GetResponseNormal(0xC1, 3).encode(), "read-write-denied", "class 8 0.0.1.0.0.255 attribute 2"),
        (GetResponseNormal(0xC1, 4).encode(), "data-access-result", "object-undefined (4)"),
        (GetResponseNormal(0xC2, VALUE).encode(), "invoke-id-not-echoed", "C2 answers C1"),
        (GetResponseNormal(0x41, VALUE).encode(), "invoke-id-bits-differ", "41 answers C1"),
        (SetResponseNormal(0xC1, 0).encode(), "reply-of-other-service", "set-response"),
        (ExceptionResponse(2, 3).encode(), "exception-response", "service-unknown (2), service-error other-reason (3)"),
        (ConfirmedServiceError(5, 5, 1).encode(), "confirmed-service-error", "scope-of-access-violated"),
        (bytes.fromhex("C401C1"), "apdu-not-readable", "get-response"),
    ],
)
def test_what_a_reply_says_is_told(tmp_path, reply, code, fact):
    """With its fields, and what it was about."""
    found = diagnosed(tmp_path, [*plain_opening(), GET, reply])
    (statement,) = of(found, code)
    assert statement.frame == 4
    assert fact in statement.message


def test_a_notification_before_the_reply_is_told_and_is_not_taken_for_it(tmp_path):
    """The reply behind it belongs to the request."""
    push = DataNotification(1, b"", array(VALUE)).encode()
    reply = GetResponseNormal(0xC2, VALUE).encode()
    found = diagnosed(tmp_path, [*plain_opening(), GET, push, reply], "><><<")
    assert of(found, "notification-before-reply")[0].frame == 4
    assert of(found, "invoke-id-not-echoed")[0].frame == 5


def test_data_after_a_refusal_is_told(tmp_path):
    """A meter that serves whom it refused."""
    refused = aare(RESPONSE, 1, 13, application_context_name=ApplicationContext.LN.oid)
    found = diagnosed(tmp_path, [aarq(request(), **PLAIN), refused, GET, GetResponseNormal(0xC1, VALUE).encode()])
    assert of(found, "served-after-rejection")[0].frame == 4
    assert of(found, "service-after-rejection")[0].frame == 3


def test_a_password_that_is_refused_is_told_by_whose_it_is(tmp_path):
    """The request carries the declared one, or another; neither is shown."""
    lls = PLAIN | {"mechanism_name": Mechanism.LLS.oid, "calling_authentication_value": b"Tr0ub4dor"}
    refused = aare(RESPONSE, 1, 13, application_context_name=ApplicationContext.LN.oid)
    for password, fact in (("Tr0ub4dor", "the meter has another one"), ("other word", "does not carry the password")):
        found = diagnosed(tmp_path, [aarq(request(), **lls), refused], password=password)
        (statement,) = of(found, "secret-wrong")
        assert fact in statement.message
        assert "Tr0ub4dor" not in repr(found.statements)


def test_a_long_get_is_followed_to_its_end(tmp_path):
    """The value is put together, and nothing is wrong."""
    blocks = [answered(1), GetRequestNext(0xC1, 1).encode(), answered(2, last=True, raw=b"\x02\x11\x03")]
    found = diagnosed(tmp_path, [*plain_opening(), GET, *blocks])
    assert found.healthy
    assert "array[3] {unsigned 1, unsigned 2, unsigned 3}" in of(found, "blocks-complete")[0].message


def test_wrong_block_numbers_are_told_by_who_sent_them(tmp_path):
    """The client asks for another block than came; the meter sends another than is due."""
    client = diagnosed(tmp_path, [*plain_opening(), GET, answered(1), GetRequestNext(0xC1, 3).encode(), answered(2)])
    assert [item.frame for item in of(client, "block-number-wrong")] == [5]
    meter = diagnosed(tmp_path, [*plain_opening(), GET, answered(1), GetRequestNext(0xC1, 1).encode(), answered(4)])
    assert [item.frame for item in of(meter, "block-number-wrong")] == [6]


def test_a_transfer_that_stops_is_told_with_the_request_that_is_due(tmp_path):
    """Also where nothing else is wrong: it stays a warning."""
    found = diagnosed(tmp_path, [*plain_opening(), GET, answered(1)])
    (statement,) = of(found, "block-transfer-incomplete")
    assert statement.severity == "warning"
    assert "C0 02 C1 00 00 00 01" in statement.message


def test_get_request_next_inside_general_blocks_is_told(tmp_path):
    """The client mixes mechanisms."""
    block = GeneralBlockTransfer(False, False, 1, 1, 1, b"\xc4\x01\xc1\x00").encode()
    found = diagnosed(tmp_path, [*plain_opening(), GET, block, GetRequestNext(0xC1, 1).encode()])
    assert of(found, "mixed-block-transfer")[0].frame == 5


def test_a_reply_that_is_no_aare_is_told(tmp_path):
    """Whatever it begins with."""
    found = diagnosed(tmp_path, [aarq(request(), **PLAIN), bytes.fromhex("0501C8")])
    assert of(found, "reply-is-no-aare")[0].frame == 2


def test_a_protected_apdu_without_protection_is_told(tmp_path):
    """Security control 00 in a form that is made for ciphering."""
    said = ServiceCiphered(0x21, SecurityControl(), 5, request()).encode()
    found = diagnosed(tmp_path, [aarq(said), aare(METER.sealed(RESPONSE, 500), 1, 13)])
    assert of(found, "security-control-none")[0].frame == 1
    assert of(found, "security-control-differs")
