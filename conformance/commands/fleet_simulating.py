"""`simulate --meters` and `simulate --fleet`: many embedded meters at once, each on a port of its own."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from conformance.commands.problems import UsageProblem
from conformance.device.model import Profile
from conformance.lab.fleet import Fleet, FleetError, FleetMeter, defects_by_meter, meters_of, numbered_meters
from conformance.lab.inventory_loading import load_lab
from conformance.lab.trial_lab import write_trial_lab
from conformance.link.url import LinkUrl

MOST_METERS = 1000
_LOOK_S = 0.5


def numbered(count: int, url: LinkUrl, profile: Profile, *, seed: int, defect: Sequence[str]) -> tuple[FleetMeter, ...]:
    """The meters of `--meters`.

    Raises:
        UsageProblem: they cannot be served as asked for.
    """
    if url.scheme != "tcp":
        raise UsageProblem(f"simulate: --meters listens on TCP; write --listen tcp://HOST:PORT, not {url.scheme}:")
    try:
        defects = defects_by_meter(defect, [str(number) for number in range(1, count + 1)])
        return numbered_meters(count, url, profile, seed=seed, defects=defects)
    except FleetError as error:
        raise UsageProblem(f"simulate: {error}") from None


def of_lab(path: Path, *, seed: int, defect: Sequence[str]) -> tuple[FleetMeter, ...]:
    """The meters of `--fleet`.

    Raises:
        UsageProblem: they cannot be served as asked for.
        LabError: the lab file cannot be used.
        ConfigError: a device config cannot be used.
    """
    lab = load_lab(path)
    try:
        defects = defects_by_meter(defect, [device.name for device in lab.devices])
        return meters_of(lab, seed=seed, defects=defects)
    except FleetError as error:
        raise UsageProblem(f"simulate: {error}") from None


def serve(meters: Sequence[FleetMeter], *, write_lab: Path | None, as_json: bool) -> None:
    """Serve until interrupted or terminated, then say what each meter has seen of its clients.

    Raises:
        LinkError: a port is in use.
        UsageProblem: the lab cannot be written.
    """
    with Fleet(meters) as fleet, _terminated():
        path = None if write_lab is None else _written(write_lab, fleet.meters)
        try:
            _tell(fleet.meters, path, as_json=as_json)
            while True:
                # Not an event: on Windows waiting for one without end is not ended by Ctrl-C.
                time.sleep(_LOOK_S)
        except KeyboardInterrupt:
            pass
        _tell_served(fleet, as_json=as_json)


@contextmanager
def _terminated() -> Iterator[None]:
    """SIGTERM, which is how services and containers are stopped, ends like Ctrl-C."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _written(directory: Path, meters: Sequence[FleetMeter]) -> Path:
    try:
        return write_trial_lab(directory, meters)
    except FleetError as error:
        raise UsageProblem(f"simulate: --write-lab: {error}") from None


def _tell(meters: Sequence[FleetMeter], lab: Path | None, *, as_json: bool) -> None:
    if as_json:
        told = {
            "meters": [
                {
                    "name": entry.name,
                    "serial_number": entry.serial_number,
                    "url": str(entry.url),
                    "profile": entry.profile.value,
                    "defects": sorted(entry.meter.defects),
                }
                for entry in meters
            ],
            "lab": None if lab is None else str(lab),
        }
        print(json.dumps(told), flush=True)
        return
    width = max(len(entry.name) for entry in meters)
    for entry in meters:
        defects = f", with {', '.join(sorted(entry.meter.defects))}" if entry.meter.defects else ""
        print(f"{entry.name:>{width}}  serial number {entry.serial_number}  {entry.url}, {entry.profile}{defects}")
    if lab is not None:
        print(f"lab: {lab}; try dlms-conformance lab run {lab}")
    print(f"{len(meters)} embedded meters listen; stop with Ctrl-C", flush=True)


def _tell_served(fleet: Fleet, *, as_json: bool) -> None:
    served = fleet.served()
    if as_json:
        seen = [
            {"name": entry.name, "connections": entry.connections, "most_at_once": entry.most_at_once}
            for entry in served
        ]
        print(json.dumps({"served": seen}), flush=True)
        return
    for entry in served:
        print(f"{entry.name}: {entry.connections} connections, {entry.most_at_once} at the same time at most")
