"""The cases of the HDLC suite, run one by one against a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, EmbeddedMeter
from conformance.harness.bench import Bench
from conformance.harness.case import Case
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.slot import Slot, slots
from conformance.harness.trial import Trial
from conformance.tester.association import PreambleFailed
from conformance.tester.transfer import TransferFailed
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
FILES = ("test_frame", "test_frame_malformed", "test_frame_control", "test_address")
TRANSFER_FILES = (
    "test_negotiation",
    "test_information",
    "test_duplicate",
    "test_recovery",
    "test_unnumbered",
    "test_parameters",
    "test_set_up_again",
    "test_llc",
    "test_mode_e",
    "test_timing",
)


FUNCTIONS = functions("hdlc", *FILES)
"""Frames and addresses, by identifier: the case and its function."""
TRANSFER_FUNCTIONS = functions("hdlc", *TRANSFER_FILES)
"""Negotiation, transfer, repetition and time, likewise."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one subtest ended: PASSED, FAILED, INCONCLUSIVE or INAPPLICABLE, why, and the trial."""

    number: int
    verdict: str
    reason: str
    trial: Trial | None

    @property
    def octets(self) -> list[str]:
        """Everything that was sent and received, in hexadecimal."""
        assert self.trial is not None
        return [frame.octets.hex().upper() for frame in self.trial.tape.frames]


def device(
    *,
    octets: int = 1,
    addressing: tuple[int, ...] = (1, 2, 4),
    acceptance: Acceptance = Acceptance.TOLERANT,
    defects: tuple[str, ...] = (),
    **hdlc: float,
) -> Device:
    """The embedded meter, declared in another way."""
    settings = replace(SIMULATOR.hdlc, address_length=octets, addressing=addressing, server_lower=16, **hdlc)  # type: ignore[arg-type]
    embedded = EmbeddedMeter(defects=frozenset(defects))
    return replace(SIMULATOR, hdlc=settings, acceptance=acceptance, embedded=embedded)


def run(identifier: str, meter: Device, *, only: int | None = None) -> list[Ended]:
    """Every subtest of a case, or `only` one, each on a link of its own."""
    case, function = (FUNCTIONS | TRANSFER_FUNCTIONS)[identifier]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    wanted = [slot for slot in slots(case, [meter]) if only in (None, slot.number)]
    return [ended(case, function, slot, bench) for slot in wanted]


def ended(case: Case, function: Callable[[Trial], None], slot: Slot, bench: Bench, *, seed: int | str = 1) -> Ended:
    """Run one item, whose challenges and keys come from `seed`."""
    if slot.inapplicable is not None or slot.subtest is None:
        return Ended(slot.number, "INAPPLICABLE", slot.inapplicable or "", None)
    trial = Trial(case, slot.subtest, slot.association, slot.protection, bench, Random(seed))
    verdict, reason = "PASSED", ""
    try:
        _play(function, trial)
    except Failed as failed:
        verdict, reason = "FAILED", str(failed)
    except (Inconclusive, PreambleFailed, TransferFailed) as ended:
        verdict, reason = "INCONCLUSIVE", str(ended)
    except Inapplicable as ended:
        verdict, reason = "INAPPLICABLE", str(ended)
    finally:
        trial.close()
    return Ended(slot.number, verdict, reason, trial)


def _play(function: Callable[[Trial], None], trial: Trial) -> None:
    """Run the function of a case as the runner does: what `each` has collected ends it."""
    try:
        function(trial)
    except (Failed, Inconclusive, PreambleFailed, TransferFailed) as ended:
        trial.settle(ended)
        raise
    trial.settle()
