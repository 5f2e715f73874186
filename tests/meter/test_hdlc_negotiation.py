"""What the meter makes of the parameters in an SNRM."""

from __future__ import annotations

import pytest

from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.meter.hdlc_negotiation import answer, group_overruns, proposed, settled

WINDOWS = "070400000001080400000001"
MOST = LinkParameters(2030, 2030, 7, 7)


@pytest.mark.parametrize(
    "information",
    [
        "818012" + "050164" + "060164" + WINDOWS,
        "818014" + "05020064" + "06020064" + WINDOWS,
        "818018" + "050400000064" + "060400000064" + WINDOWS,
        "81800C" + "050164" + "060164" + "070101" + "080101",
        "818012" + WINDOWS + "060164" + "050164",
        "818016" + "050164" + "060164" + "0A020000" + WINDOWS,
    ],
)
def test_parameters_mean_the_same_in_every_coding_and_order_and_beside_unknown_ones(information: str) -> None:
    assert proposed(bytes.fromhex(information)) == LinkParameters(100, 100, 1, 1)


def test_absent_parameters_have_their_defaults() -> None:
    assert proposed(b"") == proposed(bytes.fromhex("818000")) == LinkParameters(128, 128, 1, 1)
    assert proposed(bytes.fromhex("818003050164")) == LinkParameters(100, 128, 1, 1)


@pytest.mark.parametrize(
    "information",
    [
        "818013" + "050164" + "060164" + WINDOWS,
        "818011" + "050164" + "060164" + WINDOWS,
        "828012" + "050164" + "060164" + WINDOWS,
        "818006" + "050100" + "060164",
        "818006" + "070100" + "080101",
        "818006" + "050164" + "050164",
        "818002" + "0500",
        "81",
    ],
)
def test_groups_that_cannot_be_read_or_make_no_sense_propose_nothing(information: str) -> None:
    assert proposed(bytes.fromhex(information)) is None


def test_neither_side_is_asked_for_more_than_it_can_do() -> None:
    wanted = LinkParameters(2031, 64, 9, 2)

    assert settled(MOST, wanted, b"\x81") == LinkParameters(64, 2030, 2, 7)


def test_ua_tells_nothing_where_nothing_was_proposed_and_the_defaults_hold() -> None:
    modest = LinkParameters(64, 64, 1, 1)

    assert answer(MOST, LinkParameters(), b"") == b""
    assert answer(modest, modest, b"") == modest.encode()
    assert answer(MOST, LinkParameters(), b"\x81\x80\x00") == LinkParameters().encode()


def test_group_that_promises_more_than_the_field_holds_is_told() -> None:
    assert group_overruns(bytes.fromhex("8180FF050164"))
    assert not group_overruns(bytes.fromhex("818003050164"))
    assert not group_overruns(b"\x81")
