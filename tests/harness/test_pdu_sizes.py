"""No reply is ever longer than the client takes: measured on the tape of every subtest, whatever it is about."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Device, EmbeddedMeter, Profile, Protection
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.bench import Bench
from conformance.harness.case import Case, Subtest
from conformance.harness.pdu_sizes import sizes_on
from conformance.harness.transfer_requests import opening
from conformance.harness.trial import Trial
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request
from conformance.tester.frame_stimulus import information, snrm
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq, apdu, rlrq
from conformance.tester.tape import Tape
from conformance.tester.transfer import get

SIMULATOR = load(find_device_config("simulator"))
OBJECT_LIST = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2)
GET_LIST = apdu("C001C1000F0000280000FF0200", "GET of object_list")
GET_NAME = apdu("C001C1000F0000280000FF0100", "GET of logical_name")
UNKNOWN_CONTEXT = bytes.fromhex("60857405080163")
SUITE = '''
from conformance.harness.case import Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq, apdu
from conformance.harness.applicability import Condition

ONE = Condition("the association public", lambda claim: claim.association.name == "public")


@case("X_SMALL_SIZE", title="about something else", clause="IEC 62056-5-3", applies=ONE, negative=False)
@subtests(
    Subtest(1, "passes", procedure="reads", accepts="anything"),
    Subtest(2, "is inconclusive", procedure="reads", accepts="anything"),
    Subtest(3, "fails", procedure="reads", accepts="nothing"),
    Subtest(4, "reads what fits", procedure="reads", accepts="anything"),
)
def test_size(subtest):
    """A meter answers."""
    association = subtest.association
    with subtest.step("open"):
        association.establish(aarq(client_max_receive_pdu_size=100))
    association.request(apdu("C001C1000F0000280000FF0100" if subtest.number == 4 else "C001C1000F0000280000FF0200"))
    if subtest.number == 2:
        subtest.inconclusive("too little data")
    subtest.check(subtest.number != 3, expected="what never is", observed="something else")
'''


def trial(profile: Profile = Profile.HDLC, name: str = "public", protection: Protection = Protection.NONE) -> Trial:
    device: Device = replace(SIMULATOR, profile=profile, embedded=EmbeddedMeter())
    subtest = Subtest(1, "a transfer", procedure="reads", accepts="a value")
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    return Trial(Case("X_SIZES", "", "", subtests=(subtest,)), subtest, device.association(name), protection, bench,
                 Random(1))  # fmt: skip


def test_a_subtest_about_something_else_fails_with_its_own_reason_and_the_octets(run_suite):
    run = run_suite("--dlms-case=X_SMALL_SIZE", "--dlms-defect=get-response-one-octet-too-long", suite=SUITE)

    assert run.verdicts("public", "X_SMALL_SIZE") == {1: "FAILED", 2: "FAILED", 3: "FAILED", 4: "PASSED"}
    failed = run.subtest("public", "X_SMALL_SIZE", 1)
    assert failed.reason == (
        "a reply is longer than the client takes: get-response of 101 octets; "
        "expected no reply longer than the client-max-receive-pdu-size, 100 octets"
    )
    assert failed.deciding.path == "get-response"
    assert (failed.deciding.start, failed.deciding.end) == (0, 101)
    assert failed.deciding.octets.startswith("C402C1")
    assert failed.deciding.frame == failed.findings[0].frame
    assert [finding.code for finding in failed.findings] == ["reply-longer-than-pdu-size"]
    # Behind it stands the fresh link that was tried afterwards.
    sizes = failed.pdu_sizes[0]
    assert (sizes.association, sizes.client_max_receive_pdu_size) == ("public", 100)
    assert (sizes.replies, sizes.replies_beyond, sizes.longest_reply) == (1, 1, 101)
    assert sizes.longest_reply_frame == failed.deciding.frame
    # What could not be judged fails for it too, and what has failed otherwise keeps its reason.
    assert "longer than the client takes" in run.subtest("public", "X_SMALL_SIZE", 2).reason
    failed = run.subtest("public", "X_SMALL_SIZE", 3)
    assert failed.reason == "something else; expected what never is"
    assert "reply-longer-than-pdu-size" in [finding.code for finding in failed.findings]


def test_a_sound_meter_keeps_its_verdicts_and_the_lengths_are_recorded(run_suite):
    run = run_suite("--dlms-case=X_SMALL_SIZE", suite=SUITE)

    assert run.verdicts("public", "X_SMALL_SIZE") == {1: "PASSED", 2: "INCONCLUSIVE", 3: "FAILED", 4: "PASSED"}
    (sizes,) = run.subtest("public", "X_SMALL_SIZE", 1).pdu_sizes
    assert (sizes.longest_reply, sizes.replies_beyond, sizes.requests, sizes.longest_request) == (100, 0, 1, 13)
    assert sizes.server_max_receive_pdu_size == 1024


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize(
    ("name", "protection", "longest"),
    [
        ("public", Protection.NONE, 128),
        ("management", Protection.GLO, 128),
        ("management", Protection.DED, 128),
        ("management", Protection.GENERAL_GLO, 128),
    ],
)
def test_a_reply_is_measured_as_it_is_on_the_line(profile, name, protection, longest):
    """Protected, and joined from the segments of HDLC; the AARE, the passes of HLS and the RLRE do not hide it."""
    made = trial(profile, name, protection)
    association = made.association
    own_blocks = association.settings.conformance - {ConformanceBit.GENERAL_BLOCK_TRANSFER}
    association.establish(aarq(client_max_receive_pdu_size=128, proposed_conformance=own_blocks))
    get(association, OBJECT_LIST)
    association.release()
    made.close()

    # The association that reads the invocation counter comes first.
    measured = sizes_on(made.tape.frames).measured[-1]
    assert (measured.client_limit, measured.longest_reply, measured.replies_beyond) == (128, longest, 0)
    assert (measured.client_sap, measured.logical_device) == (association.settings.client_sap, 1)
    assert made.tape.frames[measured.longest_frame].direction == "S>C"
    assert measured.server_limit == 1024


def test_general_blocks_are_measured_one_by_one():
    made = trial(Profile.WRAPPER, "reading")
    made.association.establish(aarq(client_max_receive_pdu_size=77))
    request(made.association, GET_LIST, BlockOptions(in_blocks=True))
    made.close()

    (measured,) = sizes_on(made.tape.frames).measured
    assert (measured.longest_reply, measured.replies_beyond) == (77, 0)
    assert measured.replies > 20


def test_0_sets_no_limit():
    made = trial()
    made.association.establish(aarq(client_max_receive_pdu_size=0))
    reply = made.association.request(GET_LIST)
    made.close()

    assert isinstance(reply, Reply)
    sizes = sizes_on(made.tape.frames)
    assert sizes.measured[0].longest_reply == len(reply.apdu) > 1000
    assert sizes.replies_beyond == []


def test_nothing_is_held_against_a_size_before_an_association_and_behind_it():
    """A rejected AARQ agrees on nothing, and neither does one whose link has gone."""
    made = trial(Profile.WRAPPER)
    association = made.association
    association.request(GET_NAME)
    association.open(aarq(client_max_receive_pdu_size=100, application_context_name=UNKNOWN_CONTEXT))
    association.request(GET_NAME)
    assert sizes_on(made.tape.frames).measured == []

    association.establish(aarq(client_max_receive_pdu_size=100))
    association.release(rlrq())
    association.request(GET_NAME)
    association.close()
    again = made.another()
    again.request(GET_NAME)
    made.close()

    (measured,) = sizes_on(made.tape.frames).measured
    assert (measured.replies, measured.requests) == (0, 0)


def test_two_links_with_the_same_addresses_have_a_size_each():
    made = trial(Profile.WRAPPER)
    small, large = made.another(), made.another()
    small.establish(aarq(client_max_receive_pdu_size=64))
    large.establish(aarq(client_max_receive_pdu_size=1000))
    large.request(GET_LIST)
    small.request(GET_LIST)
    made.close()

    sizes = sizes_on(made.tape.frames)
    assert [(item.client_limit, item.longest_reply) for item in sizes.measured] == [(64, 64), (1000, 1000)]


def test_bare_frames_are_measured_too():
    """Nothing but the tape tells that an association was opened by hand."""
    made = trial()
    carried = opening(made, client_max_receive_pdu_size=90)
    probe = made.probe()
    probe.connect(snrm())
    probe.send(information(carried))
    probe.send(information(bytes.fromhex("E6E600") + GET_LIST.octets, send=1, receive=1))
    made.close()

    (measured,) = sizes_on(made.tape.frames).measured
    assert (measured.client_limit, measured.longest_reply) == (90, 90)


def test_segments_that_nobody_has_joined_are_no_apdu():
    """The end of an answer is shorter than the answer, and begins with anything: it is not measured, nor obeyed."""
    tape = Tape()
    frames = ((b"\xe6\xe6\x00" + b"\xc0" * 20, True), (b"\xe6\xe7\x00\x61" + bytes(30), False))
    for number, (octets, segmented) in enumerate(frames):
        control = Control(FrameType.I, send_number=number, receive_number=0, poll_final=True)
        frame = Frame(HdlcAddress(16), HdlcAddress(1), control, octets, segmented)
        tape.add(0.0, "S>C", "hdlc", frame.encode())

    assert sizes_on(tape.frames).measured == []


def test_a_request_that_is_too_long_is_noted_and_counted():
    made = trial(Profile.WRAPPER)
    association = made.association
    association.establish()
    association.request(apdu("C001C1000F0000280000FF0100").followed_by(bytes(1100)))
    made.close()

    sizes = sizes_on(made.tape.frames)
    (beyond,) = sizes.requests_beyond
    assert (beyond.octets, beyond.limit) == (1113, 1024)
    assert "1113 octets; the meter takes 1024" in made.tape.frames[beyond.frame].note
    assert sizes.measured[0].requests_beyond == 1


def test_a_tape_is_measured_as_it_grows():
    made = trial()
    association = made.association
    association.establish(aarq(client_max_receive_pdu_size=64))
    made.pdu_sizes.take(made.tape.frames)
    get(association, OBJECT_LIST)
    made.pdu_sizes.take(made.tape.frames)
    made.pdu_sizes.take(made.tape.frames)
    made.close()

    assert made.pdu_sizes.measured == sizes_on(made.tape.frames).measured
