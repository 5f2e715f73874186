"""The answer to a challenge under HLS-GMAC (mechanism 5): SC ‖ IC ‖ GMAC(SC ‖ AK ‖ challenge)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.errors import CipherError
from conformance.dlms.reader import Reader
from conformance.dlms.security import gcm, header
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import TAG_OCTETS

NAME = "gmac-reply"
OCTETS = 1 + 4 + TAG_OCTETS


@dataclass(frozen=True, slots=True)
class GmacReply:
    """f(challenge) of mechanism 5, 17 octets.

    Attributes:
        security_control: authentication only, 0x10, 0x11 or 0x12.
        invocation_counter: of the partner that answers, the last four octets of the nonce.
        authentication_tag: 12 octets.
    """

    security_control: SecurityControl
    invocation_counter: int
    authentication_tag: bytes

    def encode(self) -> bytes:
        """The octet-string's content."""
        return header.encode(self.security_control, self.invocation_counter, self.authentication_tag)


def read(reader: Reader) -> GmacReply:
    """Take a reply: `security-control`, `invocation-counter`, `authentication-tag`.

    Deviation: `not-authentication-only`.
    """
    control = SecurityControl.from_octet(reader.u8("security-control"))
    reader.meaning(control)
    if control.octet & 0xF0 != 0x10:
        reader.deviation("not-authentication-only", f"security control {control} where 1x is due", back=1)
    return GmacReply(control, reader.unsigned("invocation-counter", 4), reader.take("authentication-tag", TAG_OCTETS))


def reply(
    challenge: bytes,
    *,
    system_title: bytes,
    invocation_counter: int,
    encryption_key: bytes,
    authentication_key: bytes,
    security_suite: int = 0,
) -> bytes:
    """The answer of the partner that has `system_title`.

    Raises:
        CipherError: key or title of an impossible length.
        EncodeError: the invocation counter is no Unsigned32.
    """
    control = SecurityControl(suite=security_suite, authenticated=True)
    sealed = gcm.protect(control, system_title, invocation_counter, encryption_key, authentication_key, challenge)
    return GmacReply(control, invocation_counter, sealed[len(challenge) :]).encode()


def verify(
    answer: bytes, challenge: bytes, *, system_title: bytes, encryption_key: bytes, authentication_key: bytes
) -> GmacReply:
    """The parts of `answer` to `challenge`, once the tag has verified under the counter that it carries.

    Args:
        answer: as received.
        challenge: as it was sent.
        system_title: of the partner that answered.
        encryption_key: global unicast.
        authentication_key: AK.

    Raises:
        CipherError: `tag-length` when it has not 17 octets, `security-control` when it says other than authentication
            only, and whatever `gcm.unprotect` finds.
    """
    if len(answer) != OCTETS:
        raise CipherError(f"a GMAC reply has {OCTETS} octets, this has {len(answer)}", reason="tag-length")
    control = SecurityControl.from_octet(answer[0])
    if control.octet & 0xF0 != 0x10:
        raise CipherError(
            f"security control {control}, where a challenge is answered with authentication only (0x1x)",
            reason="security-control",
        )
    counter, tag = int.from_bytes(answer[1:5], "big"), answer[5:]
    gcm.unprotect(control, system_title, counter, encryption_key, authentication_key, challenge + tag)
    return GmacReply(control, counter, tag)
