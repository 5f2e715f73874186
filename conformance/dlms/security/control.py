"""The security control octet: how an APDU is protected (IEC 62056-5-3, security header)."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.dlms.errors import EncodeError

SUITES = (0, 1, 2)
"""The security suites that the standard defines; 3 to 15 are reserved."""

AUTHENTICATED = 0x10
ENCRYPTED = 0x20
BROADCAST_KEY = 0x40
COMPRESSED = 0x80


@dataclass(frozen=True, slots=True)
class SecurityControl:
    """What the security control octet says.

    Attributes:
        suite: security suite id, 0 to 15 (bits 0 to 3); 3 to 15 are reserved.
        authenticated: A (bit 4): an authentication tag follows the content.
        encrypted: E (bit 5): the content is encrypted.
        broadcast_key: Key_Set (bit 6): the global broadcast encryption key in place of the unicast one.
        compressed: the information was compressed before it was protected (bit 7).
        octet: all of it, as on the wire.
    """

    suite: int = 0
    authenticated: bool = False
    encrypted: bool = False
    broadcast_key: bool = False
    compressed: bool = False
    octet: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.suite <= 15:
            raise EncodeError(f"security suite {self.suite} has no encoding; 0 to 15 have")
        octet = self.suite
        octet |= AUTHENTICATED if self.authenticated else 0
        octet |= ENCRYPTED if self.encrypted else 0
        octet |= BROADCAST_KEY if self.broadcast_key else 0
        octet |= COMPRESSED if self.compressed else 0
        object.__setattr__(self, "octet", octet)

    @staticmethod
    def from_octet(octet: int) -> SecurityControl:
        """What `octet` says; each of the 256 octets says something, legal or not."""
        if not 0 <= octet <= 0xFF:
            raise EncodeError(f"security control {octet} is no octet")
        return _BY_OCTET[octet]

    @property
    def encryption_key_octets(self) -> int:
        """Length of the encryption key: AES-128 in suites 0 and 1, AES-256 in suite 2."""
        return 32 if self.suite == 2 else 16

    def __str__(self) -> str:
        said = (
            ("authenticated", self.authenticated),
            ("encrypted", self.encrypted),
            ("broadcast key", self.broadcast_key),
            ("compressed", self.compressed),
        )
        protection = ", ".join(word for word, applies in said if applies) or "not protected"
        reserved = "" if self.suite in SUITES else " (reserved)"
        return f"0x{self.octet:02X} {protection}, suite {self.suite}{reserved}"


def _decoded(octet: int) -> SecurityControl:
    return SecurityControl(
        octet & 0x0F,
        bool(octet & AUTHENTICATED),
        bool(octet & ENCRYPTED),
        bool(octet & BROADCAST_KEY),
        bool(octet & COMPRESSED),
    )


_BY_OCTET = tuple(_decoded(octet) for octet in range(256))
