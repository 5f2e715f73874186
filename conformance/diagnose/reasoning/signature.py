"""The signature around an APDU, and whether it verifies under the key of the device config."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.reasoning.curve_keys import CurveKeys
from conformance.dlms.security.curve_signature import raw_of_der
from conformance.dlms.xdlms.general_signing import GeneralSigning

_SEQUENCE: Final = 0x30


@dataclass(frozen=True, slots=True)
class Signature:
    """A general-signing APDU, judged.

    Attributes:
        apdu: as carried.
        verified: whether it verifies; None where the public key is not known.
        content_only: it verifies over the content alone, without the header.
        der: it is a DER SEQUENCE in place of r and s.
    """

    apdu: GeneralSigning = field(repr=False)
    verified: bool | None
    content_only: bool = False
    der: bool = False


def judged(apdu: GeneralSigning, curve: CurveKeys | None, direction: str | None) -> Signature:
    """The signature of an APDU that was sent in a direction."""
    signature = apdu.signature
    looks_der = len(signature) > 2 and signature[0] == _SEQUENCE and signature[1] == len(signature) - 2
    key = b"" if curve is None else curve.signature_key(direction)
    if curve is None or not key:
        return Signature(apdu, None, der=looks_der)
    der = looks_der and len(signature) != 2 * curve.suite.coordinate_octets
    raw = raw_of_der(signature, curve.suite.coordinate_octets) if der else signature
    if raw is not None and curve.verifies(key, apdu.signed, raw):
        return Signature(apdu, not der, der=der)
    content_only = raw is not None and curve.verifies(key, apdu.content, raw)
    return Signature(apdu, False, content_only, der)
