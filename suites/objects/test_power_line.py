"""Cases of the interface classes: S-FSK, IEC 61334-4-32 LLC, PRIME, G3, HS-PLC."""

from conformance.harness.case import case, subtests
from conformance.harness.object_judging import QUESTIONS, judge_objects, serves_reads
from conformance.harness.trial import Trial


@case(
    "T_COSEM_50_0",
    title="S-FSK Phy&MAC set-up, version 0",
    clause="IEC 62056-6-2, S-FSK Phy&MAC set-up, class_id 50, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_s_fsk_phy_mac_set_up_0(subtest: Trial) -> None:
    """Every S-FSK Phy&MAC set-up, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 50, 0)


@case(
    "T_COSEM_50_1",
    title="S-FSK Phy&MAC set-up, version 1",
    clause="IEC 62056-6-2, S-FSK Phy&MAC set-up, class_id 50, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_s_fsk_phy_mac_set_up_1(subtest: Trial) -> None:
    """Every S-FSK Phy&MAC set-up, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 50, 1)


@case(
    "T_COSEM_51_0",
    title="S-FSK Active initiator, version 0",
    clause="IEC 62056-6-2, S-FSK Active initiator, class_id 51, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_s_fsk_active_initiator_0(subtest: Trial) -> None:
    """Every S-FSK Active initiator, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 51, 0)


@case(
    "T_COSEM_52_0",
    title="S-FSK MAC synchronization timeouts, version 0",
    clause="IEC 62056-6-2, S-FSK MAC synchronization timeouts, class_id 52, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_s_fsk_mac_synchronization_timeouts_0(subtest: Trial) -> None:
    """Every S-FSK MAC synchronization timeouts, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 52, 0)


@case(
    "T_COSEM_53_0",
    title="S-FSK MAC counters, version 0",
    clause="IEC 62056-6-2, S-FSK MAC counters, class_id 53, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_s_fsk_mac_counters_0(subtest: Trial) -> None:
    """Every S-FSK MAC counters, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 53, 0)


@case(
    "T_COSEM_55_1",
    title="IEC 61334-4-32 LLC setup, version 1",
    clause="IEC 62056-6-2, IEC 61334-4-32 LLC setup, class_id 55, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iec_61334_4_32_llc_setup_1(subtest: Trial) -> None:
    """Every IEC 61334-4-32 LLC setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 55, 1)


@case(
    "T_COSEM_56_0",
    title="S-FSK Reporting system list, version 0",
    clause="IEC 62056-6-2, S-FSK Reporting system list, class_id 56, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_s_fsk_reporting_system_list_0(subtest: Trial) -> None:
    """Every S-FSK Reporting system list, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 56, 0)


@case(
    "T_COSEM_57_0",
    title="ISO/IEC 8802-2 LLC Type 1 setup, version 0",
    clause="IEC 62056-6-2, ISO/IEC 8802-2 LLC Type 1 setup, class_id 57, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iso_iec_8802_2_llc_type_1_setup_0(subtest: Trial) -> None:
    """Every ISO/IEC 8802-2 LLC Type 1 setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 57, 0)


@case(
    "T_COSEM_58_0",
    title="ISO/IEC 8802-2 LLC Type 2 setup, version 0",
    clause="IEC 62056-6-2, ISO/IEC 8802-2 LLC Type 2 setup, class_id 58, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iso_iec_8802_2_llc_type_2_setup_0(subtest: Trial) -> None:
    """Every ISO/IEC 8802-2 LLC Type 2 setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 58, 0)


@case(
    "T_COSEM_59_0",
    title="ISO/IEC 8802-2 LLC Type 3 setup, version 0",
    clause="IEC 62056-6-2, ISO/IEC 8802-2 LLC Type 3 setup, class_id 59, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_iso_iec_8802_2_llc_type_3_setup_0(subtest: Trial) -> None:
    """Every ISO/IEC 8802-2 LLC Type 3 setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 59, 0)


@case(
    "T_COSEM_80_0",
    title="61334-4-32 LLC SSCS setup, version 0",
    clause="IEC 62056-6-2, 61334-4-32 LLC SSCS setup, class_id 80, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_61334_4_32_llc_sscs_setup_0(subtest: Trial) -> None:
    """Every 61334-4-32 LLC SSCS setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 80, 0)


@case(
    "T_COSEM_81_0",
    title="PRIME NB OFDM PLC Physical layer counters, version 0",
    clause="IEC 62056-6-2, PRIME NB OFDM PLC Physical layer counters, class_id 81, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_prime_nb_ofdm_plc_physical_layer_counters_0(subtest: Trial) -> None:
    """Every PRIME NB OFDM PLC Physical layer counters, version 0, is as its class and its rights say."""
    judge_objects(subtest, 81, 0)


@case(
    "T_COSEM_82_0",
    title="PRIME NB OFDM PLC MAC setup, version 0",
    clause="IEC 62056-6-2, PRIME NB OFDM PLC MAC setup, class_id 82, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_prime_nb_ofdm_plc_mac_setup_0(subtest: Trial) -> None:
    """Every PRIME NB OFDM PLC MAC setup, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 82, 0)


