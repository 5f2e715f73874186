"""A night as PDF/A-3b, for the file: what the fleet did, with the record of the night attached to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import typst

from conformance.lab.night_page import STANDINGS, STATE_WORDS, benches, span, took
from conformance.lab.night_view import CaseChange, DeviceView, NightView, Share, Touched
from conformance.record.verdict import Verdict
from conformance.reporting.legible import moment
from conformance.reporting.pdf import TypesettingError
from conformance.reporting.printable import printable_line
from conformance.reporting.templates import report_templates

PAPER = "night.pdf"
_MAIN = "night.typ"
_MOST_ROWS = 300
_MOST_NAMES = 12
_MOST_CASES = 6

Sheet = dict[str, Any]


def render(view: NightView, *, attachment: bytes, templates: Path | None = None) -> bytes:
    """The document of a night; the same view gives the same octets.

    What is said reaches the template as data, never as source. Fonts are those that come with Typst.

    Args:
        view: of the night.
        attachment: the octets of night.json.
        templates: a directory to take the template from, in place of the tool's own.

    Raises:
        TypesettingError: the template is at fault.
    """
    folder = templates or report_templates() / "typst"
    night = view.night
    inputs = {"sheets": json.dumps(sheets(view), separators=(",", ":")), "night": attachment.decode("utf-8")}
    try:
        return typst.compile(
            folder / _MAIN,
            root=folder,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=["a-3b"],
            timestamp=int((night.finished or night.started).timestamp()),
        )
    except typst.TypstError as error:
        raise TypesettingError(folder / _MAIN, error.diagnostic or error.message) from None


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def sheets(view: NightView) -> Sheet:
    """Everything that the paper says, as the template takes it."""
    night = view.night
    return {
        "title": printable_line(f"DLMS/COSEM conformance, night of the lab {night.lab}", 120),
        "lab": printable_line(night.lab, 80),
        "night": printable_line(night.name, 60),
        "date": moment(night.started)[:10],
        "verdict": night.verdict.value,
        "complete": night.complete,
        "tool": f"dlms-conformance {metadata.version('dlms-conformance')}",
        "schema": night.schema_version,
        "facts": _facts(view),
        "verdicts": [verdict.value for verdict in Verdict],
        "totals": {verdict.value: count for verdict, count in night.totals.items()},
        "subtest-totals": {verdict.value: count for verdict, count in night.subtest_totals.items()},
        "counts": _counts(view),
        "map": [
            [
                _named(bench, "no bench"),
                [
                    [
                        _named(name, "no line"),
                        [[printable_line(one.row.device, 40), one.row.verdict.value] for one in members],
                    ]
                    for name, members in lines.items()
                ],
            ]
            for bench, lines in benches(view.devices).items()
        ],
        "compared": _compared(view),
        "regressions": _bounded(_change(change) for change in view.regressions),
        "fixes": _bounded(_change(change) for change in view.fixes),
        "untested": _bounded(_untested(one) for one in view.untested),
        "cases": _bounded(
            [
                printable_line(tally.case, 80),
                printable_line(tally.title, 160),
                tally.verdict.value,
                f"{len(tally.devices)} of {tally.judged}",
                _names(tally.devices),
                printable_line(tally.reason, 300),
                f"{tally.announced} expected" if tally.announced else "",
            ]
            for tally in view.cases
        ),
        "devices": [_device(one) for one in view.devices],
        "against": view.against is not None,
        "models": _bounded(_share(share, 2) for share in view.models),
        "lines": _bounded(_share(share, 1) for share in view.lines),
        "tended": _bounded(
            [printable_line(one.row.device, 80), _events(one), len(one.row.attempts)] for one in view.tended
        ),
        "overdue": _bounded(
            [
                printable_line(text, 200)
                for text in (one.row.device, due.place, STANDINGS[due.state], due.expires, due.owner, due.reason)
            ]
            for one in view.overdue
            for due in one.row.deviations
        ),
        "flaky": None
        if view.flaky is None
        else _bounded(
            [
                printable_line(one.device, 80),
                printable_line(one.case, 80),
                printable_line(f"{one.place} {one.title}", 200),
                f"{one.changes} of {one.comparisons}",
                printable_line(one.letters[-14:], 20),
            ]
            for one in view.flaky
        ),
        "hosts": _bounded(
            [
                _named(host.name, "not known"),
                moment(host.started),
                (moment(host.finished) if host.finished else "killed") + ("" if host.complete else ", not complete"),
                host.devices,
                printable_line(host.tool, 40),
                printable_line(host.lab_fingerprint[:16], 40),
            ]
            for host in night.hosts
        ),
        "notes": _bounded(printable_line(note, 600) for note in (*night.notes, *view.notes)),
    }


def _facts(view: NightView) -> list[list[str]]:
    night = view.night
    against = view.against.night.name if view.against is not None else "none"
    told = {
        "Began": moment(night.started),
        "Ended": moment(night.finished) if night.finished is not None else "never: the night was killed",
        "Took": span(took(view)),
        "Devices": f"{len(night.rows)} on {_plural(len(view.lines), 'line')}",
        "Hosts": ", ".join(host.name for host in night.hosts if host.name),
        "Held against": against,
        "Lab file": night.lab_fingerprint[:32],
    }
    return [[name, printable_line(value)] for name, value in told.items() if value]


def _counts(view: NightView) -> list[list[str]]:
    """What the summary says in words beside its table."""
    compared = view.against is not None
    worse = f"{len(view.regressed)}" if compared else "not compared: there is no night before this one"
    better = f"{sum(bool(one.better) for one in view.devices)}" if compared else "not compared"
    return [
        ["Devices with problems", f"{len(view.worst)}, in {_plural(len(view.cases), 'case')}"],
        ["Devices that got worse", worse],
        ["Devices that got better", better],
        ["Not tested to the end", str(len(view.untested))],
        ["Tried more than once", str(sum(len(one.row.attempts) > 1 for one in view.devices))],
        ["Used up their budget", str(sum((one.budget_share or 0) >= 1 for one in view.devices))],
    ]


def _compared(view: NightView) -> list[str]:
    against = view.against
    if against is None:
        return []
    told = [f"Held against the night of {against.night.name}."]
    for words, names in (
        ("Not compared, for want of a result then or now", against.unmatched),
        ("New in the lab", against.new),
        ("No longer in it", against.gone),
    ):
        if names:
            rest = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            told.append(f"{words}: {', '.join(names[:_MOST_NAMES])}{rest}.")
    return [printable_line(text, 900) for text in told]


def _change(change: CaseChange) -> list[Any]:
    return [
        printable_line(change.case, 80),
        printable_line(change.title, 160),
        change.before.value,
        change.after.value,
        len(change.devices),
        _names(change.devices),
        printable_line(change.reason, 300),
    ]


def _untested(one: DeviceView) -> list[Any]:
    row = one.row
    reason = printable_line(row.reason, 400)
    return [
        printable_line(row.device, 80),
        STATE_WORDS[row.state],
        printable_line(row.line, 60),
        len(row.attempts),
        reason,
    ]


def _device(one: DeviceView) -> list[Any]:
    row = one.row
    made = ", ".join(part for part in (f"{row.vendor} {row.model}".strip(), row.firmware) if part)
    change = "–"
    if one.worse is not None:
        parts = (f"−{one.worse}" if one.worse else "", f"+{one.better}" if one.better else "")
        change = " ".join(part for part in parts if part) or "="
    share = one.budget_share
    counts = [row.subtest_totals.get(verdict, 0) for verdict in list(Verdict)[:4]]
    time = span(row.duration_s) + (f" ({share:.0%})" if share is not None else "")
    return [
        printable_line(row.device, 60),
        row.verdict.value,
        *counts,
        change,
        printable_line(made, 100),
        printable_line(row.line, 40),
        time,
    ]


def _share(share: Share, shown: int) -> list[Any]:
    common = ", ".join(share.common[:_MOST_CASES])
    more = f" and {len(share.common) - _MOST_CASES} more" if len(share.common) > _MOST_CASES else ""
    wide = " ".join(name for name in share.names[:2] if name) if shown > 1 else share.names[1]
    narrow = share.names[2] if shown > 1 else share.names[0]
    return [
        printable_line(wide, 120) or "not known",
        printable_line(narrow, 80) or "–",
        {verdict.value: count for verdict, count in share.devices.items() if count},
        share.count,
        share.regressed,
        span(share.busy_s),
        printable_line(common + more, 400),
    ]


def _events(one: DeviceView) -> list[str]:
    told = []
    for attempt in one.row.attempts[:6]:
        why = f" ({attempt.reason})" if attempt.reason else ""
        told.append(f"attempt {attempt.number}, {moment(attempt.began)}: {STATE_WORDS[attempt.state]}{why}")
    for hook in one.row.hooks[:6]:
        how = "did not end" if hook.exit_code is None else f"exit {hook.exit_code}"
        told.append(f"{hook.hook} {' '.join(hook.command)}: {how} in {span(hook.duration_s)}")
    told += one.row.notes[:6]
    return [printable_line(text, 300) for text in told]


def _names(devices: Sequence[Touched]) -> str:
    named = ", ".join(touched.device[:60] for touched in devices[:_MOST_NAMES])
    rest = f" and {len(devices) - _MOST_NAMES} more" if len(devices) > _MOST_NAMES else ""
    return printable_line(named + rest, 900)


def _bounded(rows: Iterable[Any]) -> Sheet:
    """At most so many rows, and how many more there are."""
    found = list(rows)
    return {"rows": found[:_MOST_ROWS], "more": max(0, len(found) - _MOST_ROWS)}


def _named(name: str, without: str) -> str:
    return printable_line(name, 60) or without


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
