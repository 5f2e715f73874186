"""The rules that look at one exchange, and those that look at all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Final

from conformance.diagnose.reasoning import (
    aare_faults,
    challenges,
    disclosures,
    earlier_openings,
    general_blocks,
    key_material,
    leniency,
    list_results,
    notifications,
    opening_leniency,
    outlived,
    own_objects,
    readings,
    refusals_contradicted,
    repeated_segments,
    reply_forms,
    right_requests,
    selections,
    service_blocks,
    signed_passes,
    silence,
    told_counters,
)
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.hls import passes
from conformance.diagnose.reasoning.statement import Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.enumerations import Mechanism

MODULES: Final[tuple[ModuleType, ...]] = (
    aare_faults,
    challenges,
    disclosures,
    earlier_openings,
    general_blocks,
    key_material,
    leniency,
    list_results,
    notifications,
    opening_leniency,
    outlived,
    own_objects,
    readings,
    refusals_contradicted,
    repeated_segments,
    reply_forms,
    right_requests,
    selections,
    service_blocks,
    signed_passes,
    silence,
    told_counters,
)
"""Every room of rules, for the catalogue of signs."""


BY_EXCHANGE: Final = (
    aare_faults,
    refusals_contradicted,
    opening_leniency,
    reply_forms,
    leniency,
    silence,
    readings,
    list_results,
    selections,
    service_blocks,
    general_blocks,
    own_objects,
    disclosures,
    right_requests,
)
"""In the order in which they speak."""


def explain(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """What the rules say of the exchanges of a conversation."""
    for exchange in exchanges:
        for rule in BY_EXCHANGE:
            yield from rule.explain(exchange)
    yield from challenges.explain(exchanges)
    yield from reply_forms.copied_counters(exchanges)
    yield from aare_faults.changes(list(exchanges))
    yield from told_counters.explain(exchanges)
    yield from readings.across(exchanges)
    yield from key_material.explain(exchanges)
    yield from signed_passes.repeated_nonces(_signed(exchanges))
    yield from notifications.explain(exchanges)


def _signed(exchanges: Sequence[Exchange]) -> Iterator[tuple[Step, bytes, str]]:
    """The answers to challenges that are signatures."""
    for exchange in exchanges:
        if exchange.mechanism is Mechanism.HLS_ECDSA:
            yield from ((one.step, one.answer, one.path) for one in passes(exchange) if one.answer)
