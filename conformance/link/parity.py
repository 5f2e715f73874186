"""Characters of 7 bits with even parity on a line of 8 bits without: the same bits on the wire.

The parity of 7E1 stands where 8N1 has its top bit, so a port need not be switched between them, which not every port
and gateway can; and a wrong parity can be told.
"""

from __future__ import annotations

from typing import Final

_EVEN: Final = bytes(octet | 0x80 if octet.bit_count() % 2 else octet for octet in range(0x80))


def even_weight(octet: int) -> bool:
    """Whether the number of bits set is even."""
    return octet.bit_count() % 2 == 0


def with_even_parity(characters: bytes) -> bytes:
    """Characters of 7 bits, each with its parity in the top bit.

    Raises:
        IndexError: a character has more than 7 bits.
    """
    return bytes(_EVEN[character] for character in characters)


def characters_of(octets: bytes) -> bytes | None:
    """The characters of 7 bits; None when a parity is wrong. A port that checks the parity itself gives none."""
    plain = bytes(octet & 0x7F for octet in octets)
    return plain if plain == octets or all(even_weight(octet) for octet in octets) else None
