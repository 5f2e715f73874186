"""Companion profiles as data: those of the package are sound, every row names its source, and faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cosem.companion import CONTEXTS, MECHANISMS, Wish
from conformance.cosem.companion_profiles import CompanionError, is_path, load, names, packaged, parsed
from conformance.cosem.obis import octets_of
from conformance.device import association_toml

HEAD = 'name = "own"\nedition = "1"\n[sources]\nlab = "our own paper"\n[options]\nthree-phase = "three phases"\n'
TABLE = '[[tables]]\nname = "energy"\nin = ["every"]\nsource = ["lab"]\nobjects = [\n'


def faults(text: str) -> list[str]:
    with pytest.raises(CompanionError) as raised:
        parsed("own.toml", text)
    return [str(problem) for problem in raised.value.problems]


def row(text: str) -> str:
    return f"{HEAD}{TABLE}  {{ {text} }},\n]\n"


def test_the_package_brings_three_profiles() -> None:
    assert names() == ("generic", "idis-package-2", "is-15959")


@pytest.mark.parametrize("name", ["generic", "idis-package-2", "is-15959"])
def test_each_profile_is_sound_and_each_of_its_rows_names_a_source_in_words(name: str) -> None:
    """Checked against the class tables and the OBIS rules when it is read."""
    found = packaged(name)
    assert found.associations
    assert len(found.objects) > 10
    for one in (*found.associations, *found.objects):
        assert one.line > 0
        assert len(one.source) > 10
        assert any(one.source.startswith(source) for source in found.sources.values())


def test_is_15959_has_its_parameter_lists_and_clients() -> None:
    found = packaged("is-15959")
    assert {row.role: set(row.client_saps) for row in found.associations} == {
        "public-client": {16},
        "meter-reader": {32},
        "utility-settings": {48},
        "firmware-upgrade": {80},
    }
    tables = {row.table for row in found.objects}
    assert tables >= {
        "Instantaneous parameters",
        "Block load profile",
        "Billing profile",
        "Name plate",
        "Events",
        "Programmable parameters",
    }
    frequency = next(row for row in found.objects if row.codes.fits(octets_of("1-0:14.7.0.255")))
    assert (frequency.classes, frequency.units) == ((3,), {44})


def test_options_decide_which_rows_count() -> None:
    found = packaged("is-15959")
    roles = frozenset(("meter-reader", "every"))
    names_of = lambda options: {row.instance for row in found.objects_for(frozenset(options), roles)}  # noqa: E731
    assert "1-0:52.7.0.255" in names_of(["three-phase"])
    assert "1-0:52.7.0.255" not in names_of(["single-phase"])
    assert "1-0:12.7.0.255" in names_of(["single-phase"])


def test_a_role_of_the_profile_goes_before_what_an_association_is() -> None:
    current = next(row for row in packaged("generic").objects if row.name == "current association, with logical names")
    assert current.wishes(["every"]) == {2: ("every", Wish.READ)}
    wishes = current.wishes(["every", "public-client"])
    assert wishes == {2: ("public-client", Wish.READ), 7: ("public-client", Wish.NONE)}


def test_contexts_and_mechanisms_are_named_as_in_device_configs() -> None:
    assert dict(CONTEXTS) == dict(association_toml.CONTEXTS)
    assert dict(MECHANISMS) == dict(association_toml.MECHANISMS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "own.toml:1: no TOML"),
        ('edition = "1"\n', "name is missing"),
        (HEAD.replace("edition", "editoin"), "did you mean 'edition'?"),
        (row('name = "a", class_id = 3, instance = "1-0:1.8.0"'), "own.toml:12: row a: '1-0:1.8.0' is no pattern"),
        (row('name = "a", instance = "1-0:1.8.0.255"'), "say class_id = 3"),
        (row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", source = ["lba"]'), "did you mean 'lab'?"),
        (row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", when = ["tree-phase"]'), "mean 'three-phase'?"),
        (row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", in = ["evry"]'), "did you mean 'every'?"),
        (row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", units = [300]'), "300 is no unit"),
        (row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", units = [35]'), "unit 35 is none of its quantity"),
        (row('name = "a", class_id = 9999, instance = "1-0:1.8.0.255"'), "no table has class 9999"),
        (row('name = "a", class_id = 3, versions = [7], instance = "1-0:1.8.0.255"'), "no version 7; known: 0"),
        (row('name = "a", class_id = 8, instance = "1-0:1.8.0.255"'), "may be of class"),
        (row('name = "a", class_id = 1, instance = "0-0:96.1.0.255", units = [30]'), "units and scaler are for reg"),
        (
            row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", access = { every = { 2 = "reed" } }'),
            "did you mean 'read'?",
        ),
        (
            row('name = "a", class_id = 3, instance = "1-0:1.8.0.255", access = { every = { 9 = "read" } }'),
            "class 3 has no such attribute",
        ),
        (
            HEAD + '[[associations]]\nrole = "r"\nclient_saps = [1]\ncontexts = ["lan"]\nsource = ["lab"]\n',
            "contexts: 'lan'; allowed: ln, ln-ciphered",
        ),
        (HEAD + '[[associations]]\nrole = "r"\nclient_saps = [1]\n', "source is missing"),
        (HEAD + '[[associations]]\nrole = "r"\nsource = ["lab"]\n', "client_saps is missing"),
        (HEAD + TABLE + "]\n", "objects is missing"),
    ],
)
def test_a_fault_is_told_with_file_line_and_what_to_do(text: str, told: str) -> None:
    found = faults(text)
    assert any(told in fault for fault in found), found
    assert all(fault.startswith("own.toml") for fault in found)


def test_the_same_row_twice_is_told_with_the_line_of_the_first() -> None:
    one = '  { name = "a", class_id = 3, instance = "1-0:1.8.0.255" },\n'
    assert any("stands there already, in line 12" in fault for fault in faults(HEAD + TABLE + one + one + "]\n"))


def test_a_file_of_the_labs_own_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(row('name = "a", class_id = 3, instance = "1-0:1.8.0.255"'), encoding="utf-8")
    assert is_path(str(path))
    assert not is_path("generic")
    assert load(path).objects[0].source == "our own paper"


def test_a_file_that_is_not_there_is_one_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(CompanionError, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b'name = "a"\n\xff\n')
    with pytest.raises(CompanionError, match=r":2: is no UTF-8"):
        load(path)
