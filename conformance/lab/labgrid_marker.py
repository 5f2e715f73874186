"""What a lab has acquired of labgrid, on disk: so that a killed lab run gives back its own places, and no others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from conformance.lab.broker import BrokerError
from conformance.record.lines import write_whole

_MOST_OCTETS = 4096


@dataclass(frozen=True, slots=True)
class Marker:
    """The file that says that a place is ours.

    Attributes:
        path: of the file.
        place: the place.
    """

    path: Path
    place: str

    @classmethod
    def of(cls, state: Path, place: str) -> Marker:
        """The marker of `place` in the state directory of a lab."""
        return cls(state / "labgrid" / f"{quote(place, safe=' ')}.json", place)

    def holder(self) -> str | None:
        """`HOST/USER` by which a lab run has acquired the place and not given it back; None when there was none."""
        try:
            with self.path.open("rb") as file:
                content = json.loads(file.read(_MOST_OCTETS))
        except (OSError, ValueError):
            return None
        holder = content.get("holder") if isinstance(content, dict) else None
        return holder if isinstance(holder, str) else None

    def write(self, holder: str) -> None:
        """Say that the place is ours, or is about to be.

        Raises:
            BrokerError: it cannot be written; a place is not acquired then.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, json.dumps({"place": self.place, "holder": holder}).encode() + b"\n")
        except OSError as error:
            raise BrokerError(
                f"{self.path}: cannot be written ({error.strerror or error}); give [lab] a state that can be"
            ) from None

    def remove(self) -> None:
        """The place is ours no longer. That the file stays costs a look at the next acquisition only."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return
