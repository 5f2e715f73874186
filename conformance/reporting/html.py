"""The report as one HTML page that needs nothing else: no network, no fonts, no second file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from conformance.record.assemble import load, load_frames
from conformance.record.collector import paused
from conformance.record.frames import Frame
from conformance.record.journal import FRAMES, RUN
from conformance.record.lines import write_whole
from conformance.record.model import RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.branding import NO_BRANDING, Branding
from conformance.reporting.clause_coverage import coverage
from conformance.reporting.legible import legible
from conformance.reporting.not_judged import not_judged
from conformance.reporting.outline import Group, Run, Subtest, outline
from conformance.reporting.overview import MOST_DEVIATIONS, UNTESTED, counted, overview
from conformance.reporting.packing import BUDGET, Packer, mark_of
from conformance.reporting.page import environment, inline, policy
from conformance.reporting.timing_view import timed_groups
from conformance.reporting.transfer_view import compared, sized

REPORT = "report.html"

_LONGEST_CONFIG = 40_000


def write(directory: Path, *, templates: Path | None = None) -> Path:
    """Draw the report of the run in `directory` and give its path.

    Args:
        directory: holds the run record, or the journal of a run that was killed.
        templates: a directory to take the templates from, in place of the tool's own.

    Raises:
        RecordError: there is no run, or its record is damaged.
    """
    record = load(directory)
    frames = load_frames(directory)
    evidence = {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in (RUN, FRAMES)}
    path = directory / REPORT
    write_whole(path, render(record, frames, evidence=evidence, templates=templates).encode("utf-8"))
    return path


def render(
    record: RunRecord,
    frames: Sequence[Frame],
    *,
    evidence: Mapping[str, str] | None = None,
    templates: Path | None = None,
    branding: Branding = NO_BRANDING,
    budget: int = BUDGET,
) -> str:
    """The page for `record`; the same record gives the same page.

    Args:
        record: the run.
        frames: its frame log, numbered from 1 without gaps.
        evidence: SHA-256 of the files that the page is a view of, by name.
        templates: a directory to take the templates from, in place of the tool's own.
        branding: of the laboratory.
        budget: characters that the packed frames may take.
    """
    with paused():
        return _rendered(record, frames, evidence or {}, environment(templates), branding, budget)


def _rendered(
    record: RunRecord,
    frames: Sequence[Frame],
    evidence: Mapping[str, str],
    templated: Environment,
    branding: Branding,
    budget: int,
) -> str:
    style = inline(templated, "report.css")
    script = inline(templated, "exchange.js", "report.js")
    groups, matrices = outline(record)
    left = [(verdict, not_judged(record, verdict)) for verdict in UNTESTED]
    marks = {
        id(subtest): mark_of(frames[subtest.deciding.frame - 1], subtest.deciding)
        for _, subtest in record.subtests()
        if subtest.deciding is not None and subtest.deciding.frame <= len(frames)
    }
    return templated.get_template("report.html.j2").render(
        record=record,
        branding=branding,
        groups=groups,
        matrices=matrices,
        timed=timed_groups(record),
        compared=compared(record),
        sized=sized(record),
        overview=overview(record, groups, left),
        attention=_attention(groups),
        most_deviations=MOST_DEVIATIONS,
        counted=counted,
        coverage=coverage(groups),
        left=left,
        logo=_logo(branding),
        anchors={(group.device, case.head.id): case.anchor for group in groups for case in group.cases},
        verdicts=tuple(Verdict),
        marks=marks,
        key=id,
        config=_config(record),
        evidence=evidence,
        style=Markup(style),  # noqa: S704 - from our own template directory
        script=Markup(script),  # noqa: S704 - from our own template directory
        packed=_packed(record, frames, budget),
        policy=policy(style, script, pictures=branding.logo is not None),
    )


def _attention(groups: Iterable[Group]) -> list[tuple[Run, Subtest]]:
    """What somebody has to look at, the gravest first; else in the order of the report."""
    found = [
        (run, subtest)
        for group in groups
        for case in group.cases
        for run in case.runs
        for subtest in run.subtests
        if subtest.record.verdict.is_problem
    ]
    return sorted(found, key=lambda item: item[1].record.verdict.severity)


def _logo(branding: Branding) -> str:
    """The logo as an address that needs no second file; empty without one."""
    if branding.logo is None:
        return ""
    return f"data:{branding.logo.media_type};base64,{base64.b64encode(branding.logo.octets).decode('ascii')}"


def _config(record: RunRecord) -> list[tuple[str, str]]:
    return [
        (device.name, legible(json.dumps(device.config, indent=2, ensure_ascii=False), _LONGEST_CONFIG))
        for device in record.devices
        if device.config
    ]


def _packed(record: RunRecord, frames: Sequence[Frame], budget: int) -> str:
    packer = Packer(budget)
    for subtest in _by_importance(record):
        if subtest.frames is not None:
            first, last = subtest.frames
            packer.add(frames[first - 1 : last])
    return packer.deflated()


def _by_importance(record: RunRecord) -> Iterator[SubtestRecord]:
    """What somebody has to look at, then the first subtest of each case, then the others."""
    for _, subtest in record.subtests():
        if subtest.verdict.is_problem:
            yield subtest
    for case in record.cases:
        yield from case.subtests[:1]
    for _, subtest in record.subtests():
        yield subtest
