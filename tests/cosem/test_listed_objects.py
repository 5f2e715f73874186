"""Lists of objects, as meters send them and as they should not: read as far as possible, faults told, bounded."""

from __future__ import annotations

import pytest

from conformance.cosem.access_rights import Demands, Modes, attribute_rights, method_rights
from conformance.cosem.listed_objects import MOST_OBJECTS, listed_by_logical_name, listed_by_short_name
from conformance.cosem.names import CURRENT_ASSOCIATION
from conformance.cosem.type_language import parse
from conformance.cosem.value_check import faults_of
from conformance.cosem.value_path import elements_to, field_path
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import (
    array,
    boolean,
    enum,
    integer,
    long,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
)

ENERGY = bytes.fromhex("0100010800FF")


def rights(attributes: list[tuple[int, int]], methods: list[tuple[int, Data]] = []) -> Data:  # noqa: B006
    return structure(
        array(*(structure(integer(index), enum(mode), null()) for index, mode in attributes)),
        array(*(structure(integer(index), mode) for index, mode in methods)),
    )


def row(class_id: int, version: int, name: bytes, given: Data) -> Data:
    return structure(long_unsigned(class_id), unsigned(version), octet_string(name), given)


def test_rights_of_version_2_are_modes() -> None:
    given = rights([(1, 1), (2, 3), (3, 0), (-1, 4)], [(1, enum(2)), (2, enum(0))])
    listed = listed_by_logical_name(array(row(15, 2, CURRENT_ASSOCIATION, rights([])), row(3, 0, ENERGY, given)))
    assert listed.faults == ()
    found = listed.objects[1]
    assert [(one.read, one.write) for one in found.attribute_rights.values()] == [
        (True, False),
        (True, True),
        (False, False),
        (True, False),
    ]
    assert found.attribute_rights[-1].demands == Demands(authenticated=True)
    assert found.method_rights[1].access
    assert found.method_rights[1].demands.authenticated
    assert not found.method_rights[2].access


def test_rights_of_version_3_are_bits() -> None:
    """The same number means another thing: 4 is a demand without a right, 0x0D reading under protection."""
    given = rights([(1, 1), (2, 0x0D), (3, 4), (4, 0x13)], [(1, enum(0x05))])
    listed = listed_by_logical_name(array(row(15, 3, CURRENT_ASSOCIATION, rights([])), row(3, 0, ENERGY, given)))
    found = listed.objects[1].attribute_rights
    assert [(one.read, one.write) for one in found.values()] == [
        (True, False),
        (True, False),
        (False, False),
        (True, True),
    ]
    assert found[2].demands == Demands(authenticated=True, encrypted=True)
    assert found[4].demands == Demands(signed=True)
    assert listed.objects[1].method_rights[1].demands == Demands(authenticated=True)


def test_methods_of_version_0_have_a_boolean() -> None:
    listed = listed_by_logical_name(
        array(row(3, 0, ENERGY, rights([(1, 1)], [(1, boolean(True)), (2, boolean(False))]))), 0
    )
    assert [one.access for one in listed.objects[0].method_rights.values()] == [True, False]


def test_a_demand_is_met_only_by_what_carries_all_of_it() -> None:
    both = Demands(authenticated=True, encrypted=True)
    assert both.met_by(both)
    assert Demands().met_by(Demands())
    assert not both.met_by(Demands(authenticated=True))
    assert not Demands(signed=True).met_by(both)


def test_modes_that_the_standard_has_not_give_no_rights() -> None:
    assert attribute_rights(7, Modes.ENUMERATED) is None
    assert attribute_rights(-1, Modes.BITS) is None
    assert method_rights(3, Modes.ENUMERATED) is None
    assert attribute_rights(0xFF, Modes.BITS) is not None


def test_short_names_join_both_lists_by_base_name() -> None:
    """base_name is a signed long in both; an object that the second does not name has no rights told."""
    items = array(
        structure(long(-0x0600), long_unsigned(12), unsigned(2), octet_string(CURRENT_ASSOCIATION)),
        structure(long(0x0100), long_unsigned(3), unsigned(0), octet_string(ENERGY)),
    )
    access = array(structure(long(0x0100), *rights([(1, 1), (2, 3)]).value))
    listed = listed_by_short_name(items, access)
    assert [(one.base_name, one.rights_told) for one in listed.objects] == [(0xFA00, False), (0x0100, True)]
    assert listed.objects[1].attribute_rights[2].write
    assert all(not one.rights_told for one in listed_by_short_name(items, None).objects)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (null(), "object_list[1]: expected an array or a structure"),
        (structure(long_unsigned(3)), "class_id, version, logical_name and access_rights"),
        (row(3, 0, ENERGY[:5], rights([])), "object_list[1].logical_name"),
        (structure(octet_string(b"\x03"), unsigned(0), octet_string(ENERGY), rights([])), "object_list[1].class_id"),
        (row(3, 0, ENERGY, null()), "object_list[1].access_rights"),
        (row(3, 0, ENERGY, rights([(1, 9)])), "attribute_access[0]"),
        (row(3, 0, ENERGY, rights([(2, 1), (2, 1)])), "attribute 2 once"),
        (
            row(3, 0, ENERGY, structure(array(structure(long(-200), enum(1), null())), array())),
            "attribute_access[0]",
        ),
        (row(3, 0, ENERGY, rights([], [(1, null())])), "method_access[0]"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_others_are_kept(wrong: Data, told: str) -> None:
    good = row(3, 0, ENERGY, rights([(1, 1)]))
    listed = listed_by_logical_name(array(good, wrong, good), 2)
    assert len(listed.objects) >= 2
    assert any(told in fault for fault in listed.faults)


def test_a_list_that_is_none_has_no_objects() -> None:
    assert listed_by_logical_name(null()).objects == ()
    assert listed_by_logical_name(null()).faults
    assert listed_by_short_name(enum(1), enum(1)).faults


def test_an_endless_list_is_cut_and_its_faults_are_bounded() -> None:
    assert listed_by_logical_name(array(*[null()] * 200)).faults[49:] != ()
    assert len(listed_by_logical_name(array(*[null()] * 200)).faults) == 50
    listed = listed_by_logical_name(array(*[row(3, 0, ENERGY, rights([]))] * (MOST_OBJECTS + 1)), 2)
    assert listed.cut
    assert len(listed.objects) == MOST_OBJECTS


@pytest.mark.parametrize(
    ("text", "value", "path"),
    [
        ("structure(scaler: integer, unit: enum)", structure(integer(0), unsigned(1)), ".element[1]"),
        ("structure(scaler: integer, unit: enum)", structure(unsigned(0), enum(1)), ".element"),
        (
            "null-data | array(structure(a: unsigned, b: array(long)))",
            array(structure(unsigned(1), array()), structure(unsigned(1), array(long(1), enum(2)))),
            ".element[1].element[1].element[1]",
        ),
        ("unsigned", enum(1), ""),
    ],
)
def test_the_place_of_a_fault_leads_to_the_field_of_the_decoded_apdu(text: str, value: Data, path: str) -> None:
    """Element 0 is called `element`, as the decoder's recorder calls it; names with dots or brackets do not occur."""
    type_ = parse(text, {})
    fault = faults_of(value, type_, "attribute")[0]
    base = "get-response.result.data"
    assert field_path(base, elements_to(fault.path, type_)) == base + path
