"""Cases of the interface classes: Security setup, data protection, port protection."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_30_0",
    title="Data protection, version 0",
    clause="IEC 62056-6-2, Data protection, class_id 30, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_data_protection_0(subtest: Trial) -> None:
    """Every Data protection, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 30, 0)


@case(
    "T_COSEM_64_0",
    title="Security setup, version 0",
    clause="IEC 62056-6-2, Security setup, class_id 64, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_security_setup_0(subtest: Trial) -> None:
    """Every Security setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 64, 0)


@case(
    "T_COSEM_64_1",
    title="Security setup, version 1",
    clause="IEC 62056-6-2, Security setup, class_id 64, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_security_setup_1(subtest: Trial) -> None:
    """Every Security setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 64, 1)


@case(
    "T_COSEM_124_0",
    title="Communication port protection, version 0",
    clause="IEC 62056-6-2, Communication port protection, class_id 124, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_communication_port_protection_0(subtest: Trial) -> None:
    """Every Communication port protection, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 124, 0)
