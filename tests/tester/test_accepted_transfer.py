"""What passes as a UA that settles on parameters, and as an I-frame in sequence."""

from __future__ import annotations

import pytest

from conformance.device.model import Acceptance
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.tester.accepted_transfer import (
    numbered,
    rej,
    same_again,
    settled_by,
    ua_settling,
    ua_within,
    unnumbered_information,
)
from conformance.tester.expectation import Expectation, Judgement, Situation
from conformance.tester.reaction import FrameAnswered, Reaction, Silence
from tests.suites.hdlc_cases import SIMULATOR

CLIENT, SERVER = HdlcAddress(16), HdlcAddress(1)
SITUATION = Situation(SIMULATOR.association("public"), Acceptance.STRICT)


def answered(
    kind: FrameType, information: bytes = b"", *, ns: int = 0, nr: int = 0, segmented: bool = False
) -> Reaction:
    return FrameAnswered(3, Frame(CLIENT, SERVER, Control(kind, True, nr, ns), information, segmented))


def judged(expectation: Expectation, reaction: Reaction) -> Judgement:
    return expectation.judge(reaction, SITUATION)


def ua(parameters: LinkParameters) -> Reaction:
    return answered(FrameType.UA, parameters.encode())


def test_what_the_meter_sends_is_held_against_what_the_client_takes() -> None:
    """Transmit and receive change sides between SNRM and UA."""
    proposed = LinkParameters(64, 256, 1, 4)

    assert judged(ua_within(proposed), ua(LinkParameters(256, 64, 4, 1))).passed
    wrong = judged(ua_within(proposed), ua(LinkParameters(64, 256, 1, 1)))
    assert not wrong.passed
    assert wrong.path == "parameters.max-information-field-length-receive"
    assert "256, expected 1 to 64" in wrong.reason


def test_ua_without_parameters_settles_on_the_defaults() -> None:
    """Which are above what was proposed when that was less than 128 octets."""
    bare = answered(FrameType.UA)

    assert settled_by(bare) == LinkParameters()
    assert judged(ua_within(LinkParameters()), bare).passed
    assert not judged(ua_within(LinkParameters(64, 64)), bare).passed


@pytest.mark.parametrize("octets", ["81", "818005050164", "818006050164050164", "818003050100"])
def test_ua_that_is_not_legal_settles_on_nothing(octets: str) -> None:
    """Cut short, with a wrong group length, a parameter twice, a length of 0."""
    assert not judged(ua_within(LinkParameters()), answered(FrameType.UA, bytes.fromhex(octets))).passed


def test_the_same_parameters_are_wanted_exactly() -> None:
    """Less than the usual coding has led to is another outcome."""
    assert judged(ua_settling(LinkParameters(100, 100)), ua(LinkParameters(100, 100))).passed
    assert not judged(ua_settling(LinkParameters(100, 100)), ua(LinkParameters(100, 99))).passed
    assert not judged(ua_settling(LinkParameters()), Silence(5.0)).passed


def test_i_frame_is_judged_by_both_numbers_and_its_length() -> None:
    """Each reason names what is wrong and what was wanted."""
    wanted = numbered(2, 3, 10)

    assert judged(wanted, answered(FrameType.I, bytes(10), ns=2, nr=3)).passed
    assert "N(S)=1, not 2" in judged(wanted, answered(FrameType.I, bytes(10), ns=1, nr=3)).reason
    assert "N(R)=2, not 3" in judged(wanted, answered(FrameType.I, bytes(10), ns=2, nr=2)).reason
    assert "11 octets, 10 negotiated" in judged(wanted, answered(FrameType.I, bytes(11), ns=2, nr=3)).reason
    assert "without information" in judged(wanted, answered(FrameType.I, ns=2, nr=3)).reason
    assert not judged(wanted, answered(FrameType.RR, nr=3)).passed


def test_a_repeated_frame_is_the_same_in_number_segmentation_and_content() -> None:
    """Nothing of it may change."""
    first = Frame(CLIENT, SERVER, Control(FrameType.I, False, 1, 4), b"abc", True)

    assert judged(same_again(first), answered(FrameType.I, b"abc", ns=4, nr=1, segmented=True)).passed
    for other in (
        answered(FrameType.I, b"abc", ns=5, nr=1, segmented=True),
        answered(FrameType.I, b"abc", ns=4, nr=2, segmented=True),
        answered(FrameType.I, b"abd", ns=4, nr=1, segmented=True),
        answered(FrameType.I, b"abc", ns=4, nr=1),
        answered(FrameType.RR, nr=1),
    ):
        assert not judged(same_again(first), other).passed


def test_rej_and_ui_are_known_by_their_control_fields() -> None:
    """REJ by its N(R) too."""
    assert judged(rej(1), answered(FrameType.REJ, nr=1)).passed
    assert not judged(rej(1), answered(FrameType.REJ, nr=0)).passed
    assert not judged(rej(1), answered(FrameType.RR, nr=1)).passed
    assert judged(unnumbered_information(), answered(FrameType.UI, b"abc")).passed
    assert not judged(unnumbered_information(), answered(FrameType.I, b"abc")).passed
