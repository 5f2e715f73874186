"""Passes 3 and 4 of mechanism 7: ECDSA signatures, verified with the public keys of the device config."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from conformance.diagnose.reasoning import signs_opening as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import refuses, reply_to
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Severity, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.security.curve_signature import raw_of_der

PROVEN: Final = Evidence.PROVEN
_SEQUENCE: Final = 0x30

NONCE: Final = Sign(
    "hls-signature-nonce-repeated",
    "Two answers to challenges were signed with one nonce",
    "Their halves r are the same: the private key can be computed from them.",
    "Replace the key pair; the signer is at fault.",
)


def explain(exchange: Exchange, number: int, step: Step, answer: bytes, path: str) -> Iterator[Statement]:
    """What the signature of a pass is over, and whether it is coded as r ‖ s."""
    curve, aarq, aare = exchange.keys.curve, exchange.aarq, exchange.aare
    name = f"Pass {number}: f({'StoC' if number == 3 else 'CtoS'}) under HLS-ECDSA (7)"
    if curve is None or aarq is None or aare is None:
        return
    key = curve.signature_key(step.direction)
    client, server = aarq.calling_authentication_value or b"", aare.responding_authentication_value or b""
    if not key or not client or not server:
        return
    size = 2 * curve.suite.coordinate_octets
    signature: bytes | None = answer
    faults: list[str] = []
    if len(answer) != size:
        signature = raw_of_der(answer, curve.suite.coordinate_octets) if answer[:1] == bytes((_SEQUENCE,)) else None
        faults.append("in DER" if signature is not None else f"of {len(answer)} octets, where r and s have {size}")
        signature = answer[:size] if signature is None else signature
    titles = (exchange.client_title, exchange.server_title)
    own, peer = titles if number == 3 else titles[::-1]
    challenge, other = (server, client) if number == 3 else (client, server)
    found: list[str] | None = None
    for (title_words, first), (order_words, second) in product(
        (("", own + peer), ("the titles swapped", peer + own), ("the titles left out", b"")),
        (
            ("", challenge + other),
            ("the challenges in the other order", other + challenge),
            ("one challenge", challenge),
        ),
    ):
        if signature is not None and curve.verifies(key, first + second, signature):
            found = [words for words in (title_words, order_words) if words]
            break
    yield from _told(exchange, number, step, path, name, faults, found)


def _told(
    exchange: Exchange, number: int, step: Step, path: str, name: str, faults: list[str], found: list[str] | None
) -> Iterator[Statement]:
    reply = reply_to(exchange, step)
    severity: Severity = "error" if number == 4 or refuses(reply) else "warning"
    if found is None:
        text = f"{name} does not verify under the declared public key{', and is ' + faults[0] if faults else ''}."
        yield step.state(signs.HLS_WRONG, "error", PROVEN, path, text, "", weight=15)
    elif found or faults:
        text = f"{name} was made otherwise than it should be: {', '.join([*faults, *found])}."
        yield step.state(signs.HLS_OTHERWISE, severity, PROVEN, path, text, weight=15)
    else:
        yield step.state(signs.HLS_VERIFIED, "info", PROVEN, path, f"{name} is right.")
        return
    if number == 3 and reply is not None and serves(reply) and reply.value is not None:
        text = f"{name} is wrong, and the meter accepts it."
        yield step.state(signs.PASS3_ACCEPTED, "error", PROVEN, path, text, weight=15)


def repeated_nonces(passes: Iterator[tuple[Step, bytes, str]]) -> Iterator[Statement]:
    """Halves r that come again in answers of one side that differ."""
    seen: dict[tuple[object, bytes], tuple[Step, bytes]] = {}
    for step, answer, path in passes:
        key = step.direction, answer[: len(answer) // 2]
        before = seen.setdefault(key, (step, answer))
        if before[1] != answer:
            text = f"The signature has the same r as that of frame {before[0].frame}."
            yield step.state(NONCE, "error", Evidence.READ, path, text, weight=15)
