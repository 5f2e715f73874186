"""The report as PDF/A-3b, for the archive: what was tested and found, with the run record attached to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import typst

from conformance.record.frames import Frame
from conformance.record.model import RunRecord
from conformance.reporting.sheets import sheets
from conformance.reporting.templates import report_templates

REPORT = "report.pdf"

_MAIN = "report.typ"


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


def render(
    record: RunRecord,
    frames: Sequence[Frame],
    *,
    attachment: bytes | None = None,
    evidence: Mapping[str, str] | None = None,
    templates: Path | None = None,
) -> bytes:
    """The document for `record`; the same record gives the same octets.

    The record reaches the template as data, never as source. Fonts are those that come with Typst, whatever is
    installed; the date of the document is the end of the run, or its start where it was killed.

    Args:
        record: the run.
        frames: its frame log, numbered from 1 without gaps.
        attachment: the octets of run.json; built from `record` when None.
        evidence: SHA-256 of the files that the document is a view of, by name.
        templates: a directory to take the template from, in place of the tool's own.

    Raises:
        TypesettingError: the template is at fault.
    """
    folder = templates or report_templates() / "typst"
    if attachment is None:
        # What a lone surrogate is replaced with is its escape in JSON.
        content = json.dumps(record.to_json(), indent=1, ensure_ascii=False)
        attachment = content.encode("utf-8", "backslashreplace") + b"\n"
    inputs = {
        "sheets": json.dumps(sheets(record, frames, evidence or {}), separators=(",", ":")),
        "run": attachment.decode("utf-8"),
    }
    created = record.finished or record.started
    try:
        return typst.compile(
            folder / _MAIN,
            root=folder,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=inputs,
            pdf_standards=["a-3b"],
            timestamp=int(created.timestamp()),
        )
    except typst.TypstError as error:
        raise TypesettingError(folder / _MAIN, error.diagnostic or error.message) from None


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
