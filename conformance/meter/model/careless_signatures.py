"""How faulty meters sign and what they take for a signature (ECDSA, security suites 1 and 2)."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, Hash

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite

_ORDERS: Final = {
    1: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    2: int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
}
"""Order n of the base point of P-256 and of P-384 (SEC 2), by security suite."""
_NONCE_CONSTANT: Final = "signing-nonce-constant"
_SENT_AS_DER: Final = "signature-sent-as-der"
SIGNING: Final = frozenset((_NONCE_CONSTANT, _SENT_AS_DER))
"""Defects of the meter's own signatures."""
_NONCE: Final = 0x5EED_0001


def accepted(suite: SecuritySuite, public: bytes, octets: bytes, signature: bytes, faults: frozenset[str]) -> bool:
    """Whether a meter with these defects takes a signature that does not verify."""
    size = suite.coordinate_octets
    zero = not any(signature[:size]) or not any(signature[size:])
    if "signature-of-zeros-accepted" in faults and zero and len(signature) == 2 * size:
        return True
    if "signature-with-more-octets-accepted" in faults and len(signature) > 2 * size:
        return _verifies(suite, public, octets, signature[: 2 * size])
    if "der-signature-accepted" in faults:
        return _verifies_der(suite, public, octets, signature)
    if "signature-over-another-hash-accepted" in faults and len(signature) == 2 * size:
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        return _verifies_der(suite, public, octets, encode_dss_signature(r, s), other_hash=True)
    return False


def signed(suite: SecuritySuite, scalar: bytes, octets: bytes, faults: frozenset[str]) -> bytes:
    """The signature of the meter: r ‖ s in a sound one."""
    if _NONCE_CONSTANT in faults:
        return _under_one_nonce(suite, scalar, octets)
    signature = elliptic.sign(suite, elliptic.private_key(suite, scalar), octets)
    if _SENT_AS_DER in faults:
        size = suite.coordinate_octets
        return encode_dss_signature(int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))
    return signature


def _under_one_nonce(suite: SecuritySuite, scalar: bytes, octets: bytes) -> bytes:
    """ECDSA (FIPS 186-4) with the nonce k the same each time."""
    order, size = _ORDERS[suite.id], suite.coordinate_octets
    point = ec.derive_private_key(_NONCE, suite.elliptic).public_key().public_numbers()
    digest = Hash(suite.hash)
    digest.update(octets)
    # The hashes of both suites are as long as the order.
    number, r = int.from_bytes(digest.finalize(), "big"), point.x % order
    s = pow(_NONCE, -1, order) * (number + r * int.from_bytes(scalar, "big")) % order
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _verifies(suite: SecuritySuite, public: bytes, octets: bytes, signature: bytes) -> bool:
    try:
        elliptic.verify(suite, elliptic.public_key(suite, public), octets, signature)
    except CipherError:
        return False
    return True


def _verifies_der(
    suite: SecuritySuite, public: bytes, octets: bytes, signature: bytes, *, other_hash: bool = False
) -> bool:
    own = suite.id == 1
    algorithm = SHA256() if own is not other_hash else SHA384()
    try:
        decode_dss_signature(signature)
        elliptic.public_key(suite, public).verify(signature, octets, ec.ECDSA(algorithm))
    except (ValueError, InvalidSignature, CipherError):
        return False
    return True
