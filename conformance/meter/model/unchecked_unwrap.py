"""AES key unwrap that never looks at the integrity check value: what a faulty meter does with a wrapped key."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from conformance.dlms.errors import CipherError

_BLOCK = 8


def unwrap_unchecked(kek: bytes, wrapped: bytes) -> bytes:
    """The key inside as RFC 3394 computes it, right or wrong.

    Raises:
        CipherError: octets that are no three or more blocks of 8: `unwrap`.
    """
    if len(wrapped) % _BLOCK or len(wrapped) < 3 * _BLOCK:
        raise CipherError(f"{len(wrapped)} octets are no wrapped key", reason="unwrap")
    check, blocks = wrapped[:_BLOCK], [wrapped[at : at + _BLOCK] for at in range(_BLOCK, len(wrapped), _BLOCK)]
    decryptor = Cipher(AES(kek), ECB()).decryptor()  # noqa: S305 - the block cipher that key wrap is made of
    count = len(blocks)
    for step in range(6 * count, 0, -1):
        place = (step - 1) % count
        mixed = (int.from_bytes(check, "big") ^ step).to_bytes(_BLOCK, "big")
        opened = decryptor.update(mixed + blocks[place])
        check, blocks[place] = opened[:_BLOCK], opened[_BLOCK:]
    return b"".join(blocks)
