"""One application association on the server's side: it takes APDUs, keeps the state, and gives replies."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from conformance.dlms.acse import aarq, release
from conformance.dlms.xdlms import access
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.dlms.xdlms.write import WriteResponse, WriteSuccess
from conformance.meter.access_response_faults import answers_unconfirmed
from conformance.meter.association_state import TRANSITIONS, Effect, Event, Outcome, State
from conformance.meter.authentication import Authentication
from conformance.meter.ciphering import Ciphering
from conformance.meter.crash import MeterCrashedError
from conformance.meter.data_exchange_faults import confirmed_unseen, writes
from conformance.meter.general_blocks.gateway import Room
from conformance.meter.intake import Incoming, Intake
from conformance.meter.invocation_counters import Lasting
from conformance.meter.key_of_step_faults import under_dedicated_key
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.session import AssociationStatus, Session
from conformance.meter.opening import Opener, Opening
from conformance.meter.pdu_size_faults import Miscount
from conformance.meter.protection import room_of
from conformance.meter.refusal import Reason, Refusal, refusal
from conformance.meter.releasing import release_response
from conformance.meter.reply_faults import answer_to_unknown_service, distorted, distorted_release
from conformance.meter.service_call import Encodable, ServiceCall
from conformance.meter.services import Services, is_pass_3, is_unconfirmed

_SMALLEST_ROOM: Final = 12
"""Octets of plain reply below which nothing is served: as many as the smallest PDU that a client may ask for."""


Reply = tuple[bytes | None, Outcome]


class Association:
    """The association between one client and one logical device.

    Attributes:
        profile: its declared side.
        state: see `TRANSITIONS`.
        outbox: APDUs that are sent unasked, the oldest first.
        answers_access: whether the APDU handled last was an access-request.
    """

    def __init__(
        self,
        profile: AssociationProfile,
        device: LogicalDevice,
        lasting: Lasting,
        random: Random,
        faults: frozenset[str],
        *,
        short_conformance_tag: bool = True,
    ) -> None:
        self.profile = profile
        self.state = State.IDLE
        self.outbox: deque[bytes] = deque()
        self._device = device
        self._faults = faults
        keyed = profile.keys is not None and device.security is not None
        self._ciphering = Ciphering(device.security, lasting, faults) if keyed and device.security is not None else None
        self._authentication = Authentication(profile, device, self._ciphering, random, faults)
        self._opener = Opener(
            profile,
            device,
            self._ciphering,
            self._authentication,
            faults,
            short_conformance_tag=short_conformance_tag,
        )
        self._intake = Intake(profile, self._ciphering, faults)
        self._services = Services(faults)
        self._miscount = Miscount(faults)
        self._session: Session | None = None
        self._response: InitiateResponse | None = None
        self._confirmed = True
        self._deaf = False
        self._room: Room | None = None
        self.answers_access = False
        self._effects: dict[Effect, Callable[[Incoming, float], Reply]] = {
            Effect.OPEN: self._open,
            Effect.REOPEN: self._reopen,
            Effect.AUTHENTICATE: self._authenticate,
            Effect.SERVE: self._serve,
            Effect.REFUSE: self._refuse,
            Effect.RELEASE: self._release,
            Effect.END: self._end,
        }

    @property
    def session(self) -> Session | None:
        """What was negotiated; None while nothing is open."""
        return self._session

    @property
    def ciphering(self) -> Ciphering | None:
        """Its keys, titles and counters; None where it has none."""
        return self._ciphering

    def handle(self, octets: bytes, now: float, room: Room | None = None) -> bytes | None:
        """Take an APDU of at least one octet, and give the reply; `room` is what blocks make of the limits."""
        self._room = room
        self.answers_access = False
        if self._deaf:
            return None
        if octets[0] == aarq.TAG:
            return self._apply(Event.AARQ, Incoming(octets), now)
        if octets[0] == release.REQUEST_TAG:
            return self._silenced(self._apply(Event.RLRQ, Incoming(octets), now))
        if self.state is State.IDLE:
            reply = self._apply(Event.SERVICE, Incoming(octets), now)
            return None if is_unconfirmed(octets) else reply
        incoming = self._intake.opened(octets, self._session)
        if not isinstance(incoming, Incoming):
            if self._faults:
                self._suffer(octets, now)
            return self._silenced(incoming.encode())
        self._make_room_for_access(incoming)
        event = Event.PASS_3 if is_pass_3(incoming.request, self.profile) else Event.SERVICE
        reply = self._apply(event, incoming, now)
        if (
            not is_unconfirmed(incoming.octets)
            or "unconfirmed-service-answered" in self._faults
            or (self.answers_access and answers_unconfirmed(self._faults))
        ):
            return self._silenced(reply)
        if reply is None and "unconfirmed-write-answered" in self._faults:
            return self._protected(WriteResponse((WriteSuccess(),)), incoming)
        return None

    def _make_room_for_access(self, incoming: Incoming) -> None:
        """A long reply to ACCESS goes in general blocks, whatever blocks other replies begin with."""
        self.answers_access = incoming.octets[:1] == bytes((access.REQUEST_TAG,))
        room = self._room
        if self.answers_access and room is not None and room.access_octets is not None:
            self._room = replace(room, reply_octets=room.access_octets)

    def _suffer(self, octets: bytes, now: float) -> None:
        """What a request that is refused does to a faulty meter all the same."""
        if "write-carried-out-before-tag-is-verified" in self._faults and self.state is State.ASSOCIATED:
            unverified = self._intake.unverified(octets)
            if unverified is not None and writes(unverified.request):
                self._answer(unverified, now)
        if "undecipherable-request-ends-association" in self._faults:
            self.end()

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

    def _open(self, incoming: Incoming, _now: float) -> Reply:
        opening = self._opener.open(incoming.octets)
        if opening.session is None and "data-after-rejection" in self._faults:
            session = Session(self.profile, conformance=self.profile.conformance)
            opening = Opening(opening.aare, Outcome.ACCEPTED, session)
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
        if not self._right_key_of_pass_3(incoming):
            # Unless declared otherwise, the dedicated key serves once the association is established, not before.
            refused = self._refusal(Reason.UNDECIPHERABLE, incoming.octets[0])
            return self._protected(refused, incoming), Outcome.UNCHANGED
        self._authentication.counter_before = incoming.counter_before
        session.request_authenticated = _authenticated(incoming)
        outcome = self._device.invoke(request.method, request.parameters, session, now)
        response = ActionResponseNormal(request.invoke_id_and_priority, outcome.result, outcome.data)
        if "pass-4-under-dedicated-key" in self._faults:
            incoming = self._under_dedicated_key(incoming)
        reply = response.encode() if "pass-4-in-clear" in self._faults else self._protected(response, incoming)
        if outcome.result is not ActionResult.SUCCESS:
            self._forget()
            return reply, Outcome.NOT_PROVEN
        session.status = AssociationStatus.ASSOCIATED
        return reply, Outcome.PROVEN

    def _right_key_of_pass_3(self, incoming: Incoming) -> bool:
        dedicated = incoming.protection is not None and incoming.protection.dedicated
        if self.profile.pass3_key == "global":
            return not dedicated or "pass-3-under-dedicated-key-accepted" in self._faults
        return dedicated or self._ciphering is None or self._ciphering.dedicated_key is None

    def _serve(self, incoming: Incoming, now: float) -> Reply:
        answer = self._answer(incoming, now)
        if self._faults:
            answer = distorted(answer, self._faults)
        if "global-request-answered-under-dedicated-key" in self._faults:
            incoming = self._under_dedicated_key(incoming)
        return self._protected(answer, incoming), Outcome.UNCHANGED

    def _answer(self, incoming: Incoming, now: float) -> Encodable | None:
        session, octets, request = self._session, incoming.octets, incoming.request
        if session is None:
            return self._refusal(Reason.NO_ASSOCIATION, octets[0])
        if not self._strong_enough(incoming):
            return self._refusal(Reason.PROTECTION_REQUIRED, octets[0])
        if octets[0] not in self._intake.tags:
            strange = answer_to_unknown_service(octets, self.profile, self._faults) if self._faults else None
            return strange or self._refusal(Reason.UNKNOWN_SERVICE, octets[0])
        if request is None:
            self._deaf = "deaf-after-malformed-apdu" in self._faults
            return self._refusal(Reason.UNREADABLE, octets[0])
        room = room_of(self._limit_of(incoming), incoming.reply)
        if room < _SMALLEST_ROOM or len(octets) > self._longest_request:
            return self._refusal(Reason.TOO_LONG, octets[0])
        if not self._confirmed and not is_unconfirmed(octets):
            return None
        if (unseen := confirmed_unseen(request, incoming.protection, self._faults)) is not None:
            return unseen
        session.request_authenticated = _authenticated(incoming)
        call = ServiceCall(self._device, session, now, room, self._intake.unrestricted)
        return self._services.serve(request, call)

    def _refuse(self, incoming: Incoming, now: float) -> Reply:
        pending = self.state is State.PENDING
        if pending and "pass-3-skipped" in self._faults:
            return self._serve(incoming, now)
        if not pending and "data-without-association" in self._faults:
            return self._serve_stranger(incoming, now)
        if incoming.octets[0] == release.REQUEST_TAG and "rlrq-in-idle-crashes" in self._faults:
            raise MeterCrashedError
        return self._refusal(Reason.NO_ASSOCIATION, incoming.octets[0]).encode(), Outcome.UNCHANGED

    def _serve_stranger(self, incoming: Incoming, now: float) -> Reply:
        """What a meter does that never looks at the state of the association."""
        session = Session(self.profile, conformance=self.profile.conformance)
        request = self._intake.decoded(incoming.octets)
        if request is None:
            return self._refusal(Reason.NO_ASSOCIATION, incoming.octets[0]).encode(), Outcome.UNCHANGED
        answer = self._services.serve(request, ServiceCall(self._device, session, now, room_of(0, None)))
        return None if answer is None else answer.encode(), Outcome.UNCHANGED

    def _release(self, incoming: Incoming, _now: float) -> Reply:
        response = release_response(incoming.octets, self.profile, self._ciphering, self._response, self._faults)
        if not isinstance(response, bytes):
            return response.encode(), Outcome.UNCHANGED
        if "association-survives-release" in self._faults:
            return response, Outcome.UNCHANGED
        confirmed = self._confirmed
        self._forget()
        return distorted_release(response, self._faults) if confirmed else None, Outcome.ENDED

    def _end(self, _incoming: Incoming, _now: float) -> Reply:
        self._forget()
        return None, Outcome.ENDED

    def _forget(self) -> None:
        """Leave nothing of the association behind."""
        if self._session is not None:
            self._device.sessions.remove(self._session)
            self._session.status = AssociationStatus.NON_ASSOCIATED
        self._session = self._response = None
        self.outbox.clear()
        self._confirmed = True
        if "service-transfer-kept-over-release" not in self._faults:
            self._services.abort()
        if self._ciphering is not None:
            self._ciphering.use_dedicated_key(None)

    def _strong_enough(self, incoming: Incoming) -> bool:
        """Whether a plain request is allowed here; that of a ciphered one was judged when it was opened."""
        if incoming.protection is not None or self._ciphering is None or not self.profile.context.ciphered:
            return True
        if "plain-request-in-ciphered-association-served" in self._faults:
            return True
        return not self._ciphering.security.required_of_requests

    def _protected(self, reply: Encodable | None, incoming: Incoming) -> bytes | None:
        """The reply under the protection of its request; one that the client could not take becomes a refusal."""
        if reply is None:
            return None
        plain, protection = reply.encode(), incoming.reply
        if "gbt-reply-in-blocks-not-protected" in self._faults and self._room is not None and self._room.request_octets:
            return plain
        limit = self._limit_of(incoming)
        if protection is None or self._ciphering is None:
            return plain if not limit or len(plain) <= limit else self._refusal(Reason.TOO_LONG, plain[0]).encode()
        if limit and protection.size(len(plain)) > limit:
            return self._refusal(Reason.TOO_LONG, plain[0]).encode()
        return self._ciphering.protect(plain, protection)

    def _under_dedicated_key(self, incoming: Incoming) -> Incoming:
        """What a faulty meter answers with the key that came last."""
        key = self._ciphering.dedicated_key if self._ciphering is not None else None
        return replace(incoming, reply=under_dedicated_key(incoming.reply, key))

    @property
    def _limit(self) -> int:
        """Octets of the longest reply that the client takes; 0 for any number."""
        if self._session is None or "pdu-size-not-honoured" in self._faults:
            return 0
        in_blocks = None if self._room is None else self._room.reply_octets
        return self._session.client_max_receive_pdu_size if in_blocks is None else in_blocks

    def _limit_of(self, incoming: Incoming) -> int:
        """Octets of the longest reply to a request, as this meter counts."""
        limit = self._limit
        return self._miscount.limit(limit, incoming.request, incoming.reply) if limit and self._faults else limit

    @property
    def _longest_request(self) -> int:
        """Octets of the longest request that is taken."""
        blocks = None if self._room is None else self._room.request_octets
        return self.profile.server_max_receive_pdu_size if blocks is None else blocks

    def _refusal(self, reason: Reason, tag: int) -> Refusal:
        return refusal(reason, short_names=self.profile.context.short_names, tag=tag)


def _authenticated(incoming: Incoming) -> bool:
    return incoming.protection is not None and incoming.protection.control.authenticated
