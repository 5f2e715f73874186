"""The report as PDF/A-3b, for the archive: what was tested and found, with the evidence attached to it."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import typst

from conformance.record.frames import Frame
from conformance.record.journal import FRAMES, RUN
from conformance.record.model import RunRecord
from conformance.reporting.branding import NO_BRANDING, Branding
from conformance.reporting.branding_sheets import logo_file
from conformance.reporting.enclosures import Enclosure, enclosures
from conformance.reporting.presentation import PLAIN, Presentation
from conformance.reporting.qualification import Qualification, beside
from conformance.reporting.sheets import sheets
from conformance.reporting.template_overlay import OverlayError, overlay
from conformance.reporting.templates import report_templates

REPORT = "report.pdf"

_MAIN = "report.typ"
_DATA = "_data"
"""Where templates find what they show, below their own directory."""


class TypesettingError(Exception):
    """The template does not compile, or asks for what PDF/A forbids.

    Attributes:
        template: the template at fault.
        message: what Typst says, with the place in the template.
    """

    def __init__(self, template: Path, message: str) -> None:
        super().__init__(message)
        self.template = template
        self.message = message

    def __str__(self) -> str:
        return f"{self.template}: {self.message}"


def draw(directory: Path, record: RunRecord, frames: Sequence[Frame], presentation: Presentation = PLAIN) -> bytes:
    """The document for the run whose files lie in `directory`.

    Raises:
        TypesettingError: the template is at fault.
        RecordError: the qualification beside the record is damaged.
    """
    return render(
        record,
        frames,
        attachment=(directory / RUN).read_bytes(),
        frame_log=directory / FRAMES,
        evidence={name: _digest(directory / name) for name in (RUN, FRAMES)},
        qualification=beside(directory),
        templates=presentation.of_kind("typst"),
        branding=presentation.branding,
    )


def render(
    record: RunRecord,
    frames: Sequence[Frame],
    *,
    attachment: bytes | None = None,
    frame_log: Path | None = None,
    evidence: Mapping[str, str] | None = None,
    qualification: tuple[Qualification, bytes] | None = None,
    templates: Path | None = None,
    branding: Branding = NO_BRANDING,
) -> bytes:
    """The document for `record`; the same record, looks and qualification give the same octets.

    What a meter says reaches the template as data, never as source. Fonts are those that come with Typst, whatever is
    installed; the date of the document is the end of the run, or its start where it was killed.

    Args:
        record: the run.
        frames: its frame log, numbered from 1 without gaps.
        attachment: the octets of run.json; built from `record` when None.
        frame_log: the file of the frame log, which is attached; None attaches none.
        evidence: SHA-256 of the files that the document is a view of, by name.
        qualification: what qualifying the tool has shown, and the octets of that file; None: it was not presented.
        templates: a directory of templates that take the place of the tool's own of the same name.
        branding: of the laboratory.

    Raises:
        TypesettingError: a template is at fault.
    """
    if attachment is None:
        # What a lone surrogate is replaced with is its escape in JSON.
        content = json.dumps(record.to_json(), indent=1, ensure_ascii=False)
        attachment = content.encode("utf-8", "backslashreplace") + b"\n"
    found, octets = qualification or (None, None)
    enclosed = enclosures(record, attachment, frame_log, octets)
    shown = sheets(record, frames, evidence or {}, branding=branding, qualification=found, enclosed=enclosed)
    created = record.finished or record.started
    own = report_templates() / "typst"
    with tempfile.TemporaryDirectory(prefix="dlms-report-") as made:
        folder = Path(made)
        try:
            overlay(folder, own, templates)
        except OverlayError as error:
            raise TypesettingError(templates or own, str(error)) from None
        _lay_data(folder / _DATA, shown, enclosed, branding)
        try:
            return typst.compile(
                folder / _MAIN,
                root=folder,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                pdf_standards=["a-3b", "ua-1"],
                timestamp=int(created.timestamp()),
            )
        except typst.TypstError as error:
            said = (error.diagnostic or error.message).replace("\\", "/")
            raise TypesettingError((templates or own) / _MAIN, re.sub(rf"\S*{folder.name}/", "", said)) from None


def _lay_data(folder: Path, shown: object, enclosed: Sequence[Enclosure], branding: Branding) -> None:
    folder.mkdir()
    (folder / "sheets.json").write_bytes(json.dumps(shown, separators=(",", ":")).encode("utf-8"))
    for item in enclosed:
        item.lay(folder)
    if branding.logo is not None:
        (folder / logo_file(branding.logo)).write_bytes(branding.logo.octets)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
