"""The keys and titles that an exchange may have been protected with: declared ones, and what could be meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.intake.keys import CaptureKeys
from conformance.diagnose.reasoning.curve_keys import CurveKeys
from conformance.dlms.security.secret import Secret

TITLE_OCTETS: Final = 8
_KEY_OCTETS: Final = (16, 32)
_MOST_CANDIDATES: Final = 24

PUBLISHED: Final = (
    ("the published example encryption key", bytes(range(16))),
    ("the published example authentication key", bytes(range(0xD0, 0xE0))),
    ("the published example master key", bytes.fromhex("00112233445566778899AABBCCDDEEFF")),
    ("the key of zeros", bytes(16)),
)
"""Keys that stand in public documents, and with which meters are delivered all the same; these are no secrets."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key with the name that it goes by; its octets are never shown.

    Attributes:
        name: in messages.
        secret: its octets.
        config: the field of an association in the device config; empty where there is none.
        declared: it was given by the user or the capture, not guessed.
    """

    name: str
    secret: Secret
    config: str = ""
    declared: bool = True

    @property
    def octets(self) -> bytes:
        """The octets, for a computation and nothing else."""
        return self.secret.reveal()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What is known of the keys.

    Attributes:
        encryption: global unicast encryption key.
        broadcast: global broadcast encryption key.
        authentication: authentication key.
        dedicated: of the association, as far as it was given beforehand.
        master: key encryption key.
        password: LLS or HLS secret.
        client_title: 8 octets.
        server_title: 8 octets.
        others: keys of other associations, by name.
        curve: keys for signatures and key agreement.
        declared_secrets: every key and password of the device config, by name.
    """

    encryption: Key | None = None
    broadcast: Key | None = None
    authentication: Key | None = None
    dedicated: Key | None = None
    master: Key | None = None
    password: Secret | None = None
    client_title: bytes | None = None
    server_title: bytes | None = None
    others: tuple[Key, ...] = field(default=())
    curve: CurveKeys | None = None
    declared_secrets: tuple[Key, ...] = field(default=())

    @property
    def named(self) -> Iterator[Key]:
        """Every key that was declared."""
        for key in (self.encryption, self.broadcast, self.authentication, self.dedicated, self.master):
            if key is not None:
                yield key
        yield from self.others

    def candidates(self, extra: tuple[Key, ...] = ()) -> tuple[Key, ...]:
        """Every key that could have been meant, each once: declared, then published ones, then the password."""
        found: dict[bytes, Key] = {}
        for key in (*extra, *self.named):
            found.setdefault(key.octets, key)
        if self.password is not None and self.password.size in _KEY_OCTETS:
            found.setdefault(self.password.reveal(), Key("the password", self.password, "secret"))
        for name, octets in PUBLISHED:
            found.setdefault(octets, Key(name, Secret(octets), declared=False))
        return tuple(found.values())[:_MOST_CANDIDATES]


def ring(keys: CaptureKeys, others: tuple[Key, ...] = ()) -> KeyRing:
    """The keys that came with a capture or were given beside it."""

    def key(name: str, secret: Secret | None, config: str) -> Key | None:
        return None if secret is None else Key(name, secret, config)

    return KeyRing(
        key("the encryption key", keys.global_unicast_encryption_key, "encryption_key"),
        key("the broadcast encryption key", keys.global_broadcast_encryption_key, ""),
        key("the authentication key", keys.authentication_key, "authentication_key"),
        key("the dedicated key", keys.dedicated_key, "dedicated_key"),
        key("the master key", keys.master_key, "master_key"),
        keys.password,
        keys.client_system_title,
        keys.server_system_title,
        others,
    )
