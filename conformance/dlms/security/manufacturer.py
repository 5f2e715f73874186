"""Mechanism 2: the high level authentication whose computation the standard leaves to the manufacturer.

A computation is found by its name, the one that the device config gives: among those of this module first, then among
the entry points of installed packages. A package registers an instance, or a class without arguments, like this:

    [project.entry-points."dlms_conformance.manufacturer_mechanisms"]
    acme = "acme_meters.authentication:AcmeMechanism"
"""

from __future__ import annotations

import difflib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from conformance.dlms.errors import DlmsError, EncodeError

ENTRY_POINTS = "dlms_conformance.manufacturer_mechanisms"


class UnknownMechanismError(DlmsError):
    """No manufacturer mechanism is registered under the name that was asked for."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the partner that answers a challenge knows.

    Attributes:
        challenge: the one to be answered, made by the other partner.
        own_challenge: the one that the answering partner made itself.
        secret: the HLS secret; never shown.
        own_title, peer_title: system titles of the answering and the other partner; empty where unknown.
        encryption_key, authentication_key: empty where the association has none; never shown.
        invocation_counter: of the answering partner's encryption key.
        security_suite: security suite id.
    """

    challenge: bytes
    own_challenge: bytes
    secret: bytes = field(repr=False)
    own_title: bytes = b""
    peer_title: bytes = b""
    encryption_key: bytes = field(default=b"", repr=False)
    authentication_key: bytes = field(default=b"", repr=False)
    invocation_counter: int = 0
    security_suite: int = 0


class ManufacturerMechanism(Protocol):
    """One manufacturer's f(challenge). It serves both directions: pass 3 on the client, pass 4 on the server."""

    def reply(self, exchange: Exchange) -> bytes:
        """f(challenge), the octet-string that answers `exchange.challenge`.

        Raises:
            EncodeError: the mechanism has no answer to such a challenge or under such a secret.
        """

    def accepts(self, exchange: Exchange, reply: bytes) -> bool:
        """Whether `reply` is right, compared in constant time; `exchange` is as the partner that answered sees it."""


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """HMAC-SHA-256 under the secret over own title ‖ challenge: what a mechanism of one's own may look like."""

    def reply(self, exchange: Exchange) -> bytes:
        """The 32 octets of the HMAC."""
        return hmac.digest(exchange.secret, exchange.own_title + exchange.challenge, "sha256")

    def accepts(self, exchange: Exchange, reply: bytes) -> bool:
        """Whether `reply` is that HMAC."""
        return hmac.compare_digest(self.reply(exchange), reply)


@dataclass(frozen=True, slots=True)
class AesChallenge:
    """The challenge encrypted block by block with AES under the secret, as meters for the Indian market do."""

    def reply(self, exchange: Exchange) -> bytes:
        """As many octets as the challenge has."""
        if len(exchange.secret) not in (16, 32):
            raise EncodeError(f"aes-ecb wants a secret of 16 or 32 octets, not {len(exchange.secret)}")
        if not exchange.challenge or len(exchange.challenge) % 16:
            raise EncodeError(f"aes-ecb answers challenges of 16, 32, … octets, not {len(exchange.challenge)}")
        # The mode is the meter's, not ours; it hides one random block.
        encryptor = Cipher(AES(exchange.secret), ECB()).encryptor()  # noqa: S305
        return encryptor.update(exchange.challenge) + encryptor.finalize()

    def accepts(self, exchange: Exchange, reply: bytes) -> bool:
        """Whether `reply` is the encrypted challenge."""
        return hmac.compare_digest(self.reply(exchange), reply)


BUILT_IN: Mapping[str, ManufacturerMechanism] = MappingProxyType(
    {"worked-example": WorkedExample(), "aes-ecb": AesChallenge()}
)


def find(name: str, mechanisms: Mapping[str, ManufacturerMechanism] = BUILT_IN) -> ManufacturerMechanism:
    """The mechanism registered under `name`: among `mechanisms`, else among the entry points of installed packages.

    Raises:
        UnknownMechanismError: there is none; those that there are are named, the nearest spelling first.
    """
    found = mechanisms.get(name)
    if found is not None:
        return found
    installed = entry_points(group=ENTRY_POINTS)
    for entry in installed:
        if entry.name == name:
            loaded = entry.load()
            mechanism: ManufacturerMechanism = loaded() if isinstance(loaded, type) else loaded
            return mechanism
    known = sorted({*mechanisms, *installed.names})
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    raise UnknownMechanismError(
        f"no manufacturer mechanism {name!r}: {hint}There are {', '.join(known)}; "
        f"an installed package adds one by an entry point of the group {ENTRY_POINTS}"
    )
