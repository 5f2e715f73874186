"""A licensee's sheet is read whatever its columns' order, told of line by line, and compared with the tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cosem.class_tables import class_file, class_files, shared_names
from conformance.cosem.definition_sheet import SheetError, read_sheet
from conformance.cosem.sheet_differences import differences

HEADER = "class_id,version,kind,index,name,type,static/dynamic,m/o,short_name\n"
REGISTER = (
    "3,0,attribute,1,logical_name,octet-string[6],static,m,x\n"
    "3,0,attribute,2,value,CHOICE,dyn.,m,x + 0x08\n"
    "3,0,attribute,3,scaler unit,scal_unit_type,static,m,10h\n"
    "3,0,method,1,reset (data),integer,,o,40\n"
)


def compared(text):
    return [str(one) for one in differences(read_sheet(text), class_files(), shared_names())]


def test_a_sheet_that_says_the_same_has_no_differences():
    sheet = read_sheet(HEADER + REGISTER)
    assert sheet.problems == ()
    assert [row.offset for row in sheet.rows] == [0, 8, 16, 40]
    assert compared(HEADER + REGISTER) == []


def test_columns_may_stand_in_any_order_with_others_and_other_separators():
    text = "\ufeff# exported\n\nRemark;Name;Index;Kind;Version;Class ID\nx;logical_name;1;A;0;3\n;value;2;attr;0;3\n"
    sheet = read_sheet(text)
    assert [(row.line, row.class_id, row.index, row.name) for row in sheet.rows] == [
        (4, 3, 1, "logical_name"),
        (5, 3, 2, "value"),
    ]
    assert sheet.rows[0].type is sheet.rows[0].storage is sheet.rows[0].mandatory is sheet.rows[0].offset is None


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("value,CHOICE", "worth,CHOICE", "line 3: class 3 version 0 attribute 2, name: the sheet says worth"),
        ("value,CHOICE", "value,long", "attribute 2 value, type: the sheet says long, the tables say simple"),
        ("value,CHOICE", "value,lung", "'lung', which was not understood"),
        ("scal_unit_type", "array", "type: the sheet says array, the tables say structure(integer, enum)"),
        ("scal_unit_type", "structure(a: integer; b: enum)", "which was not understood"),
        ("dyn.", "static", "attribute 2 value, storage: the sheet says static, the tables say dynamic"),
        ("dyn.,m", "dyn.,o", "attribute 2 value, presence: the sheet says optional, the tables say mandatory"),
        ("10h", "18h", "attribute 3 scaler_unit, offset: the sheet says 0x18, the tables say 0x10"),
        ("3,0,method,1", "3,0,method,2", "line 5: class 3 version 0 method 2: the sheet says reset (data)"),
        ("3,0,method,1", "3,0,method,2", "class 3 version 0 method 1: the sheet says nothing, the tables say reset"),
        ("3,0,method,1", "3,1,method,1", "class 3 version 1: the sheet says 1 attributes and methods"),
    ],
)
def test_a_difference_is_told_with_its_line(good, bad, told):
    found = compared(HEADER + REGISTER.replace(good, bad))
    assert any(told in one for one in found), found


def test_a_bare_container_agrees_with_every_one_of_its_sort():
    profile = 'class_id,version,kind,index,name,type\n7,1,attribute,2,buffer,"{}"\n'
    agreeing = profile.format("compact-array or array")
    assert not [one for one in compared(agreeing) if "attribute 2" in one]
    assert [one for one in compared(profile.format("array")) if "attribute 2" in one]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("3x,0,attribute,1,a", "line 2: class_id is '3x'; it is a number from 0 to 65535"),
        ("3,0,attribute,1,", "name is empty"),
        ("3,0,column,1,a", "kind is 'column'; it is attribute or method"),
        ("3,0,attribute,256,a", "index is '256'; it is a number from 0 to 255"),
        ("3", "version is ''"),
        ("3,0,attribute,1,a,,maybe", "storage is 'maybe'"),
        ("3,0,attribute,1,a,,,perhaps", "mandatory is 'perhaps'"),
        ("3,0,attribute,1,a,,,,near", "offset is 'near'"),
        ("3,0,attribute,1,a\n3,0,attribute,1,b", "line 3: class 3 version 0 attribute 1 stands in line 2 already"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(row, told):
    assert any(told in str(problem) for problem in read_sheet(HEADER + row + "\n").problems)


@pytest.mark.parametrize(("text", "told"), [("", "empty"), ("a,b\n1,2\n", "no column class_id, version, kind, index")])
def test_text_that_is_no_sheet_is_an_error(text, told):
    with pytest.raises(SheetError, match=told):
        read_sheet(text)


@given(st.text(alphabet='3,0;"attribuemhod\n1x ', max_size=80))
def test_any_text_is_a_sheet_with_problems_or_a_sheet_error(text):
    sheet = read_sheet(HEADER + text)
    lines = (HEADER + text).count("\n") + 1
    assert all(2 <= one.line <= lines + 1 for one in (*sheet.rows, *sheet.problems))
    differences(sheet, {3: class_file(3)}, shared_names())
