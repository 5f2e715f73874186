"""Associations that do not open because of what came before them: locked out, or no room left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Conversation
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import masked
from conformance.dlms.acse.enumerations import AssociationResult, Mechanism, ServiceUserDiagnostic

_SEVERAL: Final = 2

LOCKED_OUT: Final = Sign(
    "right-password-refused-after-wrong",
    "The right password is refused after a wrong one",
    "The password is the declared one, and the meter refuses it as it refused another one before: it may have locked "
    "the client out, or it has another password than the device config.",
    "Wait, or look for a counter of failed attempts in the meter; compare the password with the device config.",
)
NO_ROOM: Final = Sign(
    "association-unanswered-after-many",
    "An AARQ that was accepted several times gets no answer any more",
    "The same AARQ opened associations before, which came to their end. A meter that keeps something of each one is "
    "full after a while.",
    "Look whether a restart of the meter helps: then it does not free what an association takes.",
)


@dataclass(slots=True)
class _Past:
    """What came of the AARQs between two SAPs so far.

    Attributes:
        accepted: how often each was accepted, by its octets.
        refused: frame of the last AARQ with another password than the declared one that was refused for it.
    """

    accepted: dict[bytes, int]
    refused: int | None = None


def explain(conversation: Conversation, exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Each AARQ against what the ones before it, of the same client in the same subtest or connection, came to."""
    pasts: dict[tuple[int, int, tuple[int, int] | None], _Past] = {}
    for exchange in exchanges:
        request, aarq = exchange.request, exchange.aarq
        if request is None or aarq is None:
            continue
        group = conversation.streams[exchange.stream].group
        past = pasts.setdefault((group, 0 if group else exchange.stream, exchange.saps), _Past({}))
        octets, aare = request.octets, exchange.aare
        if aare is not None and aare.accepted:
            past.accepted[octets] = past.accepted.get(octets, 0) + 1
            past.refused = None
        elif exchange.response is None and len(exchange.steps) == 1:
            times = past.accepted.get(octets, 0)
            if times >= _SEVERAL:
                text = (
                    f"The AARQ of frame {request.frame} gets no reply; the very same was accepted {times} times before."
                )
                yield request.state(NO_ROOM, "warning", Evidence.INFERRED, "", text, weight=8)
        elif aarq.mechanism is Mechanism.LLS and _for_its_password(exchange):
            if not _declared(exchange):
                past.refused = request.frame
            elif past.refused is not None:
                text = (
                    f"The AARQ of frame {request.frame} carries the declared password and is refused as the one of "
                    f"frame {past.refused} was, which carried another."
                )
                yield request.state(LOCKED_OUT, "error", Evidence.INFERRED, "", text, weight=8)


def _for_its_password(exchange: Exchange) -> bool:
    aare = exchange.aare
    return (
        aare is not None
        and aare.result == AssociationResult.REJECTED_PERMANENT
        and aare.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_FAILURE
    )


def _declared(exchange: Exchange) -> bool:
    """Whether the request carries the declared password; a frame log of ours masks it."""
    sent = None if exchange.aarq is None else exchange.aarq.calling_authentication_value
    password = exchange.keys.password
    if exchange.request is None or not sent:
        return False
    return masked(exchange.request, sent) or (password is not None and sent == password.reveal())