@case(
    "T_COSEM_83_0",
    title="PRIME NB OFDM PLC MAC functional parameters, version 0",
    clause="IEC 62056-6-2, PRIME NB OFDM PLC MAC functional parameters, class_id 83, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_prime_nb_ofdm_plc_mac_functional_parameters_0(subtest: Trial) -> None:
    """Every PRIME NB OFDM PLC MAC functional parameters, version 0, is as its class and its rights say."""
    judge_objects(subtest, 83, 0)


@case(
    "T_COSEM_84_0",
    title="PRIME NB OFDM PLC MAC counters, version 0",
    clause="IEC 62056-6-2, PRIME NB OFDM PLC MAC counters, class_id 84, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_prime_nb_ofdm_plc_mac_counters_0(subtest: Trial) -> None:
    """Every PRIME NB OFDM PLC MAC counters, version 0, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 84, 0)


@case(
    "T_COSEM_85_0",
    title="PRIME NB OFDM PLC MAC network administration data, version 0",
    clause="IEC 62056-6-2, PRIME NB OFDM PLC MAC network administration data, class_id 85, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_prime_nb_ofdm_plc_mac_network_administration_data_0(subtest: Trial) -> None:
    """Every PRIME NB OFDM PLC MAC network administration data, version 0, is as its class and its rights say."""
    judge_objects(subtest, 85, 0)


@case(
    "T_COSEM_86_0",
    title="PRIME NB OFDM PLC Application identification, version 0",
    clause="IEC 62056-6-2, PRIME NB OFDM PLC Application identification, class_id 86, version 0",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_prime_nb_ofdm_plc_application_identification_0(subtest: Trial) -> None:
    """Every PRIME NB OFDM PLC Application identification, version 0, is as its class and its rights say."""
    judge_objects(subtest, 86, 0)


@case(
    "T_COSEM_90_1",
    title="G3-PLC MAC layer counters, version 1",
    clause="IEC 62056-6-2, G3-PLC MAC layer counters, class_id 90, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_mac_layer_counters_1(subtest: Trial) -> None:
    """Every G3-PLC MAC layer counters, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 90, 1)


@case(
    "T_COSEM_91_1",
    title="G3-PLC MAC setup, version 1",
    clause="IEC 62056-6-2, G3-PLC MAC setup, class_id 91, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_mac_setup_1(subtest: Trial) -> None:
    """Every G3-PLC MAC setup, version 1, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 91, 1)


@case(
    "T_COSEM_91_2",
    title="G3-PLC MAC setup, version 2",
    clause="IEC 62056-6-2, G3-PLC MAC setup, class_id 91, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_mac_setup_2(subtest: Trial) -> None:
    """Every G3-PLC MAC setup, version 2, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 91, 2)


@case(
    "T_COSEM_91_3",
    title="G3-PLC MAC setup, version 3",
    clause="IEC 62056-6-2, G3-PLC MAC setup, class_id 91, version 3",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_mac_setup_3(subtest: Trial) -> None:
    """Every G3-PLC MAC setup, version 3, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 91, 3)


@case(
    "T_COSEM_91_4",
    title="G3-PLC MAC setup, version 4",
    clause="IEC 62056-6-2, G3-PLC MAC setup, class_id 91, version 4",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_mac_setup_4(subtest: Trial) -> None:
    """Every G3-PLC MAC setup, version 4, is what its class says, and to be used as its rights say."""
    judge_objects(subtest, 91, 4)


@case(
    "T_COSEM_92_1",
    title="G3-PLC 6LoWPAN adaptation layer setup, version 1",
    clause="IEC 62056-6-2, G3-PLC 6LoWPAN adaptation layer setup, class_id 92, version 1",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_6lowpan_adaptation_layer_setup_1(subtest: Trial) -> None:
    """Every G3-PLC 6LoWPAN adaptation layer setup, version 1, is as its class and its rights say."""
    judge_objects(subtest, 92, 1)


@case(
    "T_COSEM_92_2",
    title="G3-PLC 6LoWPAN adaptation layer setup, version 2",
    clause="IEC 62056-6-2, G3-PLC 6LoWPAN adaptation layer setup, class_id 92, version 2",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_6lowpan_adaptation_layer_setup_2(subtest: Trial) -> None:
    """Every G3-PLC 6LoWPAN adaptation layer setup, version 2, is as its class and its rights say."""
    judge_objects(subtest, 92, 2)


@case(
    "T_COSEM_92_3",
    title="G3-PLC 6LoWPAN adaptation layer setup, version 3",
    clause="IEC 62056-6-2, G3-PLC 6LoWPAN adaptation layer setup, class_id 92, version 3",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_6lowpan_adaptation_layer_setup_3(subtest: Trial) -> None:
    """Every G3-PLC 6LoWPAN adaptation layer setup, version 3, is as its class and its rights say."""
    judge_objects(subtest, 92, 3)


@case(
    "T_COSEM_92_4",
    title="G3-PLC 6LoWPAN adaptation layer setup, version 4",
    clause="IEC 62056-6-2, G3-PLC 6LoWPAN adaptation layer setup, class_id 92, version 4",
    applies=serves_reads,
    negative=False,
)
@subtests(*QUESTIONS)
def test_g3_plc_6lowpan_adaptation_layer_setup_4(subtest: Trial) -> None:
    """Every G3-PLC 6LoWPAN adaptation layer setup, version 4, is as its class and its rights say."""
    judge_objects(subtest, 92, 4)
