"""From the octets of a service to a request that can be served, or to the reason why it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import apdu as apdus
from conformance.dlms.apdu import Apdu
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.meter.ciphering import (
    GENERAL_TAGS,
    Ciphering,
    StaleCounterError,
    UndecipherableError,
    is_ciphered,
)
from conformance.meter.crash import MeterCrashedError
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
        counter_before: last invocation counter accepted under the key before this APDU.
    """

    octets: bytes
    protection: Protection | None = None
    request: Apdu | None = None
    counter_before: int = 0


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
            return Incoming(octets, request=self.decoded(octets))
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
            return counter_refusal(stale.expected, short_names=self._profile.context.short_names, tag=tag)
        plain = opened.plain
        return Incoming(plain, opened.protection, self.decoded(plain), opened.counter_before)

    def decoded(self, octets: bytes) -> Apdu | None:
        """The request, where the association knows its tag and it is legal."""
        if octets[0] not in self.tags:
            return None
        try:
            return apdus.decode(mended(octets, self._faults) if self._faults else octets)
        except DecodeError:
            return None

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
