"""What is wrong with the embedded meter in its APDUs is named from the evidence of a run."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from conformance.meter.defects import DEFECTS
from tests.diagnose.defect_runs import Shown, above_the_link, device, diagnosed, played, recorded, slot_of

FOLDER = Path(__file__).parent
FILES = ("application_defects", "transfer_defects", "security_defects")
TABLES = [tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")) for name in FILES]
EVERY = 5
"""One in so many is replayed here; `python -m tests.diagnose.sweep_defects` replays all."""


def of(kind: str) -> dict[str, dict[str, Any]]:
    """The entries of a kind, from every file."""
    return {name: entry for table in TABLES for name, entry in table.get(kind, {}).items()}


NAMED, MISSED, LENIENT = of("named"), of("missed"), of("lenient")
REPLAYED = {name: entry for name, entry in sorted((NAMED | LENIENT).items()) if "code" in entry}


def codes(shown: Shown, folder: Path, *defects: str) -> set[tuple[str, str | None]]:
    """The codes that the diagnosis of an item states, each with the side that sent the frame."""
    slot = slot_of(shown, *defects)
    path = recorded(played(slot, shown.case), slot, shown.case, folder)
    assert path is not None
    found = diagnosed(path, device(shown.config, shown.profile))
    units = found.conversation.units
    return {
        (statement.code, units[statement.frame - 1].direction if statement.frame else None)
        for statement in found.statements
    }


def test_every_defect_stands_in_one_table_and_its_case_claims_it():
    """Nothing is left out by forgetting it."""
    assert sorted((*NAMED, *MISSED, *LENIENT)) == above_the_link()
    for name, entry in (NAMED | MISSED | LENIENT).items():
        assert Shown.of(entry["at"]).case in DEFECTS[name].cases
    assert all(len(entry["reason"]) > 20 for entry in MISSED.values())


def test_nine_tenths_of_what_rejects_or_damages_an_exchange_is_named():
    """What is merely too lenient is not counted; what is missed has its reason."""
    assert len(NAMED) >= 0.9 * (len(NAMED) + len(MISSED))


@pytest.mark.parametrize("name", list(REPLAYED)[::EVERY])
def test_a_defect_is_named_and_the_sound_meter_is_not_accused_of_it(name, tmp_path):
    """The statement stands in the diagnosis of the faulty run, and not in that of the sound one."""
    entry = REPLAYED[name]
    shown = Shown.of(entry["at"])
    faulty, sound = codes(shown, tmp_path / "faulty", name), codes(shown, tmp_path / "sound")
    assert entry["code"] in {code for code, _ in faulty - sound}
