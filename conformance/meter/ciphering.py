"""The server's side of protection: opening protected requests, and protecting replies as their requests were.

An APDU has at most two layers of protection: one that ciphers outside (glo, ded, general-glo, general-ded or
general-ciphering) and a signature inside, which is applied first (IEC 62056-5-3). What a layer holds beyond that is an
APDU that no service knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.security import ciphered, general_ciphering
from conformance.dlms.security.ciphered import GENERAL_DED_CIPHERING, GENERAL_GLO_CIPHERING
from conformance.dlms.xdlms import general_signing
from conformance.meter.ciphering_errors import UndecipherableError
from conformance.meter.general_protection import GeneralProtection, read_signing
from conformance.meter.invocation_counters import UNCHECKED, Lasting
from conformance.meter.model.security_state import SecurityState
from conformance.meter.protection import Layer, Protection, SigningLayer
from conformance.meter.reply_protector import ReplyProtector
from conformance.meter.request_opener import RequestOpener

GENERAL_TAGS: Final = frozenset(
    (GENERAL_GLO_CIPHERING, GENERAL_DED_CIPHERING, general_ciphering.TAG, general_signing.TAG)
)
"""APDUs that the service general-protection covers."""
_TAGS: Final = GENERAL_TAGS | ciphered.NAMES.keys()
_MOST_LAYERS: Final = 8
"""What a faulty meter takes off; a sound one takes two."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A protected APDU after it was opened.

    Attributes:
        plain: the APDU inside.
        protection: of the request.
        reply: what the reply will be protected with.
        counter_before: the last counter that was accepted under the global unicast key before this APDU.
    """

    plain: bytes
    protection: Protection
    reply: Protection
    counter_before: int


class Ciphering:
    """Keys, titles and counters of one association.

    Attributes:
        security: the material of the logical device; its received counter outlives the association.
        lasting: what else outlives the association.
    """

    def __init__(self, security: SecurityState, lasting: Lasting, faults: frozenset[str]) -> None:
        self.security = security
        self.lasting = lasting
        self._faults = faults
        self._general = GeneralProtection(security, lasting, faults)
        self._opener = RequestOpener(security, lasting, self._general)
        self._protector = ReplyProtector(security, lasting, self._general, faults)

    @property
    def dedicated_key(self) -> bytes | None:
        """As the InitiateRequest gave it; None where it gave none."""
        return self._opener.dedicated_key

    @property
    def global_counter(self) -> int:
        """The last invocation counter accepted under the global unicast key."""
        return self._opener.received.global_counter

    def begin(self, client_title: bytes) -> None:
        """A new association with the client of this title: no dedicated key yet."""
        self._opener.client_title = client_title
        if "sending-counter-restarts" in self._faults:
            self.lasting.sent.last = 0
        if "sending-counter-falls-back" in self._faults:
            self.lasting.sent.last -= self.lasting.sent.last % 16
        if "counter-forgotten-with-association" in self._faults:
            self.security.received_invocation_counter = 0
        self.use_dedicated_key(None)

    def take_client_for(self, title: bytes) -> None:
        """Go on as if the client had this title."""
        self._opener.client_title = title

    def use_dedicated_key(self, key: bytes | None) -> None:
        """Put the dedicated key of this association in force; its counters start anew."""
        lasting = self.lasting
        if key is not None:
            kept = lasting.last_dedicated_key
            lasting.previous_dedicated_key = kept
            if kept and "dedicated-key-of-first-association-kept" in self._faults:
                key = kept
            lasting.last_dedicated_key = key
        self._opener.dedicated_key = key
        self._opener.received.restart_dedicated()
        self._protector.restart_dedicated()

    def unprotect(self, octets: bytes, *, overlooking: frozenset[str] = frozenset()) -> Opened:
        """Open a protected APDU, layer by layer.

        Args:
            octets: the APDU.
            overlooking: further defects, which show in this APDU only.

        Raises:
            DecodeError: it is none, or broken.
            UndecipherableError: it does not open, or is protected less than the security policy demands.
            StaleCounterError: it opens, but its counter is not higher than the last one under the same key.
        """
        faults = self._faults | overlooking if overlooking else self._faults
        before, plain, layers = self.global_counter, octets, list[Layer]()
        while _has_layer(plain, layers, faults):
            # Only a faulty meter finds a second counter inside, which was taken before the one outside.
            plain, layer = self._inside(plain, faults | {UNCHECKED} if layers else faults)
            layers.append(layer)
        protection = Protection(tuple(layers))
        self._opener.check_policy(protection, faults)
        return Opened(plain, protection, self.reply_protection(protection), before)

    def reply_protection(self, request: Protection) -> Protection:
        """How the reply to a request is protected."""
        return self._protector.planned(request, self._opener.client_title)

    def protect(self, plain: bytes, protection: Protection) -> bytes:
        """A reply under a protection; an ExceptionResponse has no service-specific form."""
        return self._protector.protect(plain, protection)

    def accept_reply_counter(self, counter: int, before: int) -> None:
        """Judge the counter inside a GMAC reply, which was made before the APDU that carries it was protected.

        Raises:
            StaleCounterError: it is not higher than the last one `before` that APDU.
        """
        self._opener.received.accept_global(counter, before, self._faults)

    def _inside(self, octets: bytes, faults: frozenset[str]) -> tuple[bytes, Layer]:
        """What one layer holds, never empty."""
        if octets[0] == general_ciphering.TAG:
            return self._opener.general_ciphered(octets, faults)
        if octets[0] != general_signing.TAG:
            return self._opener.ciphered(octets, faults)
        plain, layer = self._general.verified(read_signing(octets), self._opener.client_title)
        if not plain:
            raise UndecipherableError("there is no APDU inside")
        return plain, layer


def is_ciphered(tag: int) -> bool:
    """Whether an APDU with this tag is one that `Ciphering.unprotect` may open."""
    return tag in _TAGS


def _has_layer(plain: bytes, layers: list[Layer], faults: frozenset[str]) -> bool:
    """Whether there is a layer to take off here."""
    if not layers or ("nested-protection-accepted" in faults and len(layers) < _MOST_LAYERS):
        return is_ciphered(plain[0])
    ciphers_only = len(layers) == 1 and not isinstance(layers[0], SigningLayer)
    return ciphers_only and plain[0] == general_signing.TAG
