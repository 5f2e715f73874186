"""Every code that is stated anywhere can be explained, and belongs to a family; nothing else is in the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from conformance.diagnose.layers.signs import KINDS
from conformance.diagnose.reasoning.catalogue import catalogue
from conformance.diagnose.reasoning.families import Family, family_of
from conformance.diagnose.reasoning.intake_signs import SIGNS
from conformance.diagnose.reasoning.on_purpose import METERS_DOING, REFUSALS
from conformance.harness.findings import _OF_A_MISSING_BEGINNING, _OF_A_MISSING_END
from conformance.link import line_signs
from conformance.link.line_signs import LineSign

ROOT = Path(__file__).parents[2] / "conformance"
PLACES = ("diagnose", "harness")
SAYING = ("error", "warning", "info")
MAKING = ("Sign", "Meaning")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def literals(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def first_words() -> Iterator[str]:
    """The codes that stand in the calls that state or declare a finding."""
    for _, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = name_of(node.func)
            words = list(node.args[:1]) if name in (*SAYING, *MAKING) else []
            words += [item.value for item in node.keywords if name == "FindingRecord" and item.arg == "code"]
            yield from (word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str))


def test_every_code_that_is_stated_is_in_the_catalogue() -> None:
    stated = set(first_words())
    assert len(stated) > 200
    assert stated <= catalogue().keys(), sorted(stated - catalogue().keys())


def test_no_kind_below_the_apdus_or_of_the_intake_is_there_that_is_never_stated() -> None:
    named = set().union(*(literals(path) for path, _ in trees() if not path.stem.endswith(("_kinds", "_signs"))))
    of_the_line = {sign.code for sign in vars(line_signs).values() if isinstance(sign, LineSign)}
    kinds = {*KINDS, *(sign.code for sign in SIGNS)}
    # Made of the name of a check sequence, of an FRMR bit, or of a damage.
    made = {code for code in kinds if code.startswith(("hcs-", "fcs-", "frame-rejected-", "cut-at-flag-"))}
    assert kinds - made - of_the_line <= named, sorted(kinds - made - of_the_line - named)
    assert of_the_line <= kinds


def test_no_sign_is_declared_that_no_rule_states() -> None:
    declared: dict[str, Path] = {}
    used: set[str] = set()
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Call):
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if name_of(node.value.func) in MAKING and isinstance(target, ast.Name):
                    declared[target.id] = path
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(node.id)
            elif isinstance(node, ast.Attribute):
                used.add(node.attr)
    assert len(declared) > 100
    assert declared.keys() <= used, sorted(declared.keys() - used)


def test_every_code_has_a_title_and_an_explanation() -> None:
    for sign in catalogue().values():
        assert sign.title
        assert sign.explanation
        assert sign.code == sign.code.lower().replace(" ", "-")


def test_every_family_has_findings_and_tables_of_codes_name_known_ones() -> None:
    assert {family_of(code) for code in catalogue()} == set(Family)
    for table in (REFUSALS, METERS_DOING, _OF_A_MISSING_BEGINNING, _OF_A_MISSING_END):
        assert set(table) <= catalogue().keys(), sorted(set(table) - catalogue().keys())
    assert family_of("llc-missing") is Family.LINK
    assert family_of("echo") is Family.LINE
