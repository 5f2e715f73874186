"""Response times that moved between two runs: per device and case, as medians of everything that the meter answered."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Final

from conformance.record.model import RunRecord

LEAST_RESPONSES: Final = 5
"""A median of fewer says nothing."""
LEAST_RATIO: Final = 1.5
"""Times as long, or as short, before it is worth a line."""
LEAST_CHANGE_S: Final = 0.010
"""A change below is within what an operating system adds."""
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Drift:
    """A case whose answers take longer, or less long, than they did.

    Attributes:
        device: of the second run.
        case: its identifier.
        before_s: median response time in the first run, in seconds.
        after_s: in the second run.
        responses: how many answers the medians are of, in the first and in the second run.
    """

    device: str
    case: str
    before_s: float
    after_s: float
    responses: tuple[int, int]

    @property
    def ratio(self) -> float:
        """How many times as long; below 1 where it is quicker."""
        return self.after_s / self.before_s if self.before_s else float("inf")


def drifts(before: RunRecord, after: RunRecord, *, any_device: bool = False) -> tuple[Drift, ...]:
    """Cases whose response times moved, the slower ones first.

    Times by a clock that the tool moves on itself are not compared with times by a real one.

    Args:
        before: the first run.
        after: the second run.
        any_device: match cases whatever the device is called.
    """
    earlier, later = _times(before, any_device), _times(after, any_device)
    moved = []
    for (device, case, virtual), times in later.items():
        known = earlier.get((device, case, virtual), [])
        if min(len(times), len(known)) < LEAST_RESPONSES:
            continue
        was, is_now = median(known), median(times)
        lower, upper = sorted((was, is_now))
        if upper - lower >= LEAST_CHANGE_S and upper >= LEAST_RATIO * lower:
            name = after.device.name if any_device else device
            moved.append(Drift(name, case, round(was, _DIGITS), round(is_now, _DIGITS), (len(known), len(times))))
    return tuple(sorted(moved, key=lambda drift: (drift.before_s - drift.after_s, drift.device, drift.case)))


def _times(record: RunRecord, any_device: bool) -> dict[tuple[str, str, bool], list[float]]:
    times: dict[tuple[str, str, bool], list[float]] = {}
    for case, subtest in record.subtests():
        if subtest.timing is not None:
            key = ("" if any_device else case.device, case.id, subtest.timing.virtual)
            times.setdefault(key, []).extend(subtest.timing.response_times_s)
    return times
