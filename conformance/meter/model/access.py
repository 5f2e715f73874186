"""Access rights: what an association lets its client do with attributes and methods (IEC 62056-6-2)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import TypeAlias

from conformance.meter.model.associations import AccessLevel, AssociationProfile


class AccessMode(IntEnum):
    """access_mode of an attribute, as in version 2 of Association LN."""

    NO_ACCESS = 0
    READ_ONLY = 1
    WRITE_ONLY = 2
    READ_AND_WRITE = 3
    AUTHENTICATED_READ_ONLY = 4
    AUTHENTICATED_WRITE_ONLY = 5
    AUTHENTICATED_READ_AND_WRITE = 6

    @property
    def readable(self) -> bool:
        """Whether the mode gives the right to read, authenticated or not."""
        return self in _READABLE

    @property
    def writeable(self) -> bool:
        """Whether the mode gives the right to write, authenticated or not."""
        return self in _WRITEABLE

    @property
    def authenticated(self) -> bool:
        """Whether the request must carry an authentication tag."""
        return self >= AccessMode.AUTHENTICATED_READ_ONLY


_READABLE = frozenset(
    (
        AccessMode.READ_ONLY,
        AccessMode.READ_AND_WRITE,
        AccessMode.AUTHENTICATED_READ_ONLY,
        AccessMode.AUTHENTICATED_READ_AND_WRITE,
    )
)
_WRITEABLE = frozenset(
    (
        AccessMode.WRITE_ONLY,
        AccessMode.READ_AND_WRITE,
        AccessMode.AUTHENTICATED_WRITE_ONLY,
        AccessMode.AUTHENTICATED_READ_AND_WRITE,
    )
)


class MethodAccessMode(IntEnum):
    """access_mode of a method, as in version 2 of Association LN."""

    NO_ACCESS = 0
    ACCESS = 1
    AUTHENTICATED_ACCESS = 2


class Use(Enum):
    """What a request wants to do with an attribute."""

    READ = "read"
    WRITE = "write"


AttributeRights: TypeAlias = Callable[[AssociationProfile], AccessMode]
MethodRights: TypeAlias = Callable[[AssociationProfile], MethodAccessMode]
Visibility: TypeAlias = Callable[[AssociationProfile], bool]


def everyone_reads(_profile: AssociationProfile) -> AccessMode:
    """Read-only in every association."""
    return AccessMode.READ_ONLY


def nobody(_profile: AssociationProfile) -> AccessMode:
    """No access in any association."""
    return AccessMode.NO_ACCESS


def nobody_invokes(_profile: AssociationProfile) -> MethodAccessMode:
    """Listed, but with no access in any association."""
    return MethodAccessMode.NO_ACCESS


def everywhere(_profile: AssociationProfile) -> bool:
    """Listed in every association of the logical device."""
    return True


def by_level(
    public: AccessMode = AccessMode.READ_ONLY,
    reading: AccessMode = AccessMode.READ_ONLY,
    management: AccessMode = AccessMode.READ_ONLY,
) -> AttributeRights:
    """Rights that follow from the association's access level."""
    modes = {AccessLevel.PUBLIC: public, AccessLevel.READING: reading, AccessLevel.MANAGEMENT: management}
    return lambda profile: modes[profile.access_level]


def invoked_by(*levels: AccessLevel) -> MethodRights:
    """Access in associations of these levels, none in the others."""
    allowed = frozenset(levels)
    return lambda profile: MethodAccessMode.ACCESS if profile.access_level in allowed else MethodAccessMode.NO_ACCESS


def allows(mode: AccessMode, use: Use, *, authenticated: bool) -> bool:
    """Whether a request, which carries an authentication tag or does not, may use an attribute of this mode."""
    granted = mode.readable if use is Use.READ else mode.writeable
    return granted and (authenticated or not mode.authenticated)


def allows_invocation(mode: MethodAccessMode, *, authenticated: bool) -> bool:
    """Whether a request, which carries an authentication tag or does not, may invoke a method of this mode."""
    return mode is MethodAccessMode.ACCESS or (mode is MethodAccessMode.AUTHENTICATED_ACCESS and authenticated)
