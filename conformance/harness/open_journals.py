"""Before a run: no meter may be met whose keys an earlier run has left changed."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.device.counters import default_state_directory
from conformance.device.key_journal import KeyJournalError, open_journal
from conformance.device.model import Device
from conformance.device.state_key_journal import StateKeyJournal


def refuse_open_journals(devices: Iterable[Device], state: str) -> None:
    """See that no change of keys was left unfinished on these devices.

    A meter that holds other keys than the declared ones would fail everything, and might lock its clients out.

    Args:
        devices: of the run; the embedded meter begins with its own keys every time.
        state: the state directory.

    Raises:
        KeyJournalError: with all devices that must be recovered first, or with a journal that is damaged.
    """
    told: list[str] = []
    elsewhere = "" if state == str(default_state_directory()) else state
    for device in devices:
        if device.embedded is not None:
            continue
        try:
            if StateKeyJournal(state, device.name).changes():
                told.append(open_journal(device.name, device.path, elsewhere))
        except KeyJournalError as error:
            told.append(f"{device.name}: {error}")
    if told:
        raise KeyJournalError("\n".join(told))
