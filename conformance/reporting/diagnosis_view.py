"""A diagnosis as a page shows it: headline, findings with the octets that they rest on, patch, frames."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from conformance.diagnose.reasoning.diagnosis import Diagnosis
from conformance.diagnose.reasoning.patch import Patch
from conformance.diagnose.reasoning.signs_services import NO_FAULT
from conformance.diagnose.reasoning.statement import SEVERITIES, Change, Evidence, Statement
from conformance.dlms.text import octets_text
from conformance.reporting.frame_choice import MOST, Gap, chosen, with_gaps
from conformance.reporting.legible import legible, line, moment
from conformance.reporting.packing import views_of
from conformance.reporting.shown_frames import ShownFrame, mark_in, shown_frames

_WORDS = {Evidence.READ: "fact", Evidence.PROVEN: "proven", Evidence.INFERRED: "inferred"}
_SENTENCE = re.compile(r"(?<=[.;]) +(?=[A-Z])")
_STILL_OCTETS = 64
"""Octets of a frame that stand in the page for who does not let its script run."""
_LONGEST_PATCH = 400
"""Lines."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a page says beside the diagnosis; all of it may be empty.

    Attributes:
        file: as the user gave it, for commands that the page names.
        output: likewise.
        device: name of the device config.
        association: of it, that the exchange is of.
        missing: secrets of it that are not at hand, in words.
        against: the other exchange.
        patch: what is suggested for the config.
        frames: first and last frame that is to be shown in any case.
    """

    file: str = ""
    output: str = ""
    device: str = ""
    association: str = ""
    missing: str = ""
    against: str = ""
    patch: Patch | None = None
    frames: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding.

    Attributes:
        number: from 1, the gravest first.
        frame: that it links to; 0 where it is about no frame, or about one that is left out.
        unshown: that frame, where it is left out.
        mark: view, first octet, octet after the last; None where no octets decide.
        mark_words: the octets of the frame in words.
        changes: of the device config, as they would stand there.
    """

    number: int
    severity: str
    evidence: str
    evidence_word: str
    code: str
    frame: int
    unshown: int
    mark: tuple[int, int, int] | None
    mark_words: str
    field: str
    octets: str
    message: str
    suggestion: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapView:
    """Frames that are left out, and the command that shows them."""

    first: int
    last: int
    command: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A frame, or what is left out in its place.

    Attributes:
        marks: JSON for the page's script: [number of the finding, 1 if it is above info, view, first octet, octet after
            the last] of each.
        findings: number and severity of those about it.
        octets: the first of them, for a page whose script may not run.
        opened: its fields are shown at once.
    """

    gap: GapView | None = None
    frame: ShownFrame | None = None
    time: str = ""
    summary: str = ""
    marks: str = "[]"
    findings: tuple[tuple[int, str], ...] = ()
    octets: str = ""
    opened: bool = False


@dataclass(frozen=True, slots=True)
class DiagnosisView:
    """All that the page shows; texts are still to be made legible and escaped where they are drawn."""

    file: str
    form: str
    transport: str
    total: int
    apdus: int
    exchanges: int
    began: str
    against: str
    device: str
    association: str
    missing: str
    severity: str
    headline: str
    lead: str
    remedy: str
    counts: tuple[tuple[str, int], ...]
    groups: tuple[tuple[bool, tuple[FindingView, ...]], ...]
    patch: tuple[tuple[str, str], ...]
    patch_masked: bool
    patch_directory: str
    open: tuple[str, ...]
    partial: str
    rows: tuple[RowView, ...]
    frames: tuple[ShownFrame, ...]
    """The frames of `rows`, those that findings are about first."""


def diagnosis_view(diagnosis: Diagnosis, statements: Sequence[Statement], said: Circumstances) -> DiagnosisView:
    """The view of a diagnosis with the statements that are to be told of it, the gravest first."""
    conversation = diagnosis.conversation
    total = len(conversation.units)
    numbers = chosen(total, (item.frame for item in statements), said.frames)
    frames = {frame.n: frame for frame in shown_frames(diagnosis, numbers)}
    findings = [_finding(number, item, frames) for number, item in enumerate(statements, 1)]
    worst = _worst(statements)
    headline, lead = _headline(worst)
    patch, masked = _patch(diagnosis, said.patch)
    told = dict.fromkeys(finding.frame for finding in findings if finding.frame)
    return DiagnosisView(
        file=conversation.file,
        form=conversation.form,
        transport="" if conversation.layer is None else conversation.layer.value,
        total=total,
        apdus=len(conversation.apdus),
        exchanges=sum(exchange.request is not None for exchange in diagnosis.exchanges),
        began="" if conversation.began is None else _moment(conversation.began),
        against=said.against,
        device=said.device,
        association=said.association,
        missing=said.missing,
        severity=_severity(worst),
        headline=headline,
        lead=lead,
        remedy=_remedy(statements),
        counts=tuple((name, sum(item.severity == name for item in statements)) for name in SEVERITIES),
        groups=(
            (True, tuple(finding for finding in findings if finding.severity != "info")),
            (False, tuple(finding for finding in findings if finding.severity == "info")),
        ),
        patch=patch,
        patch_masked=masked,
        patch_directory="" if said.patch is None else said.patch.directory,
        open=() if said.patch is None else tuple(diagnosis.redactor.text(text) for text in said.patch.open),
        partial=_partial(len(numbers), total),
        rows=_rows(numbers, total, frames, findings, said),
        frames=tuple(frames[number] for number in (*told, *(n for n in numbers if n not in told))),
    )


def _worst(statements: Sequence[Statement]) -> Statement | None:
    graver = [item for item in statements if item.severity == "error"] or [
        item for item in statements if item.severity == "warning"
    ]
    if graver:
        return graver[0]
    return next((item for item in statements if item.sign is NO_FAULT), statements[0] if statements else None)


def _severity(worst: Statement | None) -> str:
    if worst is None:
        return "info"
    return "healthy" if worst.sign is NO_FAULT else worst.severity


def _headline(worst: Statement | None) -> tuple[str, str]:
    """The worst finding in one sentence, and what else it says."""
    if worst is None:
        return "Nothing is to be told of this exchange.", ""
    if worst.severity == "info":
        return worst.message, ""
    place = f", frame {worst.frame}" if worst.frame else ""
    title = line(worst.sign.title, 200).rstrip(".")
    first, *others = _SENTENCE.split(worst.message)
    if title.lower() in first.lower():
        return f"{first.rstrip('.')}{place}.", " ".join(others)
    return f"{title}{place}.", worst.message


def _remedy(statements: Sequence[Statement]) -> str:
    """The suggestion of the gravest finding that names a change, else of the gravest that has one."""
    graver = [item for item in statements if item.severity != "info" and item.suggestion]
    changing = [item for item in graver if item.changes]
    told = [item for item in changing if item.severity == "error"] or changing or graver
    return told[0].suggestion if told else ""


def _finding(number: int, item: Statement, frames: dict[int, ShownFrame]) -> FindingView:
    frame = frames.get(item.frame)
    mark = None if frame is None else mark_in(frame, item)
    return FindingView(
        number=number,
        severity=item.severity,
        evidence=item.evidence.value,
        evidence_word=_WORDS[item.evidence],
        code=item.code,
        frame=0 if frame is None else frame.n,
        unshown=item.frame if frame is None else 0,
        mark=mark,
        mark_words="" if mark is None else _mark_words(mark),
        field=item.field,
        octets=octets_text(item.octets) if item.octets and item.field else "",
        message=item.message,
        suggestion=item.suggestion if item.severity != "info" else "",
        changes=tuple(_change(change) for change in item.changes if change.value and item.severity != "info"),
    )


def _mark_words(mark: tuple[int, int, int]) -> str:
    view, start, end = mark
    span = f"{start}" if end == start + 1 else f"{start} to {end - 1}"
    return f"{span}{('', ' of the APDU', ' deciphered')[view]}"


def _change(change: Change) -> str:
    table = {"association": "[[association]]", "": "top of the file"}.get(change.table, f"[{change.table}]")
    return f"{table}: {change.key} = {change.value}"


def _patch(diagnosis: Diagnosis, patch: Patch | None) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The lines of the patch, each with what it is; and whether a secret was masked in them."""
    if patch is None or not patch.text:
        return (), False
    text = diagnosis.redactor.text(patch.text)
    return tuple((_kind(text), legible(text, 400)) for text in text.splitlines()[:_LONGEST_PATCH]), text != patch.text


