"""The options of what a laboratory brings to its reports: name, templates, and what qualifies the tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.record.errors import RecordError
from conformance.reporting.branding import NO_BRANDING, BrandingError, load
from conformance.reporting.presentation import Presentation
from conformance.reporting.qualification import QUALIFICATION, read

_KINDS = ("html", "typst")

BrandingFile = Annotated[
    Path | None,
    typer.Option(
        "--branding", metavar="FILE", help="TOML with the laboratory's name, logo, accreditation, signatures."
    ),
]
Templates = Annotated[
    Path | None,
    typer.Option(
        "--templates", metavar="DIR", help="Changed templates, in html/ and typst/; the rest is the tool's own."
    ),
]
QualificationDirectory = Annotated[
    Path | None,
    typer.Option(
        "--qualification", metavar="DIR", help="Directory of a finished qualify: its result goes into the report."
    ),
]


def presentation(
    branding: Path | None = None, templates: Path | None = None, qualification: Path | None = None
) -> Presentation:
    """What the options say; asked for before a meter is met, so that a typing error costs no run.

    Raises:
        UsageProblem: a file or directory that cannot be used.
    """
    if templates is not None and not any((templates / kind).is_dir() for kind in _KINDS):
        raise UsageProblem(
            f"--templates {templates}: has neither html/ nor typst/; lay it out as the directory reports of the tool, "
            "with the changed files only"
        )
    try:
        loaded = load(branding) if branding is not None else NO_BRANDING
    except BrandingError as error:
        raise UsageProblem(f"--branding {error}") from None
    try:
        result = read(qualification / QUALIFICATION)[1] if qualification is not None else None
    except RecordError as error:
        raise UsageProblem(f"--qualification {error}") from None
    return Presentation(branding=loaded, templates=templates, qualification=result)
