"""How long the authentication tag of an APDU is when it has not the 12 octets that the suites prescribe."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.dlms.errors import DlmsError
from conformance.dlms.security import gcm
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import TAG_OCTETS

_FULL = 16
_SHORTEST = 4


def other_tag_length(
    control: SecurityControl,
    system_title: bytes,
    invocation_counter: int,
    encryption_key: bytes,
    authentication_key: bytes,
    content: bytes,
    *,
    additional: bytes = b"",
) -> int | None:
    """The length, 4 to 16 octets but not 12, of the tag at the end of `content`; None where no length verifies.

    The arguments are those of `gcm.unprotect`, which has refused them. A tag of 4 octets verifies by chance in one of
    2^32 APDUs.
    """
    if not control.authenticated or len(encryption_key) not in (16, 32) or len(system_title) != 8:
        return None
    associated = bytes((control.octet,)) + authentication_key + additional
    nonce = system_title + invocation_counter.to_bytes(4, "big")
    sealing = AESGCM(encryption_key)
    for octets in range(_FULL, _SHORTEST - 1, -1):
        if octets == TAG_OCTETS or len(content) < octets:
            continue
        information, tag = content[:-octets], content[-octets:]
        if control.encrypted:
            try:
                # Counter mode undoes itself, and the tag of what comes out is the one that belongs there.
                plain = gcm.unprotect(
                    SecurityControl(control.suite, encrypted=True),
                    system_title,
                    invocation_counter,
                    encryption_key,
                    authentication_key,
                    information,
                )
            except DlmsError:
                return None
            right = sealing.encrypt(nonce, plain, associated)[-_FULL:]
        else:
            right = sealing.encrypt(nonce, b"", associated + information)
        if right[:octets] == tag:
            return octets
    return None
