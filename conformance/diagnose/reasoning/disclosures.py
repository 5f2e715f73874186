"""Keys and passwords in what the meter sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.dlms.acse.aare import Aare

_SHORTEST: Final = 6
_STAND_INS: Final = b"\x2a" * _SHORTEST

DISCLOSED: Final = Sign(
    "secret-disclosed",
    "The meter sends a key or password",
    "What it answers holds the octets of a declared key or password, as they are or in hexadecimal digits.",
    "The meter is at fault: change the secret, and have the object that tells it removed.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every APDU of the meter that holds a declared secret."""
    keys = exchange.keys
    secrets = [(key.name, key.octets) for key in (*keys.named, *keys.declared_secrets)]
    if keys.password is not None:
        secrets.append(("the password", keys.password.reveal()))
    secrets = [(name, octets) for name, octets in secrets if len(octets) >= _SHORTEST]
    told: set[str] = set()
    for step in exchange.steps:
        if step.direction != "S>C" or isinstance(step.carried, Aare):
            continue
        plain, digits = step.plain, step.plain.lower()
        for name, octets in secrets:
            form = "as it is" if octets in plain else "in hexadecimal digits"
            if name not in told and (octets in plain or octets.hex().encode() in digits):
                told.add(name)
                text = f"The {step.name} holds {name}, {form}."
                stated = step.state(DISCLOSED, "error", Evidence.READ, "", text, weight=10)
                yield _without_octets(stated)
        masked = not step.whole and step.heard.complete and step.seal is None and _STAND_INS in step.octets
        if masked and "masked" not in told:
            told.add("masked")
            text = f"The {step.name} holds octets that the log masks, because they are a declared secret."
            yield _without_octets(step.state(DISCLOSED, "error", Evidence.READ, "", text, weight=10))


def _without_octets(statement: Statement) -> Statement:
    return replace(statement, octets=b"")
