"""The waits that cases must make, told before they are made: nothing of them is told of a link in virtual time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.device.model import Device
from conformance.harness.case import Case
from conformance.harness.catalogue import CatalogueError, declared_in
from conformance.harness.settings import Settings
from conformance.harness.slot import Slot, slots
from conformance.link.pace import pace_of
from conformance.link.url import parse_url

SHORTEST_TOLD_S = 1.0
"""A wait that nobody notices is not told."""
_MOST_NAMED = 3

Waits = Mapping[str, tuple[str, float]]
"""By node id: the case, and for how many seconds it waits."""


def waits_for_real(device: Device) -> bool:
    """Whether a wait with this device takes its time."""
    return not pace_of(parse_url(device.link)).virtual


def wait_of(slot: Slot) -> float:
    """For how many seconds an item waits; 0 where it will not run, or waits in virtual time."""
    if slot.subtest is None or slot.inapplicable is not None or slot.withheld is not None:
        return 0.0
    return slot.subtest.wait_s(slot.device) if waits_for_real(slot.device) else 0.0


def waits_of(found: Iterable[tuple[str, Case, Slot]]) -> Waits:
    """What is to be told of items, given by node id, case and slot."""
    waiting = ((nodeid, case.id, wait_of(slot)) for nodeid, case, slot in found)
    return {nodeid: (case, seconds) for nodeid, case, seconds in waiting if seconds >= SHORTEST_TOLD_S}


def located(nodeids: Iterable[str], root: Path, settings: Settings) -> Iterable[tuple[str, Case, Slot]]:
    """The items of `nodeids`, for a process that has not collected them itself; what is none of ours is left out."""
    several = len(settings.devices) > 1
    modules: dict[str, dict[str, tuple[Case, dict[str, Slot]]]] = {}
    for nodeid in nodeids:
        name, _, rest = nodeid.partition("::")
        function, _, parameters = rest.partition("[")
        if name not in modules:
            modules[name] = {
                found: (case, {slot.id(several): slot for slot in slots(case, settings.devices_for(case.id))})
                for found, case in _declared(root / name).items()
            }
        if function in modules[name]:
            case, made = modules[name][function]
            slot = made.get(parameters.removesuffix("]"))
            if slot is not None:
                yield nodeid, case, slot


def _declared(path: Path) -> dict[str, Case]:
    try:
        return declared_in(path, path.parent.parent)
    except CatalogueError:
        return {}


def told(waits: Waits) -> str:
    """The sum of the waits of a run, with the longest ones by name; empty when there are none."""
    if not waits:
        return ""
    by_case: dict[str, float] = {}
    for case, seconds in waits.values():
        by_case[case] = by_case.get(case, 0.0) + seconds
    longest = sorted(by_case.items(), key=lambda item: -item[1])
    named = [f"{case} {seconds:.0f} s" for case, seconds in longest[:_MOST_NAMED]]
    left = len(longest) - len(named)
    more = f" and {left} more" if left else ""
    subtests = "1 subtest" if len(waits) == 1 else f"{len(waits)} subtests"
    return f"waits that cases must make: {sum(by_case.values()):.0f} s in {subtests} ({', '.join(named)}{more})"
