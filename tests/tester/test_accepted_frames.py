"""Frames as reactions: which are accepted, why the others are not, and which octets decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.tester.accepted_frames import dm, frmr, information_frame, receive_ready, ua
from conformance.tester.accepted_services import silence
from conformance.tester.expectation import Expectation, Judgement, Situation, tolerated
from conformance.tester.reaction import FrameAnswered, Reaction, Silence, Unreadable

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
CONTROL = "hdlc-frame.content.control"


def answered(kind: FrameType, information: bytes = b"", *, final: bool = True, nr: int = 0) -> FrameAnswered:
    return FrameAnswered(3, Frame(HdlcAddress(16), HdlcAddress(1), Control(kind, final, nr), information))


def judged(expectation: Expectation, reaction: Reaction, acceptance: Acceptance = Acceptance.TOLERANT) -> Judgement:
    return expectation.judge(reaction, Situation(SIMULATOR.association("public"), acceptance))


def test_each_kind_is_accepted_as_itself_only() -> None:
    """UA is not DM, and neither is any other frame."""
    kinds = {FrameType.UA: ua(), FrameType.DM: dm(), FrameType.RR: receive_ready(), FrameType.I: information_frame()}
    for kind in (*kinds, FrameType.FRMR, FrameType.RNR, FrameType.UI):
        for wanted, expectation in kinds.items():
            judgement = judged(expectation, answered(kind))
            assert judgement.passed is (kind is wanted)
            assert (judgement.frame, judgement.path) == (3, CONTROL)


def test_rr_must_have_the_final_bit_and_the_right_number() -> None:
    """Each reason names what is wrong."""
    assert judged(receive_ready(0), answered(FrameType.RR)).passed
    assert "without the F bit" in judged(receive_ready(0), answered(FrameType.RR, final=False)).reason
    assert "N(R)=2, not 0" in judged(receive_ready(0), answered(FrameType.RR, nr=2)).reason


def test_frmr_is_read_bit_by_bit() -> None:
    """The rejected control field, then W, X, Y and Z, each decided on its octet."""
    wanted = frmr(w=True, y=False, rejected_control=0xFF)
    right = answered(FrameType.FRMR, FrameReject(0xFF, w=True).encode())
    assert judged(wanted, right).passed
    assert judged(wanted, right).path == "frmr"
    for information, path, reason in (
        (b"", CONTROL, "without information"),
        (b"\xff\x00", "hdlc-frame.content.information", "information field of FRMR"),
        (FrameReject(0xEF, w=True).encode(), "frmr.rejected-control", "EF, not FF"),
        (FrameReject(0xFF).encode(), "frmr.reasons", "without W"),
        (FrameReject(0xFF, w=True, y=True).encode(), "frmr.reasons", "with Y"),
    ):
        judgement = judged(wanted, answered(FrameType.FRMR, information))
        assert not judgement.passed
        assert judgement.path == path
        assert reason in judgement.reason


def test_any_frmr_is_one_where_nothing_is_asked_of_it() -> None:
    """Tolerated in place of silence, under the tolerant profile only."""
    expectation = silence() | tolerated(frmr())
    reaction = answered(FrameType.FRMR)
    assert judged(expectation, reaction).tolerated
    assert not judged(expectation, reaction, Acceptance.STRICT).passed
    assert judged(expectation, Silence(5.0), Acceptance.STRICT).passed


def test_a_frame_in_place_of_silence_is_decided_by_its_control_field() -> None:
    """Silence has no octets; what broke it has."""
    judgement = judged(silence(), answered(FrameType.UA))
    assert not judgement.passed
    assert (judgement.frame, judgement.path) == (3, CONTROL)
    assert "silence expected; UA" in judgement.reason


def test_an_unreadable_reply_is_decided_by_the_field_that_is_wrong() -> None:
    """A wrong FCS, wrong addresses and a missing F bit each point at their octets."""
    reaction = Unreadable(4, "fcs is 0000, should be 1234", "hdlc-frame.content.fcs")
    for expectation in (ua(), dm(), receive_ready(), frmr(w=True), silence()):
        judgement = judged(expectation, reaction)
        assert not judgement.passed
        assert (judgement.frame, judgement.path) == (4, "hdlc-frame.content.fcs")


@pytest.mark.parametrize(
    ("reaction", "words"),
    [
        (answered(FrameType.UA), "UA P/F"),
        (
            answered(FrameType.UA, LinkParameters(200, 200, 1, 1).encode()),
            "transmit 200, receive 200, window transmit 1",
        ),
        (answered(FrameType.UA, b"\x00"), "00, which is not readable"),
        (answered(FrameType.FRMR, FrameReject(0xFF, w=True).encode()), "W: control field undefined"),
        (answered(FrameType.I, bytes(2000)), "(2000 octets)"),
    ],
)
def test_a_frame_is_told_in_one_bounded_line(reaction: FrameAnswered, words: str) -> None:
    """What the meter said, for a person who decides on it."""
    observed = judged(dm(), reaction).observed
    assert words in observed
    assert len(observed) < 300
    assert "\n" not in observed
