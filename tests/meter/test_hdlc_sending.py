"""The send window of the meter: what is numbered, sent, acknowledged and sent again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.meter.hdlc_sending import SendQueue

MESSAGE = bytes(range(100))


def queue(*defects: str, size: int = 10) -> SendQueue:
    made = SendQueue(frozenset(defects))
    made.put(MESSAGE, size)
    return made


def numbers(sending: SendQueue, window: int) -> list[int]:
    return [segment.send_number for segment in sending.window(window)]


def test_window_is_sent_again_from_the_first_frame_that_is_not_acknowledged() -> None:
    sending = queue()

    assert numbers(sending, 4) == [0, 1, 2, 3]
    assert sending.acknowledge(2)
    assert numbers(sending, 4) == [2, 3, 4, 5]
    assert sending.acknowledge(2)
    assert [segment.information for segment in sending.window(1)] == [MESSAGE[20:30]]


def test_only_the_last_segment_says_that_no_more_follow() -> None:
    assert [segment.more for segment in queue(size=40).window(7)] == [True, True, False]


@pytest.mark.parametrize("receive_number", [4, 5, 6, 7])
def test_what_was_never_sent_cannot_be_acknowledged(receive_number: int) -> None:
    sending = queue()
    sending.window(3)

    assert not sending.acknowledge(receive_number)
    assert sending.send_variable == 3


@given(size=st.integers(1, 40), window=st.integers(1, 7), taken=st.lists(st.integers(0, 7), max_size=60))
def test_whatever_is_lost_the_message_arrives_whole_and_in_order(size: int, window: int, taken: list[int]) -> None:
    sending, arrived, expected = queue(size=size), bytearray(), 0
    for most in [*taken, *([7] * 200)]:
        segments = sending.window(window)[:most]
        for segment in segments:
            assert segment.send_number == expected
            assert len(segment.information) <= size
            arrived += segment.information
            expected = (expected + 1) % 8
        assert sending.acknowledge(expected)

    assert bytes(arrived) == MESSAGE
    assert len(sending) == 0


def test_faults_of_the_window_show_in_what_is_sent() -> None:
    assert numbers(queue("hdlc-window-exceeded"), 2) == [0, 1, 2]
    assert numbers(queue("hdlc-send-number-wraps-too-early", size=5), 8)[-2:] == [6, 0]
    assert not any(segment.more for segment in queue("hdlc-segmentation-bit-not-set").window(3))
    assert len(queue("hdlc-llc-not-counted-in-length").window(1)[0].information) == 13


def test_faults_of_repetition_show_in_what_is_sent_again() -> None:
    forgotten = queue("hdlc-lost-reply-forgotten", size=100)
    forgotten.window(1)
    assert forgotten.acknowledge(0)
    assert forgotten.window(1) == []
    renumbered = queue("hdlc-repeated-reply-renumbered", size=100)
    assert numbers(renumbered, 1) == [0]
    assert renumbered.acknowledge(0)
    assert numbers(renumbered, 1) == [1]
