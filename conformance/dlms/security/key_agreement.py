"""Deriving agreed keys: the three schemes of DLMS/COSEM and their key derivation function (IEC 62056-5-3).

| scheme | key-parameters | party U brings | party V brings | used by |
|---|---|---|---|---|
| Ephemeral Unified Model C(2e, 0s) | | ephemeral key, signed | ephemeral key, signed | Security setup |
| One-Pass Diffie-Hellman C(1e, 1s) | 01 | ephemeral key, signed | static key | general-ciphering |
| Static Unified Model C(0e, 2s) | 02 | static key, transaction-id as nonce | static key | general-ciphering |

Party U is whoever sends (of C(2e, 0s): the client). The key is the leftmost part of
Hash(00000001 ‖ Z ‖ AlgorithmID ‖ PartyUInfo ‖ PartyVInfo), the concatenation KDF of NIST SP 800-56A.
"""

from __future__ import annotations

from enum import IntEnum

from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from conformance.dlms import axdr
from conformance.dlms.security.suite import AlgorithmId, SecuritySuite


class Scheme(IntEnum):
    """Scheme of an agreed-key, as its key-parameters say."""

    ONE_PASS = 1
    STATIC_UNIFIED = 2

    @property
    def label(self) -> str:
        """The standard's name."""
        return "C(1e, 1s, ECC CDH)" if self is Scheme.ONE_PASS else "C(0e, 2s, ECC CDH)"


def derive(
    suite: SecuritySuite,
    shared_secret: bytes,
    *,
    originator_title: bytes,
    recipient_title: bytes,
    nonce: bytes | None = None,
    algorithm: AlgorithmId | None = None,
) -> bytes:
    """The agreed key: 16 octets for an algorithm of 128 bits, 32 for one of 256.

    Args:
        suite: whose hash derives.
        shared_secret: Z.
        originator_title: system title of party U.
        recipient_title: system title of party V.
        nonce: of C(0e, 2s) the transaction-id; it enters with its length. None in the other schemes.
        algorithm: what the key is for; None is AES-GCM of the suite.

    Raises:
        CipherError: the suite has no key agreement.
    """
    digest = suite.hash
    wanted = suite.gcm if algorithm is None else algorithm
    assert wanted is not None  # noqa: S101 - a suite with a hash has both
    party_u = originator_title if nonce is None else originator_title + axdr.sized(nonce)
    other = wanted.octets + party_u + recipient_title
    octets = 16 if wanted in (AlgorithmId.AES_GCM_128, AlgorithmId.AES_WRAP_128) else 32
    return ConcatKDFHash(digest, octets, other).derive(shared_secret)
