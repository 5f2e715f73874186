"""Cases of the interface classes: Data, registers and what is made of them."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_1_0",
    title="Data, version 0",
    clause="IEC 62056-6-2, Data, class_id 1, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_data_0(subtest: Trial) -> None:
    """Every Data, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 1, 0)


@case(
    "T_COSEM_3_0",
    title="Register, version 0",
    clause="IEC 62056-6-2, Register, class_id 3, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_register_0(subtest: Trial) -> None:
    """Every Register, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 3, 0)


@case(
    "T_COSEM_4_0",
    title="Extended register, version 0",
    clause="IEC 62056-6-2, Extended register, class_id 4, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_extended_register_0(subtest: Trial) -> None:
    """Every Extended register, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 4, 0)


@case(
    "T_COSEM_5_0",
    title="Demand register, version 0",
    clause="IEC 62056-6-2, Demand register, class_id 5, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_demand_register_0(subtest: Trial) -> None:
    """Every Demand register, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 5, 0)


@case(
    "T_COSEM_6_0",
    title="Register activation, version 0",
    clause="IEC 62056-6-2, Register activation, class_id 6, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_register_activation_0(subtest: Trial) -> None:
    """Every Register activation, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 6, 0)


@case(
    "T_COSEM_21_0",
    title="Register monitor, version 0",
    clause="IEC 62056-6-2, Register monitor, class_id 21, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_register_monitor_0(subtest: Trial) -> None:
    """Every Register monitor, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 21, 0)


@case(
    "T_COSEM_26_0",
    title="Utility tables, version 0",
    clause="IEC 62056-6-2, Utility tables, class_id 26, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_utility_tables_0(subtest: Trial) -> None:
    """Every Utility tables, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 26, 0)


@case(
    "T_COSEM_61_0",
    title="Register table, version 0",
    clause="IEC 62056-6-2, Register table, class_id 61, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_register_table_0(subtest: Trial) -> None:
    """Every Register table, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 61, 0)


@case(
    "T_COSEM_62_0",
    title="Compact data, version 0",
    clause="IEC 62056-6-2, Compact data, class_id 62, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_compact_data_0(subtest: Trial) -> None:
    """Every Compact data, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 62, 0)


@case(
    "T_COSEM_62_1",
    title="Compact data, version 1",
    clause="IEC 62056-6-2, Compact data, class_id 62, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_compact_data_1(subtest: Trial) -> None:
    """Every Compact data, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 62, 1)


@case(
    "T_COSEM_63_0",
    title="Status mapping, version 0",
    clause="IEC 62056-6-2, Status mapping, class_id 63, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_status_mapping_0(subtest: Trial) -> None:
    """Every Status mapping, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 63, 0)


@case(
    "T_COSEM_65_0",
    title="Parameter monitor, version 0",
    clause="IEC 62056-6-2, Parameter monitor, class_id 65, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_parameter_monitor_0(subtest: Trial) -> None:
    """Every Parameter monitor, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 65, 0)


@case(
    "T_COSEM_65_1",
    title="Parameter monitor, version 1",
    clause="IEC 62056-6-2, Parameter monitor, class_id 65, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_parameter_monitor_1(subtest: Trial) -> None:
    """Every Parameter monitor, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 65, 1)


@case(
    "T_COSEM_67_0",
    title="Sensor manager, version 0",
    clause="IEC 62056-6-2, Sensor manager, class_id 67, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_sensor_manager_0(subtest: Trial) -> None:
    """Every Sensor manager, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 67, 0)


@case(
    "T_COSEM_68_0",
    title="Arbitrator, version 0",
    clause="IEC 62056-6-2, Arbitrator, class_id 68, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_arbitrator_0(subtest: Trial) -> None:
    """Every Arbitrator, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 68, 0)
