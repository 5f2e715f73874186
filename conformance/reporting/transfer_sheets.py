"""What the pages of the PDF show of transfers: plain lists and texts, ready for the template."""

from __future__ import annotations

from typing import Any

from conformance.record.model import RunRecord
from conformance.record.transfer_cost import TransferCostRecord
from conformance.reporting.legible import brief, percent
from conformance.reporting.printable import printable_line
from conformance.reporting.transfer_view import ComparedAssociation, Comparison, SizedAssociation, compared, sized

_NOTHING = "–"


def transfer_sheets(record: RunRecord) -> dict[str, Any]:
    """The tables of both mechanisms, and the lengths of APDUs; both lists are empty where nothing was measured."""
    several = len(record.devices) > 1
    return {
        "compared": [_compared(found, several=several) for found in compared(record)],
        "sized": [_sized(found, several=several) for found in sized(record)],
    }


def _compared(found: ComparedAssociation, *, several: bool) -> dict[str, Any]:
    return {
        "title": printable_line(f"{found.association}, {found.protection}", 120),
        "device": printable_line(found.device, 80) if several else "",
        "virtual": found.virtual,
        "rows": [_row(row) for row in found.rows],
        "left": found.left,
    }


def _row(row: Comparison) -> list[str]:
    window = row.general.window if row.general is not None else None
    return [
        printable_line(f"{row.service} {row.attribute}", 120),
        str(row.pdu_size or "any"),
        *_cost(row.service_specific),
        _NOTHING if window is None else str(window),
        *_cost(row.general),
        percent(row.octets_percent),
        percent(row.round_trips_percent),
        percent(row.seconds_percent),
    ]


def _cost(cost: TransferCostRecord | None) -> list[str]:
    """APDUs, octets, round trips and time."""
    if cost is None:
        return [_NOTHING] * 4
    return [
        f"{cost.apdus_sent} + {cost.apdus_received}",
        f"{cost.octets_sent} + {cost.octets_received}",
        str(cost.round_trips),
        brief(cost.seconds),
    ]


def _sized(found: SizedAssociation, *, several: bool) -> list[Any]:
    name = found.association or "not declared"
    return [
        printable_line(f"{name} on {found.device}" if several else name, 120),
        _NOTHING if found.smallest is None else f"{found.smallest} to {found.largest}",
        str(found.replies),
        str(found.longest_reply),
        str(found.filled),
        found.replies_beyond,
        str(found.requests),
        str(found.longest_request),
        str(found.requests_beyond),
    ]
