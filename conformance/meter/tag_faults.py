"""Protected content with an authentication tag of another length, as faulty meters send it."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.dlms.security import gcm
from conformance.dlms.security.control import SecurityControl

_SHORT: Final = "tag-of-8-octets-sent"
_LONG: Final = "tag-of-16-octets-sent"


def protected(
    control: SecurityControl,
    system_title: bytes,
    invocation_counter: int,
    encryption_key: bytes,
    authentication_key: bytes,
    plain: bytes,
    faults: frozenset[str],
) -> bytes:
    """As `gcm.protect`, with the tag of a meter that has these defects."""
    content = gcm.protect(control, system_title, invocation_counter, encryption_key, authentication_key, plain)
    if not control.authenticated:
        return content
    if _SHORT in faults:
        return content[:-4]
    if _LONG in faults:
        nonce = system_title + invocation_counter.to_bytes(4, "big")
        associated = bytes((control.octet,)) + authentication_key
        if control.encrypted:
            return AESGCM(encryption_key).encrypt(nonce, plain, associated)
        return plain + AESGCM(encryption_key).encrypt(nonce, b"", associated + plain)
    return content
