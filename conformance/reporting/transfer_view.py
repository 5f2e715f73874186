"""What the reports show of transfers: mechanisms side by side for the same attribute, and how long APDUs were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from conformance.record.model import RunRecord
from conformance.record.pdu_size import PduSizeRecord
from conformance.record.transfer_cost import Mechanism, TransferCostRecord
from conformance.record.verdict import Verdict

MOST_ROWS = 200
"""Rows of one table; further ones stand in run.json."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value by both mechanisms, with the same PDU size; of a mechanism that was not measured, None.

    Attributes:
        service: `GET`, …
        attribute: what was transferred.
        pdu_size: that the client asked for, 0 for any.
        service_specific: in the blocks of the service.
        general: in general blocks.
    """

    service: str
    attribute: str
    pdu_size: int
    service_specific: TransferCostRecord | None
    general: TransferCostRecord | None

    @property
    def octets_percent(self) -> float | None:
        """How many per cent more octets general blocks took, both ways together; less than 0 for fewer."""
        return self._percent(octets_of)

    @property
    def round_trips_percent(self) -> float | None:
        """Likewise of round trips."""
        return self._percent(lambda cost: cost.round_trips)

    @property
    def seconds_percent(self) -> float | None:
        """Likewise of time."""
        return self._percent(lambda cost: cost.seconds)

    def _percent(self, quantity: Callable[[TransferCostRecord], float]) -> float | None:
        if self.service_specific is None or self.general is None:
            return None
        before, after = quantity(self.service_specific), quantity(self.general)
        return None if before <= 0 else round(100 * (after - before) / before, 1)


@dataclass(frozen=True, slots=True)
class ComparedAssociation:
    """The comparisons of one association under one protection.

    Attributes:
        device: its name.
        association: its name.
        protection: of requests and replies.
        virtual: whether the times are of a clock that the tool moves on.
        rows: by service, attribute, PDU size and window.
        left: how many more there are.
    """

    device: str
    association: str
    protection: str
    virtual: bool
    rows: tuple[Comparison, ...]
    left: int


@dataclass(frozen=True, slots=True)
class SizedAssociation:
    """How long the APDUs of one association were in the whole run.

    Attributes:
        device: its name.
        association: its name; empty where none is declared for these addresses.
        smallest: PDU size that the client asked for; None where it never set one.
        largest: likewise.
        replies: held against a size.
        longest_reply: octets.
        filled: subtests in which a reply had exactly as many octets as the client takes.
        replies_beyond: longer than the client takes.
        requests: held against what the meter takes.
        longest_request: octets.
        requests_beyond: longer than the meter takes.
    """

    device: str
    association: str
    smallest: int | None
    largest: int | None
    replies: int
    longest_reply: int
    filled: int
    replies_beyond: int
    requests: int
    longest_request: int
    requests_beyond: int


def octets_of(cost: TransferCostRecord) -> int:
    """Octets both ways, the link layer included."""
    return cost.octets_sent + cost.octets_received


def compared(record: RunRecord) -> tuple[ComparedAssociation, ...]:
    """The transfers in blocks that went well, mechanism beside mechanism; none where no case has measured any."""
    grouped: dict[tuple[str, str, str], list[TransferCostRecord]] = {}
    for case, subtest in record.subtests():
        if subtest.verdict is Verdict.PASSED:
            for cost in subtest.transfers:
                if cost.mechanism is not Mechanism.NONE:
                    grouped.setdefault((case.device, cost.association, cost.protection), []).append(cost)
    found = []
    for (device, association, protection), costs in grouped.items():
        rows = list(_rows(costs))
        virtual = any(cost.virtual for cost in costs)
        shown = tuple(rows[:MOST_ROWS])
        found.append(ComparedAssociation(device, association, protection, virtual, shown, len(rows) - len(shown)))
    return tuple(found)


def sized(record: RunRecord) -> tuple[SizedAssociation, ...]:
    """The lengths of APDUs by association; none for a record that holds no lengths."""
    grouped: dict[tuple[str, str], list[PduSizeRecord]] = {}
    for case, subtest in record.subtests():
        for sizes in subtest.pdu_sizes:
            grouped.setdefault((case.device, sizes.association), []).append(sizes)
    return tuple(_sized(device, association, sizes) for (device, association), sizes in grouped.items())


def _sized(device: str, association: str, sizes: list[PduSizeRecord]) -> SizedAssociation:
    bound = [item for item in sizes if item.client_max_receive_pdu_size]
    limits = [item.client_max_receive_pdu_size for item in bound]
    return SizedAssociation(
        device=device,
        association=association,
        smallest=min(limits, default=None),
        largest=max(limits, default=None),
        replies=sum(item.replies for item in bound),
        longest_reply=max((item.longest_reply for item in bound), default=0),
        filled=sum(item.longest_reply == item.client_max_receive_pdu_size for item in bound),
        replies_beyond=sum(item.replies_beyond for item in bound),
        requests=sum(item.requests for item in sizes if item.server_max_receive_pdu_size),
        longest_request=max((item.longest_request for item in sizes), default=0),
        requests_beyond=sum(item.requests_beyond for item in sizes),
    )


def _rows(costs: Iterable[TransferCostRecord]) -> Iterator[Comparison]:
    """Each transfer in general blocks beside that in the service's own; of what was measured twice, the first."""
    own: dict[tuple[str, str, int], TransferCostRecord] = {}
    general: dict[tuple[str, str, int], dict[int | None, TransferCostRecord]] = {}
    for cost in costs:
        key = (cost.service, cost.attribute, cost.pdu_size)
        if cost.mechanism is Mechanism.GENERAL:
            general.setdefault(key, {}).setdefault(cost.window, cost)
        else:
            own.setdefault(key, cost)
    for key in sorted(own.keys() | general.keys()):
        windows = general.get(key, {})
        for window in sorted(windows, key=lambda number: number or 0):
            yield Comparison(*key, own.get(key), windows[window])
        if not windows:
            yield Comparison(*key, own[key], None)
