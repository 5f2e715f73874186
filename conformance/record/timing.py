"""How long things took: of a subtest the response times and where its time went, of a group the sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field, NonNegativeInt

from conformance.record.part import Record
from conformance.record.text import Text

MOST_RESPONSE_TIMES: Final = 200
"""Response times that the record of a subtest holds."""
_DIGITS = 6

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class TimingRecord(Record):
    """Times of one subtest, by the clock of its link."""

    virtual: bool = False
    """Whether the clock is one that the tool moves on, as on the loopback link: nothing here is wall time then."""
    responses: NonNegativeInt = 0
    """How many replies there were."""
    response_times_s: Annotated[tuple[Seconds, ...], Field(max_length=MOST_RESPONSE_TIMES)] = ()
    """From the last octet sent to the first of the reply, in order; of more than 200, an even selection that holds the
    shortest and the longest."""
    longest_gap_s: Seconds | None = None
    """Longest pause between two octets of a frame from the meter; null where the link cannot tell."""
    wire_s: Seconds | None = None
    """Octets both ways, times the time of a character; null where the baud rate is not known."""
    meter_s: Seconds = 0.0
    """Sum of all response times."""
    waited_s: Seconds = 0.0
    """Waits that the case must make, and silences that were proven."""


class GroupTimingRecord(Record):
    """Sums over the subtests of one group on one device."""

    device: Text
    group: Text = ""
    virtual: bool = False
    """Whether any of it is by a clock that the tool moves on: then it is no part of `wall_s`."""
    subtests: NonNegativeInt = 0
    """How many subtests met the meter."""
    responses: NonNegativeInt = 0
    wire_s: Seconds | None = None
    """Null where the baud rate is not known."""
    meter_s: Seconds = 0.0
    waited_s: Seconds = 0.0
    wall_s: Seconds = 0.0
    """Durations of all subtests of the group."""


def selected(times_s: Sequence[float]) -> tuple[float, ...]:
    """As many of `times_s` as a record holds, in order, evenly spaced, with the shortest and the longest."""
    rounded = [round(seconds, _DIGITS) for seconds in times_s]
    if len(rounded) <= MOST_RESPONSE_TIMES:
        return tuple(rounded)
    even = MOST_RESPONSE_TIMES - 2
    chosen = {place * (len(rounded) - 1) // (even - 1) for place in range(even)}
    chosen |= {rounded.index(min(rounded)), rounded.index(max(rounded))}
    return tuple(rounded[place] for place in sorted(chosen))


def timing_of(
    times_s: Sequence[float],
    *,
    virtual: bool,
    wire_s: float | None,
    waited_s: float,
    longest_gap_s: float | None = None,
) -> TimingRecord:
    """The record of a subtest in which the meter took `times_s` to answer."""
    return TimingRecord(
        virtual=virtual,
        responses=len(times_s),
        response_times_s=selected(times_s),
        longest_gap_s=None if longest_gap_s is None else round(longest_gap_s, _DIGITS),
        wire_s=None if wire_s is None else round(wire_s, _DIGITS),
        meter_s=round(sum(times_s), _DIGITS),
        waited_s=round(waited_s, _DIGITS),
    )


def group_timing(
    device: str, group: str, timings: Sequence[TimingRecord], durations_s: Sequence[float]
) -> GroupTimingRecord:
    """The sums over `timings`; what is not known of one of them is not known of the group."""
    wires = [timing.wire_s for timing in timings]
    known = [wire for wire in wires if wire is not None]
    return GroupTimingRecord(
        device=device,
        group=group,
        virtual=any(timing.virtual for timing in timings),
        subtests=len(timings),
        responses=sum(timing.responses for timing in timings),
        wire_s=round(sum(known), _DIGITS) if len(known) == len(wires) else None,
        meter_s=round(sum(timing.meter_s for timing in timings), _DIGITS),
        waited_s=round(sum(timing.waited_s for timing in timings), _DIGITS),
        wall_s=round(sum(durations_s), _DIGITS),
    )
