"""general-ciphering and general-signing on the server's side: opening requests, and making the replies to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from conformance.dlms import reader as reading
from conformance.dlms.errors import CipherError
from conformance.dlms.fields import Deviation
from conformance.dlms.security import gcm, general_ciphering, signing
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.xdlms import general_signing
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.meter.ciphering_errors import UndecipherableError
from conformance.meter.content_key import ContentKeys, KeyKind
from conformance.meter.invocation_counters import Lasting
from conformance.meter.model import careless_signatures
from conformance.meter.model.certificates import CertificateType
from conformance.meter.model.security_state import SecurityState
from conformance.meter.protection import GeneralCipheringLayer, Heading, SigningLayer

_STRANGER: Final = b"STRANGER"
"""The title that a faulty meter says in place of its own."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A general-ciphering or general-signing APDU that is for this meter.

    Attributes:
        originator: system title of who sent it, told in the APDU or known from the association.
        heading: of the reply.
    """

    originator: bytes
    heading: Heading


class GeneralProtection:
    """What one logical device needs for general-ciphering and general-signing."""

    def __init__(self, security: SecurityState, lasting: Lasting, faults: frozenset[str]) -> None:
        self._security = security
        self._lasting = lasting
        self._faults = faults
        self.keys = ContentKeys(security, faults)

    def addressed(self, apdu: GeneralCiphering | GeneralSigning, client_title: bytes) -> Addressed:
        """Who sent the APDU, and what the reply begins with: the same transaction, the titles in each other's place.

        Raises:
            UndecipherableError: it is for somebody else.
        """
        own = self._security.server_system_title
        recipient = apdu.recipient_system_title
        if recipient not in (b"", own) and "recipient-title-not-checked" not in self._faults:
            raise UndecipherableError("the recipient is somebody else")
        heading = Heading(
            b"" if "reply-transaction-id-not-echoed" in self._faults else apdu.transaction_id,
            own if recipient else b"",
            apdu.originator_system_title,
        )
        if "reply-originator-title-wrong" in self._faults:
            heading = replace(heading, originator=_STRANGER)
        return Addressed(apdu.originator_system_title or client_title, heading)

    def verified(self, apdu: GeneralSigning, client_title: bytes) -> tuple[bytes, SigningLayer]:
        """What a signed APDU holds, once its signature is that of a party whose certificate is held.

        Raises:
            UndecipherableError: it is not, or the APDU is for somebody else.
        """
        asymmetric = self._security.asymmetric
        if asymmetric is None:
            raise UndecipherableError("this security suite has no signatures")
        addressed = self.addressed(apdu, client_title)
        if "signature-not-verified" not in self._faults:
            key = asymmetric.peer_key(addressed.originator, CertificateType.DIGITAL_SIGNATURE)
            if key is None:
                raise UndecipherableError("no certificate of the originator's signature key is held")
            try:
                signing.verify(asymmetric.suite, key, apdu)
            except CipherError as error:
                if not careless_signatures.accepted(asymmetric.suite, key, apdu.signed, apdu.signature, self._faults):
                    raise UndecipherableError(str(error)) from None
        return apdu.content, self.signing_layer(addressed.heading)

    def signing_layer(self, heading: Heading) -> SigningLayer:
        """A signature of the meter.

        Raises:
            UndecipherableError: the suite has none.
        """
        asymmetric = self._security.asymmetric
        if asymmetric is None:
            raise UndecipherableError("this security suite has no signatures")
        return SigningLayer(heading, 2 * asymmetric.suite.coordinate_octets, asymmetric.signature_key)

    def sign(self, plain: bytes, layer: SigningLayer) -> bytes:
        """A reply with the meter's signature."""
        unsigned = GeneralSigning(
            layer.heading.transaction_id,
            layer.heading.originator,
            layer.heading.recipient,
            layer.heading.date_time,
            layer.heading.other_information,
            plain,
            b"",
        )
        suite = self._security.suite
        over = plain if "reply-signature-over-content-only" in self._faults else unsigned.signed
        signature = careless_signatures.signed(suite, layer.signature_key, over, self._faults)
        if "reply-signature-coded-as-der" in self._faults:
            half = suite.coordinate_octets
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            signature = encode_dss_signature(r, s)
        return replace(unsigned, signature=signature).encode()

    def cipher(self, plain: bytes, layer: GeneralCipheringLayer) -> bytes:
        """A reply under a key of the same kind as its request's; a key that is new begins with counter 0."""
        heading = layer.heading
        key, info = self.keys.make(layer.choice, layer.client_title, heading.transaction_id)
        counter = 0 if layer.choice.kind.established else self._lasting.sent.take(self._faults)
        apdu = GeneralCiphering(
            heading.transaction_id,
            heading.originator,
            heading.recipient,
            heading.date_time,
            heading.other_information,
            info,
            layer.control,
            counter,
            b"",
        )
        content = gcm.protect(
            layer.control,
            self._security.server_system_title,
            counter,
            key,
            layer.authentication_key,
            plain,
            additional=apdu.additional_data,
        )
        return replace(apdu, content=content).encode()

    def ciphering_layer(self, apdu: GeneralCiphering, addressed: Addressed, kind: KeyKind) -> GeneralCipheringLayer:
        """How the reply to a general-ciphering APDU is protected.

        Raises:
            CipherError: the meter lacks what the key of the reply takes.
        """
        originator = addressed.originator
        choice = self.keys.choice(kind, originator)
        return GeneralCipheringLayer(
            apdu.security_control, addressed.heading, originator, choice, self._security.authentication_key
        )


def read_ciphering(octets: bytes, overlooked: frozenset[str]) -> GeneralCiphering:
    """The general-ciphering APDU; only a faulty meter overlooks deviations with these codes.

    Raises:
        DecodeError: it is none, or broken.
    """
    deviations: list[Deviation] = []
    apdu = reading.decode(octets, general_ciphering.read, "general-ciphering", deviations=deviations)
    if any(deviation.code not in overlooked for deviation in deviations):
        return reading.decode(octets, general_ciphering.read, "general-ciphering")
    return apdu


def read_signing(octets: bytes) -> GeneralSigning:
    """The general-signing APDU.

    Raises:
        DecodeError: it is none, or broken.
    """
    return reading.decode(octets, general_signing.read, "general-signing")
