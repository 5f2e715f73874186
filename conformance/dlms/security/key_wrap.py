"""Wrapping keys for transport under the master key: AES key wrap (RFC 3394), with 128 or 256 bits."""

from __future__ import annotations

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from conformance.dlms.errors import CipherError


def wrap(kek: bytes, key: bytes) -> bytes:
    """`key` under `kek`: 8 octets longer than the key.

    Raises:
        CipherError: a key or key encryption key of an impossible length: `key-length`.
    """
    try:
        return aes_key_wrap(kek, key)
    except ValueError as error:
        raise CipherError(f"a key of {len(key)} octets cannot be wrapped: {error}", reason="key-length") from None


def unwrap(kek: bytes, wrapped: bytes) -> bytes:
    """The key inside, given out only after its integrity value has been checked.

    Raises:
        CipherError: wrapped under another key, damaged, or of an impossible length: `unwrap`.
    """
    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        raise CipherError(
            f"{len(wrapped)} octets do not unwrap: damaged, or wrapped under another key", reason="unwrap"
        ) from None
