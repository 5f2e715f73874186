"""Which client may open what: contexts by what is refused by name, mechanisms from the highest down, never a secret."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.tester.discovery.desk import Desk
from conformance.tester.discovery.findings import AssociationFound
from conformance.tester.discovery.knock import Answer, Knocked, knock
from conformance.tester.discovery.plan import HIGH_LEVEL

_SILENCES = 2
"""A client that was met with so many silences, and nothing else, is not there."""
_CONTEXTS_SEARCHED = 2
"""Mechanisms are looked for in so many contexts of one client."""
_GOES_ON = (Answer.MECHANISM_REFUSED, Answer.AUTHENTICATION_REQUIRED, Answer.REFUSED)


@dataclass(slots=True)
class _Contexts:
    """What the contexts of one client were answered with.

    Attributes:
        open: those that were accepted without authentication, or with a challenge.
        offered: those that are refused for another reason than the context.
        odd: those that were answered without an AARE.
        silences: in a row.
    """

    open: list[tuple[ApplicationContext, Knocked]] = field(default_factory=list)
    offered: list[tuple[ApplicationContext, Knocked]] = field(default_factory=list)
    odd: list[tuple[ApplicationContext, Knocked]] = field(default_factory=list)
    silences: int = 0


def client_of(desk: Desk, client: int) -> AssociationFound | None:
    """What a client may open at the server that is spoken to; None: nobody answers it.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
    """
    contexts = _asked_for_contexts(desk, client)
    if contexts.open:
        (context, knocked), *further = contexts.open
        certain = knocked.answer is Answer.ACCEPTED
        mechanism = Mechanism.LOWEST if certain else None
        found = _found(desk, client, context, knocked, mechanism, certain=certain)
        also = (*(f"{other.label} too" for other, _ in further), *(f"{o.label}: {k.said}" for o, k in contexts.offered))
        return replace(found, also=also)
    for context, knocked in contexts.offered[:_CONTEXTS_SEARCHED]:
        found_here = _mechanism(desk, client, context, knocked)
        if found_here is not None:
            others = tuple(f"{o.label}: {k.said}" for o, k in contexts.offered if o is not context)
            return replace(found_here, also=others)
    return None


def _asked_for_contexts(desk: Desk, client: int) -> _Contexts:
    """One AARQ without authentication for each context, as far as somebody answers."""
    contexts = _Contexts()
    for context in desk.plan.contexts:
        knocked = knock(desk, client, context, Mechanism.LOWEST)
        match knocked.answer:
            case Answer.NOTHING:
                contexts.silences += 1
                if contexts.silences >= _SILENCES and not (contexts.open or contexts.offered or contexts.odd):
                    break
            case Answer.ACCEPTED | Answer.CHALLENGED:
                contexts.open.append((context, knocked))
            case Answer.CONTEXT_REFUSED:
                contexts.silences = -len(desk.plan.contexts)
            case Answer.NO_AARE:
                contexts.odd.append((context, knocked))
            case _:
                contexts.offered.append((context, knocked))
    return contexts


def _mechanism(desk: Desk, client: int, context: ApplicationContext, first: Knocked) -> AssociationFound | None:
    """The mechanism of a client that must authenticate itself; None: the context is not offered after all."""
    if first.answer is Answer.USER_WANTED:
        return replace(_found(desk, client, context, first, None, certain=False), needs_user=True)
    for mechanism in HIGH_LEVEL:
        knocked = knock(desk, client, context, mechanism)
        match knocked.answer:
            case Answer.CHALLENGED:
                return _found(desk, client, context, knocked, mechanism, certain=True)
            case Answer.CONTEXT_REFUSED:
                return None
            case Answer.USER_WANTED:
                return replace(_found(desk, client, context, knocked, None, certain=False), needs_user=True)
            case Answer.TITLE_REFUSED:
                return replace(_found(desk, client, context, knocked, None, certain=False), title_refused=True)
            case answer if answer not in _GOES_ON:
                # A mechanism of another name is refused by name: this one was looked at. Nothing further is tried.
                looked_at = answer is Answer.AUTHENTICATION_FAILED
                guess = (mechanism if looked_at else Mechanism.HLS_GMAC) if context.ciphered else None
                return _found(desk, client, context, knocked, guess, certain=False)
    return _found(desk, client, context, first, Mechanism.LLS, certain=False)


def _found(
    desk: Desk,
    client: int,
    context: ApplicationContext,
    knocked: Knocked,
    mechanism: Mechanism | None,
    *,
    certain: bool,
) -> AssociationFound:
    return AssociationFound(
        server=desk.server.sap,
        client=client,
        context=context,
        mechanism=mechanism,
        certain=certain,
        conformance=knocked.conformance,
        server_max_receive_pdu_size=knocked.server_max_receive_pdu_size,
        server_title=knocked.server_title,
        said=knocked.said,
    )
