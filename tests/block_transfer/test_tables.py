"""Both tables hold whatever comes: no block, in no state, ends in anything but an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms import apdu as apdus
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.meter.general_blocks import transitions as of_server
from conformance.meter.general_blocks.block_server import GIVING_UP, BlockServer
from conformance.meter.general_blocks.sending import capacity, data_octets
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.tester.block_transfer import transitions as of_client
from conformance.tester.block_transfer.client import BlockClient, BlockOptions
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.block_transfer.outgoing import part_octets

BLOCKS = st.builds(
    GeneralBlockTransfer,
    st.booleans(),
    st.booleans(),
    st.integers(0, 4),
    st.one_of(st.integers(0, 6), st.integers(0, 0xFFFF)),
    st.one_of(st.integers(0, 6), st.integers(0, 0xFFFF)),
    st.one_of(st.just(b""), st.binary(max_size=4)),
)
REFUSAL = b"\xd8\x01\x01"


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(BLOCKS, st.sampled_from(["block", "other", "late", "begin"])), max_size=20))
def test_a_server_answers_any_blocks_with_blocks_or_a_refusal(script: list[tuple[GeneralBlockTransfer, str]]) -> None:
    server = BlockServer(GeneralBlockSettings(longest_request_octets=20), frozenset(), lambda: REFUSAL)
    now = 0.0
    for block, what in script:
        now += 1.0
        if what == "other":
            server.interrupt(now)
        elif what == "begin":
            server.begin(bytes(100), 20, now)
        elif what == "late":
            now += 100.0
        replies = server.take(block, 20, lambda request: bytes(60) if len(request) % 3 else None, now)
        for reply in replies:
            assert len(reply) <= 20
            assert reply == REFUSAL or isinstance(apdus.decode(reply), GeneralBlockTransfer)


@settings(deadline=None, max_examples=400)
@given(st.lists(st.one_of(BLOCKS, st.none(), st.binary(max_size=6)), max_size=30), st.booleans(), st.integers(0, 3))
def test_a_client_comes_to_an_end_or_asks_on_whatever_it_gets(
    script: list[GeneralBlockTransfer | bytes | None], in_blocks: bool, attempts: int
) -> None:
    client = BlockClient(BlockOptions(in_blocks=in_blocks, attempts=attempts), bytes(30), 20, 20)
    client.start()
    for frame, item in enumerate(script):
        if not client.going:
            return
        if item is None:
            blocks = client.silent(1.0)
        else:
            blocks = client.take(item if isinstance(item, bytes) else item.encode(), frame)
        for block in blocks:
            client.deliver(block)
            assert block.block_number >= 1
            assert len(block.encode()) <= 20
    while client.going:
        client.silent(1.0)
    assert client.faults or client.reply is not None


@pytest.mark.parametrize("again", [True, False])
def test_a_meter_that_sends_blocks_for_nothing_is_cut_off(again: bool) -> None:
    """The same block over and over, or ever new ones without data: neither keeps the client for ever."""
    client = BlockClient(BlockOptions(in_blocks=True), bytes(5), 64, 64)
    for block in client.start():
        client.deliver(block)
    for number in range(1, 2000):
        data = b"\xc4" if again else b""
        client.take(GeneralBlockTransfer(False, True, 1, 1 if again else number, 1, data).encode(), number)
        if not client.going:
            break

    assert client.faults[-1].kind is FaultKind.NO_PROGRESS
    assert client.frame < 400


@pytest.mark.parametrize("table", [of_server, of_client])
def test_each_row_leads_to_a_state_and_each_event_and_effect_is_used(table: object) -> None:
    rows = table.TRANSITIONS  # type: ignore[attr-defined]
    assert {event for _, event in rows} == set(table.Event)  # type: ignore[attr-defined]
    assert {row.effect for row in rows.values()} == set(table.Effect)  # type: ignore[attr-defined]
    assert {row.next for row in rows.values()} <= set(table.State)  # type: ignore[attr-defined]


@pytest.mark.parametrize("limit", [*range(8, 400), 0xFFFF, 0])
def test_both_sides_fill_a_pdu_to_the_last_octet_that_a_length_allows(limit: int) -> None:
    """Two computations of one number; a block of one octet more would be too long."""
    for octets in (data_octets(limit), part_octets(limit)):
        size = len(GeneralBlockTransfer(True, False, 1, 1, 1, bytes(octets)).encode())
        beyond = len(GeneralBlockTransfer(True, False, 1, 1, 1, bytes(octets + 1)).encode())
        assert size <= (limit or 0xFFFF) < beyond
    assert capacity(limit) == data_octets(limit) * 0xFFFE


def test_blocks_that_hold_nothing_are_told() -> None:
    with pytest.raises(ValueError, match="8 are the least"):
        part_octets(7)


def test_a_server_forgets_a_transfer_of_which_nothing_is_heard() -> None:
    server = BlockServer(GeneralBlockSettings(silence_s=60), frozenset(), lambda: REFUSAL)
    server.begin(bytes(200), 20, 0.0)
    ack = GeneralBlockTransfer(True, False, 3, 1, 1, b"")

    assert len(server.take(ack, 20, lambda _: None, 59.0)) == 3
    late = GeneralBlockTransfer(True, False, 3, 2, 4, b"")
    assert server.take(late, 20, lambda _: None, 59.0 + 60.0) == (REFUSAL,)
    assert server.state is of_server.State.IDLE


def test_a_block_with_both_numbers_0_ends_a_transfer_without_an_answer() -> None:
    server = BlockServer(GeneralBlockSettings(), frozenset(), lambda: REFUSAL)
    server.begin(bytes(200), 20, 0.0)

    assert server.take(GIVING_UP, 20, lambda _: None, 1.0) == ()
    assert server.state is of_server.State.IDLE


def test_an_acknowledgement_of_what_was_never_sent_ends_the_transfer() -> None:
    server = BlockServer(GeneralBlockSettings(), frozenset(), lambda: REFUSAL)
    server.begin(bytes(200), 20, 0.0)
    block = GeneralBlockTransfer(True, False, 3, 1, 2, b"")

    assert server.take(block, 20, lambda _: None, 1.0) == (GIVING_UP.encode(),)
