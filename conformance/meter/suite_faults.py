"""What faulty meters of security suites 1 and 2 open: what is under a short key, or compressed in another way."""

from __future__ import annotations

import zlib
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.gcm import protect
from conformance.dlms.security.header import TAG_OCTETS

SHORT_KEY: Final = "key-of-128-bits-accepted"
DEFLATED: Final = "deflated-request-served"
CRASHES: Final = "compressed-request-crashes"
_AES_128_OCTETS: Final = 16
_LARGEST: Final = 65_535


def opened_under_half_a_key(
    control: SecurityControl,
    title: bytes,
    counter: int,
    key: bytes,
    authentication_key: bytes,
    content: bytes,
    additional: bytes,
) -> bytes | None:
    """What AES-128 under the first half of the key opens; None where it does not."""
    half, size = key[:_AES_128_OCTETS], len(content) - TAG_OCTETS
    if not (control.authenticated and control.encrypted) or size < 0:
        return None
    nonce = title + counter.to_bytes(4, "big")
    # Counter mode is its own inverse: what encrypts the ciphertext gives the plain text, and a tag over it.
    plain = AESGCM(half).encrypt(nonce, content[:size], b"")[:size]
    sealed = protect(control, title, counter, half, authentication_key, plain, additional=additional)
    return plain if sealed == content else None


def inflated(content: bytes) -> bytes | None:
    """What deflate makes of compressed content; None where it is none. DLMS/COSEM compresses by ITU-T V.44."""
    try:
        return zlib.decompressobj().decompress(content, _LARGEST) or None
    except zlib.error:
        return None
