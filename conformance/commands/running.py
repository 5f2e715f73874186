"""`run`: the suites against one or several devices, ending in verdicts and reports. A thin front over pytest."""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Generator, Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

import pytest
import typer

from conformance.commands.closing import UNJUDGED, close_run
from conformance.commands.presentation_options import BrandingFile, QualificationDirectory, Templates, presentation
from conformance.commands.problems import UNUSABLE, UsageProblem
from conformance.commands.progress import progress
from conformance.commands.run_options import (
    AcceptanceChoice,
    AsJson,
    Budget,
    Cases,
    Defects,
    Devices,
    LinkChoice,
    Out,
    Pdf,
    Permit,
    Plain,
    ProfileChoice,
    Resume,
    Seed,
    Selection,
    State,
    Supervised,
    Workers,
)
from conformance.commands.supervision import Supervision, alone
from conformance.commands.time_options import span
from conformance.device.content import content_directory
from conformance.harness.catalogue import cases
from conformance.record.journal import JOURNAL
from conformance.record.verdict import Verdict
from conformance.reporting.presentation import Presentation

INTERRUPTED = 130
"""Exit code: stopped by Ctrl-C."""
_RUNS = Path("dlms-results")
_UNWANTED = (
    "terminal", "cacheprovider", "junitxml", "rerunfailures", "flaky", "unraisableexception", "hypothesispytest",
)  # fmt: skip
"""Plugins that a run does without: those whose place our own output takes, those that run subtests again, and one that
sweeps all memory five times at the end, to warn of what a suite has left open."""


def register(app: typer.Typer) -> None:
    """Add `run`."""
    app.command("run")(run)


def run(
    devices: Devices = None,
    case: Cases = None,
    out: Out = None,
    resume: Resume = None,
    workers: Workers = 0,
    link: LinkChoice = None,
    profile: ProfileChoice = None,
    acceptance: AcceptanceChoice = None,
    permit: Permit = None,
    seed: Seed = None,
    defect: Defects = None,
    state: State = None,
    budget: Budget = None,
    plain: Plain = False,
    pdf: Pdf = True,
    branding: BrandingFile = None,
    templates: Templates = None,
    qualification: QualificationDirectory = None,
    as_json: AsJson = False,
    supervised: Supervised = None,
) -> None:
    """Run the suites and draw the reports.

    Exit code: 0 all well; 1 something FAILED; 3 nothing FAILED but something ERROR or INCONCLUSIVE; 2 could not start.
    """
    if out is not None and resume is not None:
        raise UsageProblem("--out and --resume exclude each other: a resumed run goes on in its own directory")
    if budget is not None:
        span("--budget", budget)
    check_cases(case or [])
    look = presentation(branding, templates, qualification)
    directory = resume or out or _RUNS / datetime.now().astimezone().strftime("%Y-%m-%dT%H%M%S")
    selection = Selection(
        device=devices,
        case=case,
        permit=permit,
        defect=defect,
        link=link,
        profile=profile,
        acceptance=acceptance,
        seed=seed,
        state=state,
        budget=budget,
    )
    arguments = [*pytest_arguments(directory, resume=resume is not None), *selection.pytest_arguments()]
    if workers:
        arguments += ["-n", str(workers)]
    stream = sys.stderr if as_json else sys.stdout
    if supervised is not None:
        if workers:
            raise UsageProblem("--supervised goes with one process: leave --workers out")
        with alone(supervised):
            supervision = Supervision()
            arguments.append("--dlms-record-unreachable")
            code = start(arguments, directory, stream, plain=plain, plugins=(supervision,))
            if supervision.forsaken:
                raise typer.Exit(INTERRUPTED)
            raise typer.Exit(_finish(directory, code, stream, pdf=pdf, as_json=as_json, look=look))
    code = start(arguments, directory, stream, plain=plain)
    raise typer.Exit(_finish(directory, code, stream, pdf=pdf, as_json=as_json, look=look))


def _finish(directory: Path, code: int, stream: TextIO, *, pdf: bool, as_json: bool, look: Presentation) -> int:
    """Print the verdicts and draw the reports of a run that ended with `code`, giving the final exit code."""
    closed = close_run(directory, pdf=pdf, stream=stream, presentation=look)
    again = f"dlms-conformance run --resume {directory}"
    unjudged = closed.record.subtest_totals[Verdict.INCONCLUSIVE]
    if code == INTERRUPTED:
        print(f"interrupted; {again} finishes it", file=sys.stderr)
    elif not closed.record.complete:
        print(f"not all subtests were judged; {again} goes on", file=sys.stderr)
    elif unjudged:
        print(f"{unjudged} subtests could not be judged; {again} tries them again", file=sys.stderr)
    if code == 0 and closed.failure is not None:
        code = UNUSABLE
    if as_json:
        print(json.dumps(closed.to_json(code), indent=1))
    return code


def pytest_arguments(directory: Path, *, resume: bool) -> list[str]:
    """What every run gives to pytest: the suites, their settings, no terminal of its own, where the evidence goes."""
    suites = content_directory("suites")
    unwanted = [word for name in _UNWANTED for word in ("-p", f"no:{name}")]
    where = f"--dlms-{'resume' if resume else 'out'}={directory}"
    return [str(suites), "-c", str(suites / "pytest.ini"), *unwanted, where]


def start(
    arguments: list[str],
    directory: Path,
    stream: TextIO,
    *,
    plain: bool,
    quiet: bool = False,
    plugins: Sequence[object] = (),
) -> int:
    """Run pytest with a progress display, giving our exit code; `quiet` shows the progress but no problems.

    `PYTEST_ADDOPTS` of the surroundings has no say: it would change what is run, and nobody would see it in the record.

    Raises:
        UsageProblem: the run could not start.
        typer.Exit: likewise, and the cause was told already; or it was interrupted before it began.
    """
    watcher = progress(stream, plain=plain, quiet=quiet)
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.delenv("PYTEST_ADDOPTS", raising=False)
        code = pytest.main(arguments, plugins=[watcher, _Interpreter(), *plugins])
    interrupted = code == pytest.ExitCode.INTERRUPTED and not watcher.broken
    if not (directory / JOURNAL).exists():
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            raise UsageProblem("no case was collected; see dlms-conformance list")
        raise typer.Exit(INTERRUPTED if interrupted else UNUSABLE)
    if watcher.failed:
        return UNJUDGED
    return INTERRUPTED if interrupted else int(code)


class _Interpreter:
    """Says what the plugin cannot use in the words of our own options."""

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self) -> Generator[None, object, object]:
        """What pytest calls a usage error is one of ours here."""
        try:
            return (yield)
        except pytest.UsageError as error:
            raise UsageProblem(str(error).replace("--dlms-device", "DEVICE").replace("--dlms-", "--")) from None


def check_cases(wanted: list[str]) -> None:
    """Refuse an identifier that no case has, and suites that cannot be read, before a meter is met."""
    known = cases()
    for identifier in wanted:
        if not any(fnmatch.fnmatchcase(case, identifier) for case in known):
            near = get_close_matches(identifier.upper(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see dlms-conformance list"
            raise UsageProblem(f"--case {identifier}: there is no such case; {hint}")
