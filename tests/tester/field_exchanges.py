"""Exchanges between real clients and meters, for the tests that play them back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class FieldFrame(NamedTuple):
    direction: str
    layer: str
    octets: bytes


def _exchanges() -> dict[str, list[FieldFrame]]:
    found: dict[str, list[FieldFrame]] = {}
    lines = (Path(__file__).parent / "field_exchanges.txt").read_text().splitlines()[1:]
    for name, _, direction, layer, octets in (line.split() for line in lines):
        found.setdefault(name, []).append(FieldFrame(direction, layer, bytes.fromhex(octets)))
    return found


EXCHANGES = _exchanges()


def from_meter(name: str) -> list[bytes]:
    return [frame.octets for frame in EXCHANGES[name] if frame.direction == "S>C"]
