"""Cases of the interface classes: M-Bus."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_25_0",
    title="M-Bus slave port setup, version 0",
    clause="IEC 62056-6-2, M-Bus slave port setup, class_id 25, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_m_bus_slave_port_setup_0(subtest: Trial) -> None:
    """Every M-Bus slave port setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 25, 0)


@case(
    "T_COSEM_72_0",
    title="M-Bus client, version 0",
    clause="IEC 62056-6-2, M-Bus client, class_id 72, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_m_bus_client_0(subtest: Trial) -> None:
    """Every M-Bus client, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 72, 0)


@case(
    "T_COSEM_72_1",
    title="M-Bus client, version 1",
    clause="IEC 62056-6-2, M-Bus client, class_id 72, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_m_bus_client_1(subtest: Trial) -> None:
    """Every M-Bus client, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 72, 1)


@case(
    "T_COSEM_73_1",
    title="Wireless Mode Q channel, version 1",
    clause="IEC 62056-6-2, Wireless Mode Q channel, class_id 73, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_wireless_mode_q_channel_1(subtest: Trial) -> None:
    """Every Wireless Mode Q channel, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 73, 1)


@case(
    "T_COSEM_74_0",
    title="M-Bus master port setup, version 0",
    clause="IEC 62056-6-2, M-Bus master port setup, class_id 74, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_m_bus_master_port_setup_0(subtest: Trial) -> None:
    """Every M-Bus master port setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 74, 0)


@case(
    "T_COSEM_76_0",
    title="DLMS server M-Bus port setup, version 0",
    clause="IEC 62056-6-2, DLMS server M-Bus port setup, class_id 76, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_dlms_server_m_bus_port_setup_0(subtest: Trial) -> None:
    """Every DLMS server M-Bus port setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 76, 0)


@case(
    "T_COSEM_77_0",
    title="M-Bus diagnostic, version 0",
    clause="IEC 62056-6-2, M-Bus diagnostic, class_id 77, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_m_bus_diagnostic_0(subtest: Trial) -> None:
    """Every M-Bus diagnostic, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 77, 0)
