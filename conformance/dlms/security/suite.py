"""The security suites of DLMS/COSEM: which algorithms belong together (IEC 62056-5-3, security suites)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurve
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from conformance.dlms.errors import CipherError


class AlgorithmId(IntEnum):
    """For which algorithm a key is derived: last arc of 2.16.756.5.8.3, cryptographic-algorithm-id."""

    AES_GCM_128 = 0
    AES_GCM_256 = 1
    AES_WRAP_128 = 2
    AES_WRAP_256 = 3

    @property
    def octets(self) -> bytes:
        """The object identifier as the key derivation function takes it: 7 octets."""
        return b"\x60\x85\x74\x05\x08\x03" + bytes((self,))


@dataclass(frozen=True, slots=True)
class SecuritySuite:
    """One security suite.

    Attributes:
        id: security suite id.
        label: its name in the standard.
        key_octets: of every symmetric key: encryption, authentication and master key.
        curve: of signatures and key agreement; None in suite 0.
        digest: hash of signatures and of key derivation; None in suite 0.
        gcm: the algorithm that an agreed encryption key is derived for; None in suite 0.
    """

    id: int
    label: str
    key_octets: int
    curve: EllipticCurve | None = None
    digest: SHA256 | SHA384 | None = None
    gcm: AlgorithmId | None = None

    @property
    def coordinate_octets(self) -> int:
        """Of one coordinate of a point, of a private key, and of each half of a signature.

        Raises:
            CipherError: the suite has no curve.
        """
        return (self.elliptic.key_size + 7) // 8

    @property
    def elliptic(self) -> EllipticCurve:
        """The curve.

        Raises:
            CipherError: the suite has none.
        """
        if self.curve is None:
            raise CipherError(f"security suite {self.id} has no elliptic curve; 1 and 2 have", reason="suite")
        return self.curve

    @property
    def hash(self) -> SHA256 | SHA384:
        """The hash of signatures and of key derivation.

        Raises:
            CipherError: the suite has none.
        """
        if self.digest is None:
            raise CipherError(f"security suite {self.id} has no hash; 1 and 2 have", reason="suite")
        return self.digest


SUITES: Final = MappingProxyType(
    {
        0: SecuritySuite(0, "AES-GCM-128", 16),
        1: SecuritySuite(1, "ECDH-ECDSA-AES-GCM-128-SHA-256", 16, SECP256R1(), SHA256(), AlgorithmId.AES_GCM_128),
        2: SecuritySuite(2, "ECDH-ECDSA-AES-GCM-256-SHA-384", 32, SECP384R1(), SHA384(), AlgorithmId.AES_GCM_256),
    }
)
"""By security suite id; 3 to 15 are reserved."""


def suite_of(number: int) -> SecuritySuite:
    """The suite with this id.

    Raises:
        CipherError: it is reserved.
    """
    suite = SUITES.get(number)
    if suite is None:
        raise CipherError(f"security suite {number} is reserved", reason="suite")
    return suite
