"""I-frames: one, many, in segments both ways, and those that must not be taken."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.transfer_requests import cut, long_reply, long_request, opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import frmr, receive_ready
from conformance.tester.accepted_transfer import rej
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.frame_stimulus import information, rr
from conformance.tester.reaction import FrameAnswered

_SEGMENT = 16
_SMALL = 64
_FULL_CIRCLE = 9
"""I-frames after which N(S) has begun anew."""
_TOO_LONG: Expectation = frmr(y=True)
_WRONG_NUMBER: Expectation = frmr(z=True)


@case(
    "T_HDLC_INFO_P1",
    title="I-frames, segmentation both ways, sequence numbers",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: exchange of I-frames",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "request and reply in one I-frame each",
        procedure="sends the AARQ as declared in one I-frame with N(S)=0",
        accepts="an AARE that accepts, in I-frames from N(S)=0 on, N(R)=1",
    ),
    Subtest(
        2,
        "request in segments",
        procedure=f"sends the AARQ as declared in segments of {_SEGMENT} octets, each with the P bit",
        accepts="RR that counts it after each segment but the last; then an AARE that accepts",
    ),
    Subtest(
        3,
        "reply in segments, numbers through modulo 8",
        procedure=f"proposes {_SMALL} octets, opens as declared, reads targets.long_readable, asks for each segment "
        "with RR",
        accepts="I-frames with the segmentation bit in all but the last, N(S) counting through 7 to 0",
        applies=long_reply,
    ),
    Subtest(
        4,
        "requests, numbers through modulo 8",
        procedure=f"sends the AARQ as declared in {_FULL_CIRCLE} segments or more, each with the P bit",
        accepts="RR after each segment but the last, N(R) counting through 7 to 0; then an AARE that accepts",
    ),
)
def test_hdlc_info_p1(subtest: Trial) -> None:
    """APDUs go both ways in I-frames, segmented as negotiated, each counted once modulo 8."""
    probe = subtest.probe()
    probe.clean()
    match subtest.number:
        case 1:
            transfer = NumberedTransfer(subtest, probe)
            message = opening(subtest)
            if len(message) > transfer.negotiated.max_information_receive:
                subtest.inapplicable(f"the declared AARQ has {len(message)} octets and does not fit one I-frame")
            transfer.opened(transfer.send(message))
        case 2:
            _in_segments(subtest, NumberedTransfer(subtest, probe), _SEGMENT)
        case 3:
            _long_reply(subtest, NumberedTransfer(subtest, probe, LinkParameters(_SMALL, _SMALL)))
        case _:
            _in_segments(subtest, NumberedTransfer(subtest, probe), max(1, len(opening(subtest)) // _FULL_CIRCLE))


def _in_segments(subtest: Trial, transfer: NumberedTransfer, size: int) -> None:
    segments = cut(opening(subtest), size)
    for number, segment in enumerate(segments[:-1], start=1):
        with subtest.step(f"segment {number} of {len(segments)}"):
            transfer.acknowledged(transfer.send(segment, segmented=True))
    with subtest.step("the last segment"):
        transfer.opened(transfer.send(segments[-1]))


def _long_reply(subtest: Trial, transfer: NumberedTransfer) -> None:
    transfer.open()
    before = len(transfer.received)
    with subtest.step("reply in segments"):
        transfer.value(transfer.send(long_request(subtest)))
    count = len(transfer.received) - before
    if len(transfer.received) < _FULL_CIRCLE:
        subtest.inconclusive(
            f"the reply came in {count} I-frames, too few for N(S) to begin anew; "
            "declare a longer targets.long_readable"
        )


@case(
    "T_HDLC_INFO_N1",
    title="Information field longer than negotiated",
    clause="IEC 62056-46, 6.4.3 Command and response frames; ISO/IEC 13239, FRMR response",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "one octet above the default",
        procedure="sets the link up without parameters, sends an I-frame one octet above what holds; then SNRM",
        accepts=f"{_TOO_LONG}; then UA",
    ),
    Subtest(
        2,
        "one octet above what was negotiated",
        procedure=f"proposes {_SMALL} octets, sends an I-frame with one octet more than settled on; then SNRM",
        accepts=f"{_TOO_LONG}; then UA",
        argument=LinkParameters(_SMALL, _SMALL),
    ),
)
def test_hdlc_info_n1(subtest: Trial) -> None:
    """An information field longer than the negotiated maximum is rejected with FRMR, Y set, and not delivered."""
    probe = subtest.probe()
    probe.clean()
    proposed = subtest.argument
    assert proposed is None or isinstance(proposed, LinkParameters)
    transfer = NumberedTransfer(subtest, probe, proposed)
    octets = opening(subtest).ljust(transfer.negotiated.max_information_receive + 1, b"\x00")
    octets = octets[: transfer.negotiated.max_information_receive + 1]
    with subtest.step(f"I-frame with {len(octets)} octets of information"):
        subtest.judge(transfer.send(octets), _TOO_LONG)
    probe.set_up()


@case(
    "T_HDLC_INFO_N2",
    title="Wrong N(R)",
    clause="IEC 62056-46, 6.4.3 Command and response frames; ISO/IEC 13239, FRMR response",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "in RR: a frame that was never sent is acknowledged", rr(1), _WRONG_NUMBER),
    Subtest(
        2,
        "in an I-frame",
        procedure="sets the link up, sends the AARQ as declared in an I-frame with N(R)=3; then SNRM",
        accepts=f"{_WRONG_NUMBER}; then UA",
    ),
)
def test_hdlc_info_n2(subtest: Trial) -> None:
    """An N(R) that acknowledges what was never sent is rejected with FRMR, Z set; SNRM sets the link up again."""
    probe = subtest.probe()
    probe.clean()
    probe.connect()
    stimulus = subtest.stimulus if subtest.number == 1 else information(opening(subtest), receive=3)
    subtest.judge(probe.send(stimulus), _WRONG_NUMBER)
    probe.set_up()


_NOT_TAKEN: Expectation = receive_ready(0) | tolerated(frmr() | rej(0))


@case(
    "T_HDLC_INFO_N3",
    title="Wrong N(S)",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: exchange of I-frames",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    *(
        Subtest(
            number,
            f"N(S)={send} first",
            procedure=f"sets the link up, sends the AARQ as declared with N(S)={send}, then the same with N(S)=0",
            accepts=f"{_NOT_TAKEN}; then, without a new SNRM after RR, an AARE that accepts with N(S)=0 and N(R)=1",
            argument=send,
        )
        for number, send in enumerate((1, 4, 7), start=1)
    ),
)
def test_hdlc_info_n3(subtest: Trial) -> None:
    """An I-frame out of sequence is not delivered and answered with the N(R) that is expected; the right one serves.

    REJ is HDLC, but IEC 62056-46 leaves it out of its repertoire of responses: it is tolerated only.
    """
    probe = subtest.probe()
    probe.clean()
    send = subtest.argument
    assert isinstance(send, int)
    transfer = NumberedTransfer(subtest, probe)
    message = opening(subtest)[: transfer.negotiated.max_information_receive]
    with subtest.step(f"I-frame with N(S)={send}"):
        reaction = probe.send(information(message, send))
        subtest.judge(reaction, _NOT_TAKEN)
    if isinstance(reaction, FrameAnswered) and reaction.received.control.type is FrameType.FRMR:
        probe.set_up()
    else:
        probe.nrm_check()
    with subtest.step("the same with N(S)=0"):
        transfer.open()
