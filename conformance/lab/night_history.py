"""The history of a lab: each night's runs go in, subtests that nobody should trust come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from conformance.lab.night_view import FlakySubtest
from conformance.record.journal import RUN
from conformance.record.model import RunRecord
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.history.store import History, history
from conformance.reporting.history.trend import trend

NIGHTS_LOOKED_AT = 14
"""As many nights tell whether a subtest is flaky."""
_MOST_FLAKY = 200


class NightHistory:
    """Adds the runs of a night to a store that is open.

    Attributes:
        notes: runs that could not be added, and why.
    """

    def __init__(self, store: History) -> None:
        self._store = store
        self.notes: list[str] = []

    def add(self, directory: Path, record: RunRecord) -> None:
        """Add the run of a device; one that is there already stays as it is."""
        content = (directory / RUN).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        try:
            self._store.add(record, digest=digest, directory=str(directory.resolve()), now=datetime.now(UTC))
        except HistoryError as error:
            self.notes.append(f"not in the history: {record.device.name}: {error}")

    def flaky(self, devices: Iterable[str], until: datetime) -> tuple[FlakySubtest, ...]:
        """Subtests whose verdict went back and forth for no known cause, the most restless first.

        Args:
            devices: whose.
            until: of runs that started then or before.
        """
        known = set(self._store.devices())
        found = [one for device in devices if device in known for one in self._of(device, until)]
        return tuple(sorted(found, key=lambda one: (-one.changes, one.device, one.case)))[:_MOST_FLAKY]

    def _of(self, device: str, until: datetime) -> Iterator[FlakySubtest]:
        try:
            made = trend(self._store, device, nights=NIGHTS_LOOKED_AT, until=until)
        except HistoryError as error:
            self.notes.append(f"the history of {device} could not be read: {error}")
            return
        for one in made.flaky:
            if one.went_back:
                name = made.names[one.subtest]
                place = " ".join(part for part in (name.association, name.variant, str(name.number)) if part)
                yield FlakySubtest(device, name.case, place, name.title, one.changes, one.comparisons, one.letters)


@contextmanager
def night_history(path: Path) -> Iterator[NightHistory]:
    """The store of a lab, made where it is not there.

    Raises:
        HistoryError: it is no history, or cannot be used.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with history(path, write=True) as store:
        yield NightHistory(store)
