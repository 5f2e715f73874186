"""What differs around two runs: the tool, the meter's identity, its config, what was allowed and what was selected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.record.model import DeviceRecord, RunRecord

_NOTHING = "(none)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One circumstance.

    Attributes:
        what: in words.
        before: in the first run.
        after: in the second run.
    """

    what: str
    before: str
    after: str


def differences(before: RunRecord, after: RunRecord) -> tuple[Difference, ...]:
    """Every circumstance that differs and may explain why verdicts do, the meter's own first."""
    return tuple(
        Difference(what, was or _NOTHING, is_now or _NOTHING)
        for what, was, is_now in _circumstances(before, after)
        if was != is_now
    )


def _circumstances(before: RunRecord, after: RunRecord) -> Iterator[tuple[str, str, str]]:
    yield from _devices(before, after)
    yield "acceptance", before.acceptance, after.acceptance
    yield "permissions", ", ".join(before.permissions), ", ".join(after.permissions)
    yield "what was selected", before.scope, after.scope
    yield "run complete", _yes(before.complete), _yes(after.complete)
    yield "tool version", before.tool.version, after.tool.version
    for name in sorted(before.plugins.keys() | after.plugins.keys()):
        yield f"version of {name}", before.plugins.get(name, ""), after.plugins.get(name, "")
    yield "Python", before.tool.python, after.tool.python
    yield "platform", before.tool.platform, after.tool.platform


def _devices(before: RunRecord, after: RunRecord) -> Iterator[tuple[str, str, str]]:
    if len(before.devices) == len(after.devices) == 1:
        yield "device", before.device.name, after.device.name
        yield from _device("", before.device, after.device)
        return
    earlier = {device.name: device for device in before.devices}
    later = {device.name: device for device in after.devices}
    yield "devices", ", ".join(sorted(earlier)), ", ".join(sorted(later))
    for name in sorted(earlier.keys() & later.keys()):
        yield from _device(f"{name}: ", earlier[name], later[name])


def _device(prefix: str, before: DeviceRecord, after: DeviceRecord) -> Iterator[tuple[str, str, str]]:
    for name in sorted(before.identity.keys() | after.identity.keys()):
        yield f"{prefix}{name}", before.identity.get(name, ""), after.identity.get(name, "")
    yield f"{prefix}communication profile", before.profile, after.profile
    yield f"{prefix}link", before.link, after.link
    yield f"{prefix}fingerprint of the device config", before.fingerprint, after.fingerprint
    yield f"{prefix}defects that were switched on", _defects(before), _defects(after)


def _defects(device: DeviceRecord) -> str:
    """Of an embedded meter, which may have been given some by an option of the run."""
    embedded = device.config.get("embedded")
    defects = embedded.get("defects") if isinstance(embedded, dict) else None
    return ", ".join(map(str, defects)) if isinstance(defects, list) else ""


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