def _kind(text: str) -> str:
    if text.startswith(("+++", "---", "@@")):
        return "head"
    return {"+": "added", "-": "removed"}.get(text[:1], "same")


def _partial(shown: int, total: int) -> str:
    if shown == total:
        return ""
    return (
        f"{shown} of {total} frames are shown: those that findings are about with those around them, the first and the "
        "last. Findings were sought in all."
    )


def _rows(
    numbers: Sequence[int],
    total: int,
    frames: dict[int, ShownFrame],
    findings: Sequence[FindingView],
    said: Circumstances,
) -> tuple[RowView, ...]:
    of_frame: dict[int, list[FindingView]] = {}
    for finding in findings:
        of_frame.setdefault(finding.frame, []).append(finding)
    first = next((frames[number].t for number in numbers if frames[number].t is not None), None)
    opened = next((finding.frame for finding in findings if finding.frame and finding.severity != "info"), 0)
    rows = []
    for item in with_gaps(numbers, total):
        if isinstance(item, Gap):
            rows.append(RowView(gap=GapView(item.first, item.last, _command(item, said))))
        else:
            rows.append(_row(frames[item], of_frame.get(item, []), first, opened=item == opened))
    return tuple(rows)


def _row(frame: ShownFrame, findings: Sequence[FindingView], first: float | None, *, opened: bool) -> RowView:
    views = views_of(frame)
    words = [view.summary for view in (views[0], views[2] or views[1]) if view is not None]
    digits = frame.hex if not frame.redacted else ""
    marks = [[item.number, int(item.severity != "info"), *item.mark] for item in findings if item.mark is not None]
    return RowView(
        frame=frame,
        time="" if frame.t is None or first is None else f"{frame.t - first:+.3f} s",
        summary=" — ".join(filter(None, (" · ".join(dict.fromkeys(words)), frame.note))),
        marks=json.dumps(marks),
        findings=tuple((finding.number, finding.severity) for finding in findings if finding.severity != "info"),
        octets=f"{digits[: 2 * _STILL_OCTETS]}{'…' if len(digits) > 2 * _STILL_OCTETS else ''}",
        opened=opened,
    )


def _command(gap: Gap, said: Circumstances) -> str:
    """What shows the frames of a gap, or the first of them where they are too many for one page."""
    last = min(gap.last, gap.first + MOST - 1)
    file, page = shlex.quote(said.file), shlex.quote(said.output)
    return f"dlms-conformance diagnose {file} --html {page} --frames {gap.first}:{last}"


def _moment(seconds: float) -> str:
    try:
        return moment(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError, ValueError):
        return ""
