"""Cases of the interface classes: Image transfer, disconnection, limits, functions, arrays and sensors."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_18_0",
    title="Image transfer, version 0",
    clause="IEC 62056-6-2, Image transfer, class_id 18, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_image_transfer_0(subtest: Trial) -> None:
    """Every Image transfer, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 18, 0)


@case(
    "T_COSEM_70_0",
    title="Disconnect control, version 0",
    clause="IEC 62056-6-2, Disconnect control, class_id 70, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_disconnect_control_0(subtest: Trial) -> None:
    """Every Disconnect control, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 70, 0)


@case(
    "T_COSEM_71_0",
    title="Limiter, version 0",
    clause="IEC 62056-6-2, Limiter, class_id 71, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_limiter_0(subtest: Trial) -> None:
    """Every Limiter, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 71, 0)


@case(
    "T_COSEM_122_0",
    title="Function control, version 0",
    clause="IEC 62056-6-2, Function control, class_id 122, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_function_control_0(subtest: Trial) -> None:
    """Every Function control, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 122, 0)


@case(
    "T_COSEM_123_0",
    title="Array manager, version 0",
    clause="IEC 62056-6-2, Array manager, class_id 123, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_array_manager_0(subtest: Trial) -> None:
    """Every Array manager, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 123, 0)
