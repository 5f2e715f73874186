"""How a request was protected, which is how its reply will be, and how many octets that costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import TAG_OCTETS

_HEADER_OCTETS: Final = 5
_LARGEST_PDU: Final = 0xFFFF
"""What the wrapper can carry; a client without a limit gets no more in one APDU."""


@dataclass(frozen=True, slots=True)
class Protection:
    """How a request was protected, and so how its reply will be.

    Attributes:
        control: the security control.
        general: general-glo- or general-ded-ciphering in place of service-specific ciphering.
        dedicated: under the dedicated key.
        titled: whether a general APDU carried the sender's system title.
        encryption_key: global or dedicated; a request that replaces a key is answered under the old one.
        authentication_key: likewise.
    """

    control: SecurityControl
    general: bool
    dedicated: bool
    titled: bool
    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)

    def size(self, plain_octets: int) -> int:
        """Octets of a protected APDU with so many inside."""
        inside = _HEADER_OCTETS + plain_octets + (TAG_OCTETS if self.control.authenticated else 0)
        title = (9 if self.titled else 1) if self.general else 0
        return 1 + title + _length_octets(inside) + inside

    def room(self, limit: int) -> int:
        """Octets of the longest plain APDU that makes a protected one of at most `limit` octets; negative for none."""
        plain = limit - self.size(0)
        while plain >= 0 and self.size(plain) > limit:
            plain -= 1
        return plain


def room_of(limit: int, protection: Protection | None) -> int:
    """Octets of the longest plain reply to a client that takes `limit` octets (0: any number) under a protection."""
    within = limit or _LARGEST_PDU
    return within if protection is None else protection.room(within)


def _length_octets(size: int) -> int:
    if size < 0x80:
        return 1
    return 2 if size < 0x100 else 3
