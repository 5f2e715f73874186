"""Keys, titles, policy and counters of a logical device: what the ciphering layer uses and Security setup changes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.meter.model import security_policy
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.asymmetric_keys import AsymmetricKeys
from conformance.meter.model.received_counters import EstablishedCounters, Transactions
from conformance.meter.model.security_policy import Requirement


class KeyId(IntEnum):
    """key_id of key transfer and key agreement (IEC 62056-6-2, Security setup)."""

    GLOBAL_UNICAST_ENCRYPTION = 0
    GLOBAL_BROADCAST_ENCRYPTION = 1
    AUTHENTICATION = 2
    MASTER = 3


_FIELDS: Final = {
    KeyId.GLOBAL_UNICAST_ENCRYPTION: "global_unicast_key",
    KeyId.GLOBAL_BROADCAST_ENCRYPTION: "global_broadcast_key",
    KeyId.AUTHENTICATION: "authentication_key",
    KeyId.MASTER: "master_key",
}


@dataclass(slots=True)
class SecurityState:
    """The security material of one logical device. Every symmetric key has the length of the suite's keys.

    Attributes:
        security_policy: as version 0 or 1 of Security setup codes it; it never becomes weaker.
        security_suite: 0, 1 or 2.
        client_system_title: of the management client.
        server_system_title: of the meter.
        global_unicast_key: GUEK.
        global_broadcast_key: GBEK.
        authentication_key: GAK.
        master_key: KEK under which new keys travel.
        received_invocation_counter: the last one accepted under the global unicast key, 0 before the first.
        asymmetric: key pairs and certificates; None in suite 0.
        established: counters of the keys that general-ciphering brought.
        transactions: that static key agreement has used up.
        draw: octets for keys; seeded by the server, so that the same meter can be had again.
        faults: the defects of this meter.
        previous_unicast_key: the GUEK before the present one; only a faulty meter uses it again.
        enforced_policy: in place of `security_policy` in a faulty meter; None otherwise.
    """

    security_policy: int
    security_suite: int
    client_system_title: bytes
    server_system_title: bytes
    global_unicast_key: bytes = field(repr=False)
    global_broadcast_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)
    master_key: bytes = field(repr=False)
    received_invocation_counter: int = 0
    asymmetric: AsymmetricKeys | None = None
    established: EstablishedCounters = field(default_factory=EstablishedCounters)
    transactions: Transactions = field(default_factory=Transactions)
    draw: Callable[[int], bytes] = secrets.token_bytes
    faults: frozenset[str] = frozenset()
    previous_unicast_key: bytes | None = field(default=None, repr=False)
    enforced_policy: int | None = None

    @classmethod
    def of(cls, profile: AssociationProfile) -> SecurityState:
        """As the meter leaves the factory, for the association whose keys these are.

        Raises:
            ValueError: the association has no keys or no client title.
        """
        keys, title = profile.keys, profile.client_system_title
        if keys is None or title is None:
            raise ValueError(f"association {profile.name} has no keys or no client system title")
        suite = profile.security_suite
        server_title = profile.server_system_title
        return cls(
            security_policy=security_policy.for_all_messages(min(suite, 1), profile.policy >> 4),
            security_suite=suite,
            client_system_title=title,
            server_system_title=server_title,
            global_unicast_key=keys.global_unicast,
            global_broadcast_key=keys.global_broadcast,
            authentication_key=keys.authentication,
            master_key=keys.master,
            asymmetric=None if suite == 0 else AsymmetricKeys.of(suite, server_title, title),
        )

    @property
    def suite(self) -> SecuritySuite:
        """The algorithms."""
        return suite_of(self.security_suite)

    @property
    def setup_version(self) -> int:
        """Version of Security setup: 0 in suite 0, 1 in suites 1 and 2."""
        return min(self.security_suite, 1)

    @property
    def required_of_requests(self) -> Requirement:
        """What the policy demands of every request."""
        return security_policy.of_requests(self.setup_version, self._enforced)

    @property
    def required_of_responses(self) -> Requirement:
        """What the policy demands of every response."""
        return security_policy.of_responses(self.setup_version, self._enforced)

    def belong_to_meter(self, faults: frozenset[str], draw: Callable[[int], bytes]) -> None:
        """Take over the defects of the meter, and its source of octets for keys."""
        self.faults, self.draw = faults, draw
        if self.asymmetric is not None:
            self.asymmetric.faults = faults

    def replace_key(self, key_id: KeyId, key: bytes) -> None:
        """Put a new key in force; a new global unicast key starts its invocation counter again."""
        if key_id is KeyId.GLOBAL_UNICAST_ENCRYPTION and key != self.global_unicast_key:
            self.previous_unicast_key = self.global_unicast_key
            if "counter-kept-for-new-key" not in self.faults:
                self.received_invocation_counter = 0
        setattr(self, _FIELDS[key_id], key)

    @property
    def _enforced(self) -> int:
        return self.security_policy if self.enforced_policy is None else self.enforced_policy
