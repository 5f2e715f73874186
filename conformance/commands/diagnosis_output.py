"""What `diagnose` prints: for people, and for programs."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from conformance.diagnose.reasoning.diagnosis import Diagnosis
from conformance.diagnose.reasoning.patch import Patch
from conformance.diagnose.reasoning.statement import SEVERITIES, Statement
from conformance.dlms.text import octets_text, printable

WIDTH = 118
"""Columns where there is no terminal that has its own."""
_STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}


def as_json(found: Diagnosis, statements: Sequence[Statement], missing: str) -> dict[str, object]:
    """A diagnosis in JSON's types."""
    conversation = found.conversation
    return {
        "file": conversation.file,
        "form": conversation.form,
        "transport": None if conversation.layer is None else conversation.layer.value,
        "frames": len(conversation.units),
        "apdus": len(conversation.apdus),
        "healthy": found.healthy,
        "missing": missing,
        "findings": [
            {
                "code": item.code,
                "severity": item.severity,
                "evidence": item.evidence.value,
                "frame": item.frame,
                "field": item.field,
                "octets": item.octets.hex().upper(),
                "message": item.message,
                "suggestion": item.suggestion,
                "changes": [
                    {"table": change.table, "key": change.key, "value": change.value} for change in item.changes
                ],
            }
            for item in statements
        ],
    }


def show(found: Diagnosis, statements: Sequence[Statement]) -> None:
    """Print a diagnosis, the gravest finding first."""
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=WIDTH)
    conversation = found.conversation
    layer = "" if conversation.layer is None else f", {conversation.layer.value}"
    head = f"{conversation.file}: {conversation.form}{layer}, {len(conversation.units)} frames"
    head += f", {len(conversation.apdus)} APDUs"
    console.print(Text(printable(head, 400)), soft_wrap=True)
    for item in statements:
        _print(console, item)
    counts = ", ".join(f"{sum(item.severity == name for item in statements)} {name}" for name in SEVERITIES)
    console.print(f"\n{counts}; explained by dlms-conformance explain-finding CODE", highlight=False, soft_wrap=True)


def show_patch(suggested: Patch, to: TextIO) -> None:
    """Print a patch as it can be applied, and in words what it does not hold."""
    print(file=to)
    if suggested.directory:
        print(f"# to be applied in {printable(suggested.directory, 400)}", file=to)
    if suggested.text:
        to.write(suggested.text)
    elif not suggested.open:
        print("No change of the device config is suggested.", file=to)
    for item in suggested.open:
        print(f"to find out: {printable(item, 600)}", file=to)


def _print(console: Console, item: Statement) -> None:
    line = Text()
    line.append(f"\n{item.severity:<8}", style=_STYLES[item.severity])
    line.append(item.code, style="bold")
    line.append(f"  ({item.evidence.value})", style="dim")
    console.print(line, soft_wrap=True)
    where = [f"frame {item.frame}"] if item.frame else []
    where += [item.field] if item.field else []
    if item.octets and item.field:
        where.append(f"[{octets_text(item.octets)}]")
    if where:
        console.print(Text(f"{'':8}{printable(' '.join(where), 400)}", style="dim"), soft_wrap=True)
    width = max(console.width, 40) - 8
    for text in (item.message, f"→ {item.suggestion}" if item.suggestion and item.severity != "info" else ""):
        for part in textwrap.wrap(printable(text, 4000), width):
            console.print(Text(f"{'':8}{part}"), soft_wrap=True)
