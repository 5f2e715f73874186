"""UI frames, and frames to all stations or to none."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.control import FrameType
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.transfer_requests import opening, with_llc
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import dm, frmr, receive_ready
from conformance.tester.accepted_services import silence
from conformance.tester.accepted_transfer import unnumbered_information
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.frame_stimulus import addressed, disc, rr, snrm, ui
from conformance.tester.liveness import question
from conformance.tester.reaction import FrameAnswered
from conformance.tester.stimulus import Destination

_NOT_SERVED: Expectation = silence() | dm()
_ANSWERED: Expectation = unnumbered_information() | receive_ready(0) | tolerated(silence() | frmr())


@case(
    "X_HDLC_UI",
    title="Unnumbered information",
    clause="IEC 62056-46, 6.4.3 Command and response frames; 6.4.4 Elements of the procedures",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "disconnected, with the P bit",
        procedure="sends the AARQ as declared in a UI frame with P, without SNRM",
        accepts=f"{_NOT_SERVED}; then the NDM check",
    ),
    Subtest(
        2,
        "disconnected, without the P bit",
        procedure="sends the AARQ as declared in a UI frame without P, without SNRM",
        accepts="silence; then the NDM check",
    ),
    Subtest(
        3,
        "connected, with the P bit",
        procedure="sets the link up, asks for the logical_name in a UI frame with P, then sends the AARQ with N(S)=0",
        accepts=f"{_ANSWERED}; then, unless the frame was rejected, an AARE that accepts with N(S)=0 and N(R)=1",
    ),
    Subtest(
        4,
        "connected, without the P bit",
        procedure="sets the link up, asks for the logical_name in a UI frame without P, then sends the AARQ with "
        "N(S)=0",
        accepts="silence; then an AARE that accepts with N(S)=0 and N(R)=1",
    ),
)
def test_hdlc_ui(subtest: Trial) -> None:
    """A UI frame is outside the sequence: it moves no number, is not answered unless it polls, and opens no link."""
    probe = subtest.probe()
    probe.clean()
    polls = subtest.number in (1, 3)
    if subtest.number <= 2:
        with subtest.step("UI with an AARQ"):
            subtest.judge(probe.send(ui(opening(subtest), poll=polls)), _NOT_SERVED if polls else silence())
        probe.ndm_check()
        return
    transfer = NumberedTransfer(subtest, probe)
    asked = ui(with_llc(subtest, question(subtest.association).octets), poll=polls)
    with subtest.step("UI with a request"):
        reaction = probe.send(asked)
        subtest.judge(reaction, _ANSWERED if polls else silence())
    if isinstance(reaction, FrameAnswered) and reaction.received.control.type is FrameType.FRMR:
        transfer = NumberedTransfer(subtest, probe)
    transfer.open()


@case(
    "X_HDLC_BROADCAST",
    title="All-station and no-station address",
    clause="IEC 62056-46, 6.4.2 MAC addressing",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "SNRM to all stations", addressed(snrm(), Destination.ALL_STATIONS), silence()),
    Subtest(2, "SNRM to no station", addressed(snrm(), Destination.NO_STATION), silence()),
    Subtest(3, "RR to all stations, connected", addressed(rr(0), Destination.ALL_STATIONS), silence()),
    Subtest(4, "RR to no station, connected", addressed(rr(0), Destination.NO_STATION), silence()),
    Subtest(5, "DISC to no station, connected", addressed(disc(), Destination.NO_STATION), silence()),
)
def test_hdlc_broadcast(subtest: Trial) -> None:
    """A frame to all stations is answered by none, lest all answer at once; one to no station has no effect at all.

    Other meters on the same line hear the frames too; an answer of theirs is a fault as well, and is shown as a frame
    from the wrong address.
    """
    probe = subtest.probe()
    probe.clean()
    connected = subtest.number >= 3
    if connected:
        probe.connect()
    subtest.judge(probe.send(subtest.stimulus))
    if connected:
        probe.nrm_check()
    else:
        probe.ndm_check()
