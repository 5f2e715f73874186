"""Runs of a few cases in this process, over a line that loses, changes and repeats, without a pytest start for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from inspect import signature
from random import Random

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Device
from conformance.harness.aftermath import look_after
from conformance.harness.bench import Bench
from conformance.harness.case import ATTRIBUTE, Case
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.slot import slots
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.association import PreambleFailed
from conformance.tester.transfer import TransferFailed

LINES = {
    "octets lost": "octet_loss=0.01",
    "frames twice": "duplicates=0.01",
    "bits changed": "bit_errors=0.001",
}
"""The lines that are proven: 1 % of the octets lost, 1 % of the frames twice, 0.1 % of the bits changed."""
_INCONCLUSIVE = (Inconclusive, PreambleFailed, TransferFailed, LinkError)


@dataclass(frozen=True, slots=True)
class Item:
    """A subtest of a case in one association, and the function that runs it."""

    module: str
    function: str
    association: str
    number: int

    @property
    def case(self) -> Case:
        case = getattr(self.run, ATTRIBUTE)
        assert isinstance(case, Case)
        return case

    @property
    def run(self) -> Callable[..., object]:
        run = getattr(import_module(f"suites.{self.module}"), self.function)
        assert callable(run)
        return run


@dataclass(frozen=True, slots=True)
class End:
    """How an item ended on one line."""

    item: Item
    verdict: str
    reason: str
    recoveries: int


CORE = (
    Item("application.test_open_establish", "test_appl_open_1", "public", 2),
    Item("application.test_idle", "test_appl_idle_n1", "public", 1),
    Item("application.test_release", "test_appl_rel_p1", "reading", 1),
    Item("hdlc.test_frame", "test_hdlc_frame_p1", "public", 4),
    Item("hdlc.test_frame_malformed", "test_hdlc_frame_n8", "public", 1),
    Item("hdlc.test_frame_control", "test_hdlc_frame_n5", "public", 1),
)
"""Cheap items, positive and negative, of the application and of the data link, answered and unanswered."""


@cache
def simulator() -> Device:
    return load(find_device_config("simulator"))


def over(line: str, seed: int) -> Device:
    """The embedded meter on a line with faults."""
    return replace(simulator(), link=f"loopback:?{line}&seed={seed}")


def run(items: Sequence[Item], device: Device, seed: int) -> Iterator[End]:
    """The items one after the other on one bench, as a run does them."""
    bench = Bench(device, seed=seed, keep_secret=lambda _: None)
    for item in items:
        yield _run(item, bench, device, seed)


def trial_of(item: Item, bench: Bench, device: Device, seed: int) -> Trial:
    """A trial that has not begun."""
    slot = next(
        slot
        for slot in slots(item.case, [device])
        if slot.association.name == item.association and slot.number == item.number
    )
    assert slot.subtest is not None
    random = Random(f"{seed}:{item}")
    return Trial(item.case, slot.subtest, slot.association, slot.protection, bench, random)


def _run(item: Item, bench: Bench, device: Device, seed: int) -> End:
    trial = trial_of(item, bench, device, seed)
    verdict, reason = "PASSED", ""
    try:
        _call(item, trial)
    except Failed as failed:
        verdict, reason = "FAILED", str(failed)
    except Inapplicable as inapplicable:
        verdict, reason = "INAPPLICABLE", str(inapplicable)
    except _INCONCLUSIVE as inconclusive:
        verdict, reason = "INCONCLUSIVE", str(inconclusive)
    recoveries = sum(getattr(each.data_link, "recoveries", 0) for each in trial.associations)
    return End(item, verdict, reason, recoveries)


def _call(item: Item, trial: Trial) -> None:
    """As the runner: what was done is looked after, however it ended."""
    try:
        try:
            arguments = {"subtest": trial, "association": None}
            wanted = signature(item.run).parameters
            item.run(**{name: trial.association if name == "association" else arguments[name] for name in wanted})
        except (Exception, Inapplicable) as error:
            look_after(trial, error)
            raise
        look_after(trial, None)
    finally:
        trial.close()
