"""What frames show against the device config, and against their own flags."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.device.model import Device
from conformance.diagnose.intake.conversation import Passing
from conformance.diagnose.intake.recorded import RecordedFrame, recorded
from conformance.diagnose.layers.below_apdus import findings
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from tests.diagnose.layer_exchanges import CLIENT, DISC, DM, GET, GOT, SNRM, UA, checked, replied, sent
from tests.suites.hdlc_cases import SIMULATOR

RR, READY = sent(FrameType.RR), replied(FrameType.RR)
REFUSED = "E6E7006117A109060760857405080101A203020101A305A203020101"
AARQ = bytes.fromhex("E6E600601DA109060760857405080101BE10040E01000000065F1F04000052140400")
AARE = bytes.fromhex("E6E7006129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000521404000007")
UP = ((0.0, SNRM), (0.0, UA))


def device(**hdlc: object) -> Device:
    """The embedded meter with other declarations of its data link."""
    return replace(SIMULATOR, hdlc=replace(SIMULATOR.hdlc, **hdlc))  # type: ignore[arg-type]


def codes(*frames: tuple[float, bytes], declared: Device | None = SIMULATOR, gap_s: float | None = None) -> set[str]:
    """What is stated above `info`; a frame is the meter's where it is addressed to the client."""
    heard = recorded(
        [
            RecordedFrame(
                number,
                "S>C" if CLIENT.encode() == octets.lstrip(b"~")[2:3] else "C>S",
                "hdlc",
                octets,
                time,
                passing=Passing(began=time, longest_gap_s=gap_s),
            )
            for number, (time, octets) in enumerate(frames, 1)
        ]
    )
    said = (*findings(heard, declared), *diagnose(heard, None, declared).statements)
    return {statement.code for statement in said if statement.severity != "info"}


def at(address: HdlcAddress) -> tuple[tuple[float, bytes], ...]:
    """A link that is set up with a server address."""
    client, server = CLIENT.encode(), address.encode()
    size = len(client + server) + 5
    frames = [bytes((0xA0, size)) + ends for ends in (server + client + b"\x93", client + server + b"\x73")]
    return tuple((0.0, checked(frame)) for frame in frames)


@pytest.mark.parametrize(
    ("address", "declared", "code"),
    [
        (HdlcAddress(99), device(), "undeclared-logical-device-answered"),
        (HdlcAddress(1, 77, 2), device(server_lower=16, addressing=(1, 2)), "undeclared-physical-device-answered"),
        (HdlcAddress(1, 16, 2), device(server_lower=16, addressing=(1, 4)), "undeclared-address-length-answered"),
    ],
)
def test_an_address_that_is_not_declared_and_answers_is_named(address, declared, code):
    """With the device config alone: without it the frames are right."""
    assert code in codes(*at(address), declared=declared)
    assert not any(found.startswith("undeclared") for found in codes(*at(address), declared=None))


def test_declared_addresses_and_the_management_logical_device_are_nobodys_fault():
    """Nor is the address of a logical device that no association uses, but the config lists."""
    two = device(server_lower=16, addressing=(1, 2, 4))
    for address in (HdlcAddress(1), HdlcAddress(17), HdlcAddress(1, 16, 2), HdlcAddress(17, 16, 4)):
        assert not any(found.startswith("undeclared") for found in codes(*at(address), declared=two))


def test_a_link_that_outlives_the_declared_timeout_is_named():
    """After the timeout DM belongs there, whatever is asked."""
    assert "inactivity-timeout-not-applied" in codes(*UP, (140.0, RR), (140.0, READY))
    assert "inactivity-timeout-not-applied" not in codes(*UP, (110.0, RR), (110.0, READY))
    assert "inactivity-timeout-not-applied" not in codes(*UP, (140.0, RR), (140.0, DM))
    assert "inactivity-timeout-not-applied" not in codes(*UP, (140.0, SNRM), (140.0, UA))


def test_where_the_config_declares_no_timeout_no_pause_is_too_long():
    """0 stands for never."""
    assert codes(*UP, (9e4, RR), (9e4, READY), declared=device(inactivity_timeout_s=0.0)) == set()


def test_a_link_that_ends_too_early_is_named_and_a_restart_is_not():
    """A link that is gone after a moment has another cause than a timer."""
    assert "inactivity-timeout-early" in codes(*UP, (60.0, RR), (60.0, DM))
    assert "inactivity-timeout-early" not in codes(*UP, (2.0, RR), (2.0, DM))
    assert "inactivity-timeout-early" not in codes(*UP, (121.0, RR), (121.0, DM))


def test_a_timeout_that_runs_from_the_set_up_on_is_told_from_one_that_is_short():
    """It does not where the link was served longer than the timeout after its set-up."""
    served = (100.0, RR), (100.0, READY)
    assert "inactivity-timeout-not-restarted" in codes(*UP, *served, (130.0, RR), (130.0, DM))
    long = (*served, (190.0, RR), (190.0, READY), (230.0, RR), (230.0, DM))
    assert codes(*UP, *long) & {"inactivity-timeout-not-restarted"} == set()


