"""What `run` may be told, and what pytest is told in turn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from conformance.device.model import Acceptance, Permission, Profile

Devices = Annotated[
    list[str] | None,
    typer.Argument(
        help="Device configs: files, or names of shipped ones. Default: the embedded meter.", metavar="[DEVICE]..."
    ),
]
Cases = Annotated[
    list[str] | None, typer.Option("--case", "-c", help="Only this case; * and ? are wildcards. Repeatable.")
]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="Directory for evidence and reports. Default: dlms-results/TIME.")
]
Resume = Annotated[
    Path | None, typer.Option(help="Finish the run that was killed or interrupted in this directory, as it began.")
]
Workers = Annotated[int, typer.Option("--workers", "-n", min=0, help="Processes; each line gets one. 0: this process.")]
LinkChoice = Annotated[
    str | None, typer.Option(help="Link in place of the device config's, e.g. tcp://192.0.2.1:4059.")
]
ProfileChoice = Annotated[Profile | None, typer.Option(help="Communication profile in place of the device config's.")]
AcceptanceChoice = Annotated[
    Acceptance | None, typer.Option(help="Profile of acceptance in place of the device config's.")
]
Permit = Annotated[
    list[Permission] | None,
    typer.Option(help="What may be done to the meter beside what is permitted. Repeatable."),
]
Seed = Annotated[int | None, typer.Option(help="Repeats a run's challenges, keys and mutations.")]
Defects = Annotated[list[str] | None, typer.Option(help="Switch on a defect of the embedded meter. Repeatable.")]
State = Annotated[Path | None, typer.Option(help="Where invocation counters and locks of lines are kept between runs.")]
Budget = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="What was not begun after this time, e.g. 45m, is INCONCLUSIVE."),
]
Supervised = Annotated[
    Path | None,
    typer.Option(
        metavar="LOCK",
        hidden=True,
        help="For a program that started this run: hold LOCK meanwhile, stop when standard input says so or closes, "
        "and judge the subtests of a meter that does not answer INCONCLUSIVE.",
    ),
]
Plain = Annotated[bool, typer.Option("--plain", help="Plain lines, also on a terminal.")]
Pdf = Annotated[bool, typer.Option(help="Draw the PDF report.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="End with a JSON object on standard output; the rest goes to standard error.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is run, on which meters and how: the options that the plugin knows too, each under the plugin's name.

    Attributes:
        device: device configs.
        case: identifiers, with wildcards.
        permit: permissions.
        defect: of the embedded meter.
        link: in place of the device configs'.
        profile: in place of the device configs'.
        acceptance: in place of the device configs'.
        seed: of challenges, keys and mutations.
        state: directory of what outlives a run.
        budget: the time that the run may take, as written.
    """

    device: list[str] | None
    case: list[str] | None
    permit: list[Permission] | None
    defect: list[str] | None
    link: str | None
    profile: Profile | None
    acceptance: Acceptance | None
    seed: int | None
    state: Path | None
    budget: str | None = None

    def pytest_arguments(self) -> list[str]:
        """The same as options of the pytest plugin."""
        repeatable = {"device": self.device, "case": self.case, "permit": self.permit, "defect": self.defect}
        single = {
            "link": self.link,
            "profile": self.profile,
            "acceptance": self.acceptance,
            "seed": self.seed,
            "state": self.state,
            "budget": self.budget,
        }
        several = [f"--dlms-{name}={value}" for name, values in repeatable.items() for value in values or ()]
        return several + [f"--dlms-{name}={value}" for name, value in single.items() if value is not None]
