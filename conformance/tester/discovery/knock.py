"""One AARQ without any secret, and what its answer tells: no password, no key and no pass 3 is ever made up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import (
    ApplicationContext,
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    ServiceUserDiagnostic,
)
from conformance.dlms.xdlms.conformance import Conformance
from conformance.tester.association import PreambleFailed
from conformance.tester.discovery.conformance_bits import everything
from conformance.tester.discovery.desk import Desk
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen

_TITLE_OCTETS = 8


class Answer(Enum):
    """What the answer to an AARQ comes to."""

    ACCEPTED = "accepted"
    CHALLENGED = "accepted, and a proof is awaited"
    CONTEXT_REFUSED = "the context is refused"
    MECHANISM_REFUSED = "the mechanism is refused"
    TITLE_REFUSED = "the system title of the client is refused"
    USER_WANTED = "the client user is refused"
    AUTHENTICATION_REQUIRED = "authentication is required"
    AUTHENTICATION_FAILED = "authentication failed"
    REFUSED = "refused"
    NO_AARE = "answered without an AARE"
    NOTHING = "no answer"


_OF_DIAGNOSTIC = {
    ServiceUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED: Answer.CONTEXT_REFUSED,
    ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED: Answer.TITLE_REFUSED,
    ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED: Answer.USER_WANTED,
    ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED: Answer.MECHANISM_REFUSED,
    ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED: Answer.AUTHENTICATION_REQUIRED,
    ServiceUserDiagnostic.AUTHENTICATION_FAILURE: Answer.AUTHENTICATION_FAILED,
    ServiceUserDiagnostic.AUTHENTICATION_REQUIRED: Answer.AUTHENTICATION_REQUIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knocked:
    """What came of one AARQ.

    Attributes:
        said: what the meter did, in words.
        conformance: negotiated, where the answer tells it.
        server_max_receive_pdu_size: likewise, octets.
        server_title: the responding-AP-title, where it is a system title.
    """

    answer: Answer
    said: str
    conformance: Conformance | None = None
    server_max_receive_pdu_size: int | None = None
    server_title: bytes | None = None


def knock(desk: Desk, client: int, context: ApplicationContext, mechanism: Mechanism) -> Knocked:
    """Send one AARQ that carries no secret, and end the link.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
    """
    settings = callers_settings(desk, client, context, mechanism)
    association = desk.association(settings)
    words = f"{context.label}, {_short(mechanism)}"
    desk.attempt(f"{desk.server}, client {client}: AARQ {words}")
    try:
        reaction = association.open()
    except PreambleFailed as failed:
        return _told(desk, Knocked(answer=Answer.NOTHING, said=str(failed)))
    finally:
        desk.end(association)
    return _told(desk, understood(reaction))


def callers_settings(desk: Desk, client: int, context: ApplicationContext, mechanism: Mechanism) -> AssociationSettings:
    """An association of which nothing is known but who calls, and how: the InitiateRequest goes in clear."""
    given = desk.plan.of(desk.server.sap, client)
    return AssociationSettings(
        name=f"client-{client}",
        logical_device=desk.server.sap,
        client_sap=client,
        context=context,
        mechanism=mechanism,
        conformance=everything(context),
        initiate_protection=Protection.NONE,
        client_system_title=desk.plan.client_title,
        client_user_id=given.user_id,
    )


def understood(reaction: Reaction) -> Knocked:
    """What a reaction to an AARQ tells."""
    said = seen(reaction)
    if not isinstance(reaction, Reply):
        return Knocked(answer=Answer.NOTHING, said=said)
    aare = reaction.value
    if not isinstance(aare, Aare):
        return Knocked(answer=Answer.NO_AARE, said=said)
    title = aare.responding_ap_title
    initiate = reaction.initiate
    return Knocked(
        answer=_answer(aare),
        said=said,
        conformance=getattr(initiate, "negotiated_conformance", None),
        server_max_receive_pdu_size=getattr(initiate, "server_max_receive_pdu_size", None),
        server_title=title if title is not None and len(title) == _TITLE_OCTETS else None,
    )


def _answer(aare: Aare) -> Answer:
    by_user = aare.diagnostic_source == DiagnosticSource.USER
    if aare.result == AssociationResult.ACCEPTED:
        awaited = by_user and aare.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_REQUIRED
        named = aare.mechanism is not None and aare.mechanism.high_level
        return Answer.CHALLENGED if awaited or named else Answer.ACCEPTED
    if not by_user:
        return Answer.REFUSED
    return next((answer for code, answer in _OF_DIAGNOSTIC.items() if code == aare.diagnostic), Answer.REFUSED)


def _told(desk: Desk, knocked: Knocked) -> Knocked:
    desk.say(f"  {knocked.said}")
    return knocked


def _short(mechanism: Mechanism) -> str:
    return "no authentication" if mechanism is Mechanism.LOWEST else f"mechanism {int(mechanism)}, a challenge only"
