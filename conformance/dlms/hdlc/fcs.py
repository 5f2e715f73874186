"""FCS-16, the check sequence of HDLC frames (ISO/IEC 13239; IEC 62056-46, annex A)."""

from __future__ import annotations

from typing import Final

from fastcrc import crc16

GOOD: Final = 0x0F47
"""What `remainder` gives for octets that are followed by their own check sequence."""


def remainder(octets: bytes) -> int:
    """The check sequence of `octets` as a number; for "123456789" it is 906E."""
    return crc16.ibm_sdlc(octets)


def fcs16(octets: bytes) -> bytes:
    """The check sequence (HCS or FCS) that follows `octets`: two octets as sent, the lower one first."""
    return crc16.ibm_sdlc(octets).to_bytes(2, "little")
