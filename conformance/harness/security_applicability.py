"""Conditions of the security cases: what protects a variant, and what the declared policy demands."""

from __future__ import annotations

from conformance.device.model import AssociationSettings, KeyEstablishment, Protection
from conformance.harness.applicability import Condition

_AUTHENTICATED = 1
_ENCRYPTED = 2
_GENERAL_CIPHERING = (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED)


def has_lasting_key(settings: AssociationSettings, protection: Protection) -> bool:
    """Whether requests are protected under a key that goes on from one to the next, and with it its counter."""
    identified = settings.general_ciphering_key is KeyEstablishment.IDENTIFIED
    return protection.ciphered and (identified or protection not in _GENERAL_CIPHERING)


protecting = Condition("a protection other than none", lambda claim: claim.protection is not Protection.NONE)
ciphering = Condition("a protection with a symmetric key", lambda claim: claim.protection.ciphered)
lasting_key = Condition(
    "a protection under a key that outlives one APDU",
    lambda claim: has_lasting_key(claim.association, claim.protection),
)
dedicated = Condition("protection ded or general-ded", lambda claim: claim.protection.dedicated)
not_dedicated = Condition("a protection under another key than the dedicated one", lambda c: not c.protection.dedicated)
only_signed = Condition("protection general-signing", lambda claim: claim.protection is Protection.GENERAL_SIGNING)
authenticated_requests = Condition(
    "security_control with authentication", lambda claim: bool(claim.association.security_control & 0x10)
)
protected_initiate = Condition(
    "a ciphered InitiateRequest", lambda claim: claim.association.initiate_protection is not Protection.NONE
)
policy_demands_protection = Condition(
    "a security_policy other than 0", lambda claim: claim.association.security_policy != 0
)
policy_demands_authentication = Condition(
    "a security_policy with authenticated requests",
    lambda claim: bool(claim.association.security_policy & _AUTHENTICATED),
)
policy_demands_encryption = Condition(
    "a security_policy with encrypted requests", lambda claim: bool(claim.association.security_policy & _ENCRYPTED)
)


def policy_allows(security_control: int) -> Condition:
    """The declared policy is content with requests under this security control (bits 4 and 5)."""
    given = security_control >> 4
    return Condition(
        f"a security_policy that security control 0x{security_control:02X} satisfies",
        lambda claim: not claim.association.security_policy & ~given,
    )
