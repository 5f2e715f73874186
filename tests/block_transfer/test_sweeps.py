"""Every PDU size, every window, and lines that lose a tenth of all blocks: the sound meter serves them all."""

from __future__ import annotations

import pytest

from conformance.device.model import Protection
from conformance.tester.association import PreambleFailed
from conformance.tester.block_transfer.client import BlockOptions
from tests.block_transfer.sweeping import (
    MESSAGE,
    OVERHEAD,
    RESULTS,
    SMALLEST,
    LossyLine,
    action_in_blocks,
    filled,
    fits,
    general,
    get_next,
    opened,
    set_in_blocks,
    sizes_of,
    sound_meter,
    value_of,
)

PROTECTIONS = (Protection.NONE, Protection.GLO)
SEEDS = range(100)
protected = pytest.mark.parametrize("protection", PROTECTIONS)


@protected
def test_get_next_brings_the_value_at_every_pdu_size(protection):
    made = sound_meter()
    assert set_in_blocks(opened(made, protection, 0, negotiated=False), 100)
    for limit in sizes_of(protection):
        association = opened(made, protection, limit, negotiated=False)
        assert get_next(association) == MESSAGE, limit
        assert fits(association, limit), limit
        assert filled(association, limit, slack=2), limit


@protected
def test_general_blocks_bring_the_value_at_every_pdu_size(protection):
    made = sound_meter()
    assert set_in_blocks(opened(made, protection, 0, negotiated=False), 100)
    for limit in sizes_of(protection, in_general_blocks=True):
        association = opened(made, protection, limit, negotiated=True)
        transferred = general(association, BlockOptions(in_blocks=True))
        assert value_of(transferred.reaction) == MESSAGE, limit
        assert transferred.replied_in_blocks, limit
        assert not transferred.faults, limit
        assert fits(association, limit), limit
        assert filled(association, limit, slack=2), limit


@protected
def test_set_in_blocks_is_served_at_every_pdu_size(protection):
    """The request's blocks are cut to the same size as the replies are bounded to."""
    made = sound_meter()
    for limit in sizes_of(protection):
        association = opened(made, protection, limit, negotiated=False)
        assert set_in_blocks(association, max(1, limit - OVERHEAD[protection] - 9)), limit
        assert fits(association, limit), limit
    assert get_next(opened(made, protection, 0, negotiated=False)) == MESSAGE


@protected
def test_action_in_blocks_both_ways_is_served_at_every_pdu_size(protection):
    made = sound_meter()
    for limit in sizes_of(protection):
        association = opened(made, protection, limit, negotiated=False)
        assert action_in_blocks(association, max(1, limit - OVERHEAD[protection] - 9)) == RESULTS, limit
        assert fits(association, limit), limit


@pytest.mark.parametrize("limit", [12, 30, SMALLEST[Protection.GLO] - 1])
def test_where_pass_4_of_hls_does_not_fit_the_meter_says_so_in_what_fits(limit):
    """No longer reply than asked for, also where that makes the association impossible; general blocks make it fit."""
    with pytest.raises(PreambleFailed, match="pdu-too-long"):
        opened(sound_meter(), Protection.GLO, limit, negotiated=False)

    assert fits(opened(sound_meter(), Protection.GLO, limit, negotiated=True), limit)


@protected
def test_every_window_is_honoured_end_to_end(protection):
    made = sound_meter()
    assert set_in_blocks(opened(made, protection, 0, negotiated=False), 100)
    association = opened(made, protection, 48, negotiated=True)
    for window in range(1, 64):
        transferred = general(association, BlockOptions(window=window, in_blocks=True))
        assert value_of(transferred.reaction) == MESSAGE, window
        assert not transferred.faults, transferred.faults
        received = transferred.counted.received
        assert transferred.counted.sent == 1 + (received - 1) // window, window


@protected
def test_with_a_tenth_of_all_blocks_lost_nothing_is_asked_for_twice_without_need(protection):
    """Each block that has come is never asked for again, and each lost one is made good, whatever the seed."""
    made = sound_meter()
    assert set_in_blocks(opened(made, protection, 0, negotiated=False), 100)
    association = opened(made, protection, 48, negotiated=True)
    lost = 0
    for seed in SEEDS:
        line = LossyLine(0.1, seed)
        options = BlockOptions(window=1 + seed % 63, attempts=40, in_blocks=True)
        transferred = general(association, options, line.losses())
        assert value_of(transferred.reaction) == MESSAGE, seed
        assert not transferred.faults, (seed, transferred.faults)
        assert set(line.came.values()) == {1}, seed
        assert sorted(line.came) == list(range(1, len(line.came) + 1)), seed
        lost += line.lost
    assert lost > len(SEEDS) // 2, "a tenth of all blocks"
