"""What is wrong with the embedded meter above its data link is named from the octets of an exchange alone."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Device, Profile
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.harness.bench import Bench
from conformance.harness.slot import slots
from conformance.meter.defects import DEFECTS
from tests.suites.hdlc_cases import ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
TABLE = tomllib.loads((Path(__file__).parent / "reasoning_defects.toml").read_text(encoding="utf-8"))
FUNCTIONS = (
    functions("application", "test_encoding", "test_hls", "test_open_*", "test_priority")
    | functions("security", "test_hygiene", "test_sending_counter", "test_title", "test_keys")
    | functions("transfer", "test_block_get", "test_list*", "test_access*")
)
MOST = 12
"""Exchanges of a case that are looked at."""


def device(*defects: str) -> Device:
    assert SIMULATOR.embedded is not None
    embedded = replace(SIMULATOR.embedded, defects=frozenset(defects))
    return replace(SIMULATOR, profile=Profile.WRAPPER, embedded=embedded)


def exchanges(case: str, folder: Path, *defects: str) -> Iterator[set[str]]:
    """The codes that the diagnosis of each exchange of a case states, those in the ciphered association first."""
    declared, function = FUNCTIONS[case]
    meter = device(*defects)
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    items = [slot for slot in slots(declared, [meter]) if slot.inapplicable is None]
    items.sort(key=lambda slot: slot.association is None or not slot.association.ciphered)
    for number, slot in enumerate(items[:MOST]):
        trial = ended(declared, function, slot, bench).trial
        if trial is None or not trial.tape.frames:
            continue
        frames = [{"dir": frame.direction, "hex": frame.octets.hex()} for frame in trial.tape.frames]
        path = folder / f"{number}.json"
        path.write_text(json.dumps({"transport": "wrapper", "frames": frames}), encoding="utf-8")
        yield {statement.code for statement in diagnose(read(path), None, meter).statements}


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_defect_is_named_and_the_sound_meter_is_not_accused_of_it(name, tmp_path):
    """In the exchange that shows the defect the code is stated; in the same one with the sound meter it is not."""
    wanted = TABLE[name]
    assert wanted["case"] in DEFECTS[name].cases
    shown = next(
        (at for at, codes in enumerate(exchanges(wanted["case"], tmp_path, name)) if wanted["code"] in codes), None
    )
    assert shown is not None
    for at, codes in enumerate(exchanges(wanted["case"], tmp_path)):
        assert at != shown or wanted["code"] not in codes
        if at == shown:
            break
