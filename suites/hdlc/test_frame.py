"""The link in order: set up, checked, released; and the two timeouts that end a frame and a link."""

from conformance.device.model import Profile
from conformance.harness.applicability import inactivity_timeout, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.disconnected import frame_gap_s, least_frame_gap_s
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import dm, receive_ready, ua
from conformance.tester.accepted_services import silence
from conformance.tester.frame_stimulus import disc, rr, snrm

_SHORTER, _ON, _LONGER = 0.8, 0.4, 1.1
"""Shares of the inactivity timeout: two that a link survives, and one that it does not."""


@case(
    "T_HDLC_FRAME_P1",
    title="Link set-up and release",
    clause="IEC 62056-46, 6.4.3 Command and response frames; 6.4.5 State transition diagram for the server",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(1, "SNRM in NDM", snrm(), ua()),
    Subtest(2, "RR in NRM", rr(0), receive_ready(0)),
    Subtest(3, "DISC in NRM", disc(), ua()),
    Subtest(4, "DISC in NDM, after a link was released", disc(), dm()),
)
def test_hdlc_frame_p1(subtest: Trial) -> None:
    """A server sets up a link on SNRM, is in normal response mode then, and in disconnected mode after DISC."""
    probe = subtest.probe()
    probe.clean()
    if subtest.number > 1:
        probe.connect()
    if subtest.number > 3:
        probe.release()
    subtest.judge(probe.send(subtest.stimulus))


@case(
    "T_HDLC_FRAME_P2",
    title="Inter-octet timeout",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: inter-octet time-out",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "DISC without closing flag, then a gap",
        disc().dropped("hdlc-frame.closing-flag"),
        silence(),
        waits=least_frame_gap_s,
    ),
)
def test_hdlc_frame_p2(subtest: Trial) -> None:
    """A frame that is not completed within the inter-octet timeout has no effect, and the next one is taken whole.

    In normal response mode: the gap lasts 1.1 times the declared timeout, on a real line a little longer for what lies
    between. Then RR shows that the DISC was not taken, and a whole DISC is.
    """
    probe = subtest.probe()
    probe.clean()
    probe.connect()
    probe.transmit(subtest.stimulus)
    subtest.judge(probe.idle(frame_gap_s(subtest), "inter-octet timeout"))
    probe.nrm_check()
    probe.release()


@case(
    "T_HDLC_FRAME_P3",
    title="Inactivity timeout",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: inactivity time-out",
    applies=profile(Profile.HDLC) & inactivity_timeout,
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "idle for shorter and for longer than the timeout T",
        procedure=f"sets the link up; idle for {_SHORTER} T, RR; idle for {_ON} T, RR; idle for {_LONGER} T, DISC",
        accepts="RR, RR: each frame starts T anew; DM: after T without a frame the link is down",
        waits=lambda device: (_SHORTER + _ON + _LONGER) * device.hdlc.inactivity_timeout_s,
    ),
)
def test_hdlc_frame_p3(subtest: Trial) -> None:
    """A link without a frame for the inactivity timeout T is disconnected, not earlier; every frame starts T anew."""
    timeout_s = subtest.bench.device.hdlc.inactivity_timeout_s
    probe = subtest.probe()
    probe.clean()
    probe.connect()
    for share in (_SHORTER, _ON):
        subtest.judge(probe.idle(share * timeout_s, f"{share} of the inactivity timeout"), silence())
        probe.nrm_check()
    subtest.judge(probe.idle(_LONGER * timeout_s, f"{_LONGER} of the inactivity timeout"), silence())
    probe.ndm_check()
