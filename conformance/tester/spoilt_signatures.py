"""ECDSA signatures that must not verify: what a careless verifier takes, or a careless signer makes.

A signature of DLMS/COSEM (IEC 62056-5-3) is r ‖ s, each as long as a coordinate of the curve: 64 octets in suite 1,
96 in suite 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite, suite_of

Make = Callable[[SecuritySuite, bytes, bytes], bytes]
"""From suite, private key and the octets to be signed to what is sent as their signature."""


@dataclass(frozen=True, slots=True)
class SpoiltSignature:
    """One way to sign wrongly.

    Attributes:
        title: what is wrong, in a few words.
        make: the signature.
    """

    title: str
    make: Make


def right(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    """The signature r ‖ s as it should be."""
    return elliptic.sign(suite, elliptic.private_key(suite, key), octets)


def halves(suite: SecuritySuite, signature: bytes) -> tuple[int, int] | None:
    """The numbers r and s of a plain signature; None where it does not have the length of one."""
    size = suite.coordinate_octets
    if len(signature) != 2 * size:
        return None
    return int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")


def form_fault(suite: SecuritySuite, signature: bytes) -> str | None:
    """What is wrong with the form of a signature, its length, DER, r or s zero; None when nothing is."""
    numbers = halves(suite, signature)
    if numbers is not None:
        return None if all(numbers) else "r or s of the signature is zero"
    try:
        decode_dss_signature(signature)
    except ValueError:
        return f"a signature of {len(signature)} octets, {2 * suite.coordinate_octets} in suite {suite.id}"
    return f"a signature in DER, {len(signature)} octets, in place of r and s"


def _by_another_key(suite: SecuritySuite, _: bytes, octets: bytes) -> bytes:
    return elliptic.sign(suite, ec.generate_private_key(suite.elliptic), octets)


def _bit_flipped(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    signature = right(suite, key, octets)
    return signature[:-1] + bytes((signature[-1] ^ 0x01,))


def _cut(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    return right(suite, key, octets)[:-1]


def _lengthened(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    return right(suite, key, octets) + b"\x00"


def _missing(_suite: SecuritySuite, _key: bytes, _octets: bytes) -> bytes:
    return b""


def _der(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    r, s = halves(suite, right(suite, key, octets)) or (1, 1)
    return encode_dss_signature(r, s)


def _with(*, r: int | None = None, s: int | None = None) -> Make:
    def make(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
        size = suite.coordinate_octets
        found = halves(suite, right(suite, key, octets)) or (1, 1)
        return b"".join(
            (own if wanted is None else wanted).to_bytes(size, "big") for own, wanted in zip(found, (r, s), strict=True)
        )

    return make


def _exchanged(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    signature, size = right(suite, key, octets), suite.coordinate_octets
    return signature[size:] + signature[:size]


def _over_another_hash(suite: SecuritySuite, key: bytes, octets: bytes) -> bytes:
    other: HashAlgorithm = SHA384() if suite.id == 1 else SHA256()
    size = suite.coordinate_octets
    r, s = decode_dss_signature(elliptic.private_key(suite, key).sign(octets, ec.ECDSA(other)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _on_the_other_curve(suite: SecuritySuite, _: bytes, octets: bytes) -> bytes:
    other = suite_of(3 - suite.id)
    return elliptic.sign(other, ec.generate_private_key(other.elliptic), octets)


SPOILT: Final = (
    SpoiltSignature("signature by another key", _by_another_key),
    SpoiltSignature("one bit of the signature wrong", _bit_flipped),
    SpoiltSignature("signature without its last octet", _cut),
    SpoiltSignature("signature with an octet more", _lengthened),
    SpoiltSignature("signature of no octets", _missing),
    SpoiltSignature("r zero", _with(r=0)),
    SpoiltSignature("s zero", _with(s=0)),
    SpoiltSignature("r and s zero", _with(r=0, s=0)),
    SpoiltSignature("r and s exchanged", _exchanged),
    SpoiltSignature("DER in place of r and s", _der),
    SpoiltSignature("signature over another hash than the suite's", _over_another_hash),
    SpoiltSignature("signature on the curve of the other suite", _on_the_other_curve),
)
