"""The cases of frames and addresses: what they send is right but for one thing, and the sound meter passes them all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.device.model import Acceptance, Profile
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.fcs import GOOD, remainder
from conformance.dlms.hdlc.frame import read
from conformance.dlms.reader import decode
from conformance.link.server import TcpServer
from conformance.meter.defects import DEFECTS
from conformance.meter.meter import build
from conformance.tester.frame_rendering import Addresses, render_frame
from tests.suites.hdlc_cases import FUNCTIONS, device, run

SNRM, DISC, RR = "7EA0070321930F017E", "7EA00703215303C77E", "7EA00703211115A67E"
UA, DM, RR_ANSWER = "7EA00721037301407E", "7EA00721031F6BE97E", "7EA00721031115007E"
EVERY_CASE = pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
EACH_LENGTH = pytest.mark.parametrize("octets", [1, 2, 4])
FIXED = 5
"""Octets of format, control field and FCS."""


def stimuli(identifier: str, octets: int) -> dict[int, bytes]:
    """The octets that each subtest of a case sends to a server address of that length."""
    meter = device(octets=octets)
    addresses = Addresses.of(meter, meter.association("public"))
    case, _ = FUNCTIONS[identifier]
    return {
        subtest.number: render_frame(subtest.stimulus, addresses)
        for subtest in case.subtests
        if subtest.stimulus is not None
    }


def between_flags(sent: bytes) -> bytes:
    assert sent[:1] == sent[-1:] == b"\x7e"
    return sent[1:-1]


@EACH_LENGTH
@pytest.mark.parametrize("acceptance", list(Acceptance))
@EVERY_CASE
def test_the_sound_meter_passes_whatever_its_address(identifier: str, acceptance: Acceptance, octets: int) -> None:
    """A sound meter with 1, 2 and 4 octets, under both profiles of acceptance, fails and leaves open nothing."""
    ended = run(identifier, device(octets=octets, acceptance=acceptance))
    assert {item.verdict for item in ended} <= {"PASSED", "INAPPLICABLE"}, [item.reason for item in ended]
    if identifier != "T_HDLC_ADDRESS_N6":
        assert "PASSED" in {item.verdict for item in ended}


@pytest.mark.parametrize("octets", [2, 4])
def test_one_octet_is_tried_where_it_is_not_declared(octets: int) -> None:
    """ADDRESS_N6 is judged on a meter without 1-octet addressing, and ruled out with its reason on any other."""
    (judged,) = run("T_HDLC_ADDRESS_N6", device(octets=octets, addressing=(2, 4)))
    assert judged.verdict == "PASSED"
    assert judged.octets[2] == SNRM
    (ruled_out,) = run("T_HDLC_ADDRESS_N6", device(octets=octets))
    assert ruled_out.verdict == "INAPPLICABLE"
    assert "addressing without 1 octet" in ruled_out.reason


def test_address_forms_that_are_not_declared_are_ruled_out() -> None:
    """Of the three forms only the declared ones are asked for."""
    verdicts = [item.verdict for item in run("T_HDLC_ADDRESS_P1", device(addressing=(1, 4)))]
    assert verdicts == ["PASSED", "INAPPLICABLE", "PASSED"]


def test_without_an_inactivity_timeout_the_case_is_ruled_out() -> None:
    """T = 0 stands for no timeout, which nobody can wait for."""
    (ended,) = run("T_HDLC_FRAME_P3", device(inactivity_timeout_s=0.0))
    assert ended.verdict == "INAPPLICABLE"
    assert "inactivity timeout" in ended.reason


def test_over_the_wrapper_no_case_applies() -> None:
    """The data link layer of the wrapper profile is another one."""
    meter = replace(device(), profile=Profile.WRAPPER)
    for identifier in FUNCTIONS:
        assert {item.verdict for item in run(identifier, meter)} == {"INAPPLICABLE"}


def test_the_link_is_set_up_and_released_octet_for_octet() -> None:
    """FRAME_P1 sends and accepts the frames that everybody knows."""
    ended = run("T_HDLC_FRAME_P1", device())
    assert [item.octets[2:4] for item in ended] == [[SNRM, UA]] * 4
    assert ended[1].octets[4:6] == [RR, RR_ANSWER]
    assert ended[2].octets[4:6] == [DISC, UA]
    assert ended[3].octets[4:8] == [DISC, UA, DISC, DM]


def test_a_malformed_frame_is_sent_once_and_silence_is_waited_for_no_longer_than_declared() -> None:
    """Nothing is resent; after the declared response timeout the NDM check follows at once."""
    meter = device()
    for identifier in ("T_HDLC_FRAME_N1", "T_HDLC_FRAME_N3", "T_HDLC_FRAME_N4", "T_HDLC_FRAME_N8"):
        for number, sent in stimuli(identifier, 1).items():
            ended = next(item for item in run(identifier, meter) if item.number == number)
            assert ended.trial is not None
            frames = ended.trial.tape.frames
            places = [index for index, frame in enumerate(frames) if frame.octets == sent]
            assert len(places) == 1
            check = frames[places[0] + 1]
            assert check.octets.hex().upper() == DISC
            assert check.time_s - frames[places[0]].time_s == pytest.approx(meter.timing.response_timeout_s)


@EACH_LENGTH
def test_missing_flags_and_nothing_else(octets: int) -> None:
    """FRAME_N1 sends a whole SNRM but for its flags."""
    whole = stimuli("T_HDLC_FRAME_P1", octets)[1]
    assert stimuli("T_HDLC_FRAME_N1", octets) == {1: whole[1:], 2: whole[:-1], 3: whole[1:-1]}


@EACH_LENGTH
def test_every_size_below_the_smallest_frame_is_sent(octets: int) -> None:
    """FRAME_N2: 1 octet to one less than the smallest; the length says so, the FCS is right where it has room."""
    case, _ = FUNCTIONS["T_HDLC_FRAME_N2"]
    applying = {item.number for item in run(case.id, device(octets=octets)) if item.verdict == "PASSED"}
    contents = [between_flags(sent) for number, sent in stimuli(case.id, octets).items() if number in applying]
    smallest = FIXED + octets + 1
    assert sorted(map(len, contents)) == list(range(1, smallest))
    for content in contents:
        if len(content) > 1:
            assert content[:2] == bytes((0xA0, len(content)))
        if len(content) > 3:
            assert remainder(content) == GOOD


@EACH_LENGTH
def test_another_format_type_with_everything_else_right(octets: int) -> None:
    """FRAME_N3: 0, 2 and B in place of A; the length and the FCS fit."""
    for sent, lead in zip(stimuli("T_HDLC_FRAME_N3", octets).values(), (0x00, 0x20, 0xB0), strict=True):
        content = between_flags(sent)
        assert content[:2] == bytes((lead, len(content)))
        assert remainder(content) == GOOD


@EACH_LENGTH
def test_a_wrong_length_with_everything_else_right(octets: int) -> None:
    """FRAME_N4: one more, one less, 0, 7FF; the FCS is computed over what is sent."""
    size = FIXED + octets + 1
    wanted = (size + 1, size - 1, 0, 0x7FF)
    for sent, length in zip(stimuli("T_HDLC_FRAME_N4", octets).values(), wanted, strict=True):
        content = between_flags(sent)
        assert len(content) == size
        assert content[:2] == (0xA000 | length).to_bytes(2, "big")
        assert remainder(content) == GOOD


@EACH_LENGTH
def test_one_check_sequence_is_wrong_and_the_other_is_right(octets: int) -> None:
    """FRAME_N7 breaks the HCS only, FRAME_N8 the FCS only."""
    header = 3 + octets + 1
    for identifier, hcs_right in (("T_HDLC_FRAME_N7", False), ("T_HDLC_FRAME_N8", True)):
        content = between_flags(stimuli(identifier, octets)[1])
        assert (remainder(content[: header + 2]) == GOOD) is hcs_right
        assert (remainder(content) == GOOD) is not hcs_right


@EACH_LENGTH
@pytest.mark.parametrize("identifier", ["T_HDLC_ADDRESS_N1", "T_HDLC_ADDRESS_N4", "T_HDLC_ADDRESS_N7"])
def test_wrong_addresses_with_length_and_check_sequence_right(identifier: str, octets: int) -> None:
    """Only the address is wrong."""
    for sent in stimuli(identifier, octets).values():
        content = between_flags(sent)
        assert content[:2] == bytes((0xA0, len(content)))
        assert remainder(content) == GOOD


def test_addresses_of_illegal_length_are_the_own_one() -> None:
    """ADDRESS_N7 on 3 and 5 octets: only the last octet is marked as the last, and no decoder takes it for legal."""
    for octets, three, five in ((1, "000003", "0000000003"), (2, "000221", "0000000221"), (4, "020021", "0000020021")):
        for sent, coded in zip(stimuli("T_HDLC_ADDRESS_N7", octets).values(), (three, five), strict=True):
            content = between_flags(sent)
            assert content[2:-4] == bytes.fromhex(coded)
            with pytest.raises(DecodeError):
                decode(sent, read, "hdlc-frame")


def test_a_client_on_two_octets_is_the_own_one() -> None:
    """ADDRESS_N1: client 16 in either half of an address on 2 octets."""
    sources = [decode(sent, read, "hdlc-frame").source for sent in stimuli("T_HDLC_ADDRESS_N1", 1).values()]
    assert [(item.upper, item.lower, item.length) for item in sources] == [(0, 16, 2), (16, 1, 2)]


def test_unknown_addresses_are_none_that_are_declared_or_reserved() -> None:
    """ADDRESS_N4 never meets a logical device of the meter, nor a reserved address."""
    for octets in (1, 2, 4):
        meter = device(octets=octets)
        addresses = Addresses.of(meter, meter.association("public"))
        case, _ = FUNCTIONS["T_HDLC_ADDRESS_N4"]
        for subtest in case.subtests:
            assert subtest.stimulus is not None
            frame = decode(render_frame(subtest.stimulus, addresses), read, "hdlc-frame")
            destination = frame.destination
            known = destination.upper in {item.sap for item in meter.logical_devices} and destination.lower in (
                None,
                16,
            )
            assert not known
            assert not destination.all_station
            assert not destination.no_station


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        (name, identifier)
        for name, defect in sorted(DEFECTS.items())
        for identifier in defect.cases
        if identifier in FUNCTIONS
    ],
)
def test_each_case_fails_on_the_defects_that_it_claims(name: str, identifier: str) -> None:
    """A case that no defect can fail is not finished; the octets that decide are named wherever the meter spoke."""
    forms = DEFECTS[name].addressing or (1, 2, 4)
    ended = run(identifier, device(octets=forms[0], addressing=forms, defects=(name,)))
    failed = [item for item in ended if item.verdict == "FAILED"]
    assert failed
    for item in failed:
        assert item.trial is not None
        judgement = item.trial.judgements[-1]
        assert not judgement.passed
        assert judgement.frame is None or judgement.path


def test_the_same_verdicts_over_tcp() -> None:
    """A served meter in real time passes what the one on the loopback passes; silences cost the response timeout."""
    with TcpServer(build(profile="hdlc").endpoint) as server:
        meter = device(octets=4)
        meter = replace(
            meter,
            embedded=None,
            link=f"tcp://127.0.0.1:{server.port}",
            timing=replace(meter.timing, response_timeout_s=0.4),
        )
        for identifier in ("T_HDLC_FRAME_P1", "T_HDLC_FRAME_P2", "T_HDLC_FRAME_N4", "T_HDLC_ADDRESS_P1"):
            ended = run(identifier, meter)
            assert [item.verdict for item in ended] == ["PASSED"] * len(ended), [item.reason for item in ended]
