"""Cases of the interface classes: Associations and SAPs."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_12_0",
    title="Association SN, version 0",
    clause="IEC 62056-6-2, Association SN, class_id 12, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_sn_0(subtest: Trial) -> None:
    """Every Association SN, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 12, 0)


@case(
    "T_COSEM_12_1",
    title="Association SN, version 1",
    clause="IEC 62056-6-2, Association SN, class_id 12, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_sn_1(subtest: Trial) -> None:
    """Every Association SN, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 12, 1)


@case(
    "T_COSEM_12_2",
    title="Association SN, version 2",
    clause="IEC 62056-6-2, Association SN, class_id 12, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_sn_2(subtest: Trial) -> None:
    """Every Association SN, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 12, 2)


@case(
    "T_COSEM_12_3",
    title="Association SN, version 3",
    clause="IEC 62056-6-2, Association SN, class_id 12, version 3",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_sn_3(subtest: Trial) -> None:
    """Every Association SN, version 3, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 12, 3)


@case(
    "T_COSEM_12_4",
    title="Association SN, version 4",
    clause="IEC 62056-6-2, Association SN, class_id 12, version 4",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_sn_4(subtest: Trial) -> None:
    """Every Association SN, version 4, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 12, 4)


@case(
    "T_COSEM_15_0",
    title="Association LN, version 0",
    clause="IEC 62056-6-2, Association LN, class_id 15, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_ln_0(subtest: Trial) -> None:
    """Every Association LN, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 15, 0)


@case(
    "T_COSEM_15_1",
    title="Association LN, version 1",
    clause="IEC 62056-6-2, Association LN, class_id 15, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_ln_1(subtest: Trial) -> None:
    """Every Association LN, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 15, 1)


@case(
    "T_COSEM_15_2",
    title="Association LN, version 2",
    clause="IEC 62056-6-2, Association LN, class_id 15, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_ln_2(subtest: Trial) -> None:
    """Every Association LN, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 15, 2)


@case(
    "T_COSEM_15_3",
    title="Association LN, version 3",
    clause="IEC 62056-6-2, Association LN, class_id 15, version 3",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_association_ln_3(subtest: Trial) -> None:
    """Every Association LN, version 3, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 15, 3)


@case(
    "T_COSEM_17_0",
    title="SAP assignment, version 0",
    clause="IEC 62056-6-2, SAP assignment, class_id 17, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_sap_assignment_0(subtest: Trial) -> None:
    """Every SAP assignment, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 17, 0)
