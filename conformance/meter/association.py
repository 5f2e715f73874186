"""One application association on the server's side: it takes APDUs, keeps the state, and gives replies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from conformance.dlms import apdu as apdus
from conformance.dlms.acse import aarq, release
from conformance.dlms.apdu import Apdu
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.meter.association_state import TRANSITIONS, Effect, Event, Outcome, State
from conformance.meter.authentication import Authentication
from conformance.meter.ciphering import (
    GENERAL_TAGS,
    Ciphering,
    InvocationCounter,
    Protection,
    StaleCounterError,
    UndecipherableError,
    is_ciphered,
    room_of,
)
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.session import AssociationStatus, Session
from conformance.meter.opening import Opener
from conformance.meter.refusal import Reason, Refusal, counter_refusal, refusal
from conformance.meter.releasing import release_response
from conformance.meter.service_call import Encodable, ServiceCall
from conformance.meter.services import LONG_NAME_TAGS, SHORT_NAME_TAGS, Services, is_pass_3, is_unconfirmed

_SMALLEST_ROOM: Final = 12
"""Octets of plain reply below which nothing is served: as many as the smallest PDU that a client may ask for."""


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


Reply = tuple[bytes | None, Outcome]


class Association:
    """The association between one client and one logical device.

    Attributes:
        profile: its declared side.
        state: see `TRANSITIONS`.
    """

    def __init__(
        self,
        profile: AssociationProfile,
        device: LogicalDevice,
        sent: InvocationCounter,
        random: Random,
        faults: frozenset[str],
    ) -> None:
        self.profile = profile
        self.state = State.IDLE
        self._device = device
        self._faults = faults
        keyed = profile.keys is not None and device.security is not None
        self._ciphering = Ciphering(device.security, sent, faults) if keyed and device.security is not None else None
        self._authentication = Authentication(profile, device, self._ciphering, random, faults)
        self._opener = Opener(profile, device, self._ciphering, self._authentication, faults)
        self._services = Services(faults)
        self._session: Session | None = None
        self._response: InitiateResponse | None = None
        self._confirmed = True
        self._effects: dict[Effect, Callable[[Incoming, float], Reply]] = {
            Effect.OPEN: self._open,
            Effect.REOPEN: self._reopen,
            Effect.AUTHENTICATE: self._authenticate,
            Effect.SERVE: self._serve,
            Effect.REFUSE: self._refuse,
            Effect.RELEASE: self._release,
            Effect.END: self._end,
        }

    def handle(self, octets: bytes, now: float) -> bytes | None:
        """Take an APDU of at least one octet, and give the reply."""
        if octets[0] == aarq.TAG:
            return self._apply(Event.AARQ, Incoming(octets), now)
        if octets[0] == release.REQUEST_TAG:
            return self._silenced(self._apply(Event.RLRQ, Incoming(octets), now))
        if self.state is State.IDLE:
            reply = self._apply(Event.SERVICE, Incoming(octets), now)
            return None if is_unconfirmed(octets) else reply
        incoming = self._opened(octets)
        if not isinstance(incoming, Incoming):
            return self._silenced(incoming.encode())
        event = Event.PASS_3 if is_pass_3(incoming.request, self.profile) else Event.SERVICE
        reply = self._apply(event, incoming, now)
        return None if is_unconfirmed(incoming.octets) else self._silenced(reply)

    def end(self) -> None:
        """The link that carried the association is gone."""
        self._apply(Event.LINK_LOST, Incoming(b""), 0.0)

    def _apply(self, event: Event, incoming: Incoming, now: float) -> bytes | None:
        transition = TRANSITIONS[self.state, event]
        reply, outcome = self._effects[transition.effect](incoming, now)
        self.state = transition.next.get(outcome, self.state)
        return reply

    def _silenced(self, reply: bytes | None) -> bytes | None:
        """The reply, unless the association is an unconfirmed one."""
        return reply if self._confirmed else None

    def _opened(self, octets: bytes) -> Incoming | Refusal:
        """The request as a plain APDU, decoded where it can be; or why it does not come so far."""
        tag, ciphering = octets[0], self._ciphering
        if not is_ciphered(tag):
            return Incoming(octets, request=self._decoded(octets))
        if ciphering is None or not self.profile.context.ciphered:
            return self._refusal(Reason.UNKNOWN_SERVICE, tag)
        if tag in GENERAL_TAGS and not self._negotiated(ConformanceBit.GENERAL_PROTECTION):
            return self._refusal(Reason.NOT_NEGOTIATED, tag)
        try:
            opened = ciphering.unprotect(octets)
        except DecodeError:
            return self._refusal(Reason.UNREADABLE, tag)
        except UndecipherableError:
            return self._refusal(Reason.UNDECIPHERABLE, tag)
        except StaleCounterError as stale:
            return counter_refusal(stale.expected, short_names=self.profile.context.short_names, tag=tag)
        plain = opened.plain
        return Incoming(plain, opened.protection, self._decoded(plain), opened.counter_before)

    def _decoded(self, octets: bytes) -> Apdu | None:
        if octets[0] not in (SHORT_NAME_TAGS if self.profile.context.short_names else LONG_NAME_TAGS):
            return None
        try:
            return apdus.decode(octets)
        except DecodeError:
            return None

    def _negotiated(self, bit: ConformanceBit) -> bool:
        return self._session is not None and bit in self._session.conformance

    def _open(self, incoming: Incoming, _now: float) -> Reply:
        opening = self._opener.open(incoming.octets)
        self._session, self._response = opening.session, opening.response
        self._confirmed = opening.session is None or opening.aare is not None
        if opening.session is not None:
            self._device.sessions.append(opening.session)
        return opening.aare, opening.outcome

    def _reopen(self, incoming: Incoming, now: float) -> Reply:
        self._forget()
        return self._open(incoming, now)

    def _authenticate(self, incoming: Incoming, now: float) -> Reply:
        session, request = self._session, incoming.request
        if session is None or not isinstance(request, ActionRequestNormal) or not self._strong_enough(incoming):
            return self._refuse(incoming, now)
        if incoming.protection is not None and incoming.protection.dedicated:
            # The dedicated key serves once the association is established; until then the global key does.
            refused = self._refusal(Reason.UNDECIPHERABLE, incoming.octets[0])
            return self._protected(refused, incoming), Outcome.UNCHANGED
        self._authentication.counter_before = incoming.counter_before
        session.request_authenticated = _authenticated(incoming)
        outcome = self._device.invoke(request.method, request.parameters, session, now)
        response = ActionResponseNormal(request.invoke_id_and_priority, outcome.result, outcome.data)
        reply = self._protected(response, incoming)
        if outcome.result is not ActionResult.SUCCESS:
            self._forget()
            return reply, Outcome.NOT_PROVEN
        session.status = AssociationStatus.ASSOCIATED
        return reply, Outcome.PROVEN

    def _serve(self, incoming: Incoming, now: float) -> Reply:
        return self._protected(self._answer(incoming, now), incoming), Outcome.UNCHANGED

    def _answer(self, incoming: Incoming, now: float) -> Encodable | None:
        session, octets, request = self._session, incoming.octets, incoming.request
        if session is None:
            return self._refusal(Reason.NO_ASSOCIATION, octets[0])
        if not self._strong_enough(incoming):
            return self._refusal(Reason.PROTECTION_REQUIRED, octets[0])
        if octets[0] not in (SHORT_NAME_TAGS if self.profile.context.short_names else LONG_NAME_TAGS):
            return self._refusal(Reason.UNKNOWN_SERVICE, octets[0])
        if request is None:
            return self._refusal(Reason.UNREADABLE, octets[0])
        room = room_of(session.client_max_receive_pdu_size, incoming.protection)
        if room < _SMALLEST_ROOM or len(octets) > self.profile.server_max_receive_pdu_size:
            return self._refusal(Reason.TOO_LONG, octets[0])
        if not self._confirmed and not is_unconfirmed(octets):
            return None
        session.request_authenticated = _authenticated(incoming)
        return self._services.serve(request, ServiceCall(self._device, session, now, room))

    def _refuse(self, incoming: Incoming, _now: float) -> Reply:
        return self._refusal(Reason.NO_ASSOCIATION, incoming.octets[0]).encode(), Outcome.UNCHANGED

    def _release(self, incoming: Incoming, _now: float) -> Reply:
        response = release_response(incoming.octets, self.profile, self._ciphering, self._response)
        if not isinstance(response, bytes):
            return response.encode(), Outcome.UNCHANGED
        confirmed = self._confirmed
        self._forget()
        return response if confirmed else None, Outcome.ENDED

    def _end(self, _incoming: Incoming, _now: float) -> Reply:
        self._forget()
        return None, Outcome.ENDED

    def _forget(self) -> None:
        """Leave nothing of the association behind."""
        if self._session is not None:
            self._device.sessions.remove(self._session)
            self._session.status = AssociationStatus.NON_ASSOCIATED
        self._session = self._response = None
        self._confirmed = True
        self._services.abort()
        if self._ciphering is not None:
            self._ciphering.use_dedicated_key(None)

    def _strong_enough(self, incoming: Incoming) -> bool:
        """Whether a plain request is allowed here; that of a ciphered one was judged when it was opened."""
        if incoming.protection is not None or self._ciphering is None or not self.profile.context.ciphered:
            return True
        return not self._ciphering.security.required_security_control

    def _protected(self, reply: Encodable | None, incoming: Incoming) -> bytes | None:
        """The reply under the protection of its request; one that the client could not take becomes a refusal."""
        if reply is None:
            return None
        plain, protection = reply.encode(), incoming.protection
        limit = self._session.client_max_receive_pdu_size if self._session is not None else 0
        if protection is None or self._ciphering is None:
            return plain if not limit or len(plain) <= limit else self._refusal(Reason.TOO_LONG, plain[0]).encode()
        if limit and protection.size(len(plain)) > limit:
            return self._refusal(Reason.TOO_LONG, plain[0]).encode()
        return self._ciphering.protect(plain, protection)

    def _refusal(self, reason: Reason, tag: int) -> Refusal:
        return refusal(reason, short_names=self.profile.context.short_names, tag=tag)


def _authenticated(incoming: Incoming) -> bool:
    return incoming.protection is not None and incoming.protection.control.authenticated
