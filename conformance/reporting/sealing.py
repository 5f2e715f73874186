"""Sealing a run: its PDF report signed, then the manifest that lists it, then a detached signature of the manifest.

All three are made in memory first and put in place one after the other: whatever fails before leaves the former files.
"""

from __future__ import annotations

import os
from pathlib import Path

from conformance.record.assemble import Run
from conformance.reporting import manifest, pdf
from conformance.reporting.manifest import MANIFEST, SIGNATURE
from conformance.reporting.presentation import PLAIN, Presentation
from conformance.reporting.signing import Seal

_SEALED = (pdf.REPORT, MANIFEST, SIGNATURE)


def is_sealed(directory: Path) -> bool:
    """Whether somebody has signed the run in a directory."""
    return (directory / SIGNATURE).exists()


def seal(directory: Path, run: Run, signer: Seal, presentation: Presentation = PLAIN) -> dict[str, Path]:
    """Sign the run in `directory`, all other views of which are drawn; give what was written, by name.

    Raises:
        SigningError: the key or the time-stamp server does not play along; the former files are as they were.
        TypesettingError: the template of the report is at fault; likewise.
        RecordError: the directory cannot be vouched for; likewise.
    """
    for name in _SEALED:
        _partial(directory, name).unlink(missing_ok=True)  # of a signing that was killed
    report = signer.pdf(pdf.draw(directory, run.record, run.frames, presentation))
    listing = manifest.content_for(directory, {pdf.REPORT: report})
    made = {pdf.REPORT: report, MANIFEST: listing, SIGNATURE: signer.detached(listing)}
    _put(directory, made)
    return {
        "pdf": directory / pdf.REPORT,
        "manifest": directory / MANIFEST,
        "signature": directory / SIGNATURE,
    }


def _partial(directory: Path, name: str) -> Path:
    return directory / f".{name}.partial"


def _put(directory: Path, made: dict[str, bytes]) -> None:
    """Put all files on the disk beside those that they replace, then in their place; none is ever there in part."""
    partials = {name: _partial(directory, name) for name in made}
    try:
        for name, content in made.items():
            with partials[name].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name, partial in partials.items():
            partial.replace(directory / name)
    finally:
        for partial in partials.values():
            partial.unlink(missing_ok=True)
