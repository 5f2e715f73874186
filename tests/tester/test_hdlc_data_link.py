"""The primary station: what it sends, what it takes for an answer, and what it calls by its name."""

from __future__ import annotations

import itertools

import pytest

from conformance.dlms.alteration import Alteration, AlterationError, Operation
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.tester.data_link.data_link import ApduReceived, SetUpFailed
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.hdlc_receiving import LARGEST_APDU
from conformance.tester.data_link.hdlc_transitions import TRANSITIONS, Effect, Waiting
from conformance.tester.reaction import DisconnectedMode, FrameRejected, LinkLost, Reaction, Silence, Unreadable
from tests.tester.far_side import (
    CLIENT,
    CLOSE,
    DM,
    SERVER,
    TIMEOUT_S,
    UA,
    FarSide,
    answer,
    frames,
    from_meter,
    hdlc_line,
    hdlc_link,
    ready,
    sent_controls,
)


def exchanged(far_side: FarSide, request: bytes = b"\xc0\x01") -> ApduReceived | Reaction:
    """Link set up, one request sent, one answer waited for."""
    link = hdlc_link(far_side)
    link.set_up()
    link.send(request)
    return link.receive(TIMEOUT_S)


def reason(reaction: object) -> str:
    assert isinstance(reaction, Unreadable), reaction
    return reaction.reason


# Set-up and release


def test_ua_settles_the_parameters() -> None:
    information = bytes.fromhex("818014050200AF060200AF070400000001080400000001")
    link = hdlc_link(FarSide([from_meter(FrameType.UA, information)]))

    link.set_up()

    assert link.negotiated == LinkParameters(175, 175, 1, 1)
    assert link.deviations == []


def test_ua_whose_group_length_is_wrong_is_read_and_the_deviation_kept() -> None:
    """The UA of capture hexing_hls_gmac_accepted: group length 20, 18 octets follow, lengths of C8 and windows of 1."""
    information = bytes.fromhex("8180140501C80601C8070400000001080400000001")
    link = hdlc_link(FarSide([from_meter(FrameType.UA, information)]))

    link.set_up()

    assert link.negotiated == LinkParameters(200, 200, 1, 1)
    assert [deviation.code for deviation in link.deviations] == ["group-length"]


@pytest.mark.parametrize("size", ["050100060100", "0502FFFF0602FFFF"])
def test_impossible_parameters_of_the_meter_do_not_stop_the_tester(size: str) -> None:
    group = bytes.fromhex(size)
    information = bytes((0x81, 0x80, len(group))) + group
    far_side = FarSide([from_meter(FrameType.UA, information)], then=lambda _: [ready(1)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(40))

    assert len(far_side.received) > 1


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        ([], Silence),
        ([DM], DisconnectedMode),
        ([from_meter(FrameType.FRMR, bytes.fromhex("100001"))], FrameRejected),
        ([from_meter(FrameType.RR)], Unreadable),
        ([CLOSE], LinkLost),
        ([from_meter(FrameType.UA, b"\x81")], Unreadable),
        ([from_meter(FrameType.UA, final=False)], Unreadable),
        ([UA[:-3] + b"\x00\x00\x7e"], Unreadable),
    ],
)
def test_set_up_that_fails_says_what_the_meter_did(replies: list[bytes], kind: type[object]) -> None:
    with pytest.raises(SetUpFailed) as caught:
        hdlc_link(FarSide(replies)).set_up()

    assert isinstance(caught.value.reaction, kind)


@pytest.mark.parametrize("confirmation", [UA, DM])
def test_ua_and_dm_both_say_that_the_link_is_down(confirmation: bytes) -> None:
    assert hdlc_link(FarSide([confirmation])).release() is None


def test_a_new_link_counts_from_zero() -> None:
    far_side = FarSide([UA], [answer(b"\x01", nr=1)], [UA], [UA])
    link = hdlc_link(far_side)
    link.set_up()
    link.send(b"\xc0")
    link.receive(TIMEOUT_S)
    link.release()
    link.set_up()
    link.send(b"\xc0")

    assert sent_controls(far_side)[-1] == "I N(S)=0 N(R)=0 P/F"


# Answers


def test_an_answer_in_one_frame() -> None:
    assert exchanged(FarSide([UA], [answer(b"\xc4\x01", nr=1)])) == ApduReceived(b"\xc4\x01", 3)


