"""A diagnosis as one HTML page that needs nothing else: no network, no fonts, no second file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from markupsafe import Markup

from conformance.diagnose.reasoning.diagnosis import Diagnosis
from conformance.diagnose.reasoning.statement import Statement
from conformance.record.lines import write_whole
from conformance.reporting.diagnosis_view import Circumstances, diagnosis_view
from conformance.reporting.packing import BUDGET, Packer
from conformance.reporting.page import environment, inline, policy

_BEYOND = "fields left out to keep this page small; show these frames alone with --frames"
_NOTHING = Circumstances()


def render(
    diagnosis: Diagnosis,
    statements: Sequence[Statement] | None = None,
    said: Circumstances = _NOTHING,
    *,
    budget: int = BUDGET,
) -> str:
    """The page of a diagnosis; the same diagnosis gives the same page.

    Args:
        diagnosis: with the conversation.
        statements: that are told, the gravest first; None: all of the diagnosis.
        said: what else the page says.
        budget: characters that the packed frames may take.
    """
    view = diagnosis_view(diagnosis, diagnosis.statements if statements is None else statements, said)
    packer = Packer(budget, _BEYOND)
    packer.add(view.frames)
    templated = environment()
    style = inline(templated, "report.css", "diagnosis.css")
    script = inline(templated, "exchange.js", "diagnosis.js")
    return templated.get_template("diagnosis.html.j2").render(
        page=view,
        version=metadata.version("dlms-conformance"),
        style=Markup(style),  # noqa: S704 - from our own template directory
        script=Markup(script),  # noqa: S704 - from our own template directory
        packed=Markup(packer.json()),  # noqa: S704 - Packer escapes it
        policy=policy(style, script),
    )


def write(path: Path, page: str) -> None:
    """Write a page, whole or not at all.

    Raises:
        OSError: there is no such directory, or it may not be written.
    """
    write_whole(path, page.encode("utf-8", "replace"))
