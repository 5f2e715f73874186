"""The Conformance block: which xDLMS services and features an association may use (IEC 62056-5-3)."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from conformance.dlms.errors import EncodeError


class ConformanceBit(IntEnum):
    """Numbers of the bits of the Conformance block; bit 0 is sent first.

    Bits 0 and 7 are reserved and zero; they are here so that a block which sets them can be shown and sent.
    """

    RESERVED_ZERO = 0
    GENERAL_PROTECTION = 1
    GENERAL_BLOCK_TRANSFER = 2
    READ = 3
    WRITE = 4
    UNCONFIRMED_WRITE = 5
    DELTA_VALUE_ENCODING = 6
    RESERVED_SEVEN = 7
    ATTRIBUTE0_SUPPORTED_WITH_SET = 8
    PRIORITY_MGMT_SUPPORTED = 9
    ATTRIBUTE0_SUPPORTED_WITH_GET = 10
    BLOCK_TRANSFER_WITH_GET_OR_READ = 11
    BLOCK_TRANSFER_WITH_SET_OR_WRITE = 12
    BLOCK_TRANSFER_WITH_ACTION = 13
    MULTIPLE_REFERENCES = 14
    INFORMATION_REPORT = 15
    DATA_NOTIFICATION = 16
    ACCESS = 17
    PARAMETERIZED_ACCESS = 18
    GET = 19
    SET = 20
    SELECTIVE_ACCESS = 21
    EVENT_NOTIFICATION = 22
    ACTION = 23

    @property
    def label(self) -> str:
        """The standard's spelling."""
        return self.name.lower().replace("_", "-")


Conformance = frozenset[ConformanceBit]

SIZE = 3
"""Octets of the Conformance block."""


@lru_cache(maxsize=1024)
def encode_bits(conformance: Conformance) -> bytes:
    """The three octets of the block with the bits of `conformance` set."""
    bits = 0
    for bit in conformance:
        bits |= 1 << 23 - bit
    return bits.to_bytes(SIZE, "big")


@lru_cache(maxsize=1024)
def decode_bits(octets: bytes) -> Conformance:
    """The bits that are set in the three octets of a block."""
    if len(octets) != SIZE:
        raise EncodeError(f"a Conformance block has {SIZE} octets, not {len(octets)}")
    bits = int.from_bytes(octets, "big")
    return frozenset(bit for bit in ConformanceBit if bits >> 23 - bit & 1)


def describe(conformance: Conformance) -> str:
    """The names of the bits set, in the order of their numbers."""
    return ", ".join(bit.label for bit in sorted(conformance)) or "none"
