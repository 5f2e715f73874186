"""The challenges of the meter over several exchanges: new each time, of its own, and not to be foreseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step

_PATH: Final = "aare.responding-authentication-value.value"
_ENOUGH: Final = 16
"""Challenges from which on the independence of their bits is looked at."""
_MARGIN: Final = 10
"""Random challenges have as many independent bits as there are challenges, but for a few."""
_MOST: Final = 256

ECHOED: Final = Sign(
    "challenge-echoed",
    "The meter's challenge is the client's",
    "StoC equals CtoS: whoever sends a challenge gets his own back, and the answers to both are the same.",
    "The meter is at fault.",
)
REPEATED: Final = Sign(
    "challenge-repeated",
    "The meter's challenge came before",
    "A challenge that comes again lets an answer that was overheard be played once more.",
    "The meter is at fault: it needs a random source.",
)
PREDICTABLE: Final = Sign(
    "challenge-predictable",
    "The meter's challenges depend on few bits",
    "Taken together the challenges have far fewer independent bits than random ones would: the next can be computed.",
    "The meter is at fault: it needs a random source.",
)


def explain(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Every statement about the challenges that a meter sent."""
    seen: dict[bytes, Step] = {}
    last: Step | None = None
    for exchange in exchanges[:_MOST]:
        step, aare, mechanism = exchange.response, exchange.aare, exchange.mechanism
        if step is None or aare is None or mechanism is None or not mechanism.high_level or not step.whole:
            continue
        challenge = aare.responding_authentication_value
        if not challenge:
            continue
        if exchange.aarq is not None and challenge == exchange.aarq.calling_authentication_value:
            text = f"The meter's challenge of {len(challenge)} octets is the one that the client sent."
            yield step.state(ECHOED, "error", Evidence.READ, _PATH, text, weight=10)
        elif challenge in seen:
            text = f"The meter's challenge of {len(challenge)} octets is that of frame {seen[challenge].frame}."
            yield step.state(REPEATED, "error", Evidence.READ, _PATH, text, weight=10)
        seen.setdefault(challenge, step)
        last = step
    if last is not None and len(seen) >= _ENOUGH:
        yield from _bits(last, list(seen))


def _bits(step: Step, challenges: list[bytes]) -> Iterator[Statement]:
    size = min(map(len, challenges))
    expected = min(len(challenges) - 1, 8 * size)
    rank = _rank(
        [
            int.from_bytes(octets[:size], "big") ^ int.from_bytes(challenges[0][:size], "big")
            for octets in challenges[1:]
        ]
    )
    if rank < expected - _MARGIN:
        text = (
            f"{len(challenges)} challenges of the meter have {rank} independent bits, where {expected} are to expect."
        )
        yield step.state(PREDICTABLE, "error", Evidence.INFERRED, _PATH, text, weight=10)


def _rank(rows: list[int]) -> int:
    """Over the field of two elements."""
    pivots: dict[int, int] = {}
    for value in rows:
        row = value
        while row:
            top = row.bit_length()
            if top not in pivots:
                pivots[top] = row
                break
            row ^= pivots[top]
    return len(pivots)
