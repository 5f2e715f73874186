"""Answers to the meter's challenge that mechanisms 6 and 7 must refuse: made of the right parts in a wrong way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.security.suite import suite_of
from conformance.tester.association import Association
from conformance.tester.spoilt_signatures import Make, right


@dataclass(frozen=True, slots=True)
class Parts:
    """What f(StoC) is made of, in its order: SystemTitle-C, SystemTitle-S, StoC, CtoS.

    Attributes:
        client_title: 8 octets.
        server_title: 8 octets.
        server_challenge: StoC.
        client_challenge: CtoS.
    """

    client_title: bytes
    server_title: bytes
    server_challenge: bytes
    client_challenge: bytes

    @staticmethod
    def of(association: Association) -> Parts:
        """Of an association that awaits pass 3."""
        security = association.security
        return Parts(
            security.client_title, security.server_title, association.server_challenge, association.client_challenge
        )

    @property
    def joined(self) -> bytes:
        """As they must be."""
        return self.client_title + self.server_title + self.server_challenge + self.client_challenge


Arrange = Callable[[Parts], bytes]
"""From the parts to the octets that are hashed or signed."""

WRONG_ORDERS: tuple[tuple[str, Arrange], ...] = (
    ("titles exchanged", lambda p: p.server_title + p.client_title + p.server_challenge + p.client_challenge),
    ("challenges exchanged", lambda p: p.client_title + p.server_title + p.client_challenge + p.server_challenge),
    ("the order of f(CtoS)", lambda p: p.server_title + p.client_title + p.client_challenge + p.server_challenge),
    ("challenges before titles", lambda p: p.server_challenge + p.client_challenge + p.client_title + p.server_title),
)
LEFT_OUT: tuple[tuple[str, Arrange], ...] = (
    ("without the titles", lambda p: p.server_challenge + p.client_challenge),
    ("without SystemTitle-S", lambda p: p.client_title + p.server_challenge + p.client_challenge),
    ("without CtoS", lambda p: p.client_title + p.server_title + p.server_challenge),
    ("of StoC alone", lambda p: p.server_challenge),
)


def answered(association: Association, arrange: Arrange) -> bytes:
    """An f(StoC) of the declared mechanism over parts that are put together in another way.

    Raises:
        NotDeclared: mechanism 7 without a signing_key.
    """
    octets, settings = arrange(Parts.of(association)), association.settings
    if settings.mechanism is Mechanism.HLS_SHA256:
        return hashlib.sha256(_secret(association) + octets).digest()
    return right(suite_of(settings.security_suite), association.security.signing_key, octets)


def signed_by(make: Make) -> Callable[[Association], bytes]:
    """An f(StoC) of mechanism 7 over the right octets, signed in a wrong way."""

    def answer(association: Association) -> bytes:
        suite = suite_of(association.settings.security_suite)
        return make(suite, association.security.signing_key, Parts.of(association).joined)

    return answer


def hashed_otherwise(association: Association) -> tuple[tuple[str, bytes], ...]:
    """Answers of mechanism 6 over the right octets, hashed in a wrong way."""
    octets, secret = Parts.of(association).joined, _secret(association)
    return (
        ("the secret behind the rest", hashlib.sha256(octets + secret).digest()),
        ("without the secret", hashlib.sha256(octets).digest()),
        ("SHA-384", hashlib.sha384(secret + octets).digest()),
        ("SHA-256 cut to 16 octets", hashlib.sha256(secret + octets).digest()[:16]),
        ("SHA-256 with an octet more", hashlib.sha256(secret + octets).digest() + b"\x00"),
    )


def _secret(association: Association) -> bytes:
    declared = association.settings.secret
    return b"" if declared is None else declared.reveal()
