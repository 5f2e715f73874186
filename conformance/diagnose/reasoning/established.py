"""The key that a general-ciphering APDU brings: wrapped, or agreed, and which key that takes (IEC 62056-5-3)."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.reasoning.key_ring import Key, KeyRing
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, IdentifiedKey, WrappedKey
from conformance.dlms.security.key_agreement import Scheme, derive
from conformance.dlms.security.secret import Secret

_SCHEMES: Final = {bytes((scheme,)): scheme for scheme in Scheme}


def established_key(apdu: GeneralCiphering, ring: KeyRing, direction: str | None) -> Key | None:
    """The key of an APDU that brings its key, as far as what is declared tells it; None otherwise.

    Args:
        apdu: whose key-info is looked at.
        ring: declared keys; the master key unwraps, the client's private key agreement key agrees.
        direction: of who sent it: an ephemeral key can be agreed with by its receiver alone.
    """
    try:
        match apdu.key_info:
            case WrappedKey(_, octets) if ring.master is not None:
                return Key("the wrapped key", Secret(key_wrap.unwrap(ring.master.octets, octets)))
            case AgreedKey(parameters, octets):
                return _agreed(apdu, _SCHEMES.get(parameters), octets, ring, direction)
    except (CipherError, ValueError):
        pass
    return None


def _agreed(
    apdu: GeneralCiphering, scheme: Scheme | None, octets: bytes, ring: KeyRing, direction: str | None
) -> Key | None:
    curve = ring.curve
    if curve is None or curve.client_agreement is None or scheme is None:
        return None
    own = elliptic.private_key(curve.suite, curve.client_agreement.reveal())
    nonce: bytes | None = None
    if scheme is Scheme.STATIC_UNIFIED and curve.server_agreement:
        peer, nonce = curve.server_agreement, apdu.transaction_id
    elif scheme is Scheme.ONE_PASS and direction == "S>C":
        peer = octets[: 2 * curve.suite.coordinate_octets]
    else:
        return None
    secret = elliptic.shared_secret(own, elliptic.public_key(curve.suite, peer))
    key = derive(
        curve.suite,
        secret,
        originator_title=apdu.originator_system_title,
        recipient_title=apdu.recipient_system_title,
        nonce=nonce,
    )
    return Key(f"the key agreed by {scheme.label}", Secret(key))


def meant(apdu: GeneralCiphering) -> str:
    """Which key key-info says was used, and what it takes to have it."""
    match apdu.key_info:
        case None:
            return "no key-info: the key that both sides know, the global unicast key"
        case IdentifiedKey(0):
            return "identified-key 0, the global unicast encryption key"
        case IdentifiedKey(1):
            return "identified-key 1, the global broadcast encryption key"
        case IdentifiedKey(number):
            return f"identified-key {number}, which is not defined"
        case WrappedKey(0, octets):
            return f"a key of {max(0, len(octets) - 8)} octets wrapped under the master key (kek-id 0)"
        case WrappedKey(number, octets):
            return f"a key of {max(0, len(octets) - 8)} octets wrapped under kek-id {number}, which is not defined"
        case AgreedKey(parameters, octets):
            scheme = _SCHEMES.get(parameters)
            if scheme is Scheme.ONE_PASS:
                return (
                    f"a key agreed by {scheme.label}: the sender's ephemeral key with its signature, {len(octets)} "
                    "octets, and the receiver's static key agreement key"
                )
            if scheme is Scheme.STATIC_UNIFIED:
                return f"a key agreed by {scheme.label}: the static key agreement keys of both sides"
            return f"a key agreed by a scheme that is not defined ({parameters.hex().upper() or 'empty'})"
    return "a key that is told in no known way"
