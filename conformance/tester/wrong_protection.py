"""Requests that are protected wrongly in one respect, made of valid ones; each spends an invocation counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.control import SUITES, SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.tester.association import Association
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import Stimulus, raw

Protect = Callable[[ClientSecurity, bytes, Protection], bytes]
"""From the plain APDU and the protection that it should have to the octets that are sent."""
_TITLE_OCTETS = 8


@dataclass(frozen=True, slots=True)
class WrongProtection:
    """One way to protect a request wrongly.

    Attributes:
        title: what is wrong, in a few words.
        makes: each is sent once; more than one where there is more than one such wrongness.
    """

    title: str
    makes: tuple[Protect, ...]

    def stimuli(self, association: Association, valid: Stimulus) -> tuple[Stimulus, ...]:
        """What is sent in place of `valid`, a plain APDU, inside an established association.

        Raises:
            NotDeclared: a key that is needed is not declared.
        """
        name = f"{valid.name or 'request'}, {self.title}"
        security, protection = association.security, association.protection
        return tuple([raw(make(security, valid.octets, protection), name) for make in self.makes])


def _under_another_key(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    return security.protect(plain, protection, key=security.draw(security.settings.key_octets))


def _with_another_authentication_key(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    return security.protect(plain, protection, authentication_key=security.draw(len(security.authentication_key)))


def _without_authentication_key(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    return security.protect(plain, protection, authentication_key=b"")


def _in_another_name(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    return security.protect(plain, protection, title=security.draw(_TITLE_OCTETS))


def _last_bit_flipped(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    octets = security.protect(plain, protection)
    return octets[:-1] + bytes((octets[-1] ^ 0x01,))


def _tag_of_11_octets(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    return _with_content(security.protect(plain, protection), lambda content: content[:-1])


def _ciphertext_flipped(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
    """The last bit before the tag: of a write, that is within the value."""

    def flipped(content: bytes) -> bytes:
        place = len(content) - 13
        return content[:place] + bytes((content[place] ^ 0x01,)) + content[place + 1 :]

    return _with_content(security.protect(plain, protection), flipped)


def _in_clear(_security: ClientSecurity, plain: bytes, _protection: Protection) -> bytes:
    return plain


def _controlled(change: Callable[[SecurityControl], SecurityControl]) -> Protect:
    """Protected consistently under another security control."""

    def make(security: ClientSecurity, plain: bytes, protection: Protection) -> bytes:
        return security.protect(plain, protection, control=change(security.security_control))

    return make


def _with_content(octets: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A ciphered APDU with another content, its lengths recomputed."""
    match apdus.decode(octets):
        case ServiceCiphered() | GeneralGlobal() | GeneralDedicated() | GeneralCiphering() as apdu:
            return replace(apdu, content=change(apdu.content)).encode()
    raise ValueError("not a ciphered APDU")


ANOTHER_KEY = WrongProtection("under another encryption key", (_under_another_key,))
ANOTHER_AUTHENTICATION_KEY = WrongProtection(
    "with another authentication key in the AAD, and with none",
    (_with_another_authentication_key, _without_authentication_key),
)
WRONG_TAG = WrongProtection("one bit of the authentication tag wrong", (_last_bit_flipped,))
SHORT_TAG = WrongProtection("authentication tag of 11 octets", (_tag_of_11_octets,))
WRONG_CIPHERTEXT = WrongProtection("one bit before the authentication tag wrong", (_ciphertext_flipped,))
ANOTHER_SUITE = WrongProtection(
    "security control with each other suite",
    tuple(
        [
            _controlled(lambda control, step=step: replace(control, suite=(control.suite + step) % len(SUITES)))  # type: ignore[misc]
            for step in (1, 2)
        ]
    ),
)
RESERVED_SUITE = WrongProtection(
    "security control with a reserved suite, 3 and 15",
    (_controlled(lambda control: replace(control, suite=3)), _controlled(lambda control: replace(control, suite=15))),
)
KEY_SET = WrongProtection(
    "security control with the Key_Set bit, for the broadcast key",
    (_controlled(lambda control: replace(control, broadcast_key=True)),),
)
COMPRESSION = WrongProtection(
    "security control with the compression bit, nothing compressed",
    (_controlled(lambda control: replace(control, compressed=True)),),
)
ENCRYPTED_ONLY = WrongProtection(
    "encrypted only", (_controlled(lambda control: replace(control, authenticated=False, encrypted=True)),)
)
AUTHENTICATED_ONLY = WrongProtection(
    "authenticated only", (_controlled(lambda control: replace(control, authenticated=True, encrypted=False)),)
)
NEITHER = WrongProtection(
    "neither authenticated nor encrypted, in a ciphered form",
    (_controlled(lambda control: replace(control, authenticated=False, encrypted=False)),),
)
IN_CLEAR = WrongProtection("in clear", (_in_clear,))
ANOTHER_TITLE = WrongProtection("with another client's system title", (_in_another_name,))
