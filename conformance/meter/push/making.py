"""The APDUs of notifications: made, protected, and cut into general blocks where one is too long for its client."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.meter.ciphering import Ciphering
from conformance.meter.content_key import ContentKeys, KeyKind
from conformance.meter.general_blocks.unconfirmed import pushed
from conformance.meter.model.push_order import PushProtection
from conformance.meter.model.session import Session
from conformance.meter.protection import CipheringLayer, GeneralCipheringLayer, Heading, Protection

_TRANSACTION_OCTETS = 8


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a notification.

    Attributes:
        title: system title of the client; empty where none is known.
        ciphering: of the association that the notification belongs to; None where it has no keys.
        session: the open association with this client; None where there is none.
        faults: of the meter.
    """

    title: bytes
    ciphering: Ciphering | None
    session: Session | None
    faults: frozenset[str] = frozenset()

    def protected(self, plain: bytes, protection: PushProtection) -> bytes | None:
        """A data-notification under a protection; None where a key is missing."""
        if protection is PushProtection.NONE or "push-in-clear" in self.faults:
            return plain
        ciphering = self.ciphering
        if ciphering is None:
            return None
        if "push-under-the-broadcast-key" in self.faults and protection is PushProtection.GENERAL_GLO:
            keys = ciphering.security.global_broadcast_key, ciphering.security.authentication_key
            wrong = CipheringLayer(_control(ciphering), True, False, True, *keys)
            return ciphering.protect(plain, Protection((wrong,)))
        if "push-repeats-the-last-counter" in self.faults and ciphering.lasting.sent.last:
            ciphering.lasting.sent.last -= 1
        if protection is PushProtection.GENERAL_CIPHERING:
            return ciphering.protect(plain, Protection((self._general_ciphering(ciphering),)))
        layer = _ciphering(ciphering, dedicated=protection is PushProtection.GENERAL_DED, general=True)
        return None if layer is None else ciphering.protect(plain, Protection((layer,)))

    def protected_event(self, plain: bytes) -> bytes:
        """An event-notification, under the global key where the association has keys."""
        if self.ciphering is None or "event-in-clear" in self.faults:
            return plain
        layer = _ciphering(self.ciphering, dedicated=False, general=False)
        assert layer is not None  # noqa: S101 - the global key is always there
        return self.ciphering.protect(plain, Protection((layer,)))

    def in_pdus(self, apdu: bytes) -> tuple[bytes, ...]:
        """The APDU as the client can take it: whole, or in general blocks; nothing where it cannot."""
        limit = 0 if self.session is None else self.session.client_max_receive_pdu_size
        if not limit or len(apdu) <= limit or "push-longer-than-the-client-takes" in self.faults:
            return (apdu,)
        if self.session is None or ConformanceBit.GENERAL_BLOCK_TRANSFER not in self.session.conformance:
            return ()
        blocks = pushed(apdu, limit)
        return blocks[:-1] if "push-last-block-missing" in self.faults else blocks

    def _general_ciphering(self, ciphering: Ciphering) -> GeneralCipheringLayer:
        security = ciphering.security
        heading = Heading(security.draw(_TRANSACTION_OCTETS), security.server_system_title, self.title)
        choice = ContentKeys(security, self.faults).choice(KeyKind.IDENTIFIED, self.title)
        return GeneralCipheringLayer(_control(ciphering), heading, self.title, choice, security.authentication_key)


def _control(ciphering: Ciphering) -> SecurityControl:
    return SecurityControl(ciphering.security.security_suite, authenticated=True, encrypted=True)


def _ciphering(ciphering: Ciphering, *, dedicated: bool, general: bool) -> CipheringLayer | None:
    security = ciphering.security
    key = ciphering.dedicated_key if dedicated else security.global_unicast_key
    if key is None or len(key) != suite_of(security.security_suite).key_octets:
        return None
    return CipheringLayer(_control(ciphering), general, dedicated, general, key, security.authentication_key)
