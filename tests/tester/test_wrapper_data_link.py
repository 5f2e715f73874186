"""The wrapper: ports swapped, lengths right, nothing around a PDU."""

from __future__ import annotations

import pytest

from conformance.dlms.alteration import Alteration, AlterationError, Operation, Truncation
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.reaction import LinkLost, Silence, Unreadable
from tests.tester.far_side import CLOSE, TIMEOUT_S, FarSide, wrapped, wrapper_line, wrapper_link


def exchanged(*replies: object) -> object:
    link = wrapper_link(FarSide(list(replies)))  # type: ignore[arg-type]
    link.send(b"\xc0")
    return link.receive(TIMEOUT_S)


def test_request_goes_from_the_client_s_port_to_the_meter_s() -> None:
    far_side = FarSide()
    wrapper_link(far_side).send(b"\xc0\x01")

    assert far_side.received == [bytes.fromhex("0001001000010002C001")]


def test_reply_with_swapped_ports_is_delivered_however_it_is_cut() -> None:
    pieces = [(number / 10, wrapped(b"\xc4\x01")[number : number + 1]) for number in range(10)]

    assert exchanged(*pieces) == ApduReceived(b"\xc4\x01", 1)


def test_two_pdus_in_one_piece_are_two_replies() -> None:
    link = wrapper_link(FarSide([wrapped(b"\xc4") + wrapped(b"\x0f")]))
    link.send(b"\xc0")

    assert link.receive(TIMEOUT_S) == ApduReceived(b"\xc4", 1)
    assert link.receive(TIMEOUT_S) == ApduReceived(b"\x0f", 2)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (wrapped(b"\xc4", 2, 16), "wrapper ports 2 to 16, expected 1 to 16"),
        (wrapped(b"\xc4", 16, 1), "wrapper ports 16 to 1, expected 1 to 16"),
        (b"\x00\x02" + wrapped(b"\xc4")[2:], "wrapper version 2"),
        (wrapped(b"\xc4\x01")[:-1], "its length says 2, 1 octets came"),
        (b"\x00\x01\x00", "a header has 8"),
        (wrapped(b"\xc4") + b"\x01\x02", "behind a whole PDU"),
    ],
)
def test_what_is_no_reply_is_told_with_the_rule(reply: bytes, told: str) -> None:
    reaction = exchanged(reply)

    assert isinstance(reaction, Unreadable)
    assert told in reaction.reason


def test_too_short_a_length_does_not_poison_the_next_exchange() -> None:
    link = wrapper_link(FarSide([wrapped(b"\xc4") + b"\x01\x02"], [wrapped(b"\xc4next")]))
    link.send(b"\xc0")
    link.receive(TIMEOUT_S)
    link.send(b"\xc0")

    received = link.receive(TIMEOUT_S)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"\xc4next"


def test_silence_and_the_end_of_the_connection_are_told_apart() -> None:
    assert exchanged() == Silence(TIMEOUT_S)
    assert isinstance(exchanged(CLOSE), LinkLost)


def test_two_clients_share_a_connection_and_each_gets_its_own() -> None:
    line = wrapper_line(FarSide([wrapped(b"B", 1, 17), wrapped(b"A", 1, 16)]))
    first = WrapperDataLink(line, client_wport=16, server_wport=1)
    second = WrapperDataLink(line, client_wport=17, server_wport=1)
    first.send(b"\xc0")

    one, other = first.receive(TIMEOUT_S), second.receive(TIMEOUT_S)

    assert isinstance(one, ApduReceived)
    assert isinstance(other, ApduReceived)
    assert (one.apdu, other.apdu) == (b"A", b"B")


def test_alterations_are_made_to_the_pdu() -> None:
    far_side = FarSide()
    changes = (Alteration("wrapper.version", Operation.REPLACE, b"\x00\x00"), Truncation(9))
    wrapper_link(far_side).send(b"\xc0\x01", changes)

    assert far_side.received == [bytes.fromhex("0000001000010002C0")]


def test_an_alteration_of_an_unknown_field_names_the_nearest() -> None:
    with pytest.raises(AlterationError, match=r"wrapper\.source-wport"):
        wrapper_link(FarSide()).send(b"\xc0", [Alteration("wrapper.source-port", Operation.DROP)])


@pytest.mark.parametrize(
    ("reply", "path"),
    [
        (wrapped(b"\xc4", 2, 16), "wrapper.source-wport"),
        (wrapped(b"\xc4", 1, 17), "wrapper.destination-wport"),
        (b"\x00\x02" + wrapped(b"\xc4")[2:], "wrapper.version"),
        (wrapped(b"\xc4\x01")[:-1], "wrapper.length"),
        (b"\x7e\xa0\x07\x21\x03\x1f\x6b\xe9\x7e", ""),
    ],
)
def test_a_whole_pdu_that_is_wrong_is_told_from_octets_that_are_none(reply: bytes, path: str) -> None:
    """What begins as a PDU for this client comes from a meter that speaks the wrapper, if badly."""
    reaction = exchanged(reply)

    assert isinstance(reaction, Unreadable)
    assert reaction.path == path
