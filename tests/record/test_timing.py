"""Times in the record: bounded, exact in their sums, and refused where they are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from conformance.record.schema import run_schema
from conformance.record.timing import MOST_RESPONSE_TIMES, TimingRecord, group_timing, selected, timing_of


def test_up_to_200_response_times_are_kept_as_they_came():
    times = [0.3, 0.1, 0.2] * 66 + [0.7, 0.5]
    assert selected(times) == tuple(times)


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=201, max_size=900))
def test_of_more_an_even_selection_is_kept_with_the_shortest_and_the_longest(times):
    kept = selected(times)
    rounded = [round(seconds, 6) for seconds in times]
    assert MOST_RESPONSE_TIMES - 3 < len(kept) <= MOST_RESPONSE_TIMES
    assert (min(kept), max(kept)) == (min(rounded), max(rounded))
    places = iter(rounded)
    assert all(seconds in places for seconds in kept), "in the order in which they came"


def test_sums_are_of_all_times_also_of_those_that_are_not_kept():
    timing = timing_of([0.001] * 1000, virtual=False, wire_s=None, waited_s=0.0)
    assert (timing.responses, timing.meter_s) == (1000, 1.0)
    assert len(timing.response_times_s) <= MOST_RESPONSE_TIMES


def test_what_is_not_known_of_one_subtest_is_not_known_of_its_group():
    known = timing_of([0.1], virtual=False, wire_s=0.5, waited_s=1.0)
    unknown = timing_of([0.2], virtual=False, wire_s=None, waited_s=2.0)
    group = group_timing("meter", "hdlc", [known, unknown], [2.0, 3.0])
    assert (group.wire_s, group.meter_s, group.waited_s, group.wall_s) == (None, 0.3, 3.0, 5.0)
    assert group_timing("meter", "hdlc", [known, known], [2.0, 2.0]).wire_s == 1.0


@pytest.mark.parametrize(
    "values",
    [
        {"response_times_s": (-0.1,)},
        {"response_times_s": (float("nan"),)},
        {"waited_s": float("inf")},
        {"response_times_s": (0.1,) * (MOST_RESPONSE_TIMES + 1)},
        {"responses": -1},
    ],
)
def test_a_time_that_is_none_is_refused(values):
    with pytest.raises(ValidationError):
        TimingRecord(**values)


def test_the_schema_knows_times_and_does_not_ask_for_them():
    definitions = run_schema()["$defs"]
    schema = {"$defs": definitions, **definitions["TimingRecord"]}
    Draft202012Validator(schema).validate(timing_of([0.1], virtual=True, wire_s=0.5, waited_s=1.0).to_json())
    assert "timing" not in definitions["SubtestRecord"]["required"]
    assert "timing" not in run_schema()["required"]
