"""Every view of a run at once: record, reports, capture, and last the manifest that vouches for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from conformance.record.assemble import Run, gather
from conformance.record.errors import RecordError
from conformance.record.frames import Frame
from conformance.record.journal import FRAMES, RUN
from conformance.record.lines import write_whole
from conformance.record.model import RunRecord
from conformance.reporting import allure, html, junit, manifest, pcapng, pdf
from conformance.reporting.presentation import PLAIN, Presentation
from conformance.reporting.qualification import QUALIFICATION

FORMATS = ("html", "pdf", "junit", "allure", "pcapng")
"""The views that can be drawn."""


class DrawError(Exception):
    """Some views could not be drawn; the others are there.

    Attributes:
        drawn: what was written, by name.
        failures: what went wrong, by name of the view.
    """

    def __init__(self, directory: Path, drawn: Mapping[str, Path], failures: Mapping[str, Exception]) -> None:
        super().__init__(directory, drawn, failures)
        self.directory = directory
        self.drawn = dict(drawn)
        self.failures = dict(failures)

    def __str__(self) -> str:
        lost = "\n".join(f"  {name}: {_said(error)}" for name, error in self.failures.items())
        kept = ", ".join(self.drawn) or "nothing"
        return f"{self.directory}: not everything could be drawn. Drawn: {kept}. Failed:\n{lost}"


def draw(
    directory: Path,
    *,
    formats: Collection[str] = FORMATS,
    run: Run | None = None,
    vouched: bool = True,
    presentation: Presentation = PLAIN,
) -> dict[str, Path]:
    """Draw the run in `directory`, and give what was written, by name.

    Where there is a journal, record and frame log are assembled from it first. Each view is drawn even if another
    fails; of one that fails, nothing stays from an earlier drawing. The manifest is written last, in any case.

    Args:
        directory: of the run.
        formats: which views, of `FORMATS`.
        run: what was read in `directory` already; None reads it.
        vouched: write the manifest; else whoever calls writes it, once the rest is there.
        presentation: how HTML and PDF look.

    Returns:
        Paths by name: `record`, `frames`, each of `formats`, `manifest`.

    Raises:
        ValueError: an unknown format is asked for.
        RecordError: there is no run, or its record is damaged.
        DrawError: a view could not be drawn; the others are there.
    """
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise ValueError(f"unknown format {', '.join(unknown)}: there are {', '.join(FORMATS)}")
    run = run or gather(directory)
    drawn = {"record": directory / RUN, "frames": directory / FRAMES}
    failures: dict[str, Exception] = {}
    if presentation.qualification is not None:
        drawn["qualified"] = _written(directory / QUALIFICATION, presentation.qualification)
    views: dict[str, Callable[[Path, RunRecord, tuple[Frame, ...]], Path]] = {
        **_VIEWS,
        "html": partial(_draw_html, presentation=presentation),
        "pdf": partial(_draw_pdf, presentation=presentation),
    }
    for name in FORMATS:
        if name in formats:
            _attempt(name, partial(views[name], directory, run.record, run.frames), drawn, failures)
        if name in failures:
            _attempt(f"{name} of an earlier drawing", partial(_remove, directory, name), {}, failures)
    if vouched:
        _attempt("manifest", partial(manifest.write, directory), drawn, failures)
    if failures:
        raise DrawError(directory, drawn, failures)
    return drawn


def _attempt(name: str, action: Callable[[], Path], drawn: dict[str, Path], failures: dict[str, Exception]) -> None:
    """Do `action` and enter its path under `name` in `drawn`, or its error in `failures`."""
    try:
        drawn[name] = action()
    except Exception as error:  # a view that fails must not take the others with it
        failures[name] = error


def _draw_html(directory: Path, record: RunRecord, frames: tuple[Frame, ...], presentation: Presentation) -> Path:
    page = html.render(
        record,
        frames,
        evidence=_evidence(directory),
        templates=presentation.of_kind("html"),
        branding=presentation.branding,
    )
    return _written(directory / html.REPORT, page.encode("utf-8"))


def _draw_pdf(directory: Path, record: RunRecord, frames: tuple[Frame, ...], presentation: Presentation) -> Path:
    return _written(directory / pdf.REPORT, pdf.draw(directory, record, frames, presentation))


def _draw_junit(directory: Path, record: RunRecord, frames: tuple[Frame, ...]) -> Path:
    return _written(directory / junit.JUNIT, junit.render(record, frames))


def _draw_pcapng(directory: Path, record: RunRecord, frames: tuple[Frame, ...]) -> Path:
    return _written(directory / pcapng.TRACE, pcapng.render(record, frames))


_VIEWS: dict[str, Callable[[Path, RunRecord, tuple[Frame, ...]], Path]] = {
    "junit": _draw_junit,
    "allure": allure.write,
    "pcapng": _draw_pcapng,
}
_FILES = {"html": html.REPORT, "pdf": pdf.REPORT, "junit": junit.JUNIT, "pcapng": pcapng.TRACE}


def _remove(directory: Path, name: str) -> Path:
    """Remove what an earlier drawing left of a view."""
    if name == "allure":
        allure.clear(directory)
        return directory / allure.ALLURE
    path = directory / _FILES[name]
    path.unlink(missing_ok=True)
    return path


def _written(path: Path, content: bytes) -> Path:
    write_whole(path, content)
    return path


def _evidence(directory: Path) -> dict[str, str]:
    return {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in (RUN, FRAMES)}


def _said(error: Exception) -> str:
    if isinstance(error, RecordError | pdf.TypesettingError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})"
    return f"{type(error).__name__}: {error}"
