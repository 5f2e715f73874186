"""Cases of the interface classes: Accounts, credits, charges and tokens."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_111_0",
    title="Account, version 0",
    clause="IEC 62056-6-2, Account, class_id 111, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_account_0(subtest: Trial) -> None:
    """Every Account, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 111, 0)


@case(
    "T_COSEM_112_0",
    title="Credit, version 0",
    clause="IEC 62056-6-2, Credit, class_id 112, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_credit_0(subtest: Trial) -> None:
    """Every Credit, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 112, 0)


@case(
    "T_COSEM_113_0",
    title="Charge, version 0",
    clause="IEC 62056-6-2, Charge, class_id 113, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_charge_0(subtest: Trial) -> None:
    """Every Charge, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 113, 0)


@case(
    "T_COSEM_115_0",
    title="Token gateway, version 0",
    clause="IEC 62056-6-2, Token gateway, class_id 115, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_token_gateway_0(subtest: Trial) -> None:
    """Every Token gateway, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 115, 0)
