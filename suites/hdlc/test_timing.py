"""How fast the meter answers, and how evenly it sends."""

from conformance.device.model import Profile
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import decode
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.trial import Trial
from conformance.tester.reaction import FrameAnswered
from conformance.tester.timing import longest_gap, responses
from conformance.tester.transfer import TransferFailed, get, read

_TIMES = 10


@case(
    "X_HDLC_TIMING",
    title="Response time and inter-octet gaps",
    clause="IEC 62056-46, 6.4.4 Elements of the procedures: time-outs",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "response time",
        procedure=f"opens as declared, asks for the logical_name {_TIMES} times, reads targets.long_readable where "
        "declared; measures from the last octet of each frame to the first one of its answer",
        accepts="no time above timing.max_response_time_s of the device config",
    ),
    Subtest(
        2,
        "gaps between octets",
        procedure=f"opens as declared, asks for the logical_name {_TIMES} times, reads targets.long_readable where "
        "declared; measures the longest pause within each frame from the meter",
        accepts="no pause above timing.max_inter_octet_gap_s of the device config",
    ),
)
def test_hdlc_timing(subtest: Trial) -> None:
    """Each frame is answered within the declared time, and sent without longer pauses than declared.

    Where no limit is declared, nothing is judged, and what was measured is told. Gaps are not judged through a network:
    what arrives apart there was not sent apart.
    """
    if subtest.number == 2 and not subtest.bench.pace.sees_pauses:
        subtest.inapplicable("octets come through a network, which tells nothing of the pauses between them")
    with subtest.step("exchanges to be measured"):
        _exchange(subtest)
    if subtest.number == 1:
        _judge_responses(subtest)
    else:
        _judge_gaps(subtest)


def _exchange(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    for _ in range(_TIMES):
        subtest.alive()
    attribute = subtest.settings.targets.long_readable
    if attribute is None:
        return
    name = subtest.settings.short_name(attribute)
    try:
        if not subtest.settings.short_names:
            get(association, attribute)
        elif name is not None:
            read(association, name)
    except TransferFailed as failed:
        subtest.inconclusive(f"targets.long_readable is not read: {failed}")


def _judge_responses(subtest: Trial) -> None:
    measured = responses(subtest.tape.frames)
    if not measured:
        subtest.inconclusive("nothing was answered")
    slowest = max(measured, key=lambda response: response.seconds)
    mean = sum(response.seconds for response in measured) / len(measured)
    told = f"{len(measured)} answers, the slowest after {slowest.seconds:.3f} s, on average after {mean:.3f} s"
    limit = subtest.bench.device.timing.max_response_time_s
    if limit is None:
        subtest.inapplicable(f"no timing.max_response_time_s is declared; measured: {told}")
    with subtest.step("response times"):
        subtest.check(
            slowest.seconds <= limit,
            expected=f"every answer within {limit:g} s",
            observed=told,
            reaction=_received(subtest, slowest.reply),
        )


def _judge_gaps(subtest: Trial) -> None:
    frame = longest_gap(subtest.tape.frames)
    gap_s = frame.longest_gap_s or 0.0 if frame is not None else 0.0
    limit = subtest.bench.device.timing.max_inter_octet_gap_s
    told = f"the longest pause within a frame is {gap_s:.4f} s"
    if limit is None:
        subtest.inapplicable(f"no timing.max_inter_octet_gap_s is declared; measured: {told}")
    with subtest.step("pauses within frames"):
        subtest.check(
            gap_s <= limit,
            expected=f"no pause above {limit:g} s",
            observed=told,
            reaction=None if frame is None else _received(subtest, frame.number),
        )


def _received(subtest: Trial, number: int) -> FrameAnswered | None:
    """The frame from the meter that decides."""
    try:
        return FrameAnswered(number, decode(subtest.tape.frames[number].octets, read_frame, "hdlc-frame"))
    except DecodeError:
        return None
