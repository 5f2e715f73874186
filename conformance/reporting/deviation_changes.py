"""Expected deviations of two runs side by side: which became announced, showed no more, or expired between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.record.deviation import DeviationRecord, DeviationState
from conformance.record.model import RunRecord

Key = tuple[str, str, int | None, str | None, str | None, int]
"""Device, case, subtest, association and variant that a deviation names, and which of several that name the same."""


@dataclass(frozen=True, slots=True)
class DeviationChange:
    """An expected deviation that differs between two runs.

    Attributes:
        deviation: as the second run has it, or the first where it was withdrawn.
        before: its state in the first run; None where that did not announce it.
        after: its state in the second run; None where it was withdrawn.
    """

    deviation: DeviationRecord
    before: DeviationState | None
    after: DeviationState | None

    @property
    def fails(self) -> bool:
        """Whether it makes the second run fail, and did not the first."""
        return self.after is not None and self.after.fails and not (self.before is not None and self.before.fails)


def deviation_changes(before: RunRecord, after: RunRecord, *, any_device: bool) -> tuple[DeviationChange, ...]:
    """Every deviation whose state differs, those that make the second run fail first.

    Args:
        before: the first run.
        after: the second run.
        any_device: the one device of each has another name, and is the same all the same.
    """
    earlier, later = dict(_keyed(before, any_device)), dict(_keyed(after, any_device))
    changes = []
    for key in dict.fromkeys((*later, *earlier)):
        was, is_now = earlier.get(key), later.get(key)
        change = DeviationChange(
            is_now or earlier[key], was.state if was is not None else None, is_now.state if is_now is not None else None
        )
        if change.before is not change.after:
            changes.append(change)
    return tuple(sorted(changes, key=lambda change: not change.fails))


def _keyed(record: RunRecord, any_device: bool) -> Iterator[tuple[Key, DeviationRecord]]:
    seen: dict[object, int] = {}
    for deviation in record.deviations:
        device = "" if any_device else deviation.device
        place = (device, deviation.case, deviation.subtest, deviation.association, deviation.variant)
        seen[place] = seen.get(place, 0) + 1
        yield (*place, seen[place]), deviation
