"""What a discovery may try: the addresses, clients and contexts, what the user knows, and the bounds of it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from conformance.device.model import Profile
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.security.secret import Secret

PUBLIC_CLIENT: Final = 16
"""Client SAP that IEC 62056-46 and -47 reserve for the public client."""
MANAGEMENT_CLIENT: Final = 1
"""Client SAP that they reserve for the client management process."""
USUAL_SERVERS: Final = (1, 16, 17, 18, 2, 3)
"""The management logical device first; the others only where SAP assignment does not tell which there are."""
USUAL_CLIENTS: Final = (PUBLIC_CLIENT, *range(1, 13), 32, 48, 64, 80, 102)
"""Public, management, the first free ones, and those that companion specifications like to take."""
USUAL_LOWER: Final = (16, 17, 1)
"""Lower HDLC addresses; 16 is the first that is free for a physical device."""
CONTEXTS: Final = (
    ApplicationContext.LN,
    ApplicationContext.SN,
    ApplicationContext.LN_CIPHERED,
    ApplicationContext.SN_CIPHERED,
)
HIGH_LEVEL: Final = (
    Mechanism.HLS_ECDSA,
    Mechanism.HLS_SHA256,
    Mechanism.HLS_GMAC,
    Mechanism.HLS_SHA1,
    Mechanism.HLS_MD5,
    Mechanism.HLS,
)
"""From the highest down: a meter that knows a lower one refuses a higher one by its name, not as a failed proof."""
CLIENT_TITLE: Final = b"XDCLIENT"

KeyName = Literal["secret", "encryption_key", "authentication_key"]
Reference = tuple[str, str]
"""Where a secret is, as a device config says it: `env` or `file`, and its name."""


class PlanError(ValueError):
    """A plan that contradicts itself; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the user knows of one client.

    Attributes:
        secrets: password or HLS secret, and keys, by their names in a device config.
        references: where each of them is.
        user_id: client user, sent as calling-AE-invocation-id.
    """

    secrets: Mapping[KeyName, Secret] = field(default_factory=dict)
    references: Mapping[KeyName, Reference] = field(default_factory=dict)
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a discovery may try.

    Attributes:
        name: of the device: of its config, and of the invocation counters that are kept.
        profile: the only one to be tried; None: the wrapper first, then HDLC, as far as the link allows.
        servers: SAPs of logical devices that are asked for; those of SAP assignment join them unless `narrow`.
        clients: client SAPs, in the order in which they are tried.
        lower: lower HDLC addresses.
        address_lengths: octets of HDLC server addresses that are tried.
        contexts: application contexts.
        narrow: the user has named the servers, and no others are wanted.
        given: what is known of clients, by server and client; server None stands for every server.
        client_title: system title of the client, 8 octets.
        security_suite: of the keys that are given.
        timeout_s: nothing for so long is silence.
        per_minute: most set-ups and openings in a minute; 0: as they come.
        most_attempts: of set-ups and openings in all.
        most_s: so long a discovery takes at most, on the clock of the link.
    """

    name: str = "discovered"
    profile: Profile | None = None
    servers: tuple[int, ...] = USUAL_SERVERS
    clients: tuple[int, ...] = USUAL_CLIENTS
    lower: tuple[int, ...] = USUAL_LOWER
    address_lengths: tuple[int, ...] = (1, 2, 4)
    contexts: tuple[ApplicationContext, ...] = CONTEXTS
    narrow: bool = False
    given: Mapping[tuple[int | None, int], Given] = field(default_factory=dict)
    client_title: bytes = CLIENT_TITLE
    security_suite: int = 0
    timeout_s: float = 2.0
    per_minute: int = 0
    most_attempts: int = 600
    most_s: float = 1800.0

    def of(self, server: int, client: int) -> Given:
        """What is known of a client of a server: what was said of this server comes first."""
        anywhere, here = self.given.get((None, client), Given()), self.given.get((server, client), Given())
        return Given(
            secrets={**anywhere.secrets, **here.secrets},
            references={**anywhere.references, **here.references},
            user_id=anywhere.user_id if here.user_id is None else here.user_id,
        )
