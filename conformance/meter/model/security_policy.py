"""security_policy of Security setup: what it demands of requests and responses, in the coding of each version.

Version 0 is an enumeration: 0 nothing, 1 all messages authenticated, 2 encrypted, 3 both. Version 1 reads the same
octet as bits: 2 authenticated request, 3 encrypted request, 4 digitally signed request, 5 authenticated response,
6 encrypted response, 7 digitally signed response; bits 0 and 1 are unused and 0 (IEC 62056-6-2, class_id 64).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.security.control import AUTHENTICATED, ENCRYPTED

STRONGEST_OF_VERSION_0: Final = 3
AUTHENTICATED_REQUEST: Final = 0x04
ENCRYPTED_REQUEST: Final = 0x08
SIGNED_REQUEST: Final = 0x10
AUTHENTICATED_RESPONSE: Final = 0x20
ENCRYPTED_RESPONSE: Final = 0x40
SIGNED_RESPONSE: Final = 0x80
_UNUSED: Final = 0x03


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a message must carry at least.

    Attributes:
        control: bits of the security control: 00, 10 authenticated, 20 encrypted, 30 both.
        signed: a digital signature.
    """

    control: int = 0
    signed: bool = False

    def __bool__(self) -> bool:
        return bool(self.control) or self.signed


def legal(version: int, policy: int) -> bool:
    """Whether a policy has a meaning in a version of Security setup."""
    if version == 0:
        return policy <= STRONGEST_OF_VERSION_0
    return policy <= 0xFF and not policy & _UNUSED


def of_requests(version: int, policy: int) -> Requirement:
    """What requests must carry."""
    if version == 0:
        return Requirement(policy << 4)
    return _requirement(policy, AUTHENTICATED_REQUEST, ENCRYPTED_REQUEST, SIGNED_REQUEST)


def of_responses(version: int, policy: int) -> Requirement:
    """What responses must carry."""
    if version == 0:
        return Requirement(policy << 4)
    return _requirement(policy, AUTHENTICATED_RESPONSE, ENCRYPTED_RESPONSE, SIGNED_RESPONSE)


def for_all_messages(version: int, strength: int) -> int:
    """The policy that demands `strength` (0 nothing, 1 authenticated, 2 encrypted, 3 both) both ways."""
    if version == 0:
        return strength
    return strength * AUTHENTICATED_REQUEST | strength * AUTHENTICATED_RESPONSE


def _requirement(policy: int, authenticated: int, encrypted: int, signed: int) -> Requirement:
    control = (AUTHENTICATED if policy & authenticated else 0) | (ENCRYPTED if policy & encrypted else 0)
    return Requirement(control, bool(policy & signed))
