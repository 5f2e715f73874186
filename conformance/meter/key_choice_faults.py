"""What faulty meters make of the key-info of a request that a sound one does not take."""

from __future__ import annotations

from typing import Final

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic
from conformance.dlms.security.general_ciphering import AgreedKey, IdentifiedKey, KekId, KeyId, KeyInfo, WrappedKey
from conformance.dlms.security.key_agreement import Scheme
from conformance.dlms.security.suite import SecuritySuite
from conformance.meter.lenient_opening import KEK_ID_IGNORED, KEY_ID_IGNORED

_ONE_PASS: Final = bytes((Scheme.ONE_PASS,))
_STATIC: Final = bytes((Scheme.STATIC_UNIFIED,))


def taken_for(info: KeyInfo | None, faults: frozenset[str]) -> KeyInfo | None:
    """The key-info that a meter with these defects takes `info` for."""
    match info:
        case IdentifiedKey() if KEY_ID_IGNORED in faults:
            return IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
        case WrappedKey(_, wrapped) if KEK_ID_IGNORED in faults:
            return WrappedKey(KekId.MASTER_KEY, wrapped)
        case AgreedKey(parameters, octets):
            if parameters not in (_ONE_PASS, _STATIC) and "key-agreement-scheme-ignored" in faults:
                return AgreedKey(_ONE_PASS if octets else _STATIC, octets)
            if parameters == _STATIC and "data-of-static-agreement-ignored" in faults:
                return AgreedKey(_STATIC, b"")
    return info


def agreed_unchecked(suite: SecuritySuite, own_key: bytes, public: bytes) -> bytes:
    """The shared secret of a meter that does not ask whether a point is on the curve: zeros where it is not."""
    try:
        peer = elliptic.public_key(suite, public)
    except CipherError:
        return bytes(suite.coordinate_octets)
    return elliptic.shared_secret(elliptic.private_key(suite, own_key), peer)
