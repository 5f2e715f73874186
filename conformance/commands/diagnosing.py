"""`diagnose` and `explain-finding`: from an exchange to what went wrong, and what to change."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.diagnosis_device import Diagnosed, diagnosed, missing_words
from conformance.commands.diagnosis_output import WIDTH, as_json, show, show_patch
from conformance.commands.problems import UsageProblem
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.keys import CaptureKeys, KeyFault, from_texts
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.catalogue import catalogue
from conformance.diagnose.reasoning.comparison import compare
from conformance.diagnose.reasoning.patch import Patch, patch
from conformance.diagnose.reasoning.statement import Statement
from conformance.dlms.text import printable
from conformance.reporting.diagnosis_page import render, write
from conformance.reporting.diagnosis_view import Circumstances

FAULT = 1
"""Exit code: something is wrong with the exchange."""
_RANGE = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,8})")


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
    html: Annotated[Path | None, typer.Option(help="Write a page with findings and decoded exchange.")] = None,
    frames: Annotated[str | None, typer.Option(help="Frames that the page shows besides, as FIRST:LAST.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Leave out what is only worth knowing.")] = False,
    json_wanted: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what went wrong in an exchange, where, how sure that is, and what to change.

    Exit code: 0 when nothing is wrong, 1 when something is (a finding of severity error or warning), 2 when the file,
    the device config or an option cannot be used. A secret that the device config names and that is not at hand is
    told in one line; everything else of the config is used.
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
    page = _page(html, frames, file)
    made = _diagnosed(file, port, given, device, association)
    missing = missing_words(made.missing)
    if missing:
        print(f"dlms-conformance: {printable(device or '', 200)}: {printable(missing, 2000)}", file=sys.stderr)
    found, statements = made.diagnosis, made.diagnosis.statements
    if against is not None:
        statements = (*compare(found, _diagnosed(against, port, given, device, association).diagnosis), *statements)
    if quiet:
        statements = tuple(item for item in statements if item.severity != "info")
    suggested = _patch(made, statements)
    if page is not None:
        # Before anything is printed: whoever reads that may go after the first lines.
        _write(page, made, statements, suggested, file, against or "")
    aside = sys.stderr if json_wanted else sys.stdout
    if json_wanted:
        print(json.dumps(as_json(found, statements, missing), indent=1))
    else:
        show(found, statements)
    if fix and suggested is not None:
        show_patch(suggested, aside)
    if page is not None:
        print(f"page: {printable(str(page.path), 400)}", file=aside)
    if not found.healthy:
        raise typer.Exit(FAULT)


@dataclass(frozen=True, slots=True)
class _Page:
    """Where a page goes, and the frames that it shows besides."""

    path: Path
    frames: tuple[int, int] | None


def _page(path: Path | None, frames: str | None, file: str) -> _Page | None:
    if path is None:
        if frames is not None:
            raise UsageProblem("diagnose: --frames goes with --html, the page that shows them")
        return None
    wanted = None
    if frames is not None:
        given = _RANGE.fullmatch(frames)
        wanted = (int(given[1]), int(given[2])) if given else (1, 0)
        if wanted[0] > wanted[1]:
            raise UsageProblem(
                f"diagnose: --frames {printable(frames, 40)} is no range; give FIRST:LAST, such as 1:200"
            )
    if path.is_dir():
        raise UsageProblem(
            f"diagnose: {path} is a directory; name the page to write, such as {path / 'diagnosis.html'}"
        )
    if path.exists() and Path(file).exists() and path.samefile(file):
        raise UsageProblem(f"diagnose: --html {path} is the exchange itself; name another file")
    return _Page(path, wanted)


def _write(
    page: _Page, made: Diagnosed, statements: tuple[Statement, ...], suggested: Patch | None, file: str, against: str
) -> None:
    said = Circumstances(
        file=file,
        output=str(page.path),
        device="" if made.device is None else made.device.name,
        association="" if made.association is None else made.association.name,
        missing=missing_words(made.missing),
        against=against,
        patch=suggested,
        frames=page.frames,
    )
    try:
        write(page.path, render(made.diagnosis, statements, said))
    except OSError as error:
        raise UsageProblem(f"diagnose: {page.path} cannot be written ({error.strerror or error})") from None


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
    print(textwrap.fill(sign.explanation, WIDTH))
    if sign.suggestion:
        print("\n" + textwrap.fill(f"What to do: {sign.suggestion}", WIDTH))


def _keys(**texts: str | None) -> CaptureKeys:
    try:
        return from_texts({name: text for name, text in texts.items() if text is not None})
    except KeyFault as fault:
        raise UsageProblem(f"diagnose: {fault}") from None


def _diagnosed(file: str, port: int, given: CaptureKeys, device: str | None, name: str | None) -> Diagnosed:
    try:
        conversation = read(file, port=port, keys=given)
    except IntakeError as problem:
        raise UsageProblem(f"diagnose: {problem}") from None
    return diagnosed(conversation, given, device, name)


def _patch(made: Diagnosed, statements: tuple[Statement, ...]) -> Patch | None:
    """The patch of the device config; None where there is none."""
    if made.device is None or made.association is None:
        return None
    with open(made.device.path, encoding="utf-8", newline="") as config:
        return patch(made.device.path, config.read(), made.association, statements)