def test_segments_are_pulled_one_by_one() -> None:
    far_side = FarSide(
        [UA],
        [answer(b"ab", nr=1, segmented=True)],
        [from_meter(FrameType.I, b"cd", nr=1, ns=1, segmented=True)],
        [from_meter(FrameType.I, b"ef", nr=1, ns=2)],
    )

    received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"abcdef"
    assert sent_controls(far_side)[2:] == ["RR N(R)=1 P/F", "RR N(R)=2 P/F"]


def test_a_window_of_segments_is_taken_whole_and_acknowledged_once() -> None:
    window = [
        answer(b"ab", nr=1, segmented=True, final=False),
        from_meter(FrameType.I, b"cd", nr=1, ns=1, segmented=True, final=False),
        from_meter(FrameType.I, b"ef", nr=1, ns=2, segmented=True),
    ]
    far_side = FarSide([UA], window, [from_meter(FrameType.I, b"gh", nr=1, ns=3)])

    received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"abcdefgh"
    assert sent_controls(far_side)[2:] == ["RR N(R)=3 P/F"]


def test_more_frames_than_the_negotiated_window_are_noted() -> None:
    window = [
        answer(b"ab", nr=1, segmented=True, final=False),
        from_meter(FrameType.I, b"cd", nr=1, ns=1),
    ]
    link = hdlc_link(FarSide([UA], window))
    link.set_up()
    link.send(b"\xc0")

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    assert link.excesses == ["2 I-frames without an acknowledgement, window 1 negotiated"]


def test_an_information_field_beyond_the_negotiated_maximum_is_noted() -> None:
    link = hdlc_link(FarSide([UA], [answer(bytes(126), nr=1)]))
    link.set_up()
    link.send(b"\xc0")

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    assert link.excesses == ["information field of 129 octets, 128 negotiated"]


def test_sequence_numbers_go_through_modulo_8() -> None:
    def reply(octets: bytes) -> list[bytes]:
        number = len(far_side.received) - 2
        return [answer(bytes((number,)), ns=number % 8, nr=(number + 1) % 8)]

    far_side = FarSide([UA], then=reply)
    link = hdlc_link(far_side)
    link.set_up()
    received = []
    for _ in range(20):
        link.send(b"\xc0")
        received.append(link.receive(TIMEOUT_S))

    assert [item.apdu for item in received if isinstance(item, ApduReceived)] == [bytes((n,)) for n in range(20)]


def test_unnumbered_information_is_an_answer_outside_the_sequence() -> None:
    received = exchanged(FarSide([UA], [from_meter(FrameType.UI, b"\xe6\xe7\x00\x0f", final=False)]))

    assert received == ApduReceived(b"\x0f", 3)


def test_the_final_bit_may_come_in_a_frame_of_its_own() -> None:
    received = exchanged(FarSide([UA], [answer(b"\xc4", nr=1, final=False), ready(1)]))

    assert received == ApduReceived(b"\xc4", 3)


def test_without_llc_the_information_field_is_the_apdu() -> None:
    far_side = FarSide([UA], [from_meter(FrameType.I, b"\xc4\x01", nr=1)])
    link = hdlc_link(far_side, llc=False)
    link.set_up()
    link.send(b"\xc0\x01")

    received = link.receive(TIMEOUT_S)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"\xc4\x01"
    assert frames(far_side)[1].information == b"\xc0\x01"
    assert link.line.tape.frames[received.frame].apdu == b"\xc4\x01"


# What is no answer


def test_silence_is_silence_and_nothing_is_sent_again() -> None:
    far_side = FarSide([UA])

    assert exchanged(far_side) == Silence(TIMEOUT_S)
    assert len(far_side.received) == 2


def test_a_meter_that_has_nothing_to_say_yet_is_polled_and_never_sent_the_request_again() -> None:
    far_side = FarSide([UA], [ready(1)], [ready(1)], [answer(b"\xc4", nr=1)])

    received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"\xc4"
    assert sent_controls(far_side)[1:] == ["I N(S)=0 N(R)=0 P/F", "RR N(R)=0 P/F", "RR N(R)=0 P/F"]


def test_a_meter_that_only_acknowledges_has_not_answered() -> None:
    far_side = FarSide([UA], then=lambda _: [ready(1)])

    assert exchanged(far_side) == Silence(TIMEOUT_S, acknowledged=True)
    assert len(far_side.received) < 10