def test_a_frame_without_a_flag_that_is_answered_is_named():
    """The octets of a frame log of ours are those that passed."""
    assert "frame-without-opening-flag-answered" in codes((0.0, DISC), (0.0, DM), (0.0, SNRM[1:]), (0.0, UA))
    assert "frame-without-closing-flag-answered" in codes((0.0, DISC), (0.0, DM), (0.0, SNRM[:-1]), (0.0, UA))


def test_one_flag_between_two_frames_is_enough():
    """The closing flag of the first one opens the second one."""
    found = codes(*UP, (1.0, RR), (1.0, RR[1:]), (1.0, READY))
    assert found & {"frame-without-opening-flag-answered", "frame-without-closing-flag-answered"} == set()


def test_a_frame_that_is_completed_after_the_inter_octet_timeout_is_named():
    """UA answers the DISC that had no closing flag; RR gets RR where the DISC was given up."""
    late = (*UP, (1.0, DISC[:-1]), (1.5, RR))
    assert "frame-completed-after-timeout" in codes(*late, (1.5, UA))
    assert "frame-completed-after-timeout" not in codes(*late, (1.5, READY))
    patient = device(inter_octet_timeout_s=1.0)
    assert "frame-completed-after-timeout" not in codes(*late, (1.5, UA), declared=patient)


def test_a_pause_within_a_reply_is_measured_against_what_is_declared():
    """Where no limit is declared there is none."""
    assert SIMULATOR.timing.max_inter_octet_gap_s is not None
    assert "gap-within-reply" in codes(*UP, gap_s=0.2)
    assert "gap-within-reply" not in codes(*UP, gap_s=0.05)
    free = replace(SIMULATOR, timing=replace(SIMULATOR.timing, max_inter_octet_gap_s=None))
    assert "gap-within-reply" not in codes(*UP, gap_s=0.2, declared=free)


def test_an_snrm_with_an_unknown_parameter_that_gets_no_answer_is_told_from_one_with_a_wrong_value():
    """Unknown parameters are skipped; what is wrong in itself may be dropped."""

    def snrm(parameters: str) -> bytes:
        return sent(FrameType.SNRM, bytes.fromhex(parameters))

    assert "unknown-parameter-unanswered" in codes(*UP, (1.0, snrm("8180060501800A0100")), declared=None)
    assert "unknown-parameter-unanswered" not in codes(*UP, (1.0, snrm("818006050100070109")), declared=None)
    assert "unknown-parameter-unanswered" not in codes(*UP, (1.0, snrm("818003050180")), declared=None)


def opened(*more: tuple[float, bytes]) -> set[str]:
    """An association, and what comes behind it."""
    asked = (0.1, sent(FrameType.I, AARQ)), (0.1, replied(FrameType.I, AARE, nr=1))
    return codes(*UP, *asked, *more, declared=None)


def test_an_association_that_lives_on_after_its_link_is_named():
    """A link that is set up anew, or taken down and set up, ends it; an AARQ opens another one."""
    get, got = (0.3, sent(FrameType.I, GET)), (0.3, replied(FrameType.I, GOT, nr=1))
    down = (0.2, DISC), (0.2, UA)
    assert "association-outlives-link" in opened(*UP, get, got)
    assert "association-outlives-link" in opened(*down, *UP, get, got)
    refused = (0.3, replied(FrameType.I, bytes.fromhex("E6E700D80101"), nr=1))
    assert "association-outlives-link" not in opened(*UP, get, refused)
    again = (0.2, sent(FrameType.I, AARQ)), (0.2, replied(FrameType.I, AARE, nr=1))
    last = (0.3, sent(FrameType.I, GET, ns=1, nr=1)), (0.3, replied(FrameType.I, GOT, ns=1, nr=2))
    assert "association-outlives-link" not in opened(*UP, *again, *last)


def segmented(answer: bytes, *, twice: bool = True) -> set[str]:
    """An AARQ in three segments, of which the second one comes twice."""
    parts = AARQ[:17], AARQ[17:33], AARQ[33:]
    frames = [(0.1, sent(FrameType.I, parts[0], segmented=True)), (0.1, replied(FrameType.RR, nr=1))]
    second = [(0.2, sent(FrameType.I, parts[1], ns=1, segmented=True)), (0.2, replied(FrameType.RR, nr=2))]
    last = [(0.3, sent(FrameType.I, parts[2], ns=2)), (0.3, replied(FrameType.I, answer, nr=3))]
    return codes(*UP, *frames, *(second * (2 if twice else 1)), *last, declared=None)


def test_a_request_that_is_refused_because_a_segment_came_twice_is_named():
    """It is right as it was sent; where no segment was repeated, or it is served, nothing was joined twice."""
    refused = bytes.fromhex(REFUSED)
    assert "repeated-segment-joined" in segmented(refused)
    assert "repeated-segment-joined" not in segmented(refused, twice=False)
    assert "repeated-segment-joined" not in segmented(AARE)
