"""Keys, titles, policy and counters of a logical device: what the ciphering layer uses and Security setup changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from conformance.meter.model.associations import AssociationProfile


class KeyId(IntEnum):
    """key_id of global_key_transfer (IEC 62056-6-2, Security setup, version 0)."""

    GLOBAL_UNICAST_ENCRYPTION = 0
    GLOBAL_BROADCAST_ENCRYPTION = 1
    AUTHENTICATION = 2


@dataclass(slots=True)
class SecurityState:
    """The security material of one logical device.

    Attributes:
        security_policy: 0 nothing, 1 authenticated, 2 encrypted, 3 both; it never becomes weaker.
        security_suite: 0, AES-GCM-128.
        client_system_title: of the management client.
        server_system_title: of the meter.
        global_unicast_key: GUEK, 16 octets.
        global_broadcast_key: GBEK, 16 octets.
        authentication_key: GAK, 16 octets.
        master_key: KEK under which new keys travel, 16 octets.
        received_invocation_counter: the last one accepted under the global unicast key, 0 before the first.
    """

    security_policy: int
    security_suite: int
    client_system_title: bytes
    server_system_title: bytes
    global_unicast_key: bytes
    global_broadcast_key: bytes
    authentication_key: bytes
    master_key: bytes
    received_invocation_counter: int = 0

    @classmethod
    def of(cls, profile: AssociationProfile) -> SecurityState:
        """As the meter leaves the factory, for the association whose keys these are.

        Raises:
            ValueError: the association has no keys or no client title.
        """
        keys, title = profile.keys, profile.client_system_title
        if keys is None or title is None:
            raise ValueError(f"association {profile.name} has no keys or no client system title")
        return cls(
            security_policy=profile.policy >> 4,
            security_suite=0,
            client_system_title=title,
            server_system_title=profile.server_system_title,
            global_unicast_key=keys.global_unicast,
            global_broadcast_key=bytes.fromhex("0F0E0D0C0B0A09080706050403020100"),
            authentication_key=keys.authentication,
            master_key=keys.master,
        )

    @property
    def required_security_control(self) -> int:
        """The security control bits that the policy demands of every request: 00, 10, 20 or 30."""
        return self.security_policy << 4

    def replace_key(self, key_id: KeyId, key: bytes) -> None:
        """Put a new key in force; a new global unicast key starts its invocation counter again."""
        if key_id is KeyId.GLOBAL_UNICAST_ENCRYPTION:
            self.global_unicast_key = key
            self.received_invocation_counter = 0
        elif key_id is KeyId.GLOBAL_BROADCAST_ENCRYPTION:
            self.global_broadcast_key = key
        else:
            self.authentication_key = key
