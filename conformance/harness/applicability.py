"""Whether a case applies: conditions over the device config that give a reason when they rule something out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.device.model import AssociationSettings, Device, Profile, Protection
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.xdlms.conformance import ConformanceBit


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
    """

    words: str
    holds: Callable[[Claim], bool]

    def reason_against(self, claim: Claim) -> str | None:
        """Why it rules the claim out; None when it does not."""
        return None if self.holds(claim) else f"association {claim.association.name}: needs {self.words}"

    def __and__(self, other: Condition) -> Condition:
        if self is always:
            return other
        return Condition(f"{self.words}, and {other.words}", lambda claim: self.holds(claim) and other.holds(claim))

    def __invert__(self) -> Condition:
        return Condition(f"not: {self.words}", lambda claim: not self.holds(claim))


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
    return Condition(f"the {wanted.value} profile", lambda claim: claim.device.profile is wanted)


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
