"""Which statements are explained by what the tester did on purpose, and so are nobody's fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from conformance.diagnose.intake.conversation import Conversation
from conformance.diagnose.reasoning import (
    earlier_openings,
    leniency,
    opening_leniency,
    outlived,
    refusals_contradicted,
    repeated_segments,
    silence,
)
from conformance.diagnose.reasoning.statement import Sign, Statement

REFUSALS: Final = frozenset(
    (
        "application-context-not-supported",
        "association-refused-without-reason",
        "association-rejected",
        "authentication-failure",
        "authentication-required",
        "called-ae-invocation-id-not-recognized",
        "called-ae-qualifier-not-recognized",
        "called-ap-invocation-id-not-recognized",
        "called-ap-title-not-recognized",
        "calling-ae-invocation-id-not-recognized",
        "calling-ae-qualifier-not-recognized",
        "calling-ap-invocation-id-not-recognized",
        "calling-ap-title-not-recognized",
        "client-user-missing",
        "client-user-unknown",
        "confirmed-service-error",
        "context-suspected",
        "data-access-result",
        "deciphering-error",
        "disconnected-mode",
        "dlms-version-too-low",
        "exception-response",
        "frame-rejected-w",
        "frame-rejected-x",
        "frame-rejected-y",
        "frame-rejected-z",
        "hls-pass-3-refused",
        "incompatible-conformance",
        "initiate-error-other",
        "invocation-counter-error",
        "mechanism-name-required",
        "mechanism-not-recognized",
        "no-common-acse-version",
        "no-long-get-in-progress",
        "pdu-size-too-short",
        "protected-service-error",
        "provider-refused-without-reason",
        "read-write-denied",
        "refused-by-vde-handler",
        "secret-wrong",
        "security-control-differs",
        "snrm-answered-frmr",
        "snrm-refused",
    )
)
"""What a meter does that does not take what it got: no fault of its own, nor of the config, where it was to refuse."""
_ABOUT_THE_METER: Final = (
    earlier_openings,
    leniency,
    opening_leniency,
    outlived,
    refusals_contradicted,
    repeated_segments,
    silence,
)
"""Rooms of rules that judge what the meter does with a request, and say so at the request."""
METERS_DOING: Final = frozenset(
    (
        *(value.code for module in _ABOUT_THE_METER for value in vars(module).values() if isinstance(value, Sign)),
        "acknowledged-but-unanswered",
        "connection-ended-by-another",
        "frame-not-acknowledged",
        "new-connection-unanswered",
        "out-of-sequence-unanswered",
        "repetition-unanswered",
        "second-pdu-unanswered",
        "silent-after-broken-frame",
        "silent-after-wrong-header",
        "silent-since-another-connection",
        "silent-since-partial-pdu",
        "split-pdu-unanswered",
        "undefined-control-unanswered",
        "unknown-parameter-unanswered",
    )
) - {"request-without-reply"}
"""Faults of the meter that stand at a frame of the client, which shows them."""
_MOST_WORDS: Final = 240


def tempered(
    statements: Sequence[Statement], conversation: Conversation, purposes: Sequence[str]
) -> Iterator[tuple[Statement, bool]]:
    """Each statement, and whether what was sent on purpose explains it: it is `info` then, and suggests nothing.

    A fault in a frame of the client is explained where that frame is so on purpose; a refusal, and silence, where
    something before it on the same connection is.

    Args:
        statements: of the conversation.
        conversation: with one piece for each frame.
        purposes: of each piece, how it differs on purpose from what the device config declares; empty where it does
            not.
    """
    own, before = _spread(conversation, purposes)
    for statement in statements:
        at = statement.frame - 1
        if statement.severity == "info" or not 0 <= at < len(own) or statement.code in METERS_DOING:
            yield statement, False
        elif conversation.units[at].direction == "C>S" and own[at]:
            yield _explained(statement, f"It was sent so on purpose: {own[at]}"), True
        elif before[at] and statement.code in REFUSALS:
            yield _explained(statement, f"What was sent before differs on purpose: {before[at]}"), True
        else:
            yield statement, False


def _spread(conversation: Conversation, purposes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of each unit its own purpose, and the latest purpose up to it on its connection."""
    own: list[str] = []
    before: list[str] = []
    latest: dict[int, str] = {}
    for unit in conversation.units:
        told = next((purposes[piece] for piece in unit.pieces if purposes[piece]), "")
        if told and unit.direction == "C>S":
            latest[unit.stream] = told
        own.append(told)
        before.append(latest.get(unit.stream, ""))
    return own, before


def _explained(statement: Statement, why: str) -> Statement:
    why = why if len(why) <= _MOST_WORDS else f"{why[:_MOST_WORDS]}…"
    return replace(statement, severity="info", message=f"{statement.message} {why}.", suggestion="", changes=())
