"""Cases of the interface classes: Clock, schedules, scripts and actions."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_8_0",
    title="Clock, version 0",
    clause="IEC 62056-6-2, Clock, class_id 8, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_clock_0(subtest: Trial) -> None:
    """Every Clock, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 8, 0)


@case(
    "T_COSEM_9_0",
    title="Script table, version 0",
    clause="IEC 62056-6-2, Script table, class_id 9, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_script_table_0(subtest: Trial) -> None:
    """Every Script table, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 9, 0)


@case(
    "T_COSEM_10_0",
    title="Schedule, version 0",
    clause="IEC 62056-6-2, Schedule, class_id 10, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_schedule_0(subtest: Trial) -> None:
    """Every Schedule, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 10, 0)


@case(
    "T_COSEM_11_0",
    title="Special days table, version 0",
    clause="IEC 62056-6-2, Special days table, class_id 11, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_special_days_table_0(subtest: Trial) -> None:
    """Every Special days table, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 11, 0)


@case(
    "T_COSEM_20_0",
    title="Activity calendar, version 0",
    clause="IEC 62056-6-2, Activity calendar, class_id 20, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_activity_calendar_0(subtest: Trial) -> None:
    """Every Activity calendar, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 20, 0)


@case(
    "T_COSEM_22_0",
    title="Single action schedule, version 0",
    clause="IEC 62056-6-2, Single action schedule, class_id 22, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_single_action_schedule_0(subtest: Trial) -> None:
    """Every Single action schedule, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 22, 0)