def test_a_busy_meter_is_polled_too() -> None:
    busy = from_meter(FrameType.RNR, nr=1)

    assert isinstance(exchanged(FarSide([UA], [busy], [busy], [answer(b"\xc4", nr=1)])), ApduReceived)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answer(b"\xc4", nr=1, source=HdlcAddress(2)), "from server 2 on 1 octet"),
        (answer(b"\xc4", nr=1, source=HdlcAddress(1, 1, 2)), "1/1 on 2 octets"),
        (answer(b"\xc4", nr=1, destination=HdlcAddress(17)), "to client 17"),
        (answer(b"\xc4", nr=1, ns=1), "N(S) 1 out of sequence, expected 0"),
        (answer(b"\xc4", nr=2), "I with N(R) 2, expected 1"),
        (ready(0), "RR with N(R) 0, expected 1"),
        (from_meter(FrameType.I, b"\xc4\x01", nr=1), "expected LLC E6E700"),
        (from_meter(FrameType.I, b"\xe6\xe6\x00\xc4", nr=1), "begins with E6E600"),
        (from_meter(FrameType.I, b"", nr=1), "without information"),
        (UA, "UA in place of an answer"),
        (from_meter(FrameType.DM, final=False), "DM without the F bit"),
        (answer(b"\xc4", nr=1)[:-3] + b"\x00\x00\x7e", "hdlc-frame.content.fcs"),
        (b"\x7e\xa0\x30\x21\x03", "no whole frame"),
    ],
)
def test_an_answer_that_breaks_a_rule_is_told_with_the_rule(reply: bytes, told: str) -> None:
    assert told in reason(exchanged(FarSide([UA], [reply])))


def test_an_echo_of_the_request_is_called_an_echo() -> None:
    assert "echoes" in reason(exchanged(FarSide([UA], then=lambda octets: [octets])))


def test_an_answer_without_the_final_bit_is_told() -> None:
    assert "F bit" in reason(exchanged(FarSide([UA], [answer(b"\xc4", nr=1, final=False)])))


def test_an_answer_that_stops_amid_its_segments_is_told() -> None:
    assert "amid its segments" in reason(exchanged(FarSide([UA], [answer(b"ab", nr=1, segmented=True)])))


def test_frmr_is_given_with_its_reasons() -> None:
    reaction = exchanged(FarSide([UA], [from_meter(FrameType.FRMR, bytes.fromhex("100001"))]))

    assert isinstance(reaction, FrameRejected)
    assert reaction.reject is not None
    assert reaction.reject.w


def test_segments_without_end_are_cut_off() -> None:
    def reply(octets: bytes) -> list[bytes]:
        number = len(far_side.received) - 2
        return [from_meter(FrameType.I, bytes(2000), ns=number % 8, nr=1, segmented=True)]

    far_side = FarSide([UA], then=reply)

    assert "without an end" in reason(exchanged(far_side))
    assert len(far_side.received) < LARGEST_APDU / 1000


def test_acknowledgements_without_end_are_cut_off() -> None:
    assert "acknowledgements" in reason(exchanged(FarSide([UA], [ready(1)] * 500)))


# Long requests


def test_a_long_request_goes_in_segments_each_acknowledged_before_the_next() -> None:
    far_side = FarSide([UA], [ready(1)], [ready(2)], [answer(b"\xc4", nr=3)])

    received = exchanged(far_side, bytes(300))

    sent = frames(far_side)[1:]
    assert isinstance(received, ApduReceived)
    assert [len(frame.information) for frame in sent] == [128, 128, 47]
    assert [frame.segmented for frame in sent] == [True, True, False]
    assert b"".join(frame.information for frame in sent) == b"\xe6\xe6\x00" + bytes(300)


def test_a_busy_meter_holds_the_next_segment_back() -> None:
    far_side = FarSide([UA], [from_meter(FrameType.RNR, nr=1)], [ready(1)], [answer(b"\xc4", nr=2)])

    assert isinstance(exchanged(far_side, bytes(200)), ApduReceived)
    assert sent_controls(far_side)[1:] == ["I N(S)=0 N(R)=0 P/F", "RR N(R)=0 P/F", "I N(S)=1 N(R)=0 P/F"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ([], Silence),
        ([DM], DisconnectedMode),
        ([from_meter(FrameType.FRMR, bytes.fromhex("100004"))], FrameRejected),
        ([answer(b"\xd8\x01\x01", nr=1)], ApduReceived),
        ([ready(0)], Unreadable),
    ],
)
def test_what_comes_amid_a_long_request_is_the_answer_and_ends_it(reply: list[bytes], kind: type[object]) -> None:
    far_side = FarSide([UA], reply)

    assert isinstance(exchanged(far_side, bytes(300)), kind)
    assert len([frame for frame in frames(far_side) if frame.control.type is FrameType.I]) == 1


# The turn


