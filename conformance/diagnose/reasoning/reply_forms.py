"""A protected reply against its request: form, key-info, transaction, counter and signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from conformance.diagnose.reasoning.established import meant
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import is_notification, refuses
from conformance.diagnose.reasoning.seal import Seal
from conformance.diagnose.reasoning.signs_protection import REPLY_CLEAR
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import of_own_accord, turns
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer

READ: Final = Evidence.READ
_PAIRS: Final = 4
_JUMPS: Final = 2
_JUMP: Final = 3
"""Replies with the counter of their request, and jumps of it: by two the tag over a challenge explains it."""
_KEY_INFO: Final = "general-ciphering.key-info"

FORM: Final = Sign(
    "reply-in-other-form",
    "The reply is ciphered in another form than its request",
    "A service-specific request is answered service-specific, general-glo-ciphering by itself, and so on.",
    "Declare the form as the meter uses it, if it always does so; otherwise the meter is at fault.",
)
COUNTER_COPIED: Final = Sign(
    "reply-counter-copied",
    "Replies carry the invocation counters of their requests",
    "The meter counts its own APDUs; a counter that is copied from the request repeats with the request.",
    "The meter is at fault.",
)
TRANSACTION: Final = Sign(
    "transaction-id-not-echoed",
    "The reply does not carry the transaction-id of its request",
    "general-ciphering and general-signing give the transaction-id back.",
    "The meter is at fault.",
)
ORIGINATOR: Final = Sign(
    "originator-title-wrong",
    "The reply names an originator that is not the meter",
    "originator-system-title of a reply is the meter's, and it is part of the nonce.",
    "The meter is at fault, or server_system_title is another one.",
)
KEY_INFO: Final = Sign(
    "reply-key-info-differs",
    "The reply is under a key of another kind than its request",
    "key-info of the reply tells another way to come by the key than that of the request.",
    "Declare what the meter uses; a client that keeps no such key cannot open the reply.",
)
KEY_AGAIN: Final = Sign(
    "established-key-repeated",
    "A key that was made for one APDU comes again, with the same counter",
    "A wrapped or agreed key is new for each APDU, or its invocation counter goes on.",
    "The meter is at fault: key and counter together make one nonce twice.",
)
UNSIGNED: Final = Sign(
    "reply-not-signed",
    "A signed request is answered without a signature",
    "The request is in general-signing, the reply is not.",
    "The meter is at fault, unless its security policy asks for no signed replies.",
)
SIGNATURE: Final = Sign(
    "signature-wrong",
    "A signature does not verify",
    "It is not that of the declared key over the fields before it.",
    "Check server_signature_key, and whether the meter has taken a new key pair into use.",
)
DER: Final = Sign(
    "signature-in-der",
    "A signature is coded in DER",
    "DLMS/COSEM signatures are r ‖ s, each as long as a coordinate; a DER SEQUENCE is the form of X.509.",
    "The sender is at fault.",
)
CONTENT_ONLY: Final = Sign(
    "signature-over-content-only",
    "A signature leaves the header out",
    "It verifies over the content alone; it must cover transaction-id, titles, date-time and other-information too.",
    "The sender is at fault.",
)
NONCE: Final = Sign(
    "signature-nonce-repeated",
    "Two signatures were made with one nonce",
    "Their halves r are the same: the private key can be computed from them.",
    "Replace the key pair; the sender is at fault.",
)
NOTIFIED_CLEAR: Final = Sign(
    "notification-unprotected",
    "A notification comes in clear in a ciphered association",
    "The context has ciphering, and what the meter sends of its own accord is not protected.",
    "Declare it so if the meter's push setup says so; otherwise the meter is at fault.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every protected reply of an exchange against its request, and the notifications."""
    keys: dict[bytes, Step] = {}
    for turn in turns(exchange):
        asked, reply = turn.request.seal, turn.reply
        if turn.request.signature is not None and reply is not None and reply.signature is None:
            opened = reply.seal is None or reply.seal.opening is not None
            if opened and not refuses(reply) and not isinstance(reply.carried, GeneralBlockTransfer):
                text = f"The signed request of frame {turn.request.frame} is answered by {reply.name}, not signed."
                yield reply.state(UNSIGNED, "warning", READ, "", text)
        if asked is None or reply is None or reply.seal is None or isinstance(turn.request.carried, Aarq):
            continue
        yield from _form(exchange, turn.request, asked, reply, reply.seal)
        yield from _again(reply, reply.seal, keys)
    yield from _signatures(exchange)
    yield from _blocks(exchange)
    yield from _notifications(exchange)


def _kind(seal: Seal) -> str:
    match seal.apdu:
        case ServiceCiphered():
            return "service-specific ciphering"
        case GeneralGlobal() | GeneralDedicated():
            return "general-glo- or general-ded-ciphering"
        case GeneralCiphering():
            return "general-ciphering"
    return "ciphering"


