"""What the invocation counters show: their order of octets, and whether they go up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.reasoning import signs_protection as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import refuses, reply_to, says_deciphering_error
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic

_PATH: Final = "security-header.invocation-counter"
_LOW: Final = 16
_CHANGE: Final = (Change("association", "invocation_counter"),)


def explain(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Every statement about the counters of a conversation; they go on from one exchange to the next."""
    for exchange in exchanges:
        yield from _order(exchange)
        yield from _low(exchange)
    yield from _rising(exchanges)


def reversed_octets(counter: int) -> int:
    """The counter as it would be with its octets the other way round."""
    return int.from_bytes(counter.to_bytes(4, "big"), "little")


def little_endian(counters: Sequence[int]) -> bool:
    """Whether counters of one sender look as if sent in the wrong order of octets."""
    return bool(counters) and all(
        counter >= 1 << 24 and not counter & 0xFF and reversed_octets(counter) < 1 << 20 for counter in counters
    )


def _order(exchange: Exchange) -> Iterator[Statement]:
    for direction, who in (("S>C", "server"), ("C>S", "client")):
        steps = [step for step in exchange.steps if step.direction == direction and step.seal is not None]
        counters = [step.seal.counter for step in steps if step.seal is not None and step.seal.needs_key]
        if not little_endian(counters):
            continue
        shown = counters[0].to_bytes(4, "big").hex(" ").upper()
        text = (
            f"The {who}'s invocation counter has the octets {shown}: a little-endian counter "
            f"{reversed_octets(counters[0])}, where a big-endian Unsigned32 ({counters[0]}) is specified."
        )
        yield steps[0].state(signs.COUNTER_ORDER, "warning", Evidence.INFERRED, _PATH, text)


def _low(exchange: Exchange) -> Iterator[Statement]:
    """A counter near zero, where the meter says that it cannot open or authenticate."""
    for step in exchange.steps:
        seal = step.seal
        if seal is None or step.direction != "C>S" or not seal.needs_key or seal.counter >= _LOW or seal.dedicated:
            continue
        reply = reply_to(exchange, step)
        aare = exchange.aare if step is exchange.request else None
        failed = aare is not None and aare.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_FAILURE
        if (failed and refuses(reply)) or says_deciphering_error(reply):
            text = (
                f"The client's invocation counter is {seal.counter}: if the meter has accepted a higher one under this "
                "key before, this is below the expected counter."
            )
            yield step.state(signs.COUNTER_ZERO, "error", Evidence.INFERRED, _PATH, text, changes=_CHANGE, weight=10)
            return


def _rising(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    seen: dict[tuple[object, ...], dict[int, tuple[Step, bytes]]] = defaultdict(dict)
    highest: dict[tuple[object, ...], int] = {}
    for exchange in exchanges:
        turned = {
            direction: little_endian(
                [
                    step.seal.counter
                    for step in exchange.steps
                    if step.seal is not None and step.direction == direction and step.seal.needs_key
                ]
            )
            for direction in ("C>S", "S>C")
        }
        for step in exchange.steps:
            seal = step.seal
            if seal is None or not seal.needs_key or seal.brings_key or step.direction is None:
                continue
            title = exchange.client_title if step.direction == "C>S" else exchange.server_title
            scope = exchange.number if seal.dedicated else 0
            key = (step.direction, title, seal.dedicated, scope, seal.control.broadcast_key)
            counter = reversed_octets(seal.counter) if turned[step.direction] else seal.counter
            earlier = seen[key].get(counter)
            if earlier is not None and (earlier[1] != step.octets or _answers_another(exchange, step, earlier[0])):
                yield _repeated(exchange, step, counter, earlier[0])
            elif earlier is None and counter < highest.get(key, -1):
                yield _back(exchange, step, counter, highest[key])
            seen[key].setdefault(counter, (step, step.octets))
            highest[key] = max(counter, highest.get(key, -1))


def _answers_another(exchange: Exchange, step: Step, earlier: Step) -> bool:
    """Whether a reply of the meter that looks like an earlier one answers another request: it is no repetition."""
    if step.direction != "S>C" or earlier.exchange != step.exchange:
        return False
    asked = [
        next((one for one in reversed(exchange.steps[: reply.position]) if one.direction == "C>S"), None)
        for reply in (earlier, step)
    ]
    return asked[0] is not None and asked[1] is not None and asked[0].octets != asked[1].octets


def _severity(exchange: Exchange, step: Step) -> Severity:
    return "error" if step.direction == "C>S" and refuses(reply_to(exchange, step)) else "warning"


def _who(step: Step) -> str:
    return "client" if step.direction == "C>S" else "meter"


def _repeated(exchange: Exchange, step: Step, counter: int, earlier: Step) -> Statement:
    text = f"The {_who(step)} uses the invocation counter {counter} again, after frame {earlier.frame}."
    changes = _CHANGE if step.direction == "C>S" else ()
    severity = _severity(exchange, step)
    return step.state(signs.COUNTER_REPEATED, severity, Evidence.READ, _PATH, text, changes=changes, weight=10)


def _back(exchange: Exchange, step: Step, counter: int, highest: int) -> Statement:
    text = f"The invocation counter of the {_who(step)} is {counter}, below {highest}, which it had sent before."
    changes = _CHANGE if step.direction == "C>S" else ()
    severity = _severity(exchange, step)
    return step.state(signs.COUNTER_BACK, severity, Evidence.READ, _PATH, text, changes=changes, weight=10)
