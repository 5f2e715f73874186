"""`report`: the views of a run, drawn again, and signed where somebody vouches for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.closing import close_run, exit_code
from conformance.commands.presentation_options import BrandingFile, QualificationDirectory, Templates, presentation
from conformance.commands.problems import UNUSABLE, UsageProblem
from conformance.commands.signing_options import sealing
from conformance.record.assemble import load
from conformance.reporting.sealing import is_sealed

_KEY_FILE = "Sign with the key in this PKCS#12 file: PAdES on report.pdf, and a detached signature of the manifest."


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(report)


def report(
    directory: Annotated[Path, typer.Argument(help="Directory of a run, also of one that was killed.")],
    pdf: Annotated[bool, typer.Option(help="Draw the PDF report.")] = True,
    branding: BrandingFile = None,
    templates: Templates = None,
    qualification: QualificationDirectory = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run record; draw nothing.")] = False,
    sign: Annotated[Path | None, typer.Option("--sign", metavar="P12", help=_KEY_FILE)] = None,
    sign_pkcs11: Annotated[
        Path | None, typer.Option("--sign-pkcs11", metavar="MODULE", help="Sign with a token, through this module.")
    ] = None,
    sign_token: Annotated[str | None, typer.Option("--sign-token", help="Label of the token.")] = None,
    sign_label: Annotated[str | None, typer.Option("--sign-label", help="Label of key and certificate on it.")] = None,
    sign_password: Annotated[
        str | None,
        typer.Option(
            "--sign-password", metavar="WHERE", help="env:NAME or file:PATH of password or PIN; else it is asked for."
        ),
    ] = None,
    timestamp_url: Annotated[
        str | None, typer.Option("--timestamp-url", metavar="URL", help="RFC 3161 server that attests the time.")
    ] = None,
) -> None:
    """Draw the reports of a run again from its evidence; nothing is decided anew.

    Exit code: as of the run; 2 when there is no run, or a report could not be drawn or signed.
    """
    signs = sign is not None or sign_pkcs11 is not None
    if signs and (as_json or not pdf):
        raise UsageProblem("report: what is signed includes the PDF report; leave out --json and --no-pdf")
    look = presentation(branding, templates, qualification)
    with sealing(sign, sign_pkcs11, sign_token, sign_label, sign_password, timestamp_url) as seal:
        if as_json:
            record = load(directory)
            print(record.model_dump_json(by_alias=True, indent=1))
            raise typer.Exit(exit_code(record))
        if seal is None and is_sealed(directory):
            raise UsageProblem(
                f"report: {directory} is signed, and drawing again would void that; "
                "sign again with --sign, or delete manifest.json.sig first"
            )
        closed = close_run(directory, pdf=pdf, seal=seal, presentation=look)
    raise typer.Exit(UNUSABLE if closed.failure is not None else exit_code(closed.record))
