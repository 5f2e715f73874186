"""I-frames that come twice: an acknowledgement was lost, or the line has an echo."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock
from conformance.harness.applicability import logical_names, negotiates, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.numbered_transfer import NumberedTransfer
from conformance.harness.transfer_requests import cut, long_reply, long_request, opening, with_llc
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import receive_ready
from conformance.tester.accepted_transfer import same_again
from conformance.tester.expectation import Expectation
from conformance.tester.frame_stimulus import information
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction

_SEGMENT = 16
_BLOCK = 128
"""Octets of the client's PDU, so that a long attribute comes in blocks, and of the information that holds one."""
_AGAIN = "the reply once more, unchanged, or RR with the same N(R)"


@case(
    "X_HDLC_DUPLICATE",
    title="Repeated I-frames",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: exchange of I-frames",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "AARQ repeated",
        procedure="sends the AARQ as declared, then the same frame again before its reply is acknowledged",
        accepts=f"an AARE that accepts; then {_AGAIN}",
    ),
    Subtest(
        2,
        "segment repeated",
        procedure=f"sends the AARQ as declared in segments of {_SEGMENT} octets, the second one twice",
        accepts="RR with the same N(R) to both; at the end an AARE that accepts, as the segment stands in it once",
    ),
    Subtest(
        3,
        "request for a block repeated",
        procedure=f"reads targets.long_readable in blocks, {_BLOCK} octets of PDU, and sends the first "
        "get-request-next twice",
        accepts=f"block 2; then {_AGAIN}; then, to the next request, block 3",
        applies=long_reply & logical_names & negotiates(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ),
    ),
    Subtest(
        4,
        "frame repeated after its reply was acknowledged",
        procedure="sends the AARQ as declared, acknowledges the reply with RR, sends the AARQ again under its old N(S)",
        accepts="an AARE that accepts; then RR that counts one frame, both times",
    ),
)
def test_hdlc_duplicate(subtest: Trial) -> None:
    """An I-frame that comes again is answered, but neither delivered nor counted a second time."""
    probe = subtest.probe()
    probe.clean()
    match subtest.number:
        case 1:
            _repeated_aarq(subtest, NumberedTransfer(subtest, probe))
        case 2:
            _repeated_segment(subtest, NumberedTransfer(subtest, probe))
        case 3:
            _repeated_block(subtest, NumberedTransfer(subtest, probe, LinkParameters(_BLOCK * 2, _BLOCK * 2)))
        case _:
            _repeated_late(subtest, NumberedTransfer(subtest, probe))


def _again(transfer: NumberedTransfer) -> Expectation:
    return same_again(transfer.received[-1]) | receive_ready(transfer.send_number)


def _repeated_aarq(subtest: Trial, transfer: NumberedTransfer) -> None:
    message = opening(subtest)
    if len(message) > transfer.negotiated.max_information_receive:
        subtest.inapplicable(f"the declared AARQ has {len(message)} octets and does not fit one I-frame")
    with subtest.step("AARQ"):
        transfer.opened(transfer.send(message))
    if len(transfer.received) > 1:
        subtest.inapplicable("the AARE does not fit one I-frame")
    with subtest.step("the same frame again"):
        subtest.judge(transfer.repeat(), _again(transfer))
    with subtest.step("the reply is acknowledged"):
        transfer.acknowledged(transfer.poll())


def _repeated_late(subtest: Trial, transfer: NumberedTransfer) -> None:
    message = opening(subtest)
    if len(message) > transfer.negotiated.max_information_receive:
        subtest.inapplicable(f"the declared AARQ has {len(message)} octets and does not fit one I-frame")
    with subtest.step("AARQ"):
        transfer.opened(transfer.send(message))
    with subtest.step("the reply is acknowledged"):
        transfer.acknowledged(transfer.poll())
    with subtest.step("the AARQ again, N(S)=0"):
        transfer.acknowledged(transfer.probe.send(information(message, 0, transfer.receive_number)))


def _repeated_segment(subtest: Trial, transfer: NumberedTransfer) -> None:
    segments = cut(opening(subtest), min(_SEGMENT, transfer.negotiated.max_information_receive))
    for number, segment in enumerate(segments[:-1], start=1):
        with subtest.step(f"segment {number} of {len(segments)}"):
            transfer.acknowledged(transfer.send(segment, segmented=True))
            if number == min(2, len(segments) - 1):
                transfer.acknowledged(transfer.repeat())
    with subtest.step("the last segment"):
        transfer.opened(transfer.send(segments[-1]))


def _repeated_block(subtest: Trial, transfer: NumberedTransfer) -> None:
    transfer.open(client_max_receive_pdu_size=max(_BLOCK, subtest.settings.smallest_pdu_size))
    with subtest.step("GET"):
        _block(subtest, transfer, transfer.send(long_request(subtest)), 1)
    with subtest.step("get-request-next"):
        _block(subtest, transfer, transfer.send(_next(subtest, 1)), 2)
    with subtest.step("the same frame again"):
        subtest.judge(transfer.repeat(), _again(transfer))
    with subtest.step("the next get-request-next"):
        _block(subtest, transfer, transfer.send(_next(subtest, 2)), 3)


def _next(subtest: Trial, block_number: int) -> bytes:
    return with_llc(subtest, GetRequestNext(INVOKE_ID_AND_PRIORITY, block_number).encode())


def _block(subtest: Trial, transfer: NumberedTransfer, reaction: Reaction, number: int) -> None:
    """Judge that the reply is this block; without blocks, or with too few or too long ones, nothing can be judged."""
    before = len(transfer.received)
    value = transfer.value(reaction)
    if len(transfer.received) - before > 1:
        subtest.inconclusive("a block did not fit one I-frame")
    right = isinstance(value, GetResponseWithDatablock) and value.block_number == number
    if number == 1 and not right:
        subtest.inconclusive("targets.long_readable did not come in blocks")
    if right and isinstance(value, GetResponseWithDatablock) and value.last_block and number < 3:
        subtest.inconclusive(f"block {number} is the last one already; declare a longer targets.long_readable")
    subtest.check(
        right,
        expected=f"block {number}",
        observed=f"block {number}" if right else type(value).__name__,
        reaction=reaction,
        path="get-response",
    )
