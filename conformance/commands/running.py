"""`run`: the suites against one or several devices, ending in verdicts and reports. A thin front over pytest."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import pytest
import typer

from conformance.commands.closing import close_run
from conformance.commands.problems import UNUSABLE, UsageProblem
from conformance.commands.progress import progress
from conformance.device.content import content_directory
from conformance.device.model import Acceptance, Permission, Profile

Devices = Annotated[
    list[str] | None,
    typer.Argument(
        help="Device configs: files, or names of shipped ones. Default: the embedded meter.", metavar="[DEVICE]..."
    ),
]


def register(app: typer.Typer) -> None:
    """Add `run`."""
    app.command("run")(run)


def run(
    devices: Devices = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", "-c", help="Only this case; * and ? are wildcards. Repeatable.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory for evidence and reports. Default: dlms-results/TIME.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Finish the run that was killed or interrupted in this directory.")
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", "-n", min=0, help="Processes; each line gets one. 0: this process.")
    ] = 0,
    link: Annotated[
        str | None, typer.Option(help="Link in place of the device config's, e.g. tcp://192.0.2.1:4059.")
    ] = None,
    profile: Annotated[
        Profile | None, typer.Option(help="Communication profile in place of the device config's.")
    ] = None,
    acceptance: Annotated[
        Acceptance | None, typer.Option(help="Profile of acceptance in place of the device config's.")
    ] = None,
    permit: Annotated[
        list[Permission] | None,
        typer.Option(help="What may be done to the meter beside what is permitted. Repeatable."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Repeats a run's challenges, keys and mutations.")] = None,
    defect: Annotated[
        list[str] | None, typer.Option(help="Switch on a defect of the embedded meter. Repeatable.")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Where invocation counters are kept between runs.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines, also on a terminal.")] = False,
    pdf: Annotated[bool, typer.Option(help="Draw the PDF report.")] = True,
) -> None:
    """Run the suites and draw the reports.

    Exit code: 0 all well; 1 something FAILED; 3 nothing FAILED but something ERROR or INCONCLUSIVE; 2 could not start.
    """
    if out is not None and resume is not None:
        raise UsageProblem("--out and --resume exclude each other: a resumed run goes on in its own directory")
    directory = resume or out or Path("dlms-results") / datetime.now().astimezone().strftime("%Y-%m-%dT%H%M%S")
    arguments = pytest_arguments(directory, resume=resume is not None)
    for option, values in (("device", devices), ("case", case), ("permit", permit), ("defect", defect)):
        arguments += [f"--dlms-{option}={value}" for value in values or ()]
    for option, value in (
        ("link", link),
        ("profile", profile),
        ("acceptance", acceptance),
        ("seed", seed),
        ("state", state),
    ):
        if value is not None:
            arguments.append(f"--dlms-{option}={value}")
    if workers:
        arguments += ["-n", str(workers)]
    code = int(start(arguments, directory, plain=plain))
    if code == UNUSABLE:
        raise typer.Exit(UNUSABLE)
    close_run(directory, pdf=pdf)
    raise typer.Exit(code)


def pytest_arguments(directory: Path, *, resume: bool) -> list[str]:
    """What every run gives to pytest: the suites, their settings, no terminal of its own, where the evidence goes."""
    suites = content_directory("suites")
    plugins = [word for name in ("terminal", "cacheprovider", "junitxml") for word in ("-p", f"no:{name}")]
    return [
        str(suites),
        "-c",
        str(suites / "pytest.ini"),
        *plugins,
        f"--dlms-{'resume' if resume else 'out'}={directory}",
    ]


def start(arguments: list[str], directory: Path, *, plain: bool, quiet: bool = False) -> int:
    """Run pytest with a progress display, giving our exit code; `quiet` shows the progress but no problems."""
    shown = progress(plain=plain or not sys.stdout.isatty(), quiet=quiet)
    code = pytest.main(arguments, plugins=[shown])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        if (directory / "journal.jsonl").exists() and shown.deselected:
            return 0
        raise UsageProblem("no case was collected; see dlms-conformance list")
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        return UNUSABLE
    return int(code)
