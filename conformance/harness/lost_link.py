"""A meter that no longer answered when its run ended: said in a note of the run, and found there again."""

from __future__ import annotations

from collections.abc import Iterable

_LOST = ": no link when the run ended: "


def lost_link_note(device: str, reason: str) -> str:
    """The note of a run about a device that did not answer at its end."""
    return f"{device}{_LOST}{reason}"


def lost_link(notes: Iterable[str]) -> str | None:
    """Why a meter did not answer when its run ended, the last time that one is noted; None when all of them did."""
    found = [note.partition(_LOST)[2] for note in notes if _LOST in note]
    return found[-1] if found else None
