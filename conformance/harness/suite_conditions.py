"""Conditions of the cases about security suites 1 and 2: which suite is declared, and which keys of the curves."""

from __future__ import annotations

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition, ciphered, logical_names, negotiates


def suite(number: int) -> Condition:
    """The association is declared with this security suite."""
    return Condition(f"security_suite {number}", lambda claim: claim.association.security_suite == number)


def curve_mechanism(number: int) -> Condition:
    """Mechanism 7 in this security suite; or mechanism 6, which has none of its own, in a device that has the suite."""

    def holds(claim: Claim) -> bool:
        if claim.association.mechanism is Mechanism.HLS_SHA256:
            return any(item.security_suite == number for item in claim.device.associations)
        return claim.association.mechanism is Mechanism.HLS_ECDSA and claim.association.security_suite == number

    return Condition(f"mechanism 6 or 7, in a device with security_suite {number}", holds)


def declared(*names: str) -> Condition:
    """The device config declares all of these for the association."""
    words = ", ".join(names)
    return Condition(
        f"declared {words}", lambda claim: all(getattr(claim.association, name) is not None for name in names)
    )


reads_security_setup = ciphered & logical_names & negotiates(ConformanceBit.GET)
calls_security_setup = ciphered & logical_names & negotiates(ConformanceBit.GET, ConformanceBit.ACTION)
signature_keys = declared("signing_key", "server_signature_key")
first_protection_ciphers = Condition(
    "a first declared protection that needs no certificate: glo, ded, general-glo or general-ded",
    lambda claim: (
        not claim.association.protections[0].signed and claim.association.protections[0].value != "general-ciphering"
    ),
)
opens_without_certificates = first_protection_ciphers & Condition(
    "a mechanism other than 7", lambda claim: claim.association.mechanism is not Mechanism.HLS_ECDSA
)
ecdsa = Condition("mechanism 7", lambda claim: claim.association.mechanism is Mechanism.HLS_ECDSA)
sha256 = Condition("mechanism 6", lambda claim: claim.association.mechanism is Mechanism.HLS_SHA256)
gmac = Condition("mechanism 5", lambda claim: claim.association.mechanism is Mechanism.HLS_GMAC)
