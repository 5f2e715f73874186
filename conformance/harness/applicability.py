"""Whether a case applies: conditions over the device config that give a reason when they rule something out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.device.model import AssociationSettings, Device, Profile, Protection
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.link.url import parse_url


@dataclass(frozen=True, slots=True)
class Claim:
    """What a condition looks at: one association of a device, in one variant."""

    device: Device
    association: AssociationSettings
    protection: Protection


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with a name.

    Attributes:
        words: what it asks for.
        holds: whether a claim fulfils it.
        of_device: it asks the device, and the same of every association.
    """

    words: str
    holds: Callable[[Claim], bool]
    of_device: bool = False

    def reason_against(self, claim: Claim) -> str | None:
        """Why it rules the claim out; None when it does not."""
        if self.holds(claim):
            return None
        who = f"device {claim.device.name}" if self.of_device else f"association {claim.association.name}"
        return f"{who}: needs {self.words}"

    def __and__(self, other: Condition) -> Condition:
        if self is always:
            return other
        return Condition(
            f"{self.words}, and {other.words}",
            lambda claim: self.holds(claim) and other.holds(claim),
            self.of_device and other.of_device,
        )

    def __invert__(self) -> Condition:
        return Condition(f"not: {self.words}", lambda claim: not self.holds(claim), self.of_device)


always = Condition("nothing", lambda _: True)
logical_names = Condition("logical name referencing", lambda claim: not claim.association.short_names)
short_names = Condition("short name referencing", lambda claim: claim.association.short_names)
ciphered = Condition("an application context with ciphering", lambda claim: claim.association.ciphered)
not_ciphered = Condition("an application context without ciphering", lambda claim: not claim.association.ciphered)
authenticated = Condition(
    "an authentication mechanism", lambda claim: claim.association.mechanism is not Mechanism.LOWEST
)
not_authenticated = Condition("no authentication", lambda claim: claim.association.mechanism is Mechanism.LOWEST)
low_level = Condition("LLS", lambda claim: claim.association.mechanism is Mechanism.LLS)
high_level = Condition("HLS", lambda claim: claim.association.mechanism.high_level)
system_title_needed = Condition("a client system title in use", lambda claim: claim.association.title_required)
user_list = Condition("a declared user_list", lambda claim: bool(claim.association.user_list))
no_user_list = Condition("no declared user_list", lambda claim: not claim.association.user_list)
dedicated_key = Condition(
    "a declared dedicated protection", lambda claim: any(p.dedicated for p in claim.association.protections)
)


key_transfer = Condition(
    "declared keys: encryption_key, authentication_key and master_key",
    lambda claim: (
        None
        not in (claim.association.encryption_key, claim.association.authentication_key, claim.association.master_key)
    ),
)


def mechanism(*wanted: Mechanism) -> Condition:
    """The association authenticates by one of these mechanisms."""
    words = " or ".join(str(int(item)) for item in wanted)
    return Condition(f"mechanism {words}", lambda claim: claim.association.mechanism in wanted)


def negotiates(*bits: ConformanceBit) -> Condition:
    """The declared conformance has these bits."""
    words = ", ".join(bit.label for bit in bits)
    return Condition(f"conformance {words}", lambda claim: claim.association.conformance >= frozenset(bits))


def does_not_negotiate(*bits: ConformanceBit) -> Condition:
    """The declared conformance has none of these bits."""
    words = ", ".join(bit.label for bit in bits)
    return Condition(f"conformance without {words}", lambda claim: not claim.association.conformance & frozenset(bits))


def target(name: str) -> Condition:
    """The device config names this target object for the association."""
    return Condition(
        f"targets.{name} in the device config", lambda claim: getattr(claim.association.targets, name) is not None
    )


def protections(*wanted: Protection) -> Condition:
    """The variant is one of these."""
    words = " or ".join(wanted)
    return Condition(f"protection {words}", lambda claim: claim.protection in wanted)


def context(*wanted: ApplicationContext) -> Condition:
    """The association is declared with one of these application contexts."""
    words = " or ".join(item.label for item in wanted)
    return Condition(f"application context {words}", lambda claim: claim.association.context in wanted)


def profile(wanted: Profile) -> Condition:
    """The device is reached over this communication profile."""
    return Condition(f"the {wanted.value} profile", lambda claim: claim.device.profile is wanted, of_device=True)


def hdlc_addressing(octets: int) -> Condition:
    """The device config declares that the meter takes server addresses of so many octets, and what they are."""
    return Condition(
        f"HDLC server addresses of {octets} octet{'s' if octets > 1 else ''}: addressing, with 2 or 4 server_lower",
        lambda claim: octets in claim.device.hdlc.addressing and _codable(claim, octets),
    )


def _codable(claim: Claim, octets: int) -> bool:
    """Whether the logical device can be addressed on so many octets: its SAP fits, and 2 or 4 have a lower address."""
    lower = claim.device.hdlc.server_lower
    largest = 0x3FFF if octets == 4 else 0x7F
    return claim.association.logical_device <= largest and (octets == 1 or (lower is not None and lower <= largest))


def address_octets_in_use(*octets: int) -> Condition:
    """The server address in use has one of these numbers of octets."""
    words = " or ".join(map(str, octets))
    return Condition(f"address_length {words}", lambda claim: claim.device.hdlc.address_length in octets)


no_one_octet_addressing = Condition(
    "addressing without 1 octet, and a logical device that 1 octet can name",
    lambda claim: 1 not in claim.device.hdlc.addressing and claim.association.logical_device <= 0x7F,
)
inactivity_timeout = Condition(
    "an inactivity timeout (0 stands for none)", lambda claim: claim.device.hdlc.inactivity_timeout_s > 0
)


over_datagrams = Condition(
    "a link over UDP, as udp://HOST:PORT or, for the embedded meter, loopback:?transport=udp",
    lambda claim: parse_url(claim.device.link).datagrams,
    of_device=True,
)
over_a_stream = Condition(
    "a link that is a stream, as TCP is", lambda claim: not parse_url(claim.device.link).datagrams, of_device=True
)


def mechanism_above(lower: Mechanism) -> Condition:
    """The association is declared with a mechanism of a higher number than `lower`."""
    return Condition(f"a mechanism above {int(lower)}", lambda claim: claim.association.mechanism > lower)


def other_clients(claim: Claim) -> tuple[AssociationSettings, ...]:
    """The associations of other clients with the same logical device, the least demanding first."""
    own = claim.association
    others = [
        item
        for item in claim.device.associations
        if item.logical_device == own.logical_device and item.client_sap != own.client_sap
    ]
    return tuple(sorted(others, key=lambda item: (item.ciphered, item.mechanism)))


def other_logical_devices(claim: Claim) -> tuple[AssociationSettings, ...]:
    """The associations with other logical devices, the least demanding first."""
    others = [item for item in claim.device.associations if item.logical_device != claim.association.logical_device]
    return tuple(sorted(others, key=lambda item: (item.ciphered, item.mechanism)))


another_client = Condition("a second declared client of the logical device", lambda claim: bool(other_clients(claim)))
another_logical_device = Condition(
    "a declared association with another logical device", lambda claim: bool(other_logical_devices(claim))
)
