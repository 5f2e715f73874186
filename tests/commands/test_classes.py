"""`classes check` tells what is wrong with the tables, and what a sheet says otherwise."""

import pytest

from conformance.cli import main

HEADER = "class_id,version,kind,index,name\n"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["classes", "check", *map(str, arguments)])
    printed = capsys.readouterr()
    return left.value.code, printed.out, printed.err


def test_the_tables_of_the_package_are_sound(capsys):
    code, out, _ = run(capsys)
    assert code == 0
    assert ": 0 found" in out


def test_a_sheet_that_agrees_exits_with_0_and_one_that_does_not_with_1(capsys, tmp_path):
    sheet = tmp_path / "mine.csv"
    sheet.write_text(HEADER + "1,0,attribute,1,logical_name\n1,0,attribute,2,value\n", encoding="utf-8")
    code, out, _ = run(capsys, sheet)
    assert code == 0
    assert "2 rows of mine.csv compared: 0 found" in out
    sheet.write_text(HEADER + "1,0,attribute,1,logical_name\n1,0,attribute,2,worth\n", encoding="utf-8")
    code, out, _ = run(capsys, sheet)
    assert code == 1
    assert "mine.csv: line 3: class 1 version 0 attribute 2, name: the sheet says worth, the tables say value" in out


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"one,two\n"])
def test_a_file_that_is_no_sheet_is_one_message(capsys, tmp_path, content):
    sheet = tmp_path / "mine.csv"
    if content is not None:
        sheet.write_bytes(content)
    code, _, err = run(capsys, sheet)
    assert code == 2
    assert err.startswith("dlms-conformance: classes check: ")
    assert err.count("\n") == 1
