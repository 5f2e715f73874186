"""`list`, `explain` and `schema`: what there is, without a meter."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from conformance.commands.problems import UsageProblem
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Device
from conformance.device.schema import device_schema
from conformance.harness.case import Case, Subtest
from conformance.harness.catalogue import cases
from conformance.harness.rendered import rendered_octets
from conformance.harness.slot import slots
from conformance.harness.waits import waits_for_real, waits_of
from conformance.lab.schema import lab_schema
from conformance.meter.defects import DEFECTS
from conformance.record.schema import frame_schema, run_schema

_SCHEMAS = {"device": device_schema, "lab": lab_schema, "run": run_schema, "frame": frame_schema}


def register(app: typer.Typer) -> None:
    """Add `list`, `explain` and `schema`."""
    app.command("list")(list_cases)
    app.command("explain")(explain)
    app.command("schema")(schema)


def list_cases(
    device: Annotated[str, typer.Argument(help="Device config that says what applies.")] = "simulator",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the cases, and how much of each applies to a device."""
    meter = load(find_device_config(device), secrets="placeholder")
    rows = [(case, *_applying(case, meter)) for case in cases().values()]
    if as_json:
        print(json.dumps([_row(case, meter, applying, ruled_out) for case, applying, ruled_out in rows], indent=1))
        return
    table = Table(header_style="bold", pad_edge=False)
    for name in ("case", "title", "group"):
        table.add_column(name)
    table.add_column("subtests", justify="right")
    table.add_column("n/a", justify="right", style="dim")
    waits = {case.id: _waiting_s(case, meter) for case, _, _ in rows}
    if any(waits.values()):
        table.add_column("waits", justify="right")
    for case, applying, ruled_out in rows:
        waiting = (f"{waits[case.id]:.0f} s" if waits[case.id] else "",) if any(waits.values()) else ()
        table.add_row(case.id, case.title, case.group, str(applying), str(ruled_out) if ruled_out else "", *waiting)
    Console().print(table)
    print(f"{len(rows)} cases; {sum(row[1] for row in rows)} subtests apply to {meter.name}")
    if any(waits.values()):
        print(f"waits that they must make, beside the answers that they wait for: {sum(waits.values()):.0f} s")


def explain(
    case: Annotated[str, typer.Argument(help="Identifier of the case.")],
    device: Annotated[str, typer.Option(help="Device config that the octets are made for.")] = "simulator",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what a case requires, sends and accepts, subtest by subtest, with the octets; no meter is needed."""
    known = cases()
    if case not in known:
        near = get_close_matches(case, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; see dlms-conformance list"
        raise UsageProblem(f"explain: there is no case {case!r}{hint}")
    meter = load(find_device_config(device), secrets="placeholder")
    explained = _explained(known[case], meter)
    if as_json:
        print(json.dumps(explained, indent=1))
    else:
        _print_explained(explained)


def _print_explained(explained: dict[str, Any]) -> None:
    print(f"{explained['id']}  {explained['title']}")
    for name in ("requirement", "purpose", "clause", "runs"):
        if explained[name]:
            print(f"{name:>12}  {explained[name]}")
    print(f"{'defects':>12}  {', '.join(explained['defects']) or 'none claims it'}")
    for subtest in explained["subtests"]:
        print(f"\n{subtest['number']:>4}  {subtest['title']}")
        for name in ("sends", "octets", "accepts", "applies", "permission", "waits"):
            if subtest[name]:
                print(f"{name:>14}  {subtest[name]}")


def schema(
    of: Annotated[str, typer.Argument(help="device, lab, run or frame.")] = "device",
) -> None:
    """Print a JSON Schema: of the device config, the lab file, the run record, or a line of the frame log."""
    if of not in _SCHEMAS:
        raise UsageProblem(f"schema: there is none of {of!r}; device, lab, run and frame have one")
    print(json.dumps(_SCHEMAS[of](), indent=1))


def _applying(case: Case, device: Device) -> tuple[int, int]:
    made = list(slots(case, [device]))
    applying = sum(slot.inapplicable is None for slot in made)
    return applying, len(made) - applying


def _waiting_s(case: Case, device: Device) -> float:
    """What the waits of a case that are worth telling add up to, over all items that may run, in seconds."""
    made = ((slot.id(False), case, slot) for slot in slots(case, [device]))
    return sum(seconds for _, seconds in waits_of(made).values())


def _row(case: Case, device: Device, applying: int, ruled_out: int) -> dict[str, object]:
    return {
        "id": case.id,
        "title": case.title,
        "clause": case.clause,
        "group": case.group,
        "applying": applying,
        "inapplicable": ruled_out,
        "waits_s": _waiting_s(case, device),
    }


def _explained(case: Case, device: Device) -> dict[str, Any]:
    return {
        "id": case.id,
        "title": case.title,
        "requirement": case.requirement,
        "purpose": case.purpose,
        "clause": case.clause,
        "runs": case.runs,
        "defects": sorted(name for name, defect in DEFECTS.items() if case.id in defect.cases),
        "subtests": [
            {
                "number": subtest.number,
                "title": subtest.title,
                "sends": subtest.sent,
                "octets": rendered_octets(case, subtest, device),
                "accepts": subtest.expected,
                "applies": "" if subtest.applies.words == "nothing" else subtest.applies.words,
                "permission": "" if subtest.permission.value == "reads" else subtest.permission.value,
                "waits": _waits(subtest, device),
            }
            for subtest in case.subtests
        ],
    }


def _waits(subtest: Subtest, device: Device) -> str:
    seconds = subtest.wait_s(device)
    if not seconds:
        return ""
    return f"{seconds:g} s" if waits_for_real(device) else f"{seconds:g} s, of virtual time on this link"
