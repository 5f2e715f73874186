"""HDLC addresses: seven bits an octet, the lowest bit set in the last one (IEC 62056-46, 6.4.2 MAC addressing)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader

NO_STATION: Final = 0x00
"""Nobody receives this address, whatever its length."""
_LONGEST: Final = 4


@dataclass(frozen=True, slots=True)
class HdlcAddress:
    """An HDLC address: of a client, or of a logical device (upper) in a physical device (lower).

    Attributes:
        upper: client SAP, or upper HDLC address; 0 to 127, on 4 octets 0 to 16383.
        lower: lower HDLC address, same range; None on 1 octet, which has none.
        length: 1, 2 or 4 octets.
    """

    upper: int
    lower: int | None = None
    length: int = 1

    def encode(self) -> bytes:
        """The address as sent.

        Raises:
            EncodeError: a part does not fit, or the length is none of 1, 2 and 4.
        """
        upper, lower = self.upper, self.lower
        if self.length == 1 and lower is None and 0 <= upper <= 0x7F:
            return bytes((upper << 1 | 1,))
        if lower is not None and self.length == 2 and 0 <= upper <= 0x7F and 0 <= lower <= 0x7F:
            return bytes((upper << 1, lower << 1 | 1))
        if lower is not None and self.length == 4 and 0 <= upper <= 0x3FFF and 0 <= lower <= 0x3FFF:
            return bytes((upper >> 6 & 0xFE, upper << 1 & 0xFE, lower >> 6 & 0xFE, lower << 1 & 0xFE | 1))
        raise EncodeError(
            f"HDLC address upper {upper}, lower {lower} has no encoding on {self.length} octets; expected upper 0 to "
            "127 without lower on 1 octet, both 0 to 127 on 2, both 0 to 16383 on 4"
        )

    @property
    def all_station(self) -> bool:
        """Whether a part of it is the all-station address: 7F, on 4 octets 3FFF."""
        everyone = 0x3FFF if self.length == _LONGEST else 0x7F
        return everyone in (self.upper, self.lower)

    @property
    def no_station(self) -> bool:
        """Whether a part of it is the no-station address, 0."""
        return NO_STATION in (self.upper, self.lower)

    def __str__(self) -> str:
        lower = "" if self.lower is None else f"/{self.lower}"
        return f"{self.upper}{lower} on {self.length} octet{'s' if self.length > 1 else ''}"


def from_octets(octets: bytes) -> HdlcAddress:
    """The address whose 1, 2 or 4 octets are given; only the last of them has its lowest bit set."""
    match len(octets):
        case 1:
            return HdlcAddress(octets[0] >> 1)
        case 2:
            return HdlcAddress(octets[0] >> 1, octets[1] >> 1, 2)
        case _:
            upper = octets[0] >> 1 << 7 | octets[1] >> 1
            return HdlcAddress(upper, octets[2] >> 1 << 7 | octets[3] >> 1, 4)


def read(reader: Reader, name: str) -> HdlcAddress:
    """Take an address of 1, 2 or 4 octets.

    Raises:
        DecodeError: no last octet among the first four, or an address on 3 octets.
    """
    octets = reader.octets
    start = reader.position
    stop = min(reader.end, start + _LONGEST)
    size = 1
    while start + size <= stop and not octets[start + size - 1] & 1:
        size += 1
    if size > _LONGEST:
        taken = reader.take(name, _LONGEST)
        reader.fail(f"address without an end in {len(taken)} octets", back=_LONGEST, expected="1, 2 or 4 octets")
    taken = reader.take(name, size)
    if size == 3:
        reader.fail("address on 3 octets", back=size, expected="1, 2 or 4 octets")
    address = from_octets(taken)
    reader.meaning(address)
    return address
