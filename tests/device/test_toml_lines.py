from __future__ import annotations

import tomllib

from conformance.device.toml_lines import LineIndex, Path

SOURCE = """\
# comment with = and [brackets]
name = "a # not a comment"  # a comment

[link]
url = 'tcp://x'
"quoted key" = 1
a.b = { c = 1, d = [ 1, # one
  { e = "}" } ] }

[[meter]]
sap = 1
text = \"\"\"
[not.a.table]
key = 1 \\\"\"\" ""\"\"\"
[meter.inner]
x = 1
[[meter.part]]
y = 1
[[meter]]
sap = 2
[[meter.part]]
y = 2
[[meter.part]]
y = '''
z = 3'''
[last]
when = 2027-01-01
"""


def _paths(value: object, path: Path = ()) -> list[Path]:
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [*([path] if path else []), *(found for key, item in items for found in _paths(item, (*path, key)))]


def test_every_key_and_element_of_a_document_has_its_place() -> None:
    index = LineIndex(SOURCE)

    assert set(_paths(tomllib.loads(SOURCE))) == set(index.places)


def test_places_point_at_the_key_itself() -> None:
    index = LineIndex(SOURCE)
    lines = SOURCE.split("\n")
    for path, (line, column) in index.places.items():
        if isinstance(path[-1], str) and not lines[line - 1].startswith("["):
            assert lines[line - 1][column - 1 :].lstrip('"').startswith((path[-1], str(path[0]), "a.b")), path


def test_the_same_key_in_the_second_table_of_an_array_is_told_apart() -> None:
    index = LineIndex(SOURCE)

    assert SOURCE.split("\n")[index.locate(("meter", 0, "sap"))[0] - 1] == "sap = 1"
    assert SOURCE.split("\n")[index.locate(("meter", 1, "sap"))[0] - 1] == "sap = 2"
    assert SOURCE.split("\n")[index.locate(("meter", 1, "part", 1, "y"))[0] - 1] == "y = '''"


def test_a_key_that_is_missing_is_placed_at_the_header_of_its_table() -> None:
    index = LineIndex(SOURCE)

    assert index.locate(("meter", 1, "name")) == index.places["meter", 1]
    assert index.locate(("nowhere",)) == (1, 1)


def test_windows_line_ends_do_not_move_places() -> None:
    assert LineIndex(SOURCE.replace("\n", "\r\n")).places == LineIndex(SOURCE).places
