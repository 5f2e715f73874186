"""Imports go down the house only; tester and meter never meet but in octets."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "conformance"
LAYERS = (
    ("cli",),
    ("commands",),
    ("lab",),
    ("reporting",),
    ("harness",),
    ("diagnose",),
    ("tester", "meter"),
    ("device",),
    ("link",),
    ("record",),
    ("cosem",),
    ("dlms",),
)
"""From the roof to the ground; rooms of one layer never import each other."""
DEPTH = {room: depth for depth, rooms in enumerate(LAYERS) for room in rooms}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "conformance" and len(parts) > 1:
                yield parts[1], node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_its_own_room_and_those_below(path):
    room = room_of(path)
    for other, line in imported_rooms(path):
        assert other in DEPTH, f"{path.name}:{line} imports the unknown room {other}"
        assert other == room or DEPTH[other] > DEPTH[room], f"{path.name}:{line}: {room} must not import {other}"


def test_every_room_of_the_house_is_in_the_list():
    rooms = {room_of(path) for path in MODULES}
    assert rooms <= set(DEPTH)


def test_the_language_on_the_wire_knows_neither_clock_nor_line():
    for path in (PACKAGE / "dlms").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        assert not names & {"time", "socket", "threading", "asyncio", "random", "os", "pathlib"}, path.name
