"""How a message is protected, layer by layer, and how many octets that costs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import TAG_OCTETS
from conformance.meter.content_key import KeyChoice

_HEADER_OCTETS: Final = 5
_TITLE_FIELD_OCTETS: Final = 9
_LARGEST_PDU: Final = 0xFFFF
"""What the wrapper can carry; a client without a limit gets no more in one APDU."""
_NOT_PROTECTED: Final = SecurityControl()


@dataclass(frozen=True, slots=True)
class CipheringLayer:
    """glo-, ded-, general-glo- or general-ded-ciphering.

    Attributes:
        control: the security control.
        general: general-glo- or general-ded-ciphering in place of service-specific ciphering.
        dedicated: under the dedicated key.
        titled: whether a general APDU carries the sender's system title.
        encryption_key: global or dedicated; a request that replaces a key is answered under the old one.
        authentication_key: likewise.
    """

    control: SecurityControl
    general: bool
    dedicated: bool
    titled: bool
    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)

    def size(self, inside_octets: int) -> int:
        """Octets of a protected APDU with so many inside."""
        content = _content(self.control, inside_octets)
        title = (_TITLE_FIELD_OCTETS if self.titled else 1) if self.general else 0
        return 1 + title + _sized(content)


@dataclass(frozen=True, slots=True)
class Heading:
    """The fields with which general-ciphering and general-signing begin, as the reply has them.

    Attributes:
        transaction_id: that of the request.
        originator: system title of the meter; empty where the request named no recipient.
        recipient: system title of who sent the request; empty where it named no originator.
        date_time: empty, or as received.
        other_information: empty, or as received.
    """

    transaction_id: bytes
    originator: bytes
    recipient: bytes
    date_time: bytes = b""
    other_information: bytes = b""

    @property
    def octets(self) -> int:
        """Octets of all five, each with its length."""
        fields = (self.transaction_id, self.originator, self.recipient, self.date_time, self.other_information)
        return sum(_sized(len(part)) for part in fields)


@dataclass(frozen=True, slots=True)
class GeneralCipheringLayer:
    """general-ciphering, under a key that it tells itself.

    Attributes:
        control: the security control.
        heading: of the reply.
        client_title: of who sent the request, whether or not the heading says it.
        choice: which key, and what makes it.
        authentication_key: of the request.
    """

    control: SecurityControl
    heading: Heading
    client_title: bytes
    choice: KeyChoice
    authentication_key: bytes = field(repr=False)

    dedicated = False

    def size(self, inside_octets: int) -> int:
        """Octets of a protected APDU with so many inside."""
        return 1 + self.heading.octets + self.choice.info_octets + _sized(_content(self.control, inside_octets))


@dataclass(frozen=True, slots=True)
class SigningLayer:
    """general-signing.

    Attributes:
        heading: of the reply.
        signature_octets: of the suite.
        signature_key: the meter's private key when the request came.
    """

    heading: Heading
    signature_octets: int
    signature_key: bytes = field(repr=False)

    control = _NOT_PROTECTED
    dedicated = False

    def size(self, inside_octets: int) -> int:
        """Octets of a signed APDU with so many inside."""
        return 1 + self.heading.octets + _sized(inside_octets) + _sized(self.signature_octets)


Layer = CipheringLayer | GeneralCipheringLayer | SigningLayer


@dataclass(frozen=True, slots=True)
class Protection:
    """How a request was protected, or how a reply will be.

    Attributes:
        layers: the outermost first; none for an APDU in clear.
    """

    layers: tuple[Layer, ...] = ()

    @property
    def control(self) -> SecurityControl:
        """Of the layer that ciphers; all bits 0 where there is none."""
        return next((layer.control for layer in self.layers if not isinstance(layer, SigningLayer)), _NOT_PROTECTED)

    @property
    def dedicated(self) -> bool:
        """Whether the outermost layer is under the dedicated key."""
        return any(layer.dedicated for layer in self.layers[:1])

    @property
    def signed(self) -> bool:
        """Whether there is a signature."""
        return any(isinstance(layer, SigningLayer) for layer in self.layers)

    @property
    def service_specific(self) -> bool:
        """Whether it is glo- or ded-ciphering of a service, which not every APDU has."""
        outer = self.layers[0] if self.layers else None
        return isinstance(outer, CipheringLayer) and not outer.general

    def in_general_form(self) -> Protection:
        """The same without glo- or ded-ciphering of a service: for APDUs that have none, as those of ACCESS."""
        return Protection(
            tuple(
                replace(layer, general=True, titled=True)
                if isinstance(layer, CipheringLayer) and not layer.general
                else layer
                for layer in self.layers
            )
        )

    def with_control(self, control: SecurityControl) -> Protection:
        """The same under another security control."""
        return Protection(
            tuple(
                layer if isinstance(layer, SigningLayer) else replace(layer, control=control) for layer in self.layers
            )
        )

    def size(self, plain_octets: int) -> int:
        """Octets of a protected APDU with so many inside."""
        octets = plain_octets
        for layer in reversed(self.layers):
            octets = layer.size(octets)
        return octets

    def room(self, limit: int) -> int:
        """Octets of the longest plain APDU that makes a protected one of at most `limit` octets; negative for none."""
        plain = limit - self.size(0)
        while plain >= 0 and self.size(plain) > limit:
            plain -= 1
        return plain


def room_of(limit: int, protection: Protection | None) -> int:
    """Octets of the longest plain reply to a client that takes `limit` octets (0: any number) under a protection."""
    within = limit or _LARGEST_PDU
    return within if protection is None else protection.room(within)


def _content(control: SecurityControl, inside_octets: int) -> int:
    return _HEADER_OCTETS + inside_octets + (TAG_OCTETS if control.authenticated else 0)


def _sized(octets: int) -> int:
    """Octets of an OCTET STRING with so many inside."""
    if octets < 0x80:
        return 1 + octets
    return (2 if octets < 0x100 else 3) + octets