def test_a_request_that_nobody_waited_for_is_ended_before_the_next_one() -> None:
    far_side = FarSide([UA], [ready(1)], [answer(b"\xc4", nr=2)])
    link = hdlc_link(far_side)
    link.set_up()
    link.send(b"\xc1unconfirmed")
    link.send(b"\xc0")

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    assert sent_controls(far_side)[1:] == ["I N(S)=0 N(R)=0 P/F", "I N(S)=1 N(R)=0 P/F"]


def test_an_answer_to_a_request_that_calls_for_none_is_seen_by_whoever_waits_next() -> None:
    far_side = FarSide([UA], [answer(b"\xc5", nr=1)], [answer(b"\xc4", nr=2, ns=1)])
    link = hdlc_link(far_side)
    link.set_up()
    link.send(b"\xc1unconfirmed")
    link.send(b"\xc0")

    first, second = link.receive(TIMEOUT_S), link.receive(TIMEOUT_S)

    assert isinstance(first, ApduReceived)
    assert isinstance(second, ApduReceived)
    assert (first.apdu, second.apdu) == (b"\xc5", b"\xc4")


def test_a_frame_that_the_meter_did_not_take_is_not_counted() -> None:
    far_side = FarSide([UA], [], [ready(0)], [answer(b"\xc4", nr=1)])
    link = hdlc_link(far_side)
    link.set_up()
    link.send(b"\xc0", [Alteration("hdlc-frame.content.fcs", Operation.FLIP, b"\x01")])
    assert link.receive(TIMEOUT_S) == Silence(TIMEOUT_S)
    link.send(b"\xc0")

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    control = 5
    assert [octets[control] for octets in far_side.received[2:]] == [0x11, 0x10], "RR, then N(S) 0 once more"


def test_two_clients_share_a_line_and_each_gets_its_own() -> None:
    far_side = FarSide([answer(b"B", nr=1, destination=HdlcAddress(17)), answer(b"A", nr=1)], [])
    line = hdlc_line(far_side)
    first = HdlcDataLink(line, client=CLIENT, server=SERVER, proposed=None, response_timeout_s=TIMEOUT_S)
    second = HdlcDataLink(line, client=HdlcAddress(17), server=SERVER, proposed=None, response_timeout_s=TIMEOUT_S)
    first.send(b"\xc0")
    one = first.receive(TIMEOUT_S)
    second.send(b"\xc0")
    other = second.receive(TIMEOUT_S)

    assert isinstance(one, ApduReceived)
    assert isinstance(other, ApduReceived)
    assert (one.apdu, other.apdu) == (b"A", b"B")


# Alterations and the table


def test_an_alteration_is_made_to_the_first_frame_only() -> None:
    far_side = FarSide([UA], [ready(1)], [answer(b"\xc4", nr=2)])
    link = hdlc_link(far_side)
    link.set_up()
    link.send(bytes(200), [Alteration("hdlc-frame.content.source-address", Operation.REPLACE, b"\x23")])

    assert [octets[4] for octets in far_side.received[1:]] == [0x23, 0x21]


def test_an_alteration_of_an_unknown_field_names_the_nearest() -> None:
    link = hdlc_link(FarSide([UA]))
    link.set_up()

    with pytest.raises(AlterationError, match=r"hdlc-frame\.content\.fcs"):
        link.send(b"\xc0", [Alteration("hdlc-frame.fcs", Operation.FLIP, b"\x01")])


@pytest.mark.parametrize(("waiting", "kind"), list(itertools.product(Waiting, FrameType)))
def test_every_frame_in_every_wait_has_an_effect_or_is_told(waiting: Waiting, kind: FrameType) -> None:
    frame = from_meter(kind, b"\xe6\xe7\x00\xc4" if kind in (FrameType.I, FrameType.UI) else b"", nr=1)
    effect = TRANSITIONS.get((waiting, kind))
    link = hdlc_link(FarSide([frame]) if waiting in (Waiting.SET_UP, Waiting.RELEASE) else FarSide([UA], [frame]))
    reaction: object
    if waiting is Waiting.SET_UP:
        try:
            link.set_up()
            reaction = None
        except SetUpFailed as failed:
            reaction = failed.reaction
    elif waiting is Waiting.RELEASE:
        reaction = link.release()
    else:
        link.set_up()
        link.send(bytes(200) if waiting is Waiting.ACKNOWLEDGEMENT else b"\xc0")
        reaction = link.receive(TIMEOUT_S)

    assert (reaction is None) == (effect in (Effect.ESTABLISH, Effect.RELEASE))
    if effect is None:
        assert isinstance(reaction, Unreadable)
