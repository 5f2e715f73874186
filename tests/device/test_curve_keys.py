"""Keys on elliptic curves in a device config: from digits or certificates, or one clear message."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from conformance.device.model import KeyEstablishment, Protection
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.security import elliptic
from tests.device.conftest import ASSOCIATION, CIPHERED, KEYS, METER, Bench

P256, P384 = ec.derive_private_key(7, ec.SECP256R1()), ec.derive_private_key(7, ec.SECP384R1())
PUBLIC = elliptic.public_octets(P256.public_key()).hex()
WIDER = elliptic.public_octets(P384.public_key()).hex()
SIGNED = CIPHERED.replace('"glo"', '"glo", "general-signing"') + (
    f'security_suite = 1\nsigning_key = {{ env = "SIGN" }}\nserver_signature_key = "{PUBLIC}"\n'
)
PRIVATE = {**KEYS, "SIGN": "11" * 32, "AGREE": "22" * 32}


def certificate(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "4D4D4D0000000001")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.public_key(private.public_key()).not_valid_before(day)
    digest = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.not_valid_after(day + datetime.timedelta(days=9)).sign(private, digest)


def with_certificate(bench: Bench, octets: bytes) -> str:
    (bench.directory / "meter.cer").write_bytes(octets)
    return METER + SIGNED.replace(f'"{PUBLIC}"', '{ certificate = "meter.cer" }')


def test_a_signing_association_has_its_keys(bench: Bench) -> None:
    association = bench.load(METER + SIGNED, environ=PRIVATE).association("management")

    assert association.protections == (Protection.GLO, Protection.GENERAL_SIGNING)
    assert association.signing_key is not None
    assert association.signing_key.reveal() == b"\x11" * 32
    assert association.server_signature_key == bytes.fromhex(PUBLIC)
    assert association.general_ciphering_key is KeyEstablishment.IDENTIFIED
    assert "signing_key" in dict(association.secrets())


@pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_a_public_key_comes_from_a_certificate(bench: Bench, encoding: serialization.Encoding) -> None:
    text = with_certificate(bench, certificate(P256).public_bytes(encoding))

    association = bench.load(text, environ=PRIVATE).association("management")

    assert association.server_signature_key == bytes.fromhex(PUBLIC)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"nonsense", "no X.509 certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no X.509 certificate"),
        (certificate(P384).public_bytes(serialization.Encoding.DER), "public key of 96 octets; 64 are wanted"),
        (
            certificate(ed25519.Ed25519PrivateKey.generate()).public_bytes(serialization.Encoding.DER),
            "no key on an elliptic curve",
        ),
        (b"x" * 70_000, "longer than"),
    ],
    ids=["garbage", "empty", "other curve", "no elliptic curve", "too long"],
)
def test_an_unusable_certificate_is_told(bench: Bench, octets: bytes, told: str) -> None:
    problem = bench.problem(with_certificate(bench, octets), environ=PRIVATE)

    assert told in problem.message
    assert problem.line


def test_a_certificate_that_is_not_there_is_told(bench: Bench) -> None:
    text = METER + SIGNED.replace(f'"{PUBLIC}"', '{ certificate = "missing.pem" }')

    assert "missing.pem cannot be read: No such file" in bench.problem(text, environ=PRIVATE).message


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((PUBLIC, PUBLIC[:-2]), "has 64 octets in suite 1"),
        ((PUBLIC, "zz"), "hexadecimal digits"),
        ((PUBLIC, "00" * 64), "no point of the curve"),
        ((PUBLIC, WIDER), "public key of 96 octets; 64 are wanted in suite 1"),
        ((f'server_signature_key = "{PUBLIC}"\n', ""), "needs it"),
        (('signing_key = { env = "SIGN" }\n', ""), "needs it"),
        (("security_suite = 1\n", ""), "0 has no elliptic curve"),
    ],
    ids=["short", "no digits", "no point", "wrong suite", "no public key", "no private key", "suite 0"],
)
def test_what_does_not_go_together_is_told(bench: Bench, change: tuple[str, str], told: str) -> None:
    assert told in bench.problem(METER + SIGNED.replace(*change), environ=PRIVATE).message


def test_a_private_key_has_the_length_of_the_suites_curve(bench: Bench) -> None:
    problem = bench.problem(METER + SIGNED, environ={**PRIVATE, "SIGN": "11" * 48})

    assert "must be 32 octets for this security suite; it has 48" in problem.message
    assert "1111" not in str(problem)


def test_mechanism_7_needs_signature_keys_and_no_secret(bench: Bench) -> None:
    text = METER + SIGNED.replace("hls-gmac", "hls-ecdsa").replace(', "general-signing"', "")

    association = bench.load(text, environ=PRIVATE).association("management")

    assert association.mechanism is Mechanism.HLS_ECDSA
    without = text.replace('signing_key = { env = "SIGN" }\n', "")
    assert 'mechanism "hls-ecdsa" needs it' in bench.problem(without, environ=PRIVATE).message


def test_an_agreed_key_needs_key_agreement_keys(bench: Bench) -> None:
    text = (
        METER
        + CIPHERED.replace('"glo"]', '"general-ciphering"]')
        + ('security_suite = 1\ngeneral_ciphering_key = "static-unified"\nkey_agreement_key = { env = "AGREE" }\n')
    )

    assert bench.problem(text, environ=PRIVATE).message.startswith("is missing")
    complete = text + f'server_key_agreement_key = "{PUBLIC}"\n'
    association = bench.load(complete, environ=PRIVATE).association("management")
    assert association.general_ciphering_key is KeyEstablishment.STATIC_UNIFIED


def test_a_wrapped_key_needs_the_master_key(bench: Bench) -> None:
    text = METER + CIPHERED.replace('"glo"]', '"general-ciphering"]') + 'general_ciphering_key = "wrapped"\n'

    assert bench.problem(text).message.startswith("is missing")


def test_keys_on_a_curve_are_out_of_place_in_suite_0(bench: Bench) -> None:
    problem = bench.problem(METER + ASSOCIATION + f'server_signature_key = "{PUBLIC}"\n')

    assert "goes with security_suite 1 or 2" in problem.message
