"""`diagnose` and `explain-finding`: from an exchange to what went wrong, and what to change."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from conformance.commands.problems import UsageProblem
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import AssociationSettings, Device
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.keys import CaptureKeys, KeyFault, from_texts
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.catalogue import catalogue
from conformance.diagnose.reasoning.comparison import compare
from conformance.diagnose.reasoning.declared import association_of
from conformance.diagnose.reasoning.diagnosis import Diagnosis, diagnose
from conformance.diagnose.reasoning.patch import patch
from conformance.diagnose.reasoning.statement import SEVERITIES, Statement
from conformance.dlms.text import octets_text, printable

FAULT = 1
"""Exit code: something is wrong with the exchange."""
_STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}
_WIDTH = 118


def register(app: typer.Typer) -> None:
    """Add `diagnose` and `explain-finding`."""
    app.command("diagnose")(diagnose_file)
    app.command("explain-finding")(explain_finding)


def diagnose_file(
    file: Annotated[
        str,
        typer.Argument(
            help="Capture JSON, pcap, pcapng, text log, or the directory of a run; FILE#3 is its third stream."
        ),
    ],
    device: Annotated[str | None, typer.Option(help="Device config that has the keys.")] = None,
    association: Annotated[str | None, typer.Option(help="Its association; otherwise the one that fits.")] = None,
    key: Annotated[str | None, typer.Option(help="Global unicast encryption key in hex.")] = None,
    authentication_key: Annotated[str | None, typer.Option(help="Authentication key in hex.")] = None,
    dedicated_key: Annotated[str | None, typer.Option(help="Dedicated key in hex.")] = None,
    master_key: Annotated[str | None, typer.Option(help="Master key in hex.")] = None,
    password: Annotated[str | None, typer.Option(help="LLS or HLS secret as text.")] = None,
    client_title: Annotated[str | None, typer.Option(help="System title of the client in hex.")] = None,
    server_title: Annotated[str | None, typer.Option(help="System title of the meter in hex.")] = None,
    port: Annotated[int, typer.Option(help="Port of the meter in a packet capture.", min=1, max=65535)] = 4059,
    against: Annotated[str | None, typer.Option(help="Another exchange, such as one that works.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Print the changes of the device config as a patch.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Leave out what is only worth knowing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what went wrong in an exchange, where, how sure that is, and what to change.

    Exit code: 0 when nothing is wrong, 1 when something is, 2 when the file cannot be read.
    """
    given = _keys(
        global_unicast_encryption_key=key,
        authentication_key=authentication_key,
        dedicated_key=dedicated_key,
        master_key=master_key,
        password=password,
        client_system_title=client_title,
        server_system_title=server_title,
    )
    if fix and device is None:
        raise UsageProblem("diagnose: --fix needs --device, the device config to be changed")
    meter = None if device is None else load(find_device_config(device))
    found, declared = _diagnosed(file, port, given, meter, association)
    statements = found.statements
    if against is not None:
        other, _ = _diagnosed(against, port, given, meter, association)
        statements = (*compare(found, other), *statements)
    if quiet:
        statements = tuple(item for item in statements if item.severity != "info")
    if as_json:
        print(json.dumps(_json(found, statements), indent=1))
    else:
        _show(found, statements)
    if fix and meter is not None and declared is not None:
        _print_patch(meter, declared, statements, to=sys.stderr if as_json else sys.stdout)
    if not found.healthy:
        raise typer.Exit(FAULT)


def explain_finding(
    code: Annotated[str | None, typer.Argument(help="Code of a finding; without it all are listed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what a finding stands for, how it is recognised, and what to do about it."""
    known = catalogue()
    if code is None:
        if as_json:
            print(json.dumps([{"code": sign.code, "title": sign.title} for sign in known.values()], indent=1))
            return
        width = max(map(len, known))
        for sign in known.values():
            print(f"{sign.code:<{width}}  {sign.title}")
        return
    if code not in known:
        near = get_close_matches(code, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; dlms-conformance explain-finding lists all"
        raise UsageProblem(f"explain-finding: there is no finding {code!r}{hint}")
    sign = known[code]
    if as_json:
        told = {"code": sign.code, "title": sign.title, "explanation": sign.explanation, "suggestion": sign.suggestion}
        print(json.dumps(told, indent=1))
        return
    print(f"{sign.code}  {sign.title}\n")
    print(textwrap.fill(sign.explanation, _WIDTH))
    if sign.suggestion:
        print("\n" + textwrap.fill(f"What to do: {sign.suggestion}", _WIDTH))


def _keys(**texts: str | None) -> CaptureKeys:
    try:
        return from_texts({name: text for name, text in texts.items() if text is not None})
    except KeyFault as fault:
        raise UsageProblem(f"diagnose: {fault}") from None


def _diagnosed(
    file: str, port: int, given: CaptureKeys, meter: Device | None, name: str | None
) -> tuple[Diagnosis, AssociationSettings | None]:
    """The diagnosis of a file, and the association of the device config that it is of."""
    try:
        conversation = read(file, port=port, keys=given)
    except IntakeError as problem:
        raise UsageProblem(f"diagnose: {problem}") from None
    if meter is None:
        return diagnose(conversation), None
    if name is not None:
        declared = _named(meter, name)
        meter = replace(meter, associations=(declared,))
    found = diagnose(conversation, given, meter)
    first = next((exchange.request for exchange in found.exchanges if exchange.request is not None), None)
    if name is None:
        worst = next((item.exchange for item in found.statements if item.changes and item.exchange), 0)
        steps = found.exchanges[worst - 1].steps if worst else []
        heard = steps[0].heard if steps else None if first is None else first.heard
        declared = meter.associations[0] if heard is None else association_of(meter, conversation, heard)
    return found, declared


def _named(meter: Device, name: str) -> AssociationSettings:
    try:
        return meter.association(name)
    except KeyError:
        names = ", ".join(item.name for item in meter.associations)
        raise UsageProblem(f"diagnose: {meter.name} has no association {name!r}; it has {names}") from None


def _json(found: Diagnosis, statements: tuple[Statement, ...]) -> dict[str, object]:
    conversation = found.conversation
    return {
        "file": conversation.file,
        "form": conversation.form,
        "transport": None if conversation.layer is None else conversation.layer.value,
        "frames": len(conversation.units),
        "apdus": len(conversation.apdus),
        "healthy": found.healthy,
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


def _show(found: Diagnosis, statements: tuple[Statement, ...]) -> None:
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=_WIDTH)
    conversation = found.conversation
    layer = "" if conversation.layer is None else f", {conversation.layer.value}"
    head = f"{conversation.file}: {conversation.form}{layer}, {len(conversation.units)} frames"
    head += f", {len(conversation.apdus)} APDUs"
    console.print(Text(printable(head, 400)), soft_wrap=True)
    for item in statements:
        _print(console, item)
    counts = ", ".join(f"{sum(item.severity == name for item in statements)} {name}" for name in SEVERITIES)
    console.print(f"\n{counts}; explained by dlms-conformance explain-finding CODE", highlight=False, soft_wrap=True)


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


def _print_patch(meter: Device, declared: AssociationSettings, statements: tuple[Statement, ...], to: object) -> None:
    source = Path(meter.path).read_text(encoding="utf-8")
    suggested = patch(meter.path, source, declared, statements)
    lines = [""]
    if suggested.text:
        lines.append(suggested.text.rstrip("\n"))
    elif not suggested.open:
        lines.append("No change of the device config is suggested.")
    lines += [f"to find out: {printable(item, 400)}" for item in suggested.open]
    print("\n".join(lines), file=to)  # type: ignore[call-overload]
