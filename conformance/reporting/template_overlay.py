"""Templates laid over one another: the tool's own, and in their place those that a laboratory has changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

_MOST_FILES: Final = 500
_MOST_OCTETS: Final = 64 << 20


class OverlayError(Exception):
    """What is given as a directory of templates is none; the message says why."""


def overlay(folder: Path, own: Path, changed: Path | None) -> None:
    """Copy into `folder` the templates in `own`, and over them those in `changed`, with whatever these read.

    Raises:
        OverlayError: `changed` holds too much to be templates, or cannot be read.
    """
    shutil.copytree(own, folder, dirs_exist_ok=True)
    if changed is None:
        return
    files = octets = 0
    for at, folders, names in os.walk(changed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(at) / name
            if name.startswith(".") or not path.is_file():
                continue
            files += 1
            octets += path.stat().st_size
            if files > _MOST_FILES or octets > _MOST_OCTETS:
                limit = f"{_MOST_FILES} files or {_MOST_OCTETS >> 20} MiB"
                raise OverlayError(f"holds more than {limit}: give a directory with changed templates only")
            place = folder / path.relative_to(changed)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
