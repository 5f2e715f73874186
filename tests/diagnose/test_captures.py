"""Every capture of the field is diagnosed: each finding that stands in it is stated, and nothing that must not be."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.comparison import compare
from conformance.diagnose.reasoning.diagnosis import Diagnosis, diagnose
from conformance.diagnose.reasoning.statement import Statement
from tests.diagnose.capture_files import CAPTURES

FOLDER = Path(__file__).parent
EXPECTED = tomllib.loads((FOLDER / "capture_findings.toml").read_text(encoding="utf-8"))
NAMES = [path.stem for path in CAPTURES]


def diagnosed(name: str) -> Diagnosis:
    return diagnose(read(FOLDER / "captures" / f"{name}.json"))


def content(name: str) -> dict:
    return json.loads((FOLDER / "captures" / f"{name}.json").read_text(encoding="utf-8"))


def says(statement: Statement, wanted: dict) -> bool:
    """Whether a statement is the wanted one, with every fact."""
    text = " ".join((statement.message, statement.field, statement.octets.hex().upper()))
    return (
        statement.code == wanted["code"]
        and wanted.get("frame", statement.frame) == statement.frame
        and wanted.get("evidence", statement.evidence.value) == statement.evidence.value
        and wanted.get("severity", statement.severity) == statement.severity
        and all(fact in text for fact in wanted["facts"])
    )


def test_every_capture_has_its_expectations_and_every_expectation_its_capture():
    """Nothing is left out by forgetting it."""
    assert sorted(EXPECTED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_finding_of_a_capture_is_stated(name):
    """Code, frame, evidence and exact facts, as written down by hand."""
    expected = EXPECTED[name]["stated"]
    found = diagnosed(name)
    missing = []
    for wanted in expected:
        statements = found.statements
        if "against" in wanted:
            statements = compare(found, diagnosed(wanted["against"]))
            statements = statements[:1] if wanted.get("first") else statements
        if not any(says(statement, wanted) for statement in statements):
            missing.append((wanted, [item.message for item in statements if item.code == wanted["code"]]))
    assert missing == []
    assert {wanted["finding"] for wanted in expected} == set(range(1, len(content(name)["findings"]) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_claimed_that_must_not_be(name):
    """No such code, no such words, no secret."""
    rules = EXPECTED[name]
    statements = diagnosed(name).statements
    assert {statement.code for statement in statements} & set(rules.get("never", ())) == set()
    text = " ".join(f"{item.message} {item.suggestion} {item.octets.hex().upper()}" for item in statements)
    words = rules.get("never_words", ())
    assert [word for word in words if word in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_healthy_exchange_raises_nothing_above_info(name):
    """And one with a fault is never called healthy without a word about what is unfinished."""
    capture = content(name)
    found = diagnosed(name)
    if capture["kind"] == "control":
        assert [item.code for item in found.statements if item.severity != "info"] == []
    else:
        assert "no-fault-found" not in {item.code for item in found.statements}


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_of_a_capture_is_shown(name):
    """Keys and passwords stand in no message, whatever the exchange reveals of them."""
    keys = content(name)["keys"]
    secrets = [value for key, value in keys.items() if not key.endswith("system_title")]
    found = diagnosed(name)
    for statement in found.statements:
        shown = f"{statement.message} {statement.suggestion} {statement.octets.hex().upper()}"
        plain = shown.replace(" ", "")
        for secret in secrets:
            if set(secret) != {"0"}:
                assert secret not in plain
                assert secret.encode().hex().upper() not in plain
