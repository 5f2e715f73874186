"""The end of `lab run`: the record of the night assembled from its journal, its views drawn, its exit code given."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from conformance.commands.lab_display import NightDisplay
from conformance.commands.night_closing import close_night as close
from conformance.commands.problems import UNUSABLE
from conformance.lab.inventory import Lab
from conformance.lab.night_assembly import assembled
from conformance.record.errors import RecordError


def close_night(lab: Lab | None, directory: Path, display: NightDisplay, *, pdf: bool, as_json: bool) -> int:
    """Assemble the night in `directory`, draw it and tell it, and give the exit code for the CI.

    A full disk takes the views and never the verdicts: those stand in the runs of the devices and in the journal.

    Args:
        lab: whose webhook and history are told; None: it is a part of a night, and the whole is told.
        directory: of the night.
        display: of the night; has stopped.
        pdf: draw the PDF too.
        as_json: end with a JSON object on standard output; the rest goes to standard error.
    """
    display.stop()
    try:
        closed = close(directory, assembled(directory), lab=lab, pdf=pdf, stream=sys.stderr if as_json else sys.stdout)
    except (OSError, RecordError) as error:
        told = f"{error.strerror or error} ({error.filename or directory})" if isinstance(error, OSError) else error
        print(f"dlms-conformance: the night could not be closed: {told}", file=sys.stderr)
        print(f"dlms-conformance lab report {directory} draws it again", file=sys.stderr)
        return UNUSABLE
    if as_json:
        print(json.dumps(closed.to_json(), indent=1))
    return UNUSABLE if closed.drawn.failures and not closed.code else closed.code
