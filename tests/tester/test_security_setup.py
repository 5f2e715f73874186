"""Requests to Security setup, wrapped keys and agreed keys, against published examples."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dlms import apdu
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.tester.agreed_keys import agreed_key, key_data
from conformance.tester.key_wrapping import unwrap_unchecked, wrap_with
from conformance.tester.security_setup import KeyId, SecuritySetup, by_entity, by_serial

KEK = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
WRAPPED = bytes.fromhex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")
"""RFC 3394, 4.1."""

EPHEMERAL_CLIENT_PUBLIC = bytes.fromhex(
    "2914D60E10AB705F62ED6CC349D7CB99B9AB3F3978E59278C7AF595B3AF98794"
    "1372DAB6D5AF1FA867E134167E6F23DE664A6693E05F43414611058D1B48F894"
)
EPHEMERAL_SERVER = bytes.fromhex("34A8C23A34DBB519D09B245754C85A6CFE05D14A063EFA5AA41545AA8241EFAE")
SIGNING_CLIENT = bytes.fromhex("418073C239FA6125011DE4D6CD2E645780289F761BB21BFB0835CB5585E8B373")
SIGNING_CLIENT_PUBLIC = bytes.fromhex(
    "BAAFFDE06A8CB1C9DAE8D94023C601DBBB249254BA22EDD827E820BCA2BCC643"
    "62FBB83D86A82B87BB8B7161D2AAB5521911A946B97A284A90F7785CD9047D25"
)
SIGNATURE_CLIENT = bytes.fromhex(
    "06F0607702AA0E2435A183E2F6B1ECD19629712E389A213610C03F77B2590860"
    "EA840AF5C3FA1F2BCDF055D4744E9A01CE9A0E55026BCAA4EEBEB764CED64BB3"
)
"""Worked example of key agreement with the Ephemeral Unified Model, suite 1 (Green Book)."""


def test_wrap_and_unwrap_are_those_of_the_published_example():
    assert wrap_with(KEK, KEY) == WRAPPED == key_wrap.wrap(KEK, KEY)
    assert unwrap_unchecked(KEK, WRAPPED) == (bytes.fromhex("A6" * 8), KEY)


@pytest.mark.parametrize("kek", [KEK, KEK * 2])
@pytest.mark.parametrize("size", [16, 24, 32])
def test_what_is_wrapped_with_another_initial_value_gives_the_key_to_who_does_not_look(kek, size):
    key = bytes(range(size))
    wrapped = wrap_with(kek, key, bytes.fromhex("A6A6A6A6A6A6A6A7"))
    assert unwrap_unchecked(kek, wrapped) == (bytes.fromhex("A6A6A6A6A6A6A6A7"), key)
    with pytest.raises(CipherError):
        key_wrap.unwrap(kek, wrapped)


@pytest.mark.parametrize("octets", [b"", bytes(8), bytes(17)])
def test_what_is_no_wrapped_key_is_refused(octets):
    with pytest.raises(ValueError, match="octets"):
        unwrap_unchecked(KEK, octets)
    with pytest.raises(ValueError, match="octets"):
        wrap_with(KEK, octets)


def test_a_key_transfer_is_an_array_of_key_id_and_wrapped_key():
    stimulus = SecuritySetup().key_transfer([(0, WRAPPED), (2, WRAPPED)])
    pair = "02 02 16 {:02X} 09 18" + WRAPPED.hex()
    expected = "C3 01 C1 0040 00002B0000FF 02 01 01 02" + pair.format(0) + pair.format(2)
    assert stimulus.octets == bytes.fromhex(expected)
    assert isinstance(apdu.decode(stimulus.octets, deviations=[]), ActionRequestNormal)
    assert stimulus.name == "key_transfer of global unicast encryption key, authentication key"


@pytest.mark.parametrize(
    ("stimulus", "method", "parameters"),
    [
        (SecuritySetup().security_activate(3), 1, "1603"),
        (SecuritySetup().key_agreement([(0, b"\x11")]), 3, "0101 0202 1600 090111"),
        (SecuritySetup().generate_key_pair(1), 4, "1601"),
        (SecuritySetup().generate_certificate_request(0), 5, "1600"),
        (SecuritySetup().import_certificate(b"\x30\x00"), 6, "09023000"),
        (
            SecuritySetup().export_certificate(by_entity(0, 1, b"\x01" * 8)),
            7,
            "0202 1600 0203 1600 1601 0908" + "01" * 8,
        ),
        (SecuritySetup().remove_certificate(by_serial(b"\x05", b"\x06")), 8, "0202 1601 0202 090105 090106"),
    ],
)
def test_each_method_has_its_number_and_parameters(stimulus, method, parameters):
    assert stimulus.octets == bytes.fromhex(f"C301C1004000002B0000FF{method:02X}01" + parameters)


def test_key_data_is_signed_over_key_id_and_key_as_in_the_published_example():
    suite = suite_of(1)
    signed = bytes((KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY,)) + EPHEMERAL_CLIENT_PUBLIC
    trusted = elliptic.public_key(suite, SIGNING_CLIENT_PUBLIC)
    elliptic.verify(suite, trusted, signed, SIGNATURE_CLIENT)
    ephemeral = elliptic.private_key(suite, EPHEMERAL_SERVER)
    data = key_data(suite, 0, ephemeral, SIGNING_CLIENT)
    elliptic.verify(suite, trusted, b"\x00" + data[:64], data[64:])
    assert data[:64] == elliptic.public_octets(ephemeral.public_key())


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("key_id", list(KeyId))
def test_both_sides_agree_on_one_key_of_the_right_length(number, key_id):
    suite = suite_of(number)
    ours, theirs = (ec.generate_private_key(suite.elliptic) for _ in range(2))
    signing = (7).to_bytes(suite.coordinate_octets, "big")
    trusted = elliptic.public_octets(elliptic.private_key(suite, signing).public_key())
    titles = {"client_title": b"CLIENT01", "server_title": b"SERVER01"}
    one = agreed_key(
        suite, key_id, ours, key_data(suite, key_id, theirs, signing), server_signature_key=trusted, **titles
    )
    two = agreed_key(
        suite, key_id, theirs, key_data(suite, key_id, ours, signing), server_signature_key=trusted, **titles
    )
    assert one == two
    assert len(one) == (32 if number == 2 else 16)
    with pytest.raises(CipherError):
        agreed_key(
            suite,
            (key_id + 1) % 4,
            ours,
            key_data(suite, key_id, theirs, signing),
            server_signature_key=trusted,
            **titles,
        )
