"""What the tool is made of: the hash of its own sources, those of the distributions below it, and its proven suites."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

import conformance
from conformance.device.content import content_directory
from conformance.harness.case import Case
from conformance.harness.catalogue import cases
from conformance.meter.defects import DEFECTS
from conformance.record.tool import DependencyRecord, SuiteRecord

NAME: Final = "dlms-conformance"
"""The distribution that the tool is."""


@cache
def own_digest() -> str:
    """SHA-256 over the package and its suites: of each file `name NUL sha256 LF`, in the order of the names.

    The same sources give the same digest wherever they are installed, also in a work tree.
    """
    package = Path(conformance.__file__).parent
    files = {f"conformance/{path.relative_to(package).as_posix()}": path for path in package.rglob("*.py")}
    files = {name: path for name, path in files.items() if not name.startswith("conformance/content/")}
    suites = content_directory("suites")
    files |= {f"suites/{path.relative_to(suites).as_posix()}": path for path in suites.rglob("*.py")}
    lines = (f"{name}\0{hashlib.sha256(files[name].read_bytes()).hexdigest()}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def dependencies(also: Iterable[str] = ()) -> tuple[DependencyRecord, ...]:
    """Every distribution that the tool requires, directly or through another, by name.

    Extras count only where a requirement asks for them, markers as they are here.

    Args:
        also: further distributions that take part, such as pytest plugins.
    """
    return _closure(frozenset(also))


@cache
def _closure(also: frozenset[str]) -> tuple[DependencyRecord, ...]:
    found: dict[str, DependencyRecord] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in (NAME, *sorted(also))]
    while waiting:
        name, extras = waiting.pop()
        key = canonicalize_name(name)
        if (key, extras) in visited:
            continue
        visited.add((key, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # nothing of it took part
        if key not in found:
            found[key] = DependencyRecord(
                name=distribution.metadata["name"], version=distribution.version, record_sha256=_recorded(distribution)
            )
        waiting += _required(distribution, extras)
    found.pop(canonicalize_name(NAME), None)  # the digest of its sources says more
    return tuple(found[key] for key in sorted(found))


def _required(distribution: metadata.Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    required = []
    for line in distribution.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # of a distribution that predates the grammar
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*sorted(extras), "")):
            required.append((requirement.name, frozenset(requirement.extras)))
    return required


def _recorded(distribution: metadata.Distribution) -> str:
    """SHA-256 of the RECORD file; empty where there is none."""
    for file in distribution.files or ():
        if file.name == "RECORD" and file.parent.suffix == ".dist-info":
            try:
                return hashlib.sha256(Path(str(file.locate())).read_bytes()).hexdigest()
            except OSError:
                return ""
    return ""


@cache
def suites() -> tuple[SuiteRecord, ...]:
    """The shipped suites in the order of their folders, with the defects that prove them.

    Raises:
        CatalogueError: a suite cannot be read.
    """
    grouped: dict[str, list[Case]] = {}
    for case in cases().values():
        grouped.setdefault(case.group, []).append(case)
    return tuple(_suite(group, found) for group, found in grouped.items())


def _suite(group: str, found: list[Case]) -> SuiteRecord:
    known = {case.id for case in found}
    claims = [(name, case) for name, defect in DEFECTS.items() for case in defect.cases if case in known]
    return SuiteRecord(
        group=group,
        cases=len(found),
        subtests=sum(len(case.subtests) for case in found),
        proven=len({case for _, case in claims}),
        defects=len({name for name, _ in claims}),
        claims=len(claims),
    )
