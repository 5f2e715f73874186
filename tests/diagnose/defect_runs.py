"""Runs of the embedded meter with a defect, recorded in the form of a lab's evidence, and diagnosed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from conformance.device.load import load
from conformance.device.model import Device, Profile
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import Diagnosis, diagnose
from conformance.harness.bench import Bench
from conformance.harness.slot import Slot, slots
from conformance.meter.defects import DEFECTS
from conformance.record.frames import MAIN, FrameLog, Place, frames_file
from conformance.record.redaction import Redactor
from conformance.tester.tape import TapedFrame
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import Functions, functions

ROOT = Path(__file__).parents[2]
BELOW = ("hdlc_frame_defects", "hdlc_transfer_defects", "link_defects", "wrapper_defects", "mode_e_defects")
"""Modules whose defects show below the APDUs."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a defect shows: the item that FAILS on a meter with it."""

    config: str
    profile: Profile
    case: str
    association: str
    protection: str
    subtest: int

    def __str__(self) -> str:
        parts = (self.config, self.profile.value, self.case, self.association, self.protection, str(self.subtest))
        return " ".join(parts)

    @staticmethod
    def of(text: str) -> Shown:
        """From the words of a table."""
        config, profile, case, association, protection, subtest = text.split()
        return Shown(config, Profile(profile), case, association, protection, int(subtest))


@cache
def cases() -> Functions:
    """Every case above the link, by identifier."""
    return functions("application", "test_*") | functions("security", "test_*") | functions("transfer", "test_*")


@cache
def config(name: str) -> Device:
    """A device config of the embedded meter."""
    return load(ROOT / "device_configs" / f"{name}.toml")


def device(name: str, profile: Profile, *defects: str) -> Device:
    """The embedded meter of a device config, in a communication profile, with defects."""
    made = config(name)
    assert made.embedded is not None
    return replace(made, profile=profile, embedded=replace(made.embedded, defects=frozenset(defects)))


def items(case: str, meter: Device) -> Iterator[tuple[Slot, Ended]]:
    """The items of a case that apply, each played on a meter of its own."""
    for slot in slots(cases()[case][0], [meter]):
        if slot.inapplicable is None and slot.subtest is not None:
            yield slot, played(slot, case)


def played(slot: Slot, case: str) -> Ended:
    """One item, with challenges and keys that are the same for every meter."""
    declared, function = cases()[case]
    bench = Bench(slot.device, seed=1, keep_secret=lambda _: None)
    return ended(declared, function, slot, bench, seed=f"{case}:{slot.id(False)}")


def slot_of(shown: Shown, *defects: str) -> Slot:
    """The item on a meter with defects."""
    meter = device(shown.config, shown.profile, *defects)
    return next(
        slot
        for slot in slots(cases()[shown.case][0], [meter])
        if (slot.association.name, slot.protection.value, slot.number)
        == (shown.association, shown.protection, shown.subtest)
    )


def recorded(made: Ended, slot: Slot, case: str, folder: Path) -> Path | None:
    """The frame log of an item, as a run writes it; None where nothing passed."""
    if made.trial is None or not made.trial.tape.frames:
        return None
    place = Place(slot.device.name, case, slot.association.name, slot.variant, slot.number)
    return logged(made.trial.tape.frames, slot.device, place, folder)


def logged(frames: Sequence[TapedFrame], meter: Device, place: Place, folder: Path) -> Path:
    """The frame log of frames, as a run writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    log = FrameLog(folder, Redactor(secret for _, secret in meter.secrets()))
    log.place = place
    for frame in frames:
        log.write(
            frame.direction,
            frame.layer,
            frame.octets,
            t=frame.time_s,
            apdu=frame.apdu,
            plain=frame.plain,
            note=frame.note,
            began=frame.began_s,
            longest_gap_s=frame.longest_gap_s,
            security=frame.security,
            connection=frame.connection,
            datagrams=frame.datagrams,
            ended_by=frame.ended_by,
        )
    log.close()
    return frames_file(folder, MAIN).rename(folder / "frames.jsonl")


def diagnosed(path: Path, meter: Device) -> Diagnosis:
    """What `diagnose OUT/frames.jsonl --device CONFIG` finds."""
    return diagnose(read(path), None, meter)


def above_the_link() -> list[str]:
    """The defects that cases of the application layer, of security and of transfer claim."""
    from importlib import import_module

    below = {
        name
        for module in BELOW
        for table in vars(import_module(f"conformance.meter.{module}")).values()
        if isinstance(table, tuple)
        for name in (getattr(item, "name", "") for item in table)
    }
    return sorted(name for name in DEFECTS.keys() - below if any(case in cases() for case in DEFECTS[name].cases))
