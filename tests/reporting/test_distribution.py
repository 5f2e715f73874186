"""The numbers and bars of response times: right for many, for one, for none, and for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting.distribution import BARS, axis_of, bars_of, summary_of
from conformance.reporting.histogram import histogram, strip

TIMES = st.lists(st.floats(min_value=0, max_value=600), min_size=1, max_size=60)
LIMITS = st.none() | st.floats(min_value=1e-6, max_value=86400)


def test_the_numbers_of_a_hundred_times():
    found = summary_of([number / 1000 for number in range(100, 0, -1)])
    assert (found.count, found.shortest, found.median, found.most, found.longest) == (100, 0.001, 0.0505, 0.095, 0.1)


def test_of_twenty_times_one_may_lie_above_the_95_percent_and_of_nineteen_none():
    assert summary_of([0.1] * 19 + [9.0]).most == 0.1
    assert summary_of([0.1] * 18 + [9.0]).most == 9.0


def test_one_time_is_all_its_numbers():
    found = summary_of([0.25])
    assert (found.count, found.shortest, found.median, found.most, found.longest) == (1, 0.25, 0.25, 0.25, 0.25)


def test_without_a_time_there_are_no_numbers():
    assert summary_of([]) is None


def test_what_was_not_kept_is_counted_all_the_same():
    found = summary_of([0.1, 0.2], 1000)
    assert (found.count, found.kept) == (1000, 2)


def test_times_that_differ_little_stand_on_a_linear_axis_from_0():
    axis = axis_of([0.02, 0.03], 0.1)
    assert (axis.low, axis.high, axis.logarithmic) == (0.0, 0.1, False)
    assert [label for _, label in axis.ticks] == ["0 ms", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]
    assert axis.place(0.05) == pytest.approx(0.5)


def test_times_that_differ_much_stand_on_a_logarithmic_one():
    axis = axis_of([0.002, 0.1, 3.0])
    assert (axis.low, axis.high, axis.logarithmic) == (0.002, 5.0, True)
    assert [label for _, label in axis.ticks] == ["10 ms", "100 ms", "1 s"]
    assert axis.place(0.1) == pytest.approx(0.5)


def test_a_narrow_logarithmic_axis_has_more_than_its_decades():
    assert [label for _, label in axis_of([0.03, 0.7]).ticks] == ["20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s"]


def test_a_meter_that_takes_no_time_has_a_bar_at_0():
    axis = axis_of([0.0, 0.0], 0.5)
    assert not axis.logarithmic
    assert bars_of([0.0, 0.0], axis) == (2, *[0] * (BARS - 1))


@given(TIMES, LIMITS)
def test_every_time_is_in_one_bar_and_all_that_is_drawn_lies_within(times, limit):
    axis = axis_of(times, limit)
    bars = bars_of(times, axis)
    assert sum(bars) == len(times)
    assert len(bars) == BARS
    for drawing in (histogram(bars, axis, limit), strip(bars, axis, limit)):
        assert 2 <= len(drawing.ticks) <= 10
        places = [place for place, _ in drawing.ticks]
        assert places == sorted(places)
        assert all(drawing.left <= place <= drawing.right for place in [*places, drawing.limit or drawing.left])
        assert drawing.bars.count("M") == sum(count > 0 for count in bars)


@given(TIMES, LIMITS)
def test_an_axis_has_room_for_its_longest_time_and_its_limit(times, limit):
    axis = axis_of(times, limit)
    assert axis.high >= max([*times, limit or 0.0]) * (1 - 1e-6)
    assert axis.low <= max(min(times), 0.0001)


@given(TIMES)
def test_the_numbers_stand_in_order(times):
    found = summary_of(times)
    assert found.shortest <= found.median <= found.longest
    assert found.shortest <= found.most <= found.longest
    assert sum(value <= found.most for value in times) >= 0.95 * len(times)
