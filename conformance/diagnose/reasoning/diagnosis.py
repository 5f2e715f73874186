"""The entrance: from a conversation to its statements, the gravest and best known first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from conformance.device.model import Device
from conformance.diagnose.intake.conversation import Conversation
from conformance.diagnose.intake.keys import CaptureKeys
from conformance.diagnose.layers.below_apdus import findings as below_apdus
from conformance.diagnose.layers.signs import KINDS
from conformance.diagnose.reasoning import (
    acse,
    ciphering,
    counters,
    earlier_openings,
    hls,
    initiate,
    outlived,
    repeated_segments,
    rules,
    services,
    transfer,
)
from conformance.diagnose.reasoning.declared import rings
from conformance.diagnose.reasoning.exchange import Exchange, follow
from conformance.diagnose.reasoning.seal import Effort
from conformance.diagnose.reasoning.signs_opening import PENDING
from conformance.diagnose.reasoning.signs_services import INCOMPLETE, LEFT_OUT, NO_FAULT
from conformance.diagnose.reasoning.silence import SILENT
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.record.redaction import Redactor

UNTEMPERED: Final = (
    INCOMPLETE,
    SILENT,
    PENDING,
    earlier_openings.NO_ROOM,
    *(
        KINDS[code].sign
        for code in (
            "connection-ended-by-another",
            "gap-within-reply",
            "inactivity-timeout-early",
            "inactivity-timeout-not-applied",
            "inactivity-timeout-not-restarted",
            "new-connection-unanswered",
            "undeclared-address-length-answered",
            "undeclared-logical-device-answered",
            "undeclared-physical-device-answered",
            "unknown-parameter-unanswered",
        )
    ),
)
"""Signs of an exchange that stops, which nobody says is an error, and of what contradicts the device config; they stay
warnings by themselves."""
MOST_ALIKE: Final = 12
"""Statements of one code that are told one by one."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a conversation shows.

    Attributes:
        conversation: that was looked at.
        exchanges: in it.
        statements: the gravest first, of these the best known first.
        redactor: knows every secret that was given, and those that the exchange reveals.
    """

    conversation: Conversation = field(repr=False)
    exchanges: tuple[Exchange, ...] = field(repr=False)
    statements: tuple[Statement, ...]
    redactor: Redactor = field(repr=False)

    @property
    def healthy(self) -> bool:
        """Whether nothing above `info` was stated."""
        return all(statement.severity == "info" for statement in self.statements)


def diagnose(conversation: Conversation, keys: CaptureKeys | None = None, device: Device | None = None) -> Diagnosis:
    """Tell what went wrong, where, how that is known, and what to change.

    Args:
        conversation: as it was read; the keys that came with it are used.
        keys: that are known besides; they hold before those of the conversation.
        device: whose associations have further keys; each exchange is that of the association which fits it best.
    """
    known = conversation.keys if keys is None else keys.with_those_of(conversation.keys)
    exchanges, said = stated(conversation, known, device)
    redactor = _redactor(known, device, exchanges)
    return Diagnosis(conversation, exchanges, tuple(redacted(redactor, statement) for statement in said), redactor)


def stated(
    conversation: Conversation, known: CaptureKeys, device: Device | None, effort: Effort | None = None
) -> tuple[tuple[Exchange, ...], list[Statement]]:
    """The exchanges of a conversation and all that is stated of them, the gravest first; secrets are not masked yet.

    Args:
        conversation: as it was read.
        known: keys that hold before those of the device config.
        device: whose associations have further keys.
        effort: that may be spent on looking for keys; None is as much as a file is worth.
    """
    exchanges = follow(conversation, rings(conversation, known, device), effort)
    said = [*_of_capture(conversation), *below_apdus(conversation, device)]
    for exchange in exchanges:
        for layer in (acse, initiate, ciphering, hls, services, transfer):
            said += layer.explain(exchange)
    said += counters.explain(exchanges)
    said += rules.explain(exchanges)
    for room in (earlier_openings, outlived, repeated_segments):
        said += room.explain(conversation, exchanges)
    said = list(_bounded(dict.fromkeys(said)))
    said = _tempered(said)
    unfinished = any(statement.sign in UNTEMPERED for statement in said)
    if said and not unfinished and all(statement.severity == "info" for statement in said):
        said.append(_no_fault(conversation))
    return exchanges, sorted(said, key=lambda item: item.rank)


def _of_capture(conversation: Conversation) -> Iterator[Statement]:
    """What reading the file had to say, in the form of the other statements."""
    for finding in conversation.findings:
        sign = Sign(finding.code, finding.message.split(".")[0], finding.message, finding.suggestion)
        severity = {"error": "warning"}.get(finding.severity, finding.severity)
        message = f"{finding.where}: {finding.message}" if finding.where else finding.message
        yield Statement(
            sign,
            "info" if severity == "info" else "warning",
            Evidence.READ,
            0,
            "",
            b"",
            message,
            finding.suggestion,
            weight=-20,
        )


def _bounded(statements: Iterable[Statement]) -> Iterator[Statement]:
    counted: dict[str, int] = {}
    first_more: dict[str, Statement] = {}
    for statement in statements:
        count = counted[statement.code] = counted.get(statement.code, 0) + 1
        if count <= MOST_ALIKE:
            yield statement
        else:
            first_more.setdefault(statement.code, statement)
    for code, first in first_more.items():
        text = f"{counted[code] - MOST_ALIKE} more statements of {code} are not listed; the first is about this frame."
        yield replace(first, sign=LEFT_OUT, severity="info", message=text, suggestion="", changes=())


def _tempered(statements: Sequence[Statement]) -> list[Statement]:
    """Where nothing failed, what may have contributed to a failure is worth knowing only."""
    if any(statement.severity == "error" for statement in statements):
        return list(statements)
    return [
        replace(item, severity="info") if item.severity == "warning" and item.sign not in UNTEMPERED else item
        for item in statements
    ]


def _no_fault(conversation: Conversation) -> Statement:
    text = (
        f"Nothing wrong was found in {len(conversation.units)} frames and {len(conversation.apdus)} APDUs; what is "
        "worth knowing is listed."
    )
    return Statement(NO_FAULT, "info", Evidence.READ, 0, "", b"", text, weight=100)


def _redactor(keys: CaptureKeys, device: Device | None, exchanges: Sequence[Exchange]) -> Redactor:
    declared = () if device is None else tuple(secret for _, secret in device.secrets())
    redactor = Redactor((*keys.secrets, *declared))
    for exchange in exchanges:
        said = exchange.proposed
        if isinstance(said, InitiateRequest) and said.dedicated_key:
            redactor.add(said.dedicated_key)
        mechanism = exchange.mechanism
        password = None if exchange.aarq is None else exchange.aarq.calling_authentication_value
        if mechanism is not None and not mechanism.high_level and password:
            redactor.add(password)
    return redactor


def redacted(redactor: Redactor, statement: Statement) -> Statement:
    """A statement without the secrets that its octets or words may hold."""
    octets, spans = redactor.octets(statement.octets)
    message, suggestion = redactor.text(statement.message), redactor.text(statement.suggestion)
    if not spans and (message, suggestion) == (statement.message, statement.suggestion):
        return statement
    return replace(statement, octets=octets, message=message, suggestion=suggestion)
