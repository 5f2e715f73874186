"""The directory of a device within a night: its name where that is fit to be one, on any system."""

from __future__ import annotations

import hashlib
import re

from conformance.lab.night_record import DEVICES

_FIT = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._ -]{0,78}[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
"""Names that Windows keeps for devices of its own."""


def device_directory(name: str) -> str:
    """Path of the run directory of a device, relative to the night, with slashes.

    A name that could leave the directory, or that some file system refuses, is replaced by what can be kept of it and
    the first digits of its SHA-256, so that no two devices meet. Names must differ by more than upper and lower case.
    """
    if _FIT.fullmatch(name) and not _RESERVED.fullmatch(name):
        return f"{DEVICES}/{name}"
    kept = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60].strip("_") or "device"
    return f"{DEVICES}/{kept}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
