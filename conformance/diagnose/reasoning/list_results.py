"""Lists: one result for each item, in its order, whatever becomes of the others; and the same for ACCESS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from conformance.diagnose.reasoning.accessed import Accessed, Deed, Ledger, Target, Way
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.signs_services import LIST_COUNT
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.turns import turns
from conformance.dlms.data.types import DataType
from conformance.dlms.xdlms.access import AccessAction, AccessGet, AccessRequest, AccessResponse, AccessService
from conformance.dlms.xdlms.invoke_id import BREAK_ON_ERROR, SELF_DESCRIPTIVE

READ: Final = Evidence.READ
_OTHER_REASON: Final = 250

OF_OTHER: Final = Sign(
    "list-result-of-other-item",
    "A result of a list belongs to another item",
    "Read by themselves the items have other values: what stands at this place is the value of another item.",
    "The meter is at fault: results come in the order of the request.",
)
SPREADS: Final = Sign(
    "list-error-spreads",
    "An item that can be read by itself fails in a list",
    "One item that cannot be served must not keep the others from being served.",
    "The meter is at fault; leave out the item that fails.",
)
STOPS: Final = Sign(
    "list-stops-at-error",
    "Behind an item that failed nothing is carried out",
    "All items behind the first error are told with other-reason: the meter gave up there.",
    "The meter is at fault; leave out the item that fails, or send it last.",
)
ALIKE: Final = Sign(
    "list-results-alike",
    "All items of a list fail with the same result",
    "The items are of different objects, and none is served: the result of one may have been given for all.",
    "Ask for each item by itself.",
)
ACCESS_COUNTS: Final = Sign(
    "access-counts-differ",
    "An access-response has not one datum and one result for each specification",
    "access-response-list-of-data and access-response-specification have as many elements as the request.",
    "The meter is at fault.",
)
ACCESS_KIND: Final = Sign(
    "access-result-of-other-kind",
    "A result of ACCESS is of another service than its specification",
    "A get, set or action is answered as what it is, at its place.",
    "The meter is at fault: the results come in another order.",
)
DATA_DESPITE: Final = Sign(
    "access-data-despite-error",
    "A datum stands where nothing was read",
    "Where a get failed, and for a set, null-data stands among the data.",
    "The meter is at fault; take no datum whose result is an error.",
)
NOT_DESCRIBED: Final = Sign(
    "access-not-described",
    "A self-descriptive request is answered without its specifications",
    "With the self-descriptive bit the response repeats the specifications of the request, all of them.",
    "The meter is at fault.",
)
BREAK: Final = Sign(
    "break-on-error-ignored",
    "Behind an error the rest is carried out although break on error was asked for",
    "With the break-on-error bit nothing behind the element that failed is carried out.",
    "The meter is at fault.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every fault of the results of lists and of ACCESS."""
    ledger = Ledger(exchange)
    for step, wanted, given in ledger.counts:
        text = f"{wanted} items were asked for, and the joined blocks hold {given} results."
        yield step.state(LIST_COUNT, "error", READ, "", text, weight=5)
    alone: dict[Target, Accessed] = {}
    for _, grouped in groupby(ledger.entries, key=lambda entry: entry.group):
        entries = list(grouped)
        if len(entries) == 1 and entries[0].way in (Way.ALONE, Way.BLOCKS):
            entry = entries[0]
            if entry.deed is Deed.READ and entry.data is not None and entry.selection is None:
                alone[entry.target] = entry
            continue
        yield from _values(entries, alone)
        yield from _errors(entries, alone)
    for turn in turns(exchange):
        asked, reply = turn.request.value, turn.reply
        if isinstance(asked, AccessRequest) and reply is not None and isinstance(reply.value, AccessResponse):
            for sign, path, text in _access(asked, reply.value):
                yield reply.state(sign, "error", READ, path, text, weight=6)


def _values(entries: Sequence[Accessed], alone: dict[Target, Accessed]) -> Iterator[Statement]:
    for place, entry in enumerate(entries, 1):
        own = alone.get(entry.target)
        if own is None or entry.data is None or entry.deed is not Deed.READ or entry.selection is not None:
            continue
        if entry.encoded == own.encoded:
            continue
        for other_place, other in enumerate(entries, 1):
            known = alone.get(other.target)
            if other.target != entry.target and known is not None and known.encoded == entry.encoded:
                text = f"Result {place}, of {entry.target}, is the value of item {other_place}, {other.target}."
                yield entry.step.state(OF_OTHER, "error", Evidence.INFERRED, "result", text, weight=8)
                return


def _errors(entries: Sequence[Accessed], alone: dict[Target, Accessed]) -> Iterator[Statement]:
    results = [entry.result for entry in entries]
    step = entries[0].step
    spoilt = next((entry for entry in entries if entry.result and entry.target in alone), None)
    if spoilt is not None and spoilt.deed is Deed.READ and spoilt.selection is None:
        text = f"{spoilt.target} fails in the list ({spoilt.result}); by itself it was read in frame "
        text += f"{alone[spoilt.target].step.frame}."
        yield step.state(SPREADS, "error", Evidence.INFERRED, "result", text, weight=8)
    first = next((at for at, result in enumerate(results) if result), None)
    behind = [] if first is None else results[first + 1 :]
    if behind and set(behind) == {_OTHER_REASON} and first is not None and results[first] != _OTHER_REASON:
        broken = entries[0].way is Way.ACCESS
        if not broken:
            text = f"Item {first + 1} fails with {results[first]}, and all {len(behind)} behind it with 250."
            yield step.state(STOPS, "warning", Evidence.INFERRED, "result", text)
    objects = {getattr(entry.target, "instance_id", entry.target) for entry in entries}
    if len(set(results)) == 1 and results[0] and len(objects) > 1:
        text = f"All {len(results)} items, of {len(objects)} objects, fail with {results[0]}."
        yield step.state(ALIKE, "warning", Evidence.INFERRED, "result", text)


def _access(asked: AccessRequest, said: AccessResponse) -> Iterator[tuple[Sign, str, str]]:
    wanted = len(asked.specifications)
    if len(said.data) != wanted or len(said.results) != wanted:
        text = f"{wanted} specifications are answered with {len(said.data)} data and {len(said.results)} results."
        yield ACCESS_COUNTS, "access-response.access-response-list-of-data", text
        return
    descriptive = asked.long_invoke_id_and_priority & SELF_DESCRIPTIVE
    if descriptive and said.specifications != asked.specifications:
        count = "no" if said.specifications is None else str(len(said.specifications))
        text = f"The request is self-descriptive with {wanted} specifications, the response says {count}."
        yield NOT_DESCRIBED, "access-response", text
    failed: int | None = None
    for place, (item, data, outcome) in enumerate(zip(asked.specifications, said.data, said.results, strict=False), 1):
        service = AccessService.GET if isinstance(item, AccessGet) else AccessService.SET
        service = AccessService.ACTION if isinstance(item, AccessAction) else service
        if outcome.service != service:
            text = f"Element {place} asks for {service.label} and is answered as {outcome.service.label}."
            yield ACCESS_KIND, "access-response", text
        elif outcome.result and data.type is not DataType.NULL_DATA:
            text = f"Element {place} fails with {outcome.result}, and its datum is {data.type.label}."
            yield DATA_DESPITE, "access-response.access-response-list-of-data", text
        breaks = asked.long_invoke_id_and_priority & BREAK_ON_ERROR
        if breaks and failed is not None and not outcome.result:
            text = f"Element {failed} failed, and element {place} behind it is carried out all the same."
            yield BREAK, "access-response", text
        failed = place if failed is None and outcome.result else failed
