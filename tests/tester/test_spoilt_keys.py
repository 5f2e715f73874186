"""Spoilt keys: each is wrong in one thing, and its content opens for whoever overlooks just that."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from conformance.device.model import KeyEstablishment
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, gcm
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, WrappedKey
from conformance.dlms.security.key_agreement import derive
from conformance.dlms.security.suite import SUITES
from conformance.meter.model.unchecked_unwrap import unwrap_unchecked
from conformance.tester import spoilt_keys
from conformance.tester.general_request import ciphered, content_key, heading, signed
from conformance.tester.not_declared import NotDeclared
from tests.tester.test_general_protection import CLIENT, GET, METER, private, side


def client(suite: int = 1, how: KeyEstablishment = KeyEstablishment.ONE_PASS, **changes: object):
    return side(suite, how=how, **changes)[0]


def meter(suite: int = 1, how: KeyEstablishment = KeyEstablishment.ONE_PASS):
    return side(suite, meter=True, how=how)[0]


@pytest.mark.parametrize("octets", [16, 24, 32])
def test_wrapping_with_the_integrity_value_of_rfc_3394_is_aes_key_wrap(octets: int) -> None:
    kek, key = bytes(range(octets)), bytes(range(0xA0, 0xB0))

    assert spoilt_keys.wrap_around(kek, key, b"\xa6" * 8) == aes_key_wrap(kek, key)


def test_the_published_vector_4_1_of_rfc_3394() -> None:
    kek = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")

    wrapped = spoilt_keys.wrap_around(kek, key, b"\xa6" * 8)
    assert wrapped.hex().upper() == "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"


def test_a_wrong_integrity_value_hides_the_right_key() -> None:
    security = client()
    made = spoilt_keys.wrapped_with_wrong_integrity(security)
    assert isinstance(made.info, WrappedKey)
    kek = security.settings.master_key.reveal()

    assert unwrap_unchecked(kek, made.info.key_ciphered_data) == made.key
    with pytest.raises(InvalidUnwrap):
        aes_key_unwrap(kek, made.info.key_ciphered_data)


@pytest.mark.parametrize("octet", [0, 8, 23])
def test_a_damaged_key_does_not_unwrap(octet: int) -> None:
    security = client()
    made = spoilt_keys.wrapped_and_damaged(security, octet)
    assert isinstance(made.info, WrappedKey)

    with pytest.raises(InvalidUnwrap):
        aes_key_unwrap(security.settings.master_key.reveal(), made.info.key_ciphered_data)


@pytest.mark.parametrize("suite", [1, 2])
def test_the_point_off_the_curve_is_none_and_its_secret_is_zero(suite: int) -> None:
    security = client(suite)
    made = spoilt_keys.one_pass_off_the_curve(security)
    assert isinstance(made.info, AgreedKey)
    size = 2 * SUITES[suite].coordinate_octets
    public, signature = made.info.key_ciphered_data[:size], made.info.key_ciphered_data[size:]

    with pytest.raises(CipherError):
        elliptic.public_key(SUITES[suite], public)
    own = elliptic.private_key(SUITES[suite], security.settings.signing_key.reveal())
    elliptic.verify(SUITES[suite], own.public_key(), public, signature)
    zeros = bytes(SUITES[suite].coordinate_octets)
    assert made.key == derive(SUITES[suite], zeros, originator_title=CLIENT, recipient_title=METER)


@pytest.mark.parametrize(
    "spoil",
    [
        spoilt_keys.one_pass_signature_damaged,
        spoilt_keys.one_pass_signed_by_stranger,
        spoilt_keys.one_pass_unsigned,
    ],
)
def test_an_ephemeral_key_that_the_client_has_not_signed_opens_for_nobody_who_checks(spoil) -> None:
    security = client()
    head = heading(security)
    plain, protected = meter().open(ciphered(security, GET, head, spoil(security, head)))

    assert protected.error.reason == "signature-invalid"
    assert plain != GET


@pytest.mark.parametrize("how", list(KeyEstablishment))
def test_what_is_put_together_by_hand_as_usual_opens_as_usual(how: KeyEstablishment) -> None:
    security = client(how=how)
    head = heading(security)
    plain, protected = meter(how=how).open(ciphered(security, GET, head, content_key(security, head)))

    assert (plain, protected.error) == (GET, None)


def test_a_spoilt_request_is_right_in_all_else() -> None:
    """The tag of a request with an unknown key-id is that of the global key over the whole header."""
    security = client(how=KeyEstablishment.IDENTIFIED)
    octets = ciphered(security, GET, heading(security), spoilt_keys.identified(security, 9))
    apdu = apdus.decode(octets, deviations=[])
    assert isinstance(apdu, GeneralCiphering)

    assert apdu.key_info.key_id == 9
    plain = gcm.unprotect(
        apdu.security_control,
        CLIENT,
        apdu.invocation_counter,
        security.encryption_key,
        security.authentication_key,
        apdu.content,
        additional=apdu.additional_data,
    )
    assert plain == GET


def test_keys_that_are_made_are_kept_secret() -> None:
    security, kept = side(1, how=KeyEstablishment.ONE_PASS)
    head = heading(security)
    made = [
        spoilt_keys.wrapped_under(security, 1),
        spoilt_keys.wrapped_of_length(security, 32),
        spoilt_keys.wrapped_with_wrong_integrity(security),
        spoilt_keys.wrapped_and_damaged(security, 0),
        spoilt_keys.agreed_by(security, head, b"\x03"),
        spoilt_keys.one_pass_signed_by_stranger(security, head),
        spoilt_keys.one_pass_off_the_curve(security),
    ]

    assert {item.key for item in made} <= set(kept)


def test_a_signature_of_another_key_is_another_signature() -> None:
    security = client()
    stranger = type(security.settings.signing_key)(private(SUITES[1], 99))
    plain, protected = meter().open(signed(security, GET, heading(security), stranger))

    assert protected.error.reason == "signature-invalid"
    assert plain != GET


@pytest.mark.parametrize(("name", "spoil"), [("master_key", spoilt_keys.wrapped_with_wrong_integrity)])
def test_a_key_that_is_not_declared_is_named(name: str, spoil) -> None:
    with pytest.raises(NotDeclared, match=f"{name} is not declared"):
        spoil(client(**{name: None}))
