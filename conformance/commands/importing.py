"""`device import`: a device config from a conformance-test information file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from conformance.commands.output_file import check_free, write_new
from conformance.commands.problems import UsageProblem
from conformance.device.config_text import one_line
from conformance.device.information_file.device import imported
from conformance.device.information_file.reading import told
from conformance.device.information_file.syntax import MOST_CHARACTERS, SyntaxFault

_MOST_OCTETS: Final = 4 * MOST_CHARACTERS


def register(app: typer.Typer) -> None:
    """Add `device import`."""
    group = typer.Typer(name="device", help="Work with device configs.", no_args_is_help=True)
    group.callback()(_group)
    group.command("import")(import_file)
    app.add_typer(group)


def _group() -> None:
    """Work with device configs."""


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Conformance-test information file.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the device config there.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite it.")] = False,
) -> None:
    """Make a device config of a conformance-test information file, as far as its members map.

    What does not map is told on standard error, with its line. Secrets and keys are never copied: the config names the
    environment variables that are to hold them. Exit code: 0, or 2 when the file cannot be read.
    """
    check_free(out, force=force)
    text = _read(file)
    try:
        config, unmapped = imported(text, one_line(file.name, 80))
    except SyntaxFault as fault:
        raise UsageProblem(f"device import: {file}: {fault}") from None
    if out is None:
        print(config, end="")
    else:
        write_new(out, config)
    if unmapped:
        print(f"{file}: {len(unmapped)} members found no place in the device config:", file=sys.stderr)
    for line in told(unmapped):
        print(f"  {one_line(line, 200)}", file=sys.stderr)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            octets = stream.read(_MOST_OCTETS + 1)
    except OSError as error:
        raise UsageProblem(f"device import: {file}: cannot be read: {error.strerror or error}") from None
    if len(octets) > _MOST_OCTETS:
        raise UsageProblem(f"device import: {file}: longer than {_MOST_OCTETS >> 20} MiB: no information file is")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Such files are often written by tools that know nothing of UTF-8; every octet is a character there.
        return octets.decode("latin-1")
