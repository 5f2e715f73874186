"""The device configs of a lab, each loaded as a run would load it, and what they say about the lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from conformance.device.document import Document
from conformance.device.load import load
from conformance.device.model import Device
from conformance.device.problems import ConfigError, Problem
from conformance.device.toml_lines import Path
from conformance.lab.broker import is_lent
from conformance.lab.findings import Finding, error, warning
from conformance.lab.inventory import LabDevice
from conformance.lab.inventory_loading import ReadLab
from conformance.link.url import LinkUrl, LinkUrlError, parse_url, unreachable

_MISSING_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Meter:
    """A device of the lab with its loaded config.

    Attributes:
        index: its number in the lab file, from 0.
        entry: what the lab file says.
        device: what its config says.
        url: the link that it is reached by; None where only labgrid knows it.
    """

    index: int
    entry: LabDevice
    device: Device
    url: LinkUrl | None

    @property
    def physical_line(self) -> str | None:
        """What only one process may use at a time; None where each process has its own, or only labgrid knows."""
        return None if self.url is None else self.url.line

    @property
    def address(self) -> tuple[object, ...]:
        """What tells meters of one physical line from each other."""
        device = self.device
        lower = device.hdlc.server_lower if device.profile == "hdlc" else None
        return (device.profile, lower, tuple(sorted(logical.sap for logical in device.logical_devices)))


def loaded_meters(found: ReadLab, environ: Mapping[str, str]) -> tuple[list[Meter], list[Finding]]:
    """Load every device config once, however many devices share it; no secret command is run."""
    meters: list[Meter] = []
    findings: list[Finding] = []
    seen: dict[FilePath, Device | None] = {}
    document = found.document
    for index, entry in zip(found.indices, found.lab.devices, strict=True):
        if entry.config not in seen:
            seen[entry.config] = _load(entry.config, document, index, environ, findings)
        device = seen[entry.config]
        if device is not None:
            url, problem = _url(document, index, entry, device)
            findings += [error(problem)] if problem is not None else []
            if problem is None:
                meters.append(Meter(index, entry, device, url))
    return meters, findings


def _load(
    config: FilePath, document: Document, index: int, environ: Mapping[str, str], findings: list[Finding]
) -> Device | None:
    try:
        # An empty set of associations: a `{ command = … }` may ask for a password, and a check asks for nothing.
        device = load(config, environ=environ, secrets="available", commands_of=())
    except ConfigError as problem:
        findings += [error(found) for found in problem.problems]
        where = document.problem(("device", index, "config"), "this device config cannot be used; see its own problems")
        findings.append(error(where))
        return None
    missing = [secret for secret in device.missing if secret.source != "command"]
    if missing:
        told = "; ".join(f"{it.association}.{it.key}: {it.reason}" for it in missing[:_MISSING_SHOWN])
        more = f"; and {len(missing) - _MISSING_SHOWN} more" if len(missing) > _MISSING_SHOWN else ""
        message = f"its device config names secrets that are not there: {told}{more}; set them where the night runs"
        findings.append(warning(document.problem(("device", index, "config"), message)))
    return device


def _url(document: Document, index: int, entry: LabDevice, device: Device) -> tuple[LinkUrl | None, Problem | None]:
    """The link of a device, and why it does not fit its config."""
    if entry.link is None:
        return parse_url(device.link), None
    if is_lent(entry.link):
        return None, None
    try:
        url = parse_url(entry.link)
    except LinkUrlError:
        # Told when the file was read.
        return None, None
    why = unreachable(url, device.profile)
    if why is None and url.scheme == "loopback" and device.embedded is None:
        why = "only the embedded meter is there"
    if why is not None:
        return None, document.problem(("device", index, "link"), f"does not fit its device config: {why}")
    return url, None


def line_findings(document: Document, meters: list[Meter]) -> Iterator[Finding]:
    """What the links say about the lines: a physical line belongs to one line, and a meter is there once."""
    lines: dict[str, Meter] = {}
    addresses: dict[tuple[object, ...], Meter] = {}
    ways: dict[str, dict[str, Meter]] = {}
    for meter in meters:
        physical = meter.physical_line
        if physical is None:
            continue
        first = lines.setdefault(physical, meter)
        if first.entry.line != meter.entry.line:
            message = (
                f"is reached by {physical}, as {first.entry.name} on line {first.entry.line}: two lines are tested at "
                "once, and these two meters cannot be; give both the same line"
            )
            yield error(document.problem(("device", meter.index, "line"), message))
        same = addresses.setdefault((physical, *meter.address), meter)
        if same is not meter:
            message = (
                f"is the same meter as {same.entry.name}: {physical} with the same addresses; "
                "remove one of the two, or correct its link or device config"
            )
            yield error(document.problem(_link_key(meter), message))
        ways.setdefault(meter.entry.line, {}).setdefault(physical, meter)
    yield from (_several(document, line, of_line) for line, of_line in ways.items() if len(of_line) > 1)


def _link_key(meter: Meter) -> Path:
    return ("device", meter.index, "config" if meter.entry.link is None else "link")


def _several(document: Document, line: str, ways: dict[str, Meter]) -> Finding:
    """A line with several physical lines loses time, unless something else that they share allows one at a time."""
    first, second = list(ways)[:2]
    message = (
        f"line {line} has {len(ways)} physical lines, such as {first} and {second}, whose meters "
        "wait for each other; with a line each they are tested side by side"
    )
    return warning(document.problem(("device", ways[second].index, "line"), message))
