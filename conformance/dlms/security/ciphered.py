"""Ciphered APDUs: service-specific (glo-…, ded-…), general-glo-ciphering and general-ded-ciphering (IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from conformance.dlms import axdr
from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader
from conformance.dlms.security import header
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import CipheredForm

GENERAL_GLO_CIPHERING = 0xDB
GENERAL_DED_CIPHERING = 0xDC

# Tags of COSEMpdu: the plain APDU, then its form under the global and under the dedicated key.
_SERVICES = (
    ("initiate-request", 0x01, 0x21, 0x41),
    ("read-request", 0x05, 0x25, 0x45),
    ("write-request", 0x06, 0x26, 0x46),
    ("initiate-response", 0x08, 0x28, 0x48),
    ("read-response", 0x0C, 0x2C, 0x4C),
    ("write-response", 0x0D, 0x2D, 0x4D),
    ("confirmed-service-error", 0x0E, 0x2E, 0x4E),
    ("unconfirmed-write-request", 0x16, 0x36, 0x56),
    ("information-report-request", 0x18, 0x38, 0x58),
    ("get-request", 0xC0, 0xC8, 0xD0),
    ("set-request", 0xC1, 0xC9, 0xD1),
    ("event-notification-request", 0xC2, 0xCA, 0xD2),
    ("action-request", 0xC3, 0xCB, 0xD3),
    ("get-response", 0xC4, 0xCC, 0xD4),
    ("set-response", 0xC5, 0xCD, 0xD5),
    ("action-response", 0xC7, 0xCF, 0xD7),
)
_GLOBAL = {plain: glo for _, plain, glo, _ in _SERVICES}
_DEDICATED = {plain: ded for _, plain, _, ded in _SERVICES}
_PLAIN = {glo: plain for plain, glo in _GLOBAL.items()} | {ded: plain for plain, ded in _DEDICATED.items()}
_UNDER_DEDICATED_KEY = frozenset((*_DEDICATED.values(), GENERAL_DED_CIPHERING))
_FORMS = {
    **dict.fromkeys(_GLOBAL.values(), CipheredForm.SERVICE_GLOBAL),
    **dict.fromkeys(_DEDICATED.values(), CipheredForm.SERVICE_DEDICATED),
    GENERAL_GLO_CIPHERING: CipheredForm.GENERAL_GLOBAL,
    GENERAL_DED_CIPHERING: CipheredForm.GENERAL_DEDICATED,
}

NAMES: Mapping[int, str] = MappingProxyType(
    {glo: f"glo-{name}" for name, _, glo, _ in _SERVICES}
    | {ded: f"ded-{name}" for name, _, _, ded in _SERVICES}
    | {GENERAL_GLO_CIPHERING: "general-glo-ciphering", GENERAL_DED_CIPHERING: "general-ded-ciphering"}
)
"""Every tag that `read` takes, with the name of its APDU."""


@dataclass(frozen=True, slots=True)
class ServiceCiphered:
    """An APDU under service-specific global or dedicated ciphering: its tag, then one OCTET STRING.

    Attributes:
        tag: says which service, and which key, see `NAMES`.
        security_control: how it is protected.
        invocation_counter: Unsigned32, the last four octets of the nonce.
        content: the protected information, followed by the authentication tag where there is one.
    """

    tag: int
    security_control: SecurityControl
    invocation_counter: int
    content: bytes

    def encode(self) -> bytes:
        """The APDU."""
        inside = header.encode(self.security_control, self.invocation_counter, self.content)
        return bytes((self.tag,)) + axdr.sized(inside)


@dataclass(frozen=True, slots=True)
class GeneralGlobal:
    """A general-glo-ciphering APDU: any xDLMS APDU under the global key.

    Attributes:
        system_title: of the sender, 8 octets; empty where both sides know it from the association.
        security_control, invocation_counter, content: as in `ServiceCiphered`.
    """

    system_title: bytes
    security_control: SecurityControl
    invocation_counter: int
    content: bytes

    def encode(self) -> bytes:
        """The APDU."""
        return _encode_general(GENERAL_GLO_CIPHERING, self)


@dataclass(frozen=True, slots=True)
class GeneralDedicated:
    """A general-ded-ciphering APDU: any xDLMS APDU under the dedicated key.

    Attributes:
        system_title: of the sender, 8 octets; empty where both sides know it from the association.
        security_control, invocation_counter, content: as in `ServiceCiphered`.
    """

    system_title: bytes
    security_control: SecurityControl
    invocation_counter: int
    content: bytes

    def encode(self) -> bytes:
        """The APDU."""
        return _encode_general(GENERAL_DED_CIPHERING, self)


Ciphered = ServiceCiphered | GeneralGlobal | GeneralDedicated


def protected_tag(plain_tag: int, dedicated: bool) -> int:
    """The tag under which the APDU with `plain_tag` travels when ciphered service by service.

    Raises:
        EncodeError: the service has no such form (data-notification, access, general-…): only general ciphering fits.
    """
    tag = (_DEDICATED if dedicated else _GLOBAL).get(plain_tag)
    if tag is None:
        raise EncodeError(f"APDU {plain_tag:02X} has no service-specific ciphering; use a general one")
    return tag


def plain_tag(tag: int) -> int:
    """The tag of the APDU that stands inside the service-specific ciphered APDU with `tag`.

    Raises:
        EncodeError: `tag` is none of them.
    """
    plain = _PLAIN.get(tag)
    if plain is None:
        raise EncodeError(f"tag {tag:02X} is no service-specific ciphered APDU")
    return plain


def is_dedicated(tag: int) -> bool:
    """Whether the APDU with this tag is ciphered with the dedicated key (ded-… and general-ded-ciphering)."""
    return tag in _UNDER_DEDICATED_KEY


def read(reader: Reader) -> Ciphered:
    """Take a ciphered APDU; the tag decides which.

    Deviations: those of the security header, and `system-title-length` for a title of neither 0 nor 8 octets.
    """
    tag = reader.u8("tag")
    form = _FORMS.get(tag)
    if form is None:
        reader.fail(f"tag {tag:02X} is no ciphered APDU", back=1, expected="a glo-…, ded-… or general-…-ciphering tag")
    reader.meaning(NAMES[tag])
    if tag == GENERAL_GLO_CIPHERING:
        return GeneralGlobal(read_system_title(reader, "system-title"), *header.read(reader, form))
    if tag == GENERAL_DED_CIPHERING:
        return GeneralDedicated(read_system_title(reader, "system-title"), *header.read(reader, form))
    return ServiceCiphered(tag, *header.read(reader, form))


def read_system_title(reader: Reader, name: str) -> bytes:
    """Take a system title as an OCTET STRING: 8 octets, or none where it need not be said."""
    title = reader.sized(name)
    if len(title) not in (0, 8):
        reader.deviation(
            "system-title-length", f"{name} of {len(title)} octets, where 8 or none are legal", back=len(title)
        )
    return title


def _encode_general(tag: int, apdu: GeneralGlobal | GeneralDedicated) -> bytes:
    inside = header.encode(apdu.security_control, apdu.invocation_counter, apdu.content)
    return bytes((tag,)) + axdr.sized(apdu.system_title) + axdr.sized(inside)
