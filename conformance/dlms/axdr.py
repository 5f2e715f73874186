"""The lengths that A-XDR (IEC 61334-6) and BER (X.690) share, on the writing side."""

from __future__ import annotations

from conformance.dlms.errors import EncodeError

_SHORT = [bytes((size,)) for size in range(0x80)]


def length(size: int) -> bytes:
    """The minimal definite length that says `size` octets, or `size` elements."""
    if 0 <= size < 0x80:
        return _SHORT[size]
    if size < 0 or size > 0xFFFF_FFFF:
        raise EncodeError(f"length {size} has no encoding; 0 to 4294967295 have")
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def sized(octets: bytes) -> bytes:
    """An OCTET STRING of variable length: its length, then the octets."""
    size = len(octets)
    return (_SHORT[size] if size < 0x80 else length(size)) + octets
