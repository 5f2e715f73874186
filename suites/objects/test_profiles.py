"""Cases of the interface classes: Profile generic."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_7_0",
    title="Profile generic, version 0",
    clause="IEC 62056-6-2, Profile generic, class_id 7, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_profile_generic_0(subtest: Trial) -> None:
    """Every Profile generic, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 7, 0)


@case(
    "T_COSEM_7_1",
    title="Profile generic, version 1",
    clause="IEC 62056-6-2, Profile generic, class_id 7, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_profile_generic_1(subtest: Trial) -> None:
    """Every Profile generic, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 7, 1)