def _form(exchange: Exchange, request: Step, asked: Seal, reply: Step, told: Seal) -> Iterator[Statement]:
    if _kind(asked) != _kind(told):
        text = f"The request of frame {request.frame} is in {_kind(asked)}, its reply in {_kind(told)}."
        yield reply.state(FORM, "warning", READ, "", text)
    if not isinstance(asked.apdu, GeneralCiphering) or not isinstance(told.apdu, GeneralCiphering):
        return
    if asked.apdu.transaction_id != told.apdu.transaction_id:
        sent, came = asked.apdu.transaction_id.hex().upper(), told.apdu.transaction_id.hex().upper() or "none"
        text = f"The transaction-id of the reply is {came}, that of the request {sent}."
        yield reply.state(TRANSACTION, "error", READ, "general-ciphering.transaction-id", text)
    title, server = told.apdu.originator_system_title, exchange.server_title
    if title and server and title != server:
        text = f"The originator of the reply is {title.hex().upper()}; the meter is {server.hex().upper()}."
        yield reply.state(ORIGINATOR, "error", READ, "general-ciphering.originator-system-title", text, weight=12)
    if type(asked.apdu.key_info) is not type(told.apdu.key_info):
        text = f"The reply is under {meant(told.apdu)}; the request was under {meant(asked.apdu)}."
        yield reply.state(KEY_INFO, "warning", READ, _KEY_INFO, text)


def _again(reply: Step, seal: Seal, keys: dict[bytes, Step]) -> Iterator[Statement]:
    opening = seal.opening
    if not seal.brings_key or opening is None or opening.key is None:
        return
    used = opening.key.octets + seal.counter.to_bytes(4, "big") + seal.carried_title
    if used in keys and keys[used].octets != reply.octets:
        text = f"The key of the reply came in frame {keys[used].frame} too, both times with counter {seal.counter}."
        yield reply.state(KEY_AGAIN, "error", Evidence.PROVEN, _KEY_INFO, text, weight=10)
    keys.setdefault(used, reply)


def copied_counters(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Replies that repeat the counters of their requests, also where those leave numbers out."""
    copied: list[tuple[Step, int]] = []
    for exchange in exchanges:
        for turn in turns(exchange):
            asked, reply = turn.request.seal, turn.reply
            if asked is None or reply is None or reply.seal is None or asked.dedicated or asked.brings_key:
                continue
            if asked.counter != reply.seal.counter:
                return
            copied.append((reply, asked.counter))
    counters = [counter for _, counter in copied]
    jumps = sum(later - earlier >= _JUMP for earlier, later in pairwise(counters))
    if len(copied) >= _PAIRS and jumps >= _JUMPS:
        shown = ", ".join(map(str, counters[:6]))
        text = f"{len(copied)} replies carry the invocation counters of their requests: {shown}."
        yield copied[0][0].state(
            COUNTER_COPIED, "error", Evidence.INFERRED, "security-header.invocation-counter", text, weight=10
        )


def _signatures(exchange: Exchange) -> Iterator[Statement]:
    halves: dict[bytes, Step] = {}
    path = "general-signing.signature"
    for step in exchange.steps:
        signed = step.signature
        if signed is None or step.direction != "S>C":
            continue
        octets = signed.apdu.signature
        if signed.der:
            text = f"The signature is a DER SEQUENCE of {len(octets)} octets."
            yield step.state(DER, "error", READ, path, text, weight=10)
        elif signed.content_only:
            text = "The signature verifies over the content alone, not over all the fields before it."
            yield step.state(CONTENT_ONLY, "error", Evidence.PROVEN, path, text, weight=10)
        elif signed.verified is False:
            text = "The signature does not verify under the declared public key of the meter."
            yield step.state(SIGNATURE, "error", Evidence.PROVEN, path, text, weight=10)
        half = octets[: len(octets) // 2]
        if half in halves and not signed.der and halves[half].signature is not None:
            text = f"The signature has the same r as that of frame {halves[half].frame}."
            if signed.apdu.signed != halves[half].signature.apdu.signed:  # type: ignore[union-attr]
                yield step.state(NONCE, "error", READ, path, text, weight=12)
        halves.setdefault(half, step)


def _blocks(exchange: Exchange) -> Iterator[Statement]:
    """A reply in general blocks that is not protected once it is put together."""
    asked: Step | None = None
    for step in exchange.steps:
        if step.direction == "C>S" and (step.seal is not None or step.carried is None or not _is_block(step)):
            asked = step
        bare = step.seal is None and step.signature is None and step.joined is not None
        if step.direction == "S>C" and bare and asked is not None and asked.seal is not None and not refuses(step):
            text = f"The {asked.name} of frame {asked.frame} is answered in general blocks, which carry it in clear."
            yield step.state(REPLY_CLEAR, "error", READ, "", text)


def _is_block(step: Step) -> bool:
    return isinstance(step.carried, GeneralBlockTransfer) and step.joined is None


def _notifications(exchange: Exchange) -> Iterator[Statement]:
    if exchange.context is None or not exchange.context.ciphered:
        return
    for step in exchange.steps:
        clear = step.seal is None and step.signature is None and step.direction == "S>C"
        if clear and of_own_accord(step.value) and step.joined is None:
            kind = "data-notification" if is_notification(step.value) else "event-notification-request"
            yield step.state(NOTIFIED_CLEAR, "warning", READ, "", f"The {kind} is in clear.")
