"""Cases of the interface classes: further communication classes: ZigBee, ISO/IEC 14908, CoAP and others."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_95_0",
    title="Wi-SUN setup, version 0",
    clause="IEC 62056-6-2, Wi-SUN setup, class_id 95, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_wi_sun_setup_0(subtest: Trial) -> None:
    """Every Wi-SUN setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 95, 0)


@case(
    "T_COSEM_96_0",
    title="Wi-SUN diagnostic, version 0",
    clause="IEC 62056-6-2, Wi-SUN diagnostic, class_id 96, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_wi_sun_diagnostic_0(subtest: Trial) -> None:
    """Every Wi-SUN diagnostic, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 96, 0)


@case(
    "T_COSEM_97_0",
    title="RPL diagnostic, version 0",
    clause="IEC 62056-6-2, RPL diagnostic, class_id 97, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_rpl_diagnostic_0(subtest: Trial) -> None:
    """Every RPL diagnostic, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 97, 0)


@case(
    "T_COSEM_101_0",
    title="ZigBee SAS startup, version 0",
    clause="IEC 62056-6-2, ZigBee SAS startup, class_id 101, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_zigbee_sas_startup_0(subtest: Trial) -> None:
    """Every ZigBee SAS startup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 101, 0)


@case(
    "T_COSEM_102_0",
    title="ZigBee SAS join, version 0",
    clause="IEC 62056-6-2, ZigBee SAS join, class_id 102, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_zigbee_sas_join_0(subtest: Trial) -> None:
    """Every ZigBee SAS join, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 102, 0)


@case(
    "T_COSEM_103_0",
    title="ZigBee SAS APS fragmentation, version 0",
    clause="IEC 62056-6-2, ZigBee SAS APS fragmentation, class_id 103, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_zigbee_sas_aps_fragmentation_0(subtest: Trial) -> None:
    """Every ZigBee SAS APS fragmentation, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 103, 0)


@case(
    "T_COSEM_104_0",
    title="ZigBee network control, version 0",
    clause="IEC 62056-6-2, ZigBee network control, class_id 104, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_zigbee_network_control_0(subtest: Trial) -> None:
    """Every ZigBee network control, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 104, 0)


@case(
    "T_COSEM_105_0",
    title="ZigBee tunnel setup, version 0",
    clause="IEC 62056-6-2, ZigBee tunnel setup, class_id 105, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_zigbee_tunnel_setup_0(subtest: Trial) -> None:
    """Every ZigBee tunnel setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 105, 0)
