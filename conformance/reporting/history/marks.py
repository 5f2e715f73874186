"""What changed around a device from one run to the next, and between which runs nothing did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.reporting.history.night import Circumstances
from conformance.reporting.surroundings import Difference

_NOTHING = "(none)"
FINGERPRINT = "fingerprint of the device config"


@dataclass(frozen=True, slots=True)
class Mark:
    """A run before which something changed.

    Attributes:
        at: place of the run in its row.
        differences: what changed, the meter's own identity first.
    """

    at: int
    differences: tuple[Difference, ...]

    @property
    def words(self) -> str:
        """What changed, in a few words."""
        return ", ".join(
            "device config changed"
            if difference.what == FINGERPRINT
            else f"{difference.what} {difference.before} → {difference.after}"
            for difference in self.differences
        )


def marks(row: Sequence[Circumstances]) -> tuple[Mark, ...]:
    """Where anything changed that may explain another verdict: firmware or identity, config, link, tool, permissions.

    An identity that was not read in a run, as when the meter did not answer, is no change: the last one known stands.
    """
    found = []
    known: dict[str, str] = {}
    around: dict[str, str] = {}
    for at, circumstances in enumerate(row):
        is_now = dict(circumstances.around)
        differences = [
            Difference(name, known[name], value)
            for name, value in circumstances.identity.items()
            if name in known and known[name] != value
        ]
        if at:
            differences += [
                Difference(name, around.get(name) or _NOTHING, is_now.get(name) or _NOTHING)
                for name in sorted(around.keys() | is_now.keys())
                if around.get(name, "") != is_now.get(name, "")
            ]
        if differences:
            found.append(Mark(at, tuple(differences)))
        known |= circumstances.identity
        around = is_now
    return tuple(found)


def epochs(length: int, found: Sequence[Mark]) -> list[int]:
    """For each run a number that is the same for runs between which nothing changed."""
    changed = {mark.at for mark in found}
    numbers = []
    epoch = 0
    for at in range(length):
        epoch += at in changed
        numbers.append(epoch)
    return numbers
