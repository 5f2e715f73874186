"""The meter's own invocation counters as its replies carry them: gathered, and judged for order and octet order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from conformance.tester.reaction import Protected, Reaction, Reply

_MODULUS = 1 << 32


@dataclass(frozen=True, slots=True)
class SentCounter:
    """An invocation counter of the meter.

    Attributes:
        value: as an Unsigned32, high octet first.
        dedicated: under the dedicated key.
        reaction: the reply that carries it.
    """

    value: int
    dedicated: bool
    reaction: Reaction


def counters_of(reaction: Reaction) -> list[SentCounter]:
    """The counters in a reply that opens: its own, and of an AARE that of its user-information."""
    if not isinstance(reaction, Reply):
        return []
    found = (reaction.protected, reaction.initiate_protected)
    return [
        SentCounter(item.invocation_counter, item.dedicated, reaction)
        for item in found
        if item is not None and item.error is None and _counts(item)
    ]


def order_fault(values: Sequence[int]) -> str | None:
    """Where a sequence of counters does not increase strictly, in words; None where it does."""
    for number, (before, after) in enumerate(pairwise(values), start=2):
        if after > before:
            continue
        told = f"invocation counter {after} ({after:08X}) of reply {number} after {before} ({before:08X})"
        if after != before and increases(swapped(values)):
            return f"{told}: the octets increase only when they are swapped, low octet first (little-endian)"
        return told
    return None


def increases(values: Sequence[int]) -> bool:
    """Whether each value is higher than the one before."""
    return all(after > before for before, after in pairwise(values))


def swapped(values: Sequence[int]) -> list[int]:
    """The values with their octets in the opposite order."""
    return [int.from_bytes(value.to_bytes(4, "big"), "little") for value in values]


def little_endian(values: Sequence[int]) -> bool:
    """Whether the counters count low octet first: so read, they advance in smaller steps altogether.

    A counter that is sent high octet first and counts by ones advances, when read the wrong way round, by 2^24 at a
    time; and the other way round.
    """
    return _distance(swapped(values)) < _distance(values)


def _counts(protected: Protected) -> bool:
    """An APDU that is signed only has no counter."""
    return bool(protected.security_control.octet & 0x30)


def _distance(values: Sequence[int]) -> int:
    return sum((after - before) % _MODULUS for before, after in pairwise(values))
