"""The tables of interface classes are sound, and a broken one is told with file, line and place."""

import shutil
import time
from pathlib import Path

import pytest

from conformance.cosem import class_tables
from conformance.cosem.class_checks import problems
from conformance.cosem.class_file import read
from conformance.cosem.class_tables import (
    ClassTableError,
    all_classes,
    class_ids,
    class_name,
    class_version,
    meanings,
    shared_names,
    versions_of,
)
from conformance.cosem.names import ClassId

TABLES = Path(class_tables.__file__).parent / "classes"
REGISTER = (TABLES / "003_register.toml").read_text(encoding="utf-8")
VALUE = '{ index = 2, name = "value", type = "simple", kind = "dynamic", offset = 0x08 },'


@pytest.fixture
def tables(tmp_path):
    """A directory with one class whose text may be spoiled, and the shared names."""
    shutil.copy(TABLES / "shared.toml", tmp_path)

    def made(text, name="003_register.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return [str(one) for one in problems(tmp_path) if one.file != "shared.toml"]

    return made


def test_the_tables_have_no_problems():
    assert [str(problem) for problem in problems()] == []


def test_every_class_that_code_names_is_in_the_tables():
    assert frozenset(ClassId) <= frozenset(class_ids())


def test_every_class_of_the_list_is_there_with_its_versions():
    wanted = {1: (0,), 3: (0,), 4: (0,), 5: (0,), 6: (0,), 7: (0, 1), 8: (0,), 9: (0,), 10: (0,), 11: (0,)}
    assert {class_id: versions_of(class_id) for class_id in wanted} == wanted
    assert versions_of(8193) == ()
    assert class_name(8193) is None
    assert class_version(3, 7) is None


def test_a_version_gives_its_attributes_and_methods_by_index():
    demand = class_version(5, 0)
    assert demand.name == "Demand register"
    assert demand.attribute(8).name == "period"
    assert demand.attribute(9).offset == 0x40
    assert demand.method(2).name == "next_period"
    assert demand.method(2).offset == 0x50
    assert demand.attribute(10) is None
    assert demand.method(3) is None


def test_units_have_their_meanings():
    unit = meanings("unit")
    assert (unit[30], unit[32], unit[33], unit[35], unit[44]) == ("Wh", "varh", "A", "V", "Hz")
    assert 58 not in unit
    with pytest.raises(KeyError):
        meanings("colour")


def test_reading_all_tables_is_quick():
    cached = (class_tables.class_file, class_tables.shared_names)
    for function in cached:
        function.cache_clear()
    started = time.process_time()
    assert len(all_classes()) > 50
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (VALUE, VALUE.replace("simple", "simpel"), "003_register.toml:9: version 0, attribute 2 value: type: column 1"),
        (VALUE, VALUE.replace("dynamic", "dyn"), ":9: version 0, attribute 2 value: kind is 'dyn'"),
        (VALUE, VALUE.replace("index = 2", "index = 4"), ":9: version 0, attribute value: index 4 where 2 is due"),
        (VALUE, VALUE.replace("0x08", "0x0A"), "offset 0x0a is no multiple of 8"),
        (VALUE, VALUE.replace("0x08", "0x00"), "offset 0x00 is not above that of logical_name"),
        (VALUE, VALUE.replace('name = "value"', 'name = "scaler_unit"'), "2 attributes are called scaler_unit"),
        (VALUE, VALUE.replace("kind", "sort"), "unknown key 'sort'"),
        ("offset = 0x28", "offset = 0x10", "method 1 reset: offset 0x10 is not above that of scaler_unit"),
        ('name = "logical_name"', 'name = "name"', "attribute 1 is not logical_name"),
        ("class_id = 3", "class_id = 30", "a file of this class is called 030_name.toml"),
        ('source = "', 'origin = "', "source is missing"),
        ("[[versions]]", '[types]\nspare = "long"\n\n[[versions]]', "type spare: is used nowhere"),
        ("[[versions]]", '[types]\ndate = "long"\n\n[[versions]]', "a type of Data has this name"),
        ("[[versions]]", '[types]\na = "array(b)"\nb = "array(a)"\n\n[[versions]]', "contains itself"),
        ("[[versions]]", '[enumerations.x]\n1 = "on"\n2 = "on"\n\n[[versions]]', "1, 2 all mean 'on'"),
        ("[[versions]]", '[enumerations.x]\non = "on"\n\n[[versions]]', 'write 0 = "meaning"'),
        ("[[versions]]", "[[versions]", "no TOML"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tables, good, bad, told):
    assert good in REGISTER
    assert tables(REGISTER) == []
    assert any(told in problem for problem in tables(REGISTER.replace(good, bad, 1)))


def test_versions_ascend_and_no_class_is_there_twice(tables):
    start = REGISTER.index("[[versions]]")
    twice = REGISTER + "\n" + REGISTER[start:]
    assert any("stands after version 0; versions ascend" in problem for problem in tables(twice))
    tables(REGISTER)
    assert any("defines class_id 3 too" in problem for problem in tables(REGISTER, "003_zz.toml"))


@pytest.mark.parametrize("bad", ["versions = 3", 'attributes = [1]\n"types" = 2', "[[versions]]\nattributes = 7"])
def test_a_table_of_another_shape_is_told_too(bad):
    found = []
    text = f'class_id = 3\nname = "Register"\nsource = "none"\n{bad}\n'
    read("003_register.toml", text, shared_names(), found)
    assert found


def test_a_broken_table_of_the_package_is_one_error(monkeypatch, tmp_path):
    shutil.copy(TABLES / "shared.toml", tmp_path)
    (tmp_path / "003_register.toml").write_text(REGISTER.replace("simple", "simpel"), encoding="utf-8")
    monkeypatch.setattr(class_tables, "directory", lambda: tmp_path)
    cached = (class_tables.class_file, class_tables._paths)
    for function in cached:
        function.cache_clear()
    try:
        with pytest.raises(ClassTableError, match=r"003_register\.toml:9: version 0, attribute 2"):
            class_version(3, 0)
    finally:
        for function in cached:
            function.cache_clear()
