"""A lab of simulated meters, written out: what to try `lab` with before any meter is wired."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from conformance.device.content import content_directory
from conformance.device.model import Profile
from conformance.lab.fleet import FleetError, FleetMeter
from conformance.lab.inventory import NightProfile
from conformance.lab.inventory_loading import load_lab
from conformance.link.url import LinkUrl
from conformance.record.lines import write_whole

CORE: Final = "core"
"""The nightly profile that a trial lab takes over from the sample lab."""
LAB_FILE: Final = "lab.toml"
_WORKERS: Final = 4
_TRIAL: Final = Path("labs", "trial")
_SAMPLE: Final = Path("labs", "sample-lab.toml")
_BUDGET: Final = "15m"


def write_trial_lab(directory: Path, meters: Sequence[FleetMeter], *, lines: int | None = None) -> Path:
    """Write a lab file for `meters`, with the device config and the keys of the embedded meter, into a new directory.

    Args:
        directory: made here; it may be there already if it is empty.
        meters: of a fleet; their links are written as they are now.
        lines: so many, the meters shared out among them, as if they shared gateways; None: one for each meter.

    Returns:
        The lab file.

    Raises:
        FleetError: the directory has content, or cannot be written.
        ContentMissingError: the installation is incomplete.
        LabError: the shipped sample lab was changed, and has no profile `core` any more.
    """
    shipped = content_directory("device_configs")
    core = load_lab(shipped / _SAMPLE).profile(CORE)
    try:
        if directory.exists() and any(directory.iterdir()):
            raise FleetError(f"{directory}: there is something in it; name a new directory, or remove it")
        shutil.copytree(shipped / _TRIAL, directory / "devices", dirs_exist_ok=True)
        path = directory / LAB_FILE
        write_whole(path, "\n".join(_lab(meters, core, lines)).encode("utf-8"))
    except OSError as error:
        raise FleetError(f"{directory}: cannot be written ({error.strerror or error})") from None
    return path


def _lab(meters: Sequence[FleetMeter], core: NightProfile, lines: int | None) -> Iterator[str]:
    count = lines or len(meters)
    yield "# A lab of meters that dlms-conformance simulate serves on this host; it works while that runs."
    yield ""
    yield "[lab]"
    yield 'name = "Trial lab"'
    yield f"workers = {_WORKERS}"
    yield ""
    yield f"[profile.{CORE}]"
    yield "cases = ["
    yield from (f'  "{case}",' for case in core.cases)
    yield "]"
    yield f'budget = "{_BUDGET}"'
    for number in range(1, count + 1):
        yield from ("", "[[line]]", f'name = "line-{number}"')
    for index, meter in enumerate(meters):
        yield from (
            "",
            "[[device]]",
            f'name = "meter-{meter.name}"',
            'config = "devices/meter.toml"',
            f'line = "line-{index * count // len(meters) + 1}"',
            f'profile = "{CORE}"',
            f'link = "{_link(meter.url, meter.profile)}"',
        )
    yield ""


def _link(url: LinkUrl, profile: Profile) -> str:
    """The link of a client: the device config of the trial speaks the wrapper."""
    if profile is not Profile.WRAPPER:
        raise FleetError("the meters of a trial lab speak the wrapper; leave --profile out")
    return str(url)
