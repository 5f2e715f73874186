"""The keys that a run is about to put into a meter: on the disk, synced, before the meter gets them.

A meter whose keys nobody knows is lost. So before a new key is sent it is written down, the key itself: it is the only
way back when the run is killed. The file lies in the user's state directory, readable for its owner alone, never beside
the evidence. While it exists no run begins; `dlms-conformance recover` brings the declared keys back and removes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from conformance.dlms.security.secret import Secret


class KeyJournalError(Exception):
    """A journal that cannot be used: open, damaged, or out of reach; the message says what to do."""


class KeyStep(StrEnum):
    """How far a change of keys has come; each step is on the disk before what it names is done."""

    INTENDED = "intended"
    """Nothing has been sent yet."""
    SENT = "sent"
    """The new key is on its way, or in the meter."""
    CONFIRMED = "confirmed"
    """The meter has said that it took the new key."""
    RESTORING = "restoring"
    """The declared key is on its way, or in the meter again."""
    RESTORED = "restored"
    """The declared key serves again."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key that a meter may hold in place of a declared one.

    Attributes:
        association: name of the association in the device config.
        security_setup: logical name of the Security setup object.
        key_id: which key.
        declared: fingerprint of the key that the device config declares.
        key: the other key.
        step: how far the change has come.
    """

    association: str
    security_setup: bytes
    key_id: int
    declared: str
    key: Secret
    step: KeyStep = KeyStep.INTENDED


class KeyJournal(Protocol):
    """What is known of the keys of one device beside its device config."""

    def changes(self) -> tuple[KeyChange, ...]:
        """What was begun and is not over; empty where nothing was.

        Raises:
            KeyJournalError: it is damaged or cannot be read.
        """

    def hold(self) -> None:
        """Keep other processes from changing keys of this device, until `release`.

        Raises:
            KeyJournalError: another process does.
        """

    def release(self) -> None:
        """Let others."""

    def begin(self, changes: Iterable[KeyChange]) -> None:
        """Write down what is intended.

        Raises:
            KeyJournalError: an earlier change is not over, or nothing can be written.
        """

    def note(self, step: KeyStep) -> None:
        """All changes have come to `step`.

        Raises:
            KeyJournalError: it cannot be written.
        """

    def clear(self) -> None:
        """The declared keys serve: nothing is left to be remembered.

        Raises:
            KeyJournalError: it cannot be written.
        """


class MemoryKeyJournal:
    """A journal that ends with the process: for the embedded meter, which ends with it too."""

    def __init__(self) -> None:
        self._changes: tuple[KeyChange, ...] = ()

    def changes(self) -> tuple[KeyChange, ...]:
        """What was begun and is not over."""
        return self._changes

    def hold(self) -> None:
        """Nobody else has this meter."""

    def release(self) -> None:
        """Nobody else has this meter."""

    def begin(self, changes: Iterable[KeyChange]) -> None:
        """Note what is intended.

        Raises:
            KeyJournalError: an earlier change is not over.
        """
        if self._changes:
            raise KeyJournalError("an earlier change of keys is not over")
        self._changes = tuple(changes)

    def note(self, step: KeyStep) -> None:
        """All changes have come to `step`."""
        self._changes = stepped(self._changes, step)

    def clear(self) -> None:
        """Nothing is left."""
        self._changes = ()


def open_journal(device: str, config: str = "", state: str = "") -> str:
    """What is told of a device whose keys may not be the declared ones.

    Args:
        device: its name.
        config: its device config, as a command line takes it.
        state: the state directory; empty for the user's.
    """
    where = f" --state {state}" if state else ""
    return (
        f"{device}: an earlier run ended while it changed the keys of this meter; "
        f"run dlms-conformance recover {config or device}{where} first"
    )


def stepped(changes: tuple[KeyChange, ...], step: KeyStep) -> tuple[KeyChange, ...]:
    """All changes at `step`."""
    return tuple(replace(change, step=step) for change in changes)
