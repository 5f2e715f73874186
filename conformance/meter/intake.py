"""From the octets of a service to a request that can be served, or to the reason why it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import apdu as apdus
from conformance.dlms.apdu import Apdu
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms import access
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.meter.ciphering import GENERAL_TAGS, Ciphering, is_ciphered
from conformance.meter.ciphering_errors import StaleCounterError, UndecipherableError
from conformance.meter.crash import MeterCrashedError
from conformance.meter.data_exchange_faults import TAG_NOT_VERIFIED
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.session import Session
from conformance.meter.protection import Protection
from conformance.meter.refusal import Reason, Refusal, counter_refusal, refusal
from conformance.meter.request_faults import mended
from conformance.meter.services import LONG_NAME_TAGS, SHORT_NAME_TAGS


@dataclass(frozen=True, slots=True)
class Incoming:
    """An APDU on its way through the association.

    Attributes:
        octets: the APDU; for a service, opened.
        protection: of a service; None for a plain one.
        request: a service decoded; None where that failed or was not tried.
        counter_before: last invocation counter accepted under the global key before this APDU.
        reply: what the reply is to be protected with; None for one in clear.
    """

    octets: bytes
    protection: Protection | None = None
    request: Apdu | None = None
    counter_before: int = 0
    reply: Protection | None = None


class Intake:
    """Opens and decodes the services of one association.

    Attributes:
        tags: of the requests that the association's way of referencing knows.
        unrestricted: a defect: it does not matter what was negotiated.
    """

    def __init__(self, profile: AssociationProfile, ciphering: Ciphering | None, faults: frozenset[str]) -> None:
        self.tags = SHORT_NAME_TAGS if profile.context.short_names else LONG_NAME_TAGS
        self.unrestricted = "service-not-negotiated-served" in faults
        self._profile = profile
        self._ciphering = ciphering
        self._faults = faults

    def opened(self, octets: bytes, session: Session | None) -> Incoming | Refusal:
        """The request as a plain APDU, decoded where it can be; or why it does not come so far."""
        tag, ciphering = octets[0], self._ciphering
        if not is_ciphered(tag):
            return self._plain(octets)
        if ciphering is None or not self._profile.context.ciphered:
            return self._refused_ciphering(tag)
        if tag in GENERAL_TAGS and not self._general_protection(session):
            return self._refusal(Reason.NOT_NEGOTIATED, tag)
        try:
            opened = ciphering.unprotect(octets)
        except DecodeError:
            return self._refusal(Reason.UNREADABLE, tag)
        except UndecipherableError:
            return self._refusal(Reason.UNDECIPHERABLE, tag)
        except StaleCounterError as stale:
            expected = stale.expected
            if "counter-error-little-endian" in self._faults:
                expected = int.from_bytes((expected & 0xFFFF_FFFF).to_bytes(4, "big"), "little")
            return counter_refusal(expected, short_names=self._profile.context.short_names, tag=tag)
        plain = opened.plain
        return Incoming(plain, opened.protection, self.decoded(plain), opened.counter_before, opened.reply)

    def unverified(self, octets: bytes) -> Incoming | None:
        """What a faulty meter has of a request before it comes to the authentication tag; None where it has nothing."""
        if self._ciphering is None or not is_ciphered(octets[0]):
            return None
        try:
            opened = self._ciphering.unprotect(octets, overlooking=TAG_NOT_VERIFIED)
        except (DecodeError, UndecipherableError, StaleCounterError):
            return None
        return Incoming(opened.plain, opened.protection, self.decoded(opened.plain), 0, opened.reply)

    def decoded(self, octets: bytes) -> Apdu | None:
        """The request, where the association knows its tag and it is legal."""
        if octets[0] not in self.tags:
            return None
        try:
            return apdus.decode(mended(octets, self._faults) if self._faults else octets)
        except DecodeError:
            return None

    def _plain(self, octets: bytes) -> Incoming:
        """A request in clear, whose reply a security policy may want protected all the same."""
        request, ciphering = self.decoded(octets), self._ciphering
        if ciphering is None:
            return Incoming(octets, request=request)
        if not self._profile.context.ciphered:
            return Incoming(octets, request=request, counter_before=ciphering.global_counter)
        planned = ciphering.reply_protection(Protection())
        if octets[0] == access.REQUEST_TAG:
            planned = planned.in_general_form()
        return Incoming(octets, None, request, ciphering.global_counter, planned if planned.layers else None)

    def _general_protection(self, session: Session | None) -> bool:
        negotiated = session is not None and ConformanceBit.GENERAL_PROTECTION in session.conformance
        return negotiated or self.unrestricted

    def _refused_ciphering(self, tag: int) -> Refusal:
        short_names = self._profile.context.short_names
        if not short_names and "ciphered-apdu-in-plain-association-crashes" in self._faults:
            raise MeterCrashedError
        if short_names and "ciphered-apdu-with-short-names-crashes" in self._faults:
            raise MeterCrashedError
        return self._refusal(Reason.UNKNOWN_SERVICE, tag)

    def _refusal(self, reason: Reason, tag: int) -> Refusal:
        return refusal(reason, short_names=self._profile.context.short_names, tag=tag)
