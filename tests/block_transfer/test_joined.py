"""Client and server of general block transfer agree, whatever the windows, the sizes, and the line between them."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.block_transfer.transitions import State
from tests.block_transfer.joined import Joined, Line

REPLY = bytes(index % 251 for index in range(2000))
LONG_REQUEST = b"\xc1" + bytes(index % 241 for index in range(700))
UNASKED = {FaultKind.REPEATED_WITHOUT_NEED}


def finished(transfer: Joined, *, without: frozenset[FaultKind] = frozenset()) -> Joined:
    transfer.run()
    assert transfer.client.state is State.DONE, transfer.client.faults
    assert transfer.client.reply == transfer.reply
    assert transfer.served[-1] == transfer.request
    assert [fault for fault in transfer.client.faults if fault.kind not in without] == []
    return transfer


@pytest.mark.parametrize("window", range(1, 64))
def test_a_long_reply_comes_in_windows_of_every_size(window: int) -> None:
    """The meter streams as many blocks as the client takes, and each is sent once."""
    transfer = finished(Joined(b"\xc0\x01", REPLY, BlockOptions(window=window, in_blocks=True)))

    sizes: list[int] = [0]
    for block in transfer.received:
        sizes[-1] += 1
        sizes += [] if block.streaming else [0]
    assert max(sizes) == min(window, len(transfer.received))
    assert [block.block_number for block in transfer.received] == list(range(1, len(transfer.received) + 1))
    assert [block.last_block for block in transfer.received].count(True) == 1
    assert len(transfer.sent) == 1 + (len(transfer.received) - 1) // window


@pytest.mark.parametrize("window", range(1, 64))
def test_a_long_request_and_a_long_reply_go_in_windows_of_every_size(window: int) -> None:
    """Blocks in both directions: the client streams what the meter's window takes once it knows it."""
    transfer = finished(
        Joined(LONG_REQUEST, REPLY, BlockOptions(window=window), request_limit=40, server_window=window)
    )

    parts = [block for block in transfer.sent if block.block_data]
    assert b"".join(block.block_data for block in parts) == LONG_REQUEST
    assert [block.last_block for block in parts].count(True) == 1
    assert [block.block_number for block in transfer.sent] == list(range(1, len(transfer.sent) + 1))
    assert [block.block_number for block in transfer.received] == list(range(1, len(transfer.received) + 1))


@pytest.mark.parametrize("limit", range(12, 301))
def test_no_block_is_longer_than_the_client_takes_at_any_size(limit: int) -> None:
    transfer = finished(Joined(b"\xc0\x01", REPLY, reply_limit=limit))

    longest = max(len(block.encode()) for block in transfer.received)
    assert limit - 1 <= longest <= limit
    # A length of one octet more leaves one octet unused where it would not pay.


@pytest.mark.parametrize("octets", [0, 1, 5, 6, 56, 57, 58, 113, 114, 115])
def test_a_reply_around_a_block_boundary_is_whole(octets: int) -> None:
    request = Joined(b"\xc0\x01", REPLY[: octets or 1])

    assert len(finished(request).received) == max(1, -(-max(octets, 1) // 57))


def test_a_request_outside_blocks_gets_a_first_window_of_one() -> None:
    """The meter knows no window of the client's before its first block."""
    transfer = finished(Joined(b"\xc0\x01", REPLY, BlockOptions(window=9)))

    assert not transfer.client.in_blocks
    assert not transfer.received[0].streaming
    assert transfer.received[0].block_number_ack == 0
    assert transfer.received[1].streaming
    assert transfer.sent[0].block_number == 1
    assert transfer.sent[0].block_number_ack == 1


def test_a_short_reply_to_a_request_in_blocks_is_one_block() -> None:
    transfer = finished(Joined(b"\xc0\x01", b"\xc4\x01\xc1\x00\x00"))

    assert [(block.last_block, block.streaming) for block in transfer.received] == [(True, False)]


def test_an_unconfirmed_request_gets_no_answer() -> None:
    transfer = Joined(b"\xc1\x01\x81", None).run()

    assert transfer.served == [b"\xc1\x01\x81"]
    assert transfer.received == []
    assert transfer.client.faults[-1].kind is FaultKind.SILENT


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 2**32),
    st.integers(1, 63),
    st.integers(1, 63),
    st.integers(12, 120),
    st.binary(min_size=1, max_size=900),
    st.binary(min_size=1, max_size=900),
)
def test_with_a_tenth_of_all_blocks_lost_the_value_is_right_and_nothing_is_asked_for_twice_without_need(
    seed: int, window: int, server_window: int, limit: int, request: bytes, reply: bytes
) -> None:
    """Each block reaches the client once: what has come is never asked for again."""
    request, reply = b"\xc8" + request, b"\xcc" + reply
    line = Line(loses=0.1, random=Random(seed))
    options = BlockOptions(window=window, in_blocks=True, attempts=40)
    transfer = finished(Joined(request, reply, options, limit, limit, server_window, line), without=frozenset())

    carried = Counter(block.block_number for block in transfer.received if block.block_data)
    assert set(carried.values()) <= {1}
    assert len(transfer.served) == 1


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 63), st.integers(12, 120), st.binary(min_size=1, max_size=900))
def test_lost_repeated_and_reordered_blocks_leave_the_value_right(
    seed: int, window: int, limit: int, reply: bytes
) -> None:
    line = Line(loses=0.1, repeats=0.1, swaps=0.1, random=Random(seed))
    options = BlockOptions(window=window, in_blocks=True, attempts=60)

    finished(Joined(b"\xc8" + reply, b"\xcc" + reply, options, limit, limit, line=line), without=frozenset(UNASKED))


def test_what_is_lost_is_asked_for_in_a_window_as_large_as_the_gap() -> None:
    """Block 3 of a window of six is lost: it is asked for alone, and the next window follows it."""
    transfer = Joined(b"\xc0\x01", REPLY, BlockOptions(window=6, in_blocks=True, attempts=1))
    dropped: list[int] = []
    carry = transfer.line.carry

    def lossy(octets: list[bytes]) -> list[bytes]:
        kept = []
        for item in octets:
            number = int.from_bytes(item[2:4], "big")
            if number == 3 and len(item) == 64 and not dropped:
                dropped.append(number)
            else:
                kept.append(item)
        return carry(kept)

    transfer.line.carry = lossy  # type: ignore[method-assign]
    finished(transfer)

    assert [(block.window, block.block_number_ack) for block in transfer.sent[:3]] == [(6, 0), (1, 2), (6, 6)]
    assert transfer.client.counted.asked_again == 1
