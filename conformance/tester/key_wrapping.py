"""AES key wrap as a tester needs it: with any initial value, and undone without looking at it (RFC 3394).

What a faulty meter makes of a damaged wrapped key must be known before that key is sent: else nobody gets in again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

DEFAULT_INITIAL_VALUE: Final = bytes.fromhex("A6A6A6A6A6A6A6A6")
"""RFC 3394, 2.2.3.1: what must be found again when a key is unwrapped."""
_BLOCK: Final = 8
_ROUNDS: Final = 6


def wrap_with(kek: bytes, key: bytes, initial_value: bytes = DEFAULT_INITIAL_VALUE) -> bytes:
    """`key` under `kek`; with another initial value than the default it must not unwrap.

    Args:
        kek: 16, 24 or 32 octets.
        key: at least 16 octets, a multiple of 8.
        initial_value: 8 octets.

    Raises:
        ValueError: other lengths.
    """
    if len(key) < 2 * _BLOCK or len(key) % _BLOCK or len(initial_value) != _BLOCK:
        raise ValueError(f"{len(key)} octets under an initial value of {len(initial_value)}: no blocks of {_BLOCK}")
    encrypt = _block_cipher(kek, encrypts=True)
    register, blocks = initial_value, _blocks(key)
    for step in range(1, _ROUNDS * len(blocks) + 1):
        place = (step - 1) % len(blocks)
        made = encrypt(register + blocks[place])
        register, blocks[place] = _mixed(made[:_BLOCK], step), made[_BLOCK:]
    return register + b"".join(blocks)


def unwrap_unchecked(kek: bytes, wrapped: bytes) -> tuple[bytes, bytes]:
    """The initial value and the key that `wrapped` gives under `kek`, right or wrong.

    Raises:
        ValueError: octets that are no three or more blocks of 8.
    """
    if len(wrapped) < 3 * _BLOCK or len(wrapped) % _BLOCK:
        raise ValueError(f"{len(wrapped)} octets are no wrapped key")
    decrypt = _block_cipher(kek, encrypts=False)
    register, *blocks = _blocks(wrapped)
    for step in range(_ROUNDS * len(blocks), 0, -1):
        place = (step - 1) % len(blocks)
        made = decrypt(_mixed(register, step) + blocks[place])
        register, blocks[place] = made[:_BLOCK], made[_BLOCK:]
    return register, b"".join(blocks)


def _block_cipher(kek: bytes, *, encrypts: bool) -> Callable[[bytes], bytes]:
    cipher = Cipher(AES(kek), ECB())  # noqa: S305 - the block cipher that key wrap is made of
    return (cipher.encryptor() if encrypts else cipher.decryptor()).update


def _blocks(octets: bytes) -> list[bytes]:
    return [octets[at : at + _BLOCK] for at in range(0, len(octets), _BLOCK)]


def _mixed(register: bytes, step: int) -> bytes:
    return (int.from_bytes(register, "big") ^ step).to_bytes(_BLOCK, "big")
