"""exception-response and confirmed-service-error: the answers of a server that cannot serve."""

from __future__ import annotations

import pytest

from conformance.dlms import apdu
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms.confirmed_service_error import (
    VALUES,
    ApplicationReferenceError,
    ConfirmedService,
    ConfirmedServiceError,
    InitiateError,
    ServiceError,
)
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError


@pytest.mark.parametrize(
    ("octets", "value", "text"),
    [
        ("D80101", ExceptionResponse(1, 1), "service-not-allowed / operation-not-possible"),
        ("D80202", ExceptionResponse(2, 2), "service-unknown / service-not-supported"),
        ("D80203", ExceptionResponse(2, 3), "service-unknown / other-reason"),
        ("D80104", ExceptionResponse(1, 4), "service-not-allowed / pdu-too-long"),
        ("D80105", ExceptionResponse(1, 5), "service-not-allowed / deciphering-error"),
        (
            "D8010600000102",
            ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ExceptionServiceError.INVOCATION_COUNTER_ERROR, 0x102),
            "service-not-allowed / invocation-counter-error, expected counter 258",
        ),
    ],
)
def test_an_exception_is_coded_octet_for_octet_and_told(octets: str, value: ExceptionResponse, text: str) -> None:
    assert value.encode() == bytes.fromhex(octets)
    assert apdu.decode(bytes.fromhex(octets)) == value
    assert value.describe() == text


def test_an_invocation_counter_error_without_its_value_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex("D80106"))
    assert (caught.value.path, caught.value.offset) == ("exception-response.invocation-counter-error", 3)


def test_a_counter_after_another_error_is_left_over() -> None:
    with pytest.raises(DecodeError, match="4 octets left over"):
        apdu.decode(bytes.fromhex("D8010500000102"))


@pytest.mark.parametrize(
    ("octets", "code", "path"),
    [
        ("D80001", "state-error-unknown", "exception-response.state-error"),
        ("D80301", "state-error-unknown", "exception-response.state-error"),
        ("D80100", "service-error-unknown", "exception-response.service-error"),
        ("D80107", "service-error-unknown", "exception-response.service-error"),
    ],
)
def test_reserved_values_of_an_exception_are_refused_or_noted(octets: str, code: str, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert caught.value.path == path
    deviations: list[Deviation] = []
    assert isinstance(apdu.decode(bytes.fromhex(octets), deviations=deviations), ExceptionResponse)
    assert [(deviation.code, deviation.path) for deviation in deviations] == [(code, path)]


@pytest.mark.parametrize("value", [ExceptionResponse(1, 6), ExceptionResponse(1, 5, 1), ExceptionResponse(256, 1)])
def test_an_exception_that_contradicts_itself_has_no_encoding(value: ExceptionResponse) -> None:
    with pytest.raises(EncodeError):
        value.encode()


@pytest.mark.parametrize(
    ("octets", "value", "text"),
    [
        # user-information of the rejection in elster_sn_context_rejected
        ("0E010600", ConfirmedServiceError(1, 6, 0), "initiateError / initiate / other"),
        ("0E010601", ConfirmedServiceError(1, 6, 1), "initiateError / initiate / dlms-version-too-low"),
        ("0E010604", ConfirmedServiceError(1, 6, 4), "initiateError / initiate / refused-by-the-VDE-Handler"),
        # pass 3 refused in genus_dedicated_key_pass3
        ("0E060006", ConfirmedServiceError(6, 0, 6), "write / application-reference / deciphering-error"),
        ("0E050302", ConfirmedServiceError(5, 3, 2), "read / service / service-unsupported"),
        ("0E130A07", ConfirmedServiceError(19, 10, 7), "terminateUpLoad / other / 7"),
    ],
)
def test_a_service_error_is_coded_octet_for_octet_and_told(
    octets: str, value: ConfirmedServiceError, text: str
) -> None:
    assert value.encode() == bytes.fromhex(octets)
    assert apdu.decode(bytes.fromhex(octets)) == value
    assert value.describe() == text


@pytest.mark.parametrize(
    ("octets", "path", "offset"),
    [
        ("0E000600", "confirmed-service-error.choice", 1),
        ("0E140600", "confirmed-service-error.choice", 1),
        ("0E010B00", "confirmed-service-error.service-error", 2),
        ("0E0106", "confirmed-service-error.value", 3),
        ("0E01060000", "confirmed-service-error", 4),
    ],
)
def test_a_broken_service_error_is_told_by_its_path(octets: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets), deviations=[])
    assert (caught.value.path, caught.value.offset) == (path, offset)


@pytest.mark.parametrize(
    ("octets", "code", "path"),
    [
        ("0E010605", "service-error-value-unknown", "confirmed-service-error.value"),
        ("0E050800", "service-error-reserved", "confirmed-service-error.service-error"),
    ],
)
def test_reserved_values_of_a_service_error_are_refused_or_noted(octets: str, code: str, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert caught.value.path == path
    deviations: list[Deviation] = []
    apdu.decode(bytes.fromhex(octets), deviations=deviations)
    assert [(deviation.code, deviation.path) for deviation in deviations] == [(code, path)]


def test_the_parts_of_a_service_error_are_shown_with_their_names() -> None:
    root = apdu.dissect(bytes.fromhex("0E010603")).root
    assert [field.value for field in root.children] == [
        "confirmed-service-error",
        "initiateError (1)",
        "initiate (6)",
        "pdu-size-too-short (3)",
    ]


def test_the_tables_of_service_errors_are_complete() -> None:
    assert [int(service) for service in ConfirmedService] == list(range(1, 20))
    assert [int(category) for category in ServiceError] == list(range(11))
    assert set(ServiceError) - set(VALUES) == {ServiceError.CHANGE_SCOPE, ServiceError.OTHER}
    for values in VALUES.values():
        assert [int(value) for value in values] == list(range(len(values)))
    assert ApplicationReferenceError.DECIPHERING_ERROR == 6
    assert InitiateError.PDU_SIZE_TOO_SHORT == 3
