"""Where the time went: percents that add up, and none where they would say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.timing import GroupTimingRecord
from conformance.reporting.shares import share_sentence, shares_of

SECONDS = st.floats(min_value=0, max_value=1e5)


def group(**values: object) -> GroupTimingRecord:
    return GroupTimingRecord(**{"device": "meter", "group": "hdlc", "subtests": 3, **values})


def test_the_shares_of_a_serial_line():
    timing = group(wire_s=186.56, meter_s=6.36, waited_s=8.48, wall_s=212.0)
    assert share_sentence(timing) == "of 212 s, 88 % on the wire, 3 % meter, 4 % waits, 5 % tool"
    assert shares_of(timing).accounted == 95


def test_where_the_baud_rate_is_not_known_meter_and_line_are_one():
    timing = group(wire_s=None, meter_s=3.0, waited_s=5.0, wall_s=9.5)
    assert share_sentence(timing) == "of 9.5 s, 31 % meter and line, 53 % waits, 16 % tool"


def test_a_group_that_was_over_at_once_is_told_in_milliseconds():
    assert share_sentence(group(meter_s=0.02, wall_s=0.04)).startswith("of 40 ms, 50 % meter and line, ")


def test_virtual_time_has_no_shares():
    timing = group(virtual=True, wire_s=100.0, meter_s=1.0, waited_s=5.0, wall_s=0.1)
    assert shares_of(timing) is None
    assert share_sentence(timing) == ""


def test_a_run_that_took_no_time_has_no_shares():
    assert shares_of(group()) is None


def test_a_baud_rate_that_is_stated_too_low_leaves_nothing_for_the_tool():
    shares = shares_of(group(wire_s=30.0, meter_s=10.0, waited_s=0.0, wall_s=20.0))
    assert (shares.wire, shares.meter, shares.waits, shares.tool) == (75, 25, 0, 0)


@given(SECONDS, SECONDS, SECONDS, SECONDS)
def test_percents_add_up_to_100_and_are_right_to_one(wire, meter, waited, rest):
    total = wire + meter + waited + rest
    shares = shares_of(group(wire_s=wire, meter_s=meter, waited_s=waited, wall_s=total))
    if shares is None:
        assert total == 0
        return
    parts = (shares.wire, shares.meter, shares.waits, shares.tool)
    assert sum(parts) == 100
    for share, part in zip(parts, (wire, meter, waited, rest), strict=True):
        assert share == pytest.approx(part * 100 / total, abs=1.001)
