"""All pages of the history in one directory: `index.html`, `devices/…`, `nights/…`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from conformance.record.lines import write_whole
from conformance.reporting.history.nights import nights
from conformance.reporting.history.pages import Links, device_page, index_page, night_page
from conformance.reporting.history.trend import Trend

INDEX = "index.html"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_OTHER = re.compile(r"[^a-z0-9_-]+")
_DEVICE_NAMES_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


def file_name(device: str) -> str:
    """The name of the file of a device: its own where that is plain, else what is plain of it and a digest."""
    if _PLAIN.fullmatch(device) and not _DEVICE_NAMES_OF_WINDOWS.fullmatch(device):
        return f"{device}.html"
    digest = hashlib.sha256(device.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{_OTHER.sub('-', device.lower())[:40].strip('-') or 'device'}-{digest}.html"


def write_site(
    directory: Path, trends: Sequence[Trend], *, last: int | None = None, templates: Path | None = None
) -> list[Path]:
    """Write the pages of devices and of their nights.

    Args:
        directory: where to; it is made where it is missing.
        trends: of the devices.
        last: pages for that many nights only, the newest.
        templates: a directory to take the templates from, in place of the tool's own.

    Returns:
        what was written, `index.html` first.

    Raises:
        OSError: a file cannot be written.
    """
    made = nights(trends)[:last]
    devices = {one.device: f"devices/{file_name(one.device)}" for one in trends}
    dates: dict[date, str] = {one.date: f"nights/{one.date.isoformat()}.html" for one in made}
    below = Links(
        {name: f"../{address}" for name, address in devices.items()},
        {night: f"../{address}" for night, address in dates.items()},
        f"../{INDEX}",
    )
    pages = {INDEX: index_page(trends, made, links=Links(devices, dates), templates=templates)}
    for one in trends:
        pages[devices[one.device]] = device_page(one, links=below, templates=templates)
    for night in made:
        pages[dates[night.date]] = night_page(night, links=below, templates=templates)
    for room in ("devices", "nights"):
        (directory / room).mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        write_whole(directory / name, page.encode("utf-8", "replace"))
    return [directory / name for name in pages]
