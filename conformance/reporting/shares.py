"""Where the time of a run on a real line went: octets on the wire, the meter, waits, and the rest, the tool itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.record.model import RunRecord
from conformance.record.timing import GroupTimingRecord
from conformance.reporting.legible import line, seconds


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the wall time of a group, in whole percents that add up to 100.

    Attributes:
        wire: octets on the wire; None where the baud rate is not known: they count as the meter's then.
        meter: from the last octet of each request to the first of its reply.
        waits: waits that cases must make, and silences that were proven.
        tool: what is left.
    """

    wire: int | None
    meter: int
    waits: int
    tool: int

    @property
    def accounted(self) -> int:
        """All but the tool's."""
        return 100 - self.tool


def shares_of(timing: GroupTimingRecord) -> Shares | None:
    """The shares of a group; None where its clock is virtual, or no time passed."""
    if timing.virtual:
        return None
    parts = [timing.wire_s or 0.0, timing.meter_s, timing.waited_s]
    parts.append(max(0.0, timing.wall_s - sum(parts)))
    if sum(parts) <= 0:
        return None
    wire, meter, waits, tool = _percents(parts)
    return Shares(None if timing.wire_s is None else wire, meter, waits, tool)


def share_lines(record: RunRecord) -> Iterator[str]:
    """A line for each group of each device on a real line."""
    several = len({timing.device for timing in record.timing}) > 1
    for timing in record.timing:
        sentence = share_sentence(timing)
        if sentence:
            device = f" on {line(timing.device, 80)}" if several else ""
            yield f"time of the {line(timing.group or 'cases', 80)} group{device}: {sentence}"


def share_sentence(timing: GroupTimingRecord) -> str:
    """As in `of 212 s, 88 % on the wire, 3 % meter, 4 % waits, 5 % tool`; empty where there are no shares."""
    shares = shares_of(timing)
    if shares is None:
        return ""
    whole = f"of {timing.wall_s:.0f} s" if timing.wall_s >= 10 else f"of {seconds(timing.wall_s)}"
    rest = f"{shares.waits} % waits, {shares.tool} % tool"
    if shares.wire is None:
        return f"{whole}, {shares.meter} % meter and line, {rest}"
    return f"{whole}, {shares.wire} % on the wire, {shares.meter} % meter, {rest}"


def _percents(parts: list[float]) -> list[int]:
    """Whole percents of the sum of `parts` that add up to 100: what rounding down leaves goes to the largest rests."""
    exact = [part * 100 / sum(parts) for part in parts]
    rounded = [int(percent) for percent in exact]
    by_rest = sorted(range(len(parts)), key=lambda place: rounded[place] - exact[place])
    for place in by_rest[: 100 - sum(rounded)]:
        rounded[place] += 1
    return rounded
