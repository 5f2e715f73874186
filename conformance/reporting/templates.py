"""Where the templates of the reports are: beside the package in a work tree, inside it when installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def report_templates() -> Path:
    """The directory `reports`, with one directory for each kind of report.

    Raises:
        FileNotFoundError: the installation lacks its templates.
    """
    places = (_PACKAGE / "content" / "reports", _PACKAGE.parent / "reports")
    for place in places:
        if (place / "html" / "report.html.j2").is_file():
            return place
    raise FileNotFoundError(f"no report templates in {' or '.join(map(str, places))}: install the package again")
