"""The system title that the meter gives itself: its own, or what a faulty meter takes for it."""

from __future__ import annotations

from typing import Final

from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.security_state import SecurityState

_CHANGED_OCTETS: Final = 2
_ZEROS: Final = "server-title-of-zeros"
_CLIENTS: Final = "server-title-is-clients"
_CHANGES: Final = "server-title-changes"
_FAULTY: Final = frozenset((_ZEROS, _CLIENTS, _CHANGES))


def begin_with_title(
    profile: AssociationProfile, security: SecurityState, client_title: bytes | None, faults: frozenset[str]
) -> None:
    """An association begins: a faulty meter chooses its title anew."""
    own = profile.server_system_title
    if _ZEROS in faults:
        security.server_system_title = bytes(len(own))
    elif _CLIENTS in faults and client_title is not None:
        security.server_system_title = client_title
    elif _CHANGES in faults:
        security.server_system_title = own[:-_CHANGED_OCTETS] + security.draw(_CHANGED_OCTETS)


def own_title(profile: AssociationProfile, security: SecurityState | None, faults: frozenset[str]) -> bytes:
    """The title that goes into AAREs and into answers to challenges."""
    if security is None or not faults & _FAULTY:
        return profile.server_system_title
    return security.server_system_title
