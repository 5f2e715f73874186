"""Counters that the meter tells, against those that it has accepted; and counters that serve twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.reasoning.accessed import Deed, Ledger
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.leniency import COUNTER
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.turns import turns
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.exception_response import ExceptionResponse

_PATH: Final = "exception-response.invocation-counter"
_DATA: Final = 1
_HIGHEST: Final = 0xFFFF_FFFF
_NEW_KEY: Final = (64, 2)
_COUNTERS: Final = (0, 0, 43, 1)
"""Value groups A to D of the objects that tell invocation counters."""

TOLD: Final = Sign(
    "expected-counter-wrong",
    "The meter expects a counter that does not follow the last one it accepted",
    "invocation-counter-error tells the lowest counter that is accepted: one above the last one of a request that was "
    "served under the same key.",
    "Compare with the counters that were served: where the meter counts what it has refused, anybody can lock the "
    "client out; where the octets are turned round, read them little-endian.",
)
STALE: Final = Sign(
    "counter-object-stale",
    "The object of the invocation counter lags behind",
    "The object tells a counter below one that the meter has accepted already; who begins with it is refused.",
    "Do not rely on this object: keep the client's counter yourself.",
)


def explain(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Every told counter that contradicts what was served, and counters of AARQs that served before."""
    stale = not _keys_change(exchanges)
    highest: dict[bytes, int] = {}
    served: dict[bytes, int] = {}
    for exchange in exchanges:
        title = exchange.client_title
        if any(step.seal is not None and step.seal.brings_key for step in exchange.steps):
            continue
        for turn in turns(exchange):
            seal, reply = turn.request.seal, turn.reply
            if seal is None or reply is None or seal.dedicated or seal.brings_key or seal.control.broadcast_key:
                continue
            said = reply.value
            opening = seal.opening
            key = b"" if opening is None or opening.key is None else opening.key.octets
            before = served.get(title + key)
            if (
                isinstance(said, ExceptionResponse)
                and said.invocation_counter is not None
                and before is not None
                and before < _HIGHEST
            ):
                due = before + 1
                if said.invocation_counter != due:
                    turned = int.from_bytes(said.invocation_counter.to_bytes(4, "big"), "little")
                    text = f"The meter expects {said.invocation_counter}; the last counter that it served is {before}"
                    text += f"{', and with its octets turned round it would be right' if turned == due else ''}"
                    own = said.invocation_counter == seal.counter
                    text += f"{'; it is the counter of the refused request' if own else ''}."
                    yield reply.state(TOLD, "error", Evidence.READ, _PATH, text, weight=8)
            if serves(reply) and key:
                if isinstance(turn.request.carried, Aarq) and before is not None and seal.counter <= before < _HIGHEST:
                    text = (
                        f"The AARQ with invocation counter {seal.counter} is accepted, and {before} was served before."
                    )
                    path = "security-header.invocation-counter"
                    yield turn.request.state(COUNTER, "error", Evidence.READ, path, text, weight=8)
                served[title + key] = max(seal.counter, before or 0)
                highest[title] = max(seal.counter, highest.get(title, 0))
        if highest and stale:
            yield from _object(exchange, max(highest.values()))
    if stale:
        yield from _unciphered(exchanges)


def _keys_change(exchanges: Sequence[Exchange]) -> bool:
    """Whether a key was transferred: its counter begins anew."""
    return any(
        isinstance(entry.target, MethodDescriptor)
        and (entry.target.class_id, entry.target.method_id) == _NEW_KEY
        and not entry.result
        for exchange in exchanges
        for entry in Ledger(exchange).entries
    )


def _object(exchange: Exchange, reached: int) -> Iterator[Statement]:
    """Only exchanges that are ciphered themselves: what they told stands before what they read."""
    if exchange.context is None or not exchange.context.ciphered:
        return
    yield from _lagging(exchange, reached, inside=True)


def _unciphered(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    reached = 0
    for exchange in exchanges:
        ciphered = exchange.context is not None and exchange.context.ciphered
        if not ciphered and reached:
            yield from _lagging(exchange, reached, inside=False)
        for turn in turns(exchange):
            seal = turn.request.seal
            reply = None if turn.reply is None else turn.reply.seal
            opened = reply is not None and reply.opening is not None and serves(turn.reply)
            if seal is not None and opened and not seal.dedicated and not seal.brings_key:
                reached = max(reached, seal.counter)


def _lagging(exchange: Exchange, reached: int, *, inside: bool) -> Iterator[Statement]:
    for entry in Ledger(exchange).entries:
        target, data = entry.target, entry.data
        if not isinstance(target, AttributeDescriptor) or target.class_id != _DATA or data is None:
            continue
        if tuple(target.instance_id[:4]) != _COUNTERS or target.attribute_id != 2 or entry.deed is not Deed.READ:
            continue
        own = entry.step.position
        limit = reached
        if inside:
            counters = [
                step.seal.counter
                for step in exchange.steps[:own]
                if step.direction == "C>S" and step.seal is not None and not step.seal.dedicated
            ]
            limit = max(counters[:-1], default=0)
        if isinstance(data.value, int) and data.value < limit:
            text = f"{target} tells {data.value}, and {limit} has been accepted already."
            yield entry.step.state(STALE, "error", Evidence.INFERRED, "result", text, weight=6)
            return
