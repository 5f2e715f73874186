"""Frames that were lost on the line: how they are had again."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.transfer_requests import long_reply, long_request
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import receive_ready
from conformance.tester.accepted_transfer import same_again
from conformance.tester.frame_stimulus import rnr
from conformance.tester.reaction import FrameAnswered, Reaction

_SMALL = 64


@case(
    "X_HDLC_RECOVERY",
    title="Recovery of lost frames",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: exchange of I-frames",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "lost reply, RR",
        procedure="sends the AARQ as declared, takes the reply for lost, asks with RR and the N(R) from before it",
        accepts="the reply once more, unchanged",
    ),
    Subtest(
        2,
        "lost reply, request repeated",
        procedure="sends the AARQ as declared, takes the reply for lost, sends the frame again",
        accepts="the reply once more, at once or, after RR, to the RR that asks for it; then RR that counts one frame",
    ),
    Subtest(
        3,
        "lost segment",
        procedure=f"proposes {_SMALL} octets, reads targets.long_readable, takes the second I-frame for lost",
        accepts="from that frame on everything once more, unchanged, and the rest of the reply",
        applies=long_reply,
    ),
    Subtest(
        4,
        "lost frame of a window",
        procedure="as before with window 4: takes all but the first frame of a window for lost",
        accepts="from the lost frame on everything once more, unchanged, and the rest of the reply",
        applies=long_reply,
        argument=4,
    ),
    Subtest(
        5,
        "busy client",
        procedure=f"proposes {_SMALL} octets, reads targets.long_readable, answers the first I-frame with RNR, then RR",
        accepts="RR without information to RNR; to RR the second I-frame",
        applies=long_reply,
    ),
)
def test_hdlc_recovery(subtest: Trial) -> None:
    """What was lost on the line is had again by asking for it, under the number that it had."""
    probe = subtest.probe()
    probe.clean()
    if subtest.number <= 2:
        _lost_reply(subtest, NumberedTransfer(subtest, probe))
        return
    window = subtest.argument or 1
    assert isinstance(window, int)
    transfer = NumberedTransfer(subtest, probe, LinkParameters(_SMALL, _SMALL, 1, window))
    transfer.open()
    if subtest.number == 5:
        _busy(subtest, transfer)
    else:
        _lost_frames(subtest, transfer)


def _lost_reply(subtest: Trial, transfer: NumberedTransfer) -> None:
    transfer.open()
    if len(transfer.received) > 1:
        subtest.inapplicable("the AARE does not fit one I-frame")
    (reply,) = transfer.received
    transfer.lose(1)
    with subtest.step("RR for the reply" if subtest.number == 1 else "the request again"):
        reaction = transfer.poll() if subtest.number == 1 else transfer.repeat()
        accepted = same_again(reply)
        subtest.judge(reaction, accepted if subtest.number == 1 else accepted | receive_ready(transfer.send_number))
    if isinstance(reaction, FrameAnswered) and reaction.received.control.type is FrameType.RR:
        with subtest.step("RR for the reply"):
            reaction = transfer.poll()
            subtest.judge(reaction, accepted)
    transfer.take(reaction)
    with subtest.step("the reply is acknowledged"):
        transfer.acknowledged(transfer.poll())


def _lost_frames(subtest: Trial, transfer: NumberedTransfer) -> None:
    """Take a window, or two frames where the window is 1; all but the first are lost."""
    before = len(transfer.received)
    with subtest.step("the reply begins"):
        _take_turn(transfer, transfer.send(long_request(subtest)))
        _more_to_come(subtest, transfer)
        if len(transfer.received) - before == 1:
            _take_turn(transfer, transfer.poll())
    first = transfer.received[: before + 1]
    lost = transfer.received[before + 1 :]
    transfer.lose(len(lost))
    with subtest.step(f"{len(lost)} frames are lost; RR asks for them, and for the rest"):
        transfer.reply(transfer.poll())
    again = transfer.received[len(first) : len(first) + len(lost)]
    same = list(map(_told, again)) == list(map(_told, lost))
    subtest.check(
        same,
        expected="the lost frames once more, unchanged",
        observed="the lost frames once more, unchanged" if same else "other information under the same N(S)",
    )


def _busy(subtest: Trial, transfer: NumberedTransfer) -> None:
    with subtest.step("the reply begins"):
        transfer.take(transfer.send(long_request(subtest)))
        _more_to_come(subtest, transfer)
    with subtest.step("RNR"):
        subtest.judge(transfer.probe.send(rnr(transfer.receive_number)), receive_ready(transfer.send_number))
    with subtest.step("RR"):
        transfer.reply(transfer.poll())


def _take_turn(transfer: NumberedTransfer, reaction: Reaction) -> None:
    """The I-frames up to the one with the F bit, each judged."""
    frame = transfer.take(reaction)
    for _ in range(transfer.negotiated.window_transmit - 1):
        if frame.control.poll_final:
            return
        frame = transfer.take(transfer.probe.receive())


def _more_to_come(subtest: Trial, transfer: NumberedTransfer) -> None:
    if not transfer.received[-1].segmented:
        subtest.inconclusive("the reply fits one window; declare a longer targets.long_readable")


def _told(frame: Frame) -> tuple[int, bool, bytes]:
    return frame.control.send_number, frame.segmented, frame.information
