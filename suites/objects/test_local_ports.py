"""Cases of the interface classes: Ports, modems, HDLC, twisted pair."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_19_0",
    title="IEC local port setup, version 0",
    clause="IEC 62056-6-2, IEC local port setup, class_id 19, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_local_port_setup_0(subtest: Trial) -> None:
    """Every IEC local port setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 19, 0)


@case(
    "T_COSEM_19_1",
    title="IEC local port setup, version 1",
    clause="IEC 62056-6-2, IEC local port setup, class_id 19, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_local_port_setup_1(subtest: Trial) -> None:
    """Every IEC local port setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 19, 1)


@case(
    "T_COSEM_23_0",
    title="IEC HDLC setup, version 0",
    clause="IEC 62056-6-2, IEC HDLC setup, class_id 23, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_hdlc_setup_0(subtest: Trial) -> None:
    """Every IEC HDLC setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 23, 0)


@case(
    "T_COSEM_23_1",
    title="IEC HDLC setup, version 1",
    clause="IEC 62056-6-2, IEC HDLC setup, class_id 23, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_hdlc_setup_1(subtest: Trial) -> None:
    """Every IEC HDLC setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 23, 1)


@case(
    "T_COSEM_24_0",
    title="IEC twisted pair (1) setup, version 0",
    clause="IEC 62056-6-2, IEC twisted pair (1) setup, class_id 24, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_twisted_pair_1_setup_0(subtest: Trial) -> None:
    """Every IEC twisted pair (1) setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 24, 0)


@case(
    "T_COSEM_24_1",
    title="IEC twisted pair (1) setup, version 1",
    clause="IEC 62056-6-2, IEC twisted pair (1) setup, class_id 24, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_twisted_pair_1_setup_1(subtest: Trial) -> None:
    """Every IEC twisted pair (1) setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 24, 1)


@case(
    "T_COSEM_27_0",
    title="Modem configuration, version 0",
    clause="IEC 62056-6-2, Modem configuration, class_id 27, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_modem_configuration_0(subtest: Trial) -> None:
    """Every Modem configuration, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 27, 0)


@case(
    "T_COSEM_27_1",
    title="Modem configuration, version 1",
    clause="IEC 62056-6-2, Modem configuration, class_id 27, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_modem_configuration_1(subtest: Trial) -> None:
    """Every Modem configuration, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 27, 1)


@case(
    "T_COSEM_28_0",
    title="Auto answer, version 0",
    clause="IEC 62056-6-2, Auto answer, class_id 28, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_auto_answer_0(subtest: Trial) -> None:
    """Every Auto answer, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 28, 0)


@case(
    "T_COSEM_28_2",
    title="Auto answer, version 2",
    clause="IEC 62056-6-2, Auto answer, class_id 28, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_auto_answer_2(subtest: Trial) -> None:
    """Every Auto answer, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 28, 2)


@case(
    "T_COSEM_29_0",
    title="Auto connect, version 0",
    clause="IEC 62056-6-2, Auto connect, class_id 29, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_auto_connect_0(subtest: Trial) -> None:
    """Every Auto connect, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 29, 0)


@case(
    "T_COSEM_29_1",
    title="Auto connect, version 1",
    clause="IEC 62056-6-2, Auto connect, class_id 29, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_auto_connect_1(subtest: Trial) -> None:
    """Every Auto connect, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 29, 1)


@case(
    "T_COSEM_29_2",
    title="Auto connect, version 2",
    clause="IEC 62056-6-2, Auto connect, class_id 29, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_auto_connect_2(subtest: Trial) -> None:
    """Every Auto connect, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 29, 2)
