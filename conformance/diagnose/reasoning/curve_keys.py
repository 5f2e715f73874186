"""The keys for signatures and key agreement that a device config declares for an association."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import SecuritySuite, suite_of


@dataclass(frozen=True, slots=True)
class CurveKeys:
    """What is known of them; None and empty for what is not.

    Attributes:
        suite: whose curve they are on.
        client_signature: the client's public digital signature key.
        server_signature: the meter's.
        client_agreement: the client's private static key agreement key.
        server_agreement: the meter's public one.
    """

    suite: SecuritySuite
    client_signature: bytes = b""
    server_signature: bytes = b""
    client_agreement: Secret | None = field(default=None, repr=False)
    server_agreement: bytes = b""

    def signature_key(self, direction: str | None) -> bytes:
        """The public key that verifies what was sent in a direction."""
        return self.client_signature if direction == "C>S" else self.server_signature

    def verifies(self, key: bytes, octets: bytes, signature: bytes) -> bool:
        """Whether r ‖ s is the signature of `octets` under a public key."""
        try:
            elliptic.verify(self.suite, elliptic.public_key(self.suite, key), octets, signature)
        except (CipherError, ValueError):
            return False
        return True


def curve_keys(
    suite_id: int,
    signing_key: Secret | None,
    agreement_key: Secret | None,
    server_signature: bytes | None,
    server_agreement: bytes | None,
) -> CurveKeys | None:
    """The keys of an association; None in a suite without a curve, and where none is declared."""
    if suite_id not in (1, 2) or not any((signing_key, agreement_key, server_signature, server_agreement)):
        return None
    suite = suite_of(suite_id)
    own = b""
    if signing_key is not None:
        try:
            own = elliptic.public_octets(elliptic.private_key(suite, signing_key.reveal()).public_key())
        except (CipherError, ValueError):
            own = b""
    return CurveKeys(suite, own, server_signature or b"", agreement_key, server_agreement or b"")
