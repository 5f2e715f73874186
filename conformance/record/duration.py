"""Spans of time as people write them: `90s`, `45m`, `2h`, `1h30m`."""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8}(?:\.\d{1,3})?)s)?")


def parse_duration(text: str) -> float:
    """Seconds of a written span.

    Raises:
        ValueError: it is none, or 0; the message says what would be one.
    """
    found = _WRITTEN.fullmatch(text.strip())
    hours, minutes, seconds = found.groups() if found is not None else (None, None, None)
    span = 3600.0 * int(hours or 0) + 60.0 * int(minutes or 0) + float(seconds or 0)
    if span <= 0:
        raise ValueError(f"{text[:40]!r} is no span of time; write 90s, 45m, 2h or 1h30m")
    return span


def duration_text(seconds: float) -> str:
    """A span as `parse_duration` reads it, in its largest units: `1h30m`, `45m`, `90s` as `1m30s`."""
    whole = round(seconds)
    if seconds < 10 and abs(seconds - whole) > 0.0005:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{left}s" if left else ""]
    return "".join(parts) or "0s"
