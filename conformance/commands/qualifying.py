"""`qualify`: the tool against itself. Each defect of the embedded meter must be caught by every case that claims it."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from conformance.commands.closing import UNJUDGED
from conformance.commands.running import INTERRUPTED, check_cases, pytest_arguments, start
from conformance.harness.catalogue import cases
from conformance.harness.settings import DEFECTIVE
from conformance.meter.defects import DEFECTS
from conformance.record.assemble import assemble
from conformance.record.journal import RUN
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting import qualification
from conformance.reporting.qualification import ClaimRow, Qualification

_SOUND = "the sound meter"


@dataclass(frozen=True, slots=True)
class Claim:
    """A case's claim to catch a defect, and what came of it.

    Attributes:
        defect: its name.
        case: identifier of the case.
        failed: subtests that FAILED, as they must, over all associations and variants.
        judged: subtests that were judged in all.
    """

    defect: str
    case: str
    failed: int
    judged: int

    @property
    def kept(self) -> bool:
        """Whether the case caught the defect."""
        return self.failed > 0


def register(app: typer.Typer) -> None:
    """Add `qualify`."""
    app.command("qualify")(qualify)


def qualify(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory for the evidence. Default: dlms-results/qualify-TIME.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-n", min=0, help="Processes.")] = 2,
    case: Annotated[list[str] | None, typer.Option("--case", "-c", help="Only this case. Repeatable.")] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="List the defects and the cases that claim them; run nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Run the suites against every defect of the embedded meter and print the matrix.

    Each defect is judged in the communication profile that it shows in, the sound meter in both and over UDP.

    Exit code: 0 every defect is caught by each case that claims it, and nothing is wrong on the sound meter; else 1.
    """
    if only_list:
        _list(as_json=as_json)
        return
    check_cases(case or [])
    directory = out or Path("dlms-results") / datetime.now().astimezone().strftime("qualify-%Y-%m-%dT%H%M%S")
    arguments = pytest_arguments(directory, resume=False)
    arguments += ["--dlms-qualify", *(f"--dlms-case={item}" for item in case or ())]
    if workers:
        arguments += ["-n", str(workers)]
    code = start(arguments, directory, sys.stderr, plain=False, quiet=True)
    record = assemble(directory)
    if code == INTERRUPTED or not record.complete:
        print(f"qualify: not complete; the evidence so far is in {directory}", file=sys.stderr)
        raise typer.Exit(code or UNJUDGED)
    claims = claims_of(record)
    unsound = problems_of_sound_meters(record)
    unclaimed = sorted({item.id for item in record.cases} - {claim.case for claim in claims})
    waiting = sorted(DEFECTS.keys() - {claim.defect for claim in claims}) if not case else []
    result = _result(directory, record, tuple(case or ()), (claims, unsound, unclaimed, waiting))
    qualification.write(directory, result)
    if as_json:
        print(json.dumps(_json(claims, unsound, unclaimed, waiting), indent=1))
    else:
        _print(claims, unsound, unclaimed, waiting)
        print(f"evidence: {directory}; for reports: --qualification {directory}")
    raise typer.Exit(0 if all(claim.kept for claim in claims) and not unsound and not unclaimed else 1)


def problems_of_sound_meters(record: RunRecord) -> list[str]:
    """What went wrong on the meter without a defect, in whichever way it was reached; nothing may."""
    return [
        f"{item.device}: {item.id} {item.association} {item.variant} subtest {subtest.number}: "
        f"{subtest.verdict.value}, {subtest.reason}"
        for item, subtest in record.subtests()
        if not item.device.startswith(DEFECTIVE) and subtest.verdict.is_problem
    ]


def claims_of(record: RunRecord) -> list[Claim]:
    """Every claim of the run, by defect and case."""
    claims = []
    ran = {item.id for item in record.cases}
    found: dict[tuple[str, str], list[Verdict]] = {}
    for item, subtest in record.subtests():
        name = item.device.removeprefix(DEFECTIVE).partition(":")[0]
        found.setdefault((name, item.id), []).append(subtest.verdict)
    for name, defect in sorted(DEFECTS.items()):
        for case in defect.cases:
            if case not in ran:
                continue
            verdicts = found.get((name, case), [])
            judged = sum(verdict in (Verdict.PASSED, Verdict.FAILED) for verdict in verdicts)
            claims.append(Claim(name, case, verdicts.count(Verdict.FAILED), judged))
    return claims


_Found = tuple[list[Claim], list[str], list[str], list[str]]


def _result(directory: Path, record: RunRecord, restricted: tuple[str, ...], found: _Found) -> Qualification:
    """What was found, as the file that reports take."""
    claims, unsound, unproven, unclaimed = found
    groups = {item.id: item.group for item in record.cases}
    rows = (
        ClaimRow(
            defect=claim.defect,
            title=DEFECTS[claim.defect].title,
            group=groups.get(claim.case, ""),
            case=claim.case,
            caught=claim.kept,
            failed=claim.failed,
            judged=claim.judged,
        )
        for claim in claims
    )
    tool = record.tool
    return Qualification(
        tool=f"{tool.name} {tool.version}",
        digest=tool.digest,
        platform=tool.platform,
        python=tool.python,
        started=record.started,
        finished=record.finished,
        restricted=restricted,
        rows=tuple(rows),
        problems=tuple(unsound),
        unproven=tuple(unproven),
        unclaimed=tuple(unclaimed),
        record_sha256=hashlib.sha256((directory / RUN).read_bytes()).hexdigest(),
    )


def _print(claims: list[Claim], unsound: list[str], unclaimed: list[str], waiting: list[str]) -> None:
    table = Table(header_style="bold", pad_edge=False)
    for name in ("defect", "claimed by", "result"):
        table.add_column(name)
    table.add_column("failed", justify="right")
    table.add_column("judged", justify="right")
    for claim in claims:
        result = "[green]caught[/]" if claim.kept else "[bold red]MISSED[/]"
        table.add_row(claim.defect, claim.case, result, str(claim.failed), str(claim.judged))
    Console(width=None if Console().is_terminal else 120).print(table)
    for line in unsound:
        print(f"on {_SOUND}: {line}")
    for case in unclaimed:
        print(f"no defect is claimed by {case}")
    if waiting:
        print(f"{len(waiting)} further defects are for suites that are not here yet: {', '.join(waiting)}")
    missed = sum(not claim.kept for claim in claims)
    defects = len({claim.defect for claim in claims})
    print(f"{defects} defects, {len(claims)} claims, {missed} missed; {len(unsound)} problems on {_SOUND}")


def _json(claims: list[Claim], unsound: list[str], unclaimed: list[str], waiting: list[str]) -> dict[str, object]:
    return {
        "claims": [
            {
                "defect": claim.defect,
                "case": claim.case,
                "caught": claim.kept,
                "failed": claim.failed,
                "judged": claim.judged,
            }
            for claim in claims
        ],
        "sound_meter": unsound,
        "cases_without_defect": unclaimed,
        "defects_that_no_case_claims_yet": waiting,
    }


def _list(*, as_json: bool) -> None:
    known = cases()
    if as_json:
        print(
            json.dumps(
                {
                    name: {"title": defect.title, "cases": list(defect.cases), "profile": defect.profile}
                    for name, defect in DEFECTS.items()
                },
                indent=1,
            )
        )
        return
    for name, defect in sorted(DEFECTS.items()):
        claimed = ", ".join(case if case in known else f"{case} (no such case)" for case in defect.cases)
        print(f"{name}\n    {defect.title}\n    claimed by {claimed}")
