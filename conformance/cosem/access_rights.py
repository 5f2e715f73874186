"""Access rights as the lists of objects tell them: enumerated modes, and the bit masks of later versions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_READS = frozenset((1, 3, 4, 6))
_WRITES = frozenset((2, 3, 5, 6))
_LAST_MODE = 6
_LAST_METHOD_MODE = 2
_FIRST_AUTHENTICATED = 4
_AUTHENTICATED_METHOD = 2
_READ_BIT, _WRITE_BIT = 0x01, 0x02
_AUTHENTICATED_BIT, _ENCRYPTED_BIT, _SIGNED_BIT = 0x04, 0x08, 0x10


class Modes(Enum):
    """How the numbers of access_mode are meant (IEC 62056-6-2, classes 12 and 15)."""

    ENUMERATED = "0 no access, 1 read, 2 write, 3 both, 4 to 6 the same with authentication"
    BITS = "bit 0 read or access, bit 1 write, bits 2 to 4 the request authenticated, encrypted, signed"


@dataclass(frozen=True, slots=True)
class Demands:
    """What a request must carry for a right to be given to it."""

    authenticated: bool = False
    encrypted: bool = False
    signed: bool = False

    def met_by(self, offered: Demands) -> bool:
        """Whether a request that carries `offered` carries all of this."""
        return (
            (offered.authenticated or not self.authenticated)
            and (offered.encrypted or not self.encrypted)
            and (offered.signed or not self.signed)
        )


_NOTHING = Demands()


@dataclass(frozen=True, slots=True)
class AttributeRights:
    """What a client may do with one attribute.

    Attributes:
        mode: as it came.
        read: it may be read by a request that meets `demands`.
        write: it may be written, likewise.
        demands: of a request.
        selectors: the access selectors that are offered.
    """

    mode: int
    read: bool
    write: bool
    demands: Demands = _NOTHING
    selectors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MethodRights:
    """What a client may do with one method: invoke it or not, by a request that meets `demands`."""

    mode: int
    access: bool
    demands: Demands = _NOTHING


def attribute_rights(mode: int, modes: Modes, selectors: tuple[int, ...] = ()) -> AttributeRights | None:
    """The rights that the access_mode of an attribute gives; None for a mode that the standard has not."""
    if modes is Modes.BITS:
        if not 0 <= mode <= 0xFF:
            return None
        return AttributeRights(mode, bool(mode & _READ_BIT), bool(mode & _WRITE_BIT), _demands(mode), selectors)
    if not 0 <= mode <= _LAST_MODE:
        return None
    demands = Demands(authenticated=mode >= _FIRST_AUTHENTICATED)
    return AttributeRights(mode, mode in _READS, mode in _WRITES, demands, selectors)


def method_rights(mode: int, modes: Modes) -> MethodRights | None:
    """The rights that the access_mode of a method gives, FALSE and TRUE as 0 and 1; None for an unknown mode."""
    if modes is Modes.BITS:
        return MethodRights(mode, bool(mode & _READ_BIT), _demands(mode)) if 0 <= mode <= 0xFF else None
    if not 0 <= mode <= _LAST_METHOD_MODE:
        return None
    return MethodRights(mode, mode > 0, Demands(authenticated=mode == _AUTHENTICATED_METHOD))


def _demands(mask: int) -> Demands:
    return Demands(bool(mask & _AUTHENTICATED_BIT), bool(mask & _ENCRYPTED_BIT), bool(mask & _SIGNED_BIT))
