"""How faulty meters open what a sound one refuses: tags cut short, left unchecked, or made with other data."""

from __future__ import annotations

import hmac
from typing import Final

from conformance.dlms.errors import CipherError, EncodeError
from conformance.dlms.security import gcm
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import TAG_OCTETS

_SHORT_TAG_OCTETS: Final = 11
_SUITE_OF_KEY: Final = {16: 0, 32: 2}
TAG_UNCHECKED: Final = "authentication-tag-never-verified"
RESERVED_SUITE: Final = "security-suite-reserved"
KEY_SET: Final = "key-set-not-zero"
COMPRESSION: Final = "compression-not-available"
TITLE_LENGTH: Final = "system-title-length"
COMPRESSION_IGNORED: Final = "compression-bit-ignored"
KEY_ID_IGNORED: Final = "key-id-ignored"
KEK_ID_IGNORED: Final = "kek-id-ignored"
_OVERLOOKED: Final = {
    RESERVED_SUITE: "reserved-security-suite-accepted",
    KEY_SET: "key-set-bit-ignored",
    COMPRESSION: COMPRESSION_IGNORED,
    TITLE_LENGTH: "system-title-length-not-checked",
    "key-id-unknown": KEY_ID_IGNORED,
    "kek-id-unknown": KEK_ID_IGNORED,
}
"""Deviations of a ciphered APDU, by their codes, and the defect that overlooks each."""


def overlooked(faults: frozenset[str]) -> frozenset[str]:
    """Codes of the deviations that a meter with these defects overlooks."""
    return frozenset(code for code, fault in _OVERLOOKED.items() if fault in faults)


def open_leniently(
    control: SecurityControl,
    title: bytes,
    counter: int,
    key: bytes,
    authentication_key: bytes,
    content: bytes,
    additional: bytes,
    faults: frozenset[str],
) -> bytes | None:
    """What a meter with these defects takes for the plain APDU; None where it refuses too."""
    ways = [(authentication_key, TAG_OCTETS)]
    if "tag-of-11-octets-accepted" in faults:
        ways.append((authentication_key, _SHORT_TAG_OCTETS))
    if "authentication-key-ignored" in faults:
        ways.append((b"", TAG_OCTETS))
    try:
        for present_key, tag_octets in ways:
            plain = _opened(control, title, counter, key, content, tag_octets if control.authenticated else 0)
            sealed = gcm.protect(control, title, counter, key, present_key, plain, additional=additional)
            if hmac.compare_digest(sealed[: len(content)], content):
                return plain
        if TAG_UNCHECKED in faults:
            return _opened(control, title, counter, key, content, TAG_OCTETS if control.authenticated else 0)
    except (CipherError, EncodeError):
        return None
    return None


def _opened(control: SecurityControl, title: bytes, counter: int, key: bytes, content: bytes, tag_octets: int) -> bytes:
    """The information before the tag, decrypted where it is encrypted."""
    information = content[: max(0, len(content) - tag_octets)]
    if not control.encrypted:
        return information
    encryption_only = SecurityControl(_SUITE_OF_KEY.get(len(key), 0), encrypted=True)
    return gcm.unprotect(encryption_only, title, counter, key, b"", information)
