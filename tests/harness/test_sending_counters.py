"""The meter's own invocation counters: in order, and high octet first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.errors import CipherError
from conformance.dlms.security.control import SecurityControl
from conformance.harness.sending_counters import counters_of, increases, little_endian, order_fault, swapped
from conformance.tester.reaction import Protected, Reply, Silence

BOTH = SecurityControl.from_octet(0x30)


def protected(counter: int, *, control: int = 0x30, dedicated: bool = False, fails: bool = False) -> Protected:
    error = CipherError("wrong", reason="tag-invalid") if fails else None
    return Protected(0xCC, SecurityControl.from_octet(control), counter, None, dedicated, error)


def reply(own: Protected | None, initiate: Protected | None = None) -> Reply:
    return Reply(0, b"", b"", None, protected=own, initiate_protected=initiate)


def test_counters_that_increase_are_in_order_with_whatever_gaps() -> None:
    assert order_fault([1, 2, 3, 70_000, 70_001]) is None
    assert order_fault([5]) is None
    assert order_fault([]) is None


@pytest.mark.parametrize(("values", "told"), [([4, 4], "after 4"), ([4, 5, 3], "of reply 3 after 5")])
def test_a_counter_that_stays_or_falls_is_told_with_the_reply_that_carries_it(values: list[int], told: str) -> None:
    fault = order_fault(values)
    assert fault is not None
    assert told in fault
    assert "little-endian" not in fault or increases(swapped(values))


def test_a_counter_that_counts_only_with_its_octets_swapped_is_told_to_be_little_endian() -> None:
    """As a meter in the field sends it: 7C 01 00 00 for 380, and a fall in value from 383 to 384."""
    values = swapped(list(range(380, 400)))
    assert values[0] == 0x7C010000
    fault = order_fault(swapped(list(range(510, 520))))
    assert fault is not None
    assert "little-endian" in fault
    assert little_endian(values)


@given(
    first=st.integers(0, 2**32 - 200),
    steps=st.lists(st.integers(1, 5), min_size=19, max_size=19),
)
def test_the_order_of_the_octets_is_told_from_any_start(first: int, steps: list[int]) -> None:
    values = [first + sum(steps[:count]) for count in range(len(steps) + 1)]
    assert not little_endian(values)
    assert little_endian(swapped(values))


def test_a_counter_that_never_changes_has_no_order_of_octets() -> None:
    assert not little_endian([7] * 20)


def test_an_aare_and_its_user_information_both_count() -> None:
    found = counters_of(reply(protected(9), protected(8, dedicated=True)))
    assert [(item.value, item.dedicated) for item in found] == [(9, False), (8, True)]


def test_what_does_not_open_or_is_only_signed_or_never_came_has_no_counter() -> None:
    assert counters_of(reply(protected(9, fails=True))) == []
    assert counters_of(reply(protected(0, control=0))) == []
    assert counters_of(reply(None)) == []
    assert counters_of(Silence(5.0)) == []
