"""Where in a run something was seen, and what the hygiene rules have found there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.record.frames import MAIN, Place
from conformance.record.model import DecidingOctets
from conformance.record.renumber import numbered


@dataclass(frozen=True, slots=True)
class Where:
    """A frame of the run.

    Attributes:
        place: the item it belongs to; an exchange beside the cases has none.
        frame: its number in the frame log of `worker`; in a run without one, within its item.
        worker: who wrote it; None in a run without a frame log.
    """

    place: Place
    frame: int
    worker: str | None = MAIN

    def __str__(self) -> str:
        place = self.place
        item = f"{place.case} subtest {place.subtest}, {place.association}" if place.case else "beside the cases"
        variant = f" {place.variant}" if place.case and place.variant else ""
        # Put into these words, the numbers are those of the whole log once the run is assembled.
        number = numbered(self.frame, self.worker) if self.worker is not None else f"frame {self.frame} of its item"
        return f"{number} ({item}{variant})"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule has found.

    Attributes:
        reason: in words, with the frames.
        deciding: the octets that decide it; None where they stand in another process' log.
    """

    reason: str
    deciding: DecidingOctets | None = None


@dataclass(slots=True)
class Faults:
    """The first fault of a rule, and how many there were."""

    first: Fault | None = None
    count: int = 0

    def add(self, fault: Callable[[], Fault]) -> None:
        """One more; only the first is kept whole."""
        self.count += 1
        if self.first is None:
            self.first = fault()
