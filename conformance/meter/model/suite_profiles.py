"""The associations that the embedded meter offers in each security suite."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.dlms.acse.enumerations import Mechanism
from conformance.meter.model.associations import MANAGEMENT, PROFILES, AssociationProfile
from conformance.meter.model.suite_keys import SUITE_KEYS

_POLICIES: Final = {0: MANAGEMENT.policy, 1: 0x00, 2: 0x00}
"""Where signatures are, a request may be protected by one alone, which a policy that demands a tag would refuse."""


def profiles_of(security_suite: int, security_policy: int | None = None) -> tuple[AssociationProfile, ...]:
    """The associations of a meter with this suite.

    Args:
        security_suite: 0, 1 or 2.
        security_policy: what all messages must be as the meter leaves the factory: 0 as they are, 1 authenticated,
            2 encrypted, 3 both; None: 3 in suite 0, 0 in suites 1 and 2.

    Raises:
        ValueError: another suite or policy.
    """
    if security_suite not in SUITE_KEYS:
        raise ValueError(f"security suite {security_suite}; the meter has 0, 1 and 2")
    if security_policy is not None and security_policy not in range(4):
        raise ValueError(f"security policy {security_policy}; the meter leaves the factory with 0, 1, 2 or 3")
    policy = _POLICIES[security_suite] if security_policy is None else security_policy << 4
    management = replace(
        MANAGEMENT,
        keys=SUITE_KEYS[security_suite].symmetric,
        security_suite=security_suite,
        policy=policy,
    )
    profiles = tuple(management if profile is MANAGEMENT else profile for profile in PROFILES)
    return profiles if security_suite == 0 else (*profiles, *_further(management))


def _further(management: AssociationProfile) -> tuple[AssociationProfile, ...]:
    """What management offers again, so that a device config can declare each way on its own."""
    return (
        replace(management, name="management-ecdsa", client_sap=8, instance=8, mechanism=Mechanism.HLS_ECDSA),
        replace(management, name="management-wrapped", client_sap=9, instance=9),
        replace(management, name="management-one-pass", client_sap=10, instance=10),
        replace(management, name="management-static", client_sap=11, instance=11),
        replace(management, name="management-dedicated", client_sap=12, instance=12, pass3_key="dedicated"),
    )
