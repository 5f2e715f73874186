"""The security header and what follows it: SC ‖ IC ‖ protected information ‖ tag, the inside of every ciphered APDU."""

from __future__ import annotations

from enum import Enum

from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader
from conformance.dlms.security.control import BROADCAST_KEY, COMPRESSED, SUITES, SecurityControl

TAG_OCTETS = 12
"""Length of the authentication tag: 96 bits in each of the suites 0, 1 and 2."""


class CipheredForm(Enum):
    """The kinds of ciphered APDU, as far as the security control octet depends on them."""

    SERVICE_GLOBAL = "service-specific global ciphering"
    SERVICE_DEDICATED = "service-specific dedicated ciphering"
    GENERAL_GLOBAL = "general-glo-ciphering"
    GENERAL_DEDICATED = "general-ded-ciphering"
    GENERAL_CIPHERING = "general-ciphering"


_KEY_SET_RELEVANT = frozenset((CipheredForm.SERVICE_GLOBAL, CipheredForm.GENERAL_GLOBAL))
_COMPRESSION_AVAILABLE = frozenset(
    (CipheredForm.GENERAL_GLOBAL, CipheredForm.GENERAL_DEDICATED, CipheredForm.GENERAL_CIPHERING)
)
_ORDINARY = frozenset((0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x12, 0x22, 0x32))


def encode(control: SecurityControl, invocation_counter: int, content: bytes) -> bytes:
    """SC ‖ IC ‖ content, the octet string's content.

    Raises:
        EncodeError: the invocation counter is no Unsigned32.
    """
    if not 0 <= invocation_counter <= 0xFFFF_FFFF:
        raise EncodeError(f"invocation counter {invocation_counter} has no encoding; 0 to 4294967295 have")
    return bytes((control.octet,)) + invocation_counter.to_bytes(4, "big") + content


def read(reader: Reader, form: CipheredForm) -> tuple[SecurityControl, int, bytes]:
    """Take the octet string that holds header and content: control, invocation counter, ciphertext ‖ tag.

    The fields are `length`, `security-header` (`security-control`, `invocation-counter`), `ciphertext` and, when the
    security control says so, `authentication-tag`. Information that is authenticated only stands readable under
    `ciphertext`.

    Deviations: `security-suite-reserved`, `key-set-not-zero`, `compression-not-available`.
    """
    size = reader.length()
    outer = reader.bound(size, "ciphered content")
    reader.enter("security-header")
    octet = reader.u8("security-control")
    control = SecurityControl.from_octet(octet)
    reader.meaning(control)
    if octet not in _ORDINARY:
        _check(reader, octet, form)
    counter = reader.unsigned("invocation-counter", 4)
    reader.leave()
    start = reader.position
    if control.authenticated:
        # Content too short for a tag is said to lack it; what is there is taken as the tag's beginning.
        reader.take("ciphertext", max(reader.remaining - TAG_OCTETS, 0))
        reader.take("authentication-tag", TAG_OCTETS)
    else:
        reader.rest("ciphertext")
    content = reader.octets[start : reader.position]
    reader.unbound(outer)
    return control, counter, content


def _check(reader: Reader, octet: int, form: CipheredForm) -> None:
    suite = octet & 0x0F
    if suite not in SUITES:
        reader.deviation("security-suite-reserved", f"security suite {suite} is reserved", back=1)
    if octet & BROADCAST_KEY and form not in _KEY_SET_RELEVANT:
        reader.deviation("key-set-not-zero", f"Key_Set is 1 in {form.value}, where it shall be 0", back=1)
    if octet & COMPRESSED and form not in _COMPRESSION_AVAILABLE:
        reader.deviation("compression-not-available", f"compression bit is 1 in {form.value}, which has none", back=1)
