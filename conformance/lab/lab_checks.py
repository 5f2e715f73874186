"""A lab looked at as a whole, before a night: inventory, device configs, lines, cases, permissions, this host."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.device.document import Document
from conformance.device.problems import nearest
from conformance.lab.device_checks import Meter, line_findings, loaded_meters
from conformance.lab.findings import Finding, error, warning
from conformance.lab.inventory import Lab
from conformance.lab.inventory_loading import LabError, read_lab
from conformance.lab.surroundings_checks import surroundings_findings


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check.

    Attributes:
        lab: the lab; None where its file holds what no lab has.
        findings: errors and warnings, in the order of files and lines.
    """

    lab: Lab | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(finding.level == "error" for finding in self.findings)


def check_lab(path: str | os.PathLike[str], cases: Sequence[str], environ: Mapping[str, str] | None = None) -> Checked:
    """Check everything that can be known without a meter.

    Args:
        path: the lab file.
        cases: identifiers of all cases of the suites.
        environ: where secrets are looked for; None: the environment of this process.
    """
    names = os.environ if environ is None else environ
    try:
        found = read_lab(path)
    except LabError as unusable:
        return Checked(None, tuple(error(problem) for problem in unusable.problems))
    lab, document = found.lab, found.document
    findings = [error(problem) for problem in found.problems]
    meters, about_configs = loaded_meters(found, names)
    findings += about_configs
    findings += line_findings(document, meters)
    if not found.problems:
        # What a misspelt name leaves unused is told by the misspelling.
        findings += _unused(lab, document)
    findings += _cases(lab, document, cases)
    findings += _permissions(lab, document, meters)
    findings += surroundings_findings(lab, document, names)
    return Checked(lab, tuple(sorted(findings, key=_place)))


def _place(finding: Finding) -> tuple[str, int, int]:
    problem = finding.problem
    return (problem.file, problem.line, problem.column)


def _unused(lab: Lab, document: Document) -> Iterator[Finding]:
    used = {device.line for device in lab.devices}
    for index, line in enumerate(lab.lines):
        if line.name not in used:
            yield warning(document.problem(("line", index, "name"), "has no device; nothing is tested on it"))
    lined = {line.bench for line in lab.lines}
    for index, bench in enumerate(lab.benches):
        if bench.name not in lined:
            yield warning(document.problem(("bench", index, "name"), "has no line"))
    profiles = {device.profile for device in lab.devices}
    for profile in lab.profiles:
        if profile.name not in profiles:
            yield warning(document.problem(("profile", profile.name), "is the profile of no device"))


def _cases(lab: Lab, document: Document, cases: Sequence[str]) -> Iterator[Finding]:
    for profile in lab.profiles:
        for index, wanted in enumerate(profile.cases):
            if any(fnmatch.fnmatchcase(case, wanted) for case in cases):
                continue
            near = nearest(wanted.rstrip("*?"), cases) if wanted.strip("*?") else ""
            path = ("profile", profile.name, "cases", index)
            message = "there is no such case; see dlms-conformance list"
            yield error(document.problem(path, message, meant=near))


def _permissions(lab: Lab, document: Document, meters: Sequence[Meter]) -> Iterator[Finding]:
    """Permissions that lock a meter out, or that nothing takes back, are worth a second look for every night."""
    grave = {"leaves_policy", "may_lock_out"}
    for profile in lab.profiles:
        given = grave.intersection(profile.permit)
        real = [meter for meter in meters if meter.entry.profile == profile.name and meter.device.embedded is None]
        if given and real:
            names = " and ".join(sorted(given))
            message = (
                f"permits {names} every night to {len(real)} meter{'s' if len(real) > 1 else ''}, such as "
                f"{real[0].entry.name}; permit that in a profile of meters that nobody needs tomorrow"
            )
            yield warning(document.problem(("profile", profile.name, "permit"), message))
    for profile in lab.profiles:
        if profile.budget_s is None:
            message = 'has no budget: a night can take as long as the slowest meter; give it one, such as "45m"'
            yield warning(document.problem(("profile", profile.name), message))
