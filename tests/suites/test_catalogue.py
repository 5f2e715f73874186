"""The catalogue as a whole: every identifier once, every case claimed by a defect, all printable without a meter."""

import ast
from collections import Counter
from pathlib import Path

from conformance.device.content import content_directory
from conformance.harness.catalogue import cases
from conformance.meter.defects import DEFECTS

SUITES = Path(content_directory("suites"))
APPLICATION = {
    "T_APPL_IDLE_N1",
    *(f"T_APPL_OPEN_{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14)),
    *(f"T_APPL_DATA_LN_{name}" for name in ("N1", "N3", "N4")),
    *(f"T_APPL_DATA_SN_{name}" for name in ("N1", "N2", "N3")),
    "T_APPL_REL_P1",
    *(
        f"X_APPL_{name}"
        for name in ("PRIORITY", "CONCURRENT", "UNCONFIRMED", "LLS", "HLS", "CHALLENGE", "ENCODING", "ROBUST")
    ),
}
HDLC = {
    *(f"T_HDLC_FRAME_{name}" for name in ("P1", "P2", "P3", "N1", "N2", "N3", "N4", "N5", "N7", "N8")),
    *(f"T_HDLC_ADDRESS_{name}" for name in ("P1", "N1", "N4", "N6", "N7")),
    *(
        f"T_HDLC_{name}"
        for name in ("NDM2NRM_P1", "NDM2NRM_P2", "INFO_P1", "INFO_N1", "INFO_N2", "INFO_N3", "NDMOP_N1")
    ),
    *(
        f"X_HDLC_{name}"
        for name in (
            "DUPLICATE",
            "UI",
            "BROADCAST",
            "PARAMETERS",
            "SNRM_IN_NRM",
            "LLC",
            "RECOVERY",
            "TIMING",
            "MODE_E",
        )
    ),
}


def identifiers():
    for path in SUITES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "case":
                yield node.args[0].value


def test_each_identifier_is_a_literal_that_stands_exactly_once():
    counted = Counter(identifiers())
    assert not {name for name, count in counted.items() if count > 1}
    assert set(counted) == set(cases())


def test_the_application_suite_holds_every_case_of_the_catalogue():
    assert set(cases()) >= APPLICATION


def test_the_hdlc_suite_holds_every_case_of_the_catalogue():
    assert set(cases()) >= HDLC


def test_every_case_is_claimed_by_a_defect():
    claimed = {case for defect in DEFECTS.values() for case in defect.cases}
    assert set(cases()) <= claimed


def test_no_defect_claims_a_case_of_a_suite_that_is_there_and_has_no_such_case():
    known = set(cases())
    groups = {name.split("_")[1] for name in known}
    claimed = {case for defect in DEFECTS.values() for case in defect.cases}
    assert {case for case in claimed if case.split("_")[1] in groups} <= known


def test_there_are_at_least_forty_defects_and_each_says_what_it_is():
    known = set(cases())
    claimed = [name for name, defect in DEFECTS.items() if known & set(defect.cases)]
    assert len(claimed) >= 40
    assert all(defect.title and defect.cases for defect in DEFECTS.values())


def test_every_case_says_what_is_required_sent_and_accepted():
    for case in cases().values():
        assert case.requirement.endswith("."), case.id
        assert case.clause.startswith("IEC 62056"), case.id
        for subtest in case.subtests:
            assert subtest.title, case.id
            assert subtest.sent, case.id
            assert subtest.expected, case.id
