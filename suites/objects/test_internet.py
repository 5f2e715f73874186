"""Cases of the interface classes: TCP-UDP, IP, PPP, GPRS, SMTP, LTE and push."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_40_0",
    title="Push setup, version 0",
    clause="IEC 62056-6-2, Push setup, class_id 40, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_push_setup_0(subtest: Trial) -> None:
    """Every Push setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 40, 0)


@case(
    "T_COSEM_40_1",
    title="Push setup, version 1",
    clause="IEC 62056-6-2, Push setup, class_id 40, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_push_setup_1(subtest: Trial) -> None:
    """Every Push setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 40, 1)


@case(
    "T_COSEM_40_2",
    title="Push setup, version 2",
    clause="IEC 62056-6-2, Push setup, class_id 40, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_push_setup_2(subtest: Trial) -> None:
    """Every Push setup, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 40, 2)


@case(
    "T_COSEM_41_0",
    title="TCP-UDP setup, version 0",
    clause="IEC 62056-6-2, TCP-UDP setup, class_id 41, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_tcp_udp_setup_0(subtest: Trial) -> None:
    """Every TCP-UDP setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 41, 0)


@case(
    "T_COSEM_42_0",
    title="IPv4 setup, version 0",
    clause="IEC 62056-6-2, IPv4 setup, class_id 42, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_ipv4_setup_0(subtest: Trial) -> None:
    """Every IPv4 setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 42, 0)


@case(
    "T_COSEM_43_0",
    title="MAC address setup, version 0",
    clause="IEC 62056-6-2, MAC address setup, class_id 43, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_mac_address_setup_0(subtest: Trial) -> None:
    """Every MAC address setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 43, 0)


@case(
    "T_COSEM_44_0",
    title="PPP setup, version 0",
    clause="IEC 62056-6-2, PPP setup, class_id 44, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_ppp_setup_0(subtest: Trial) -> None:
    """Every PPP setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 44, 0)


@case(
    "T_COSEM_45_0",
    title="GPRS modem setup, version 0",
    clause="IEC 62056-6-2, GPRS modem setup, class_id 45, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_gprs_modem_setup_0(subtest: Trial) -> None:
    """Every GPRS modem setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 45, 0)


@case(
    "T_COSEM_46_0",
    title="SMTP setup, version 0",
    clause="IEC 62056-6-2, SMTP setup, class_id 46, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_smtp_setup_0(subtest: Trial) -> None:
    """Every SMTP setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 46, 0)


@case(
    "T_COSEM_47_0",
    title="GSM diagnostic, version 0",
    clause="IEC 62056-6-2, GSM diagnostic, class_id 47, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_gsm_diagnostic_0(subtest: Trial) -> None:
    """Every GSM diagnostic, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 47, 0)


@case(
    "T_COSEM_47_1",
    title="GSM diagnostic, version 1",
    clause="IEC 62056-6-2, GSM diagnostic, class_id 47, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_gsm_diagnostic_1(subtest: Trial) -> None:
    """Every GSM diagnostic, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 47, 1)


@case(
    "T_COSEM_47_2",
    title="GSM diagnostic, version 2",
    clause="IEC 62056-6-2, GSM diagnostic, class_id 47, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_gsm_diagnostic_2(subtest: Trial) -> None:
    """Every GSM diagnostic, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 47, 2)


@case(
    "T_COSEM_48_0",
    title="IPv6 setup, version 0",
    clause="IEC 62056-6-2, IPv6 setup, class_id 48, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_ipv6_setup_0(subtest: Trial) -> None:
    """Every IPv6 setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 48, 0)


@case(
    "T_COSEM_151_0",
    title="LTE monitoring, version 0",
    clause="IEC 62056-6-2, LTE monitoring, class_id 151, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_lte_monitoring_0(subtest: Trial) -> None:
    """Every LTE monitoring, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 151, 0)


@case(
    "T_COSEM_151_1",
    title="LTE monitoring, version 1",
    clause="IEC 62056-6-2, LTE monitoring, class_id 151, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_lte_monitoring_1(subtest: Trial) -> None:
    """Every LTE monitoring, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 151, 1)
