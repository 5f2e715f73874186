"""The key journal of a device on the disk: a file in the state directory, synced, for its owner's eyes alone."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from conformance.device.key_journal import KeyChange, KeyJournalError, KeyStep, open_journal, stepped
from conformance.dlms.security.secret import Secret

_SCHEMA = 1
_LOCK_TIMEOUT_S = 10.0
_OWNER_ONLY = 0o600
_DIRECTORY_OF_OWNER = 0o700
_LONGEST_KEY = 64
_LOGICAL_NAME_OCTETS = 6


class StateKeyJournal:
    """The journal of one device in a state directory.

    Attributes:
        device: its name.
        path: of the file, which exists while a change is not over.
    """

    def __init__(self, directory: str | os.PathLike[str], device: str) -> None:
        self.device = device
        self.path = Path(directory) / "keys" / f"{hashlib.sha256(device.encode()).hexdigest()[:32]}.json"
        self._lock = FileLock(f"{self.path}.lock")

    def changes(self) -> tuple[KeyChange, ...]:
        """What was begun and is not over; a damaged file is never taken for an empty one.

        Raises:
            KeyJournalError: it is damaged, of another device, or cannot be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except UnicodeDecodeError:
            raise self._damaged("it is no text") from None
        except OSError as error:
            raise self._out_of_reach(error) from None
        return self._read(text)

    def hold(self) -> None:
        """Keep other processes from changing keys of this device, until `release` or the end of this process.

        Raises:
            KeyJournalError: another process does, or nothing can be written.
        """
        if self._lock.is_locked:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=_DIRECTORY_OF_OWNER)
            self._lock.acquire(timeout=_LOCK_TIMEOUT_S)
        except Timeout:
            message = f"{self.device}: another process is changing its keys; wait for its end, or stop it"
            raise KeyJournalError(message) from None
        except OSError as error:
            raise self._out_of_reach(error) from None

    def release(self) -> None:
        """Let others."""
        self._lock.release()

    def begin(self, changes: Iterable[KeyChange]) -> None:
        """Put what is intended on the disk; the journal is held from then on.

        Raises:
            KeyJournalError: an earlier change is not over, or nothing can be written.
        """
        self.hold()
        if self.changes():
            raise KeyJournalError(open_journal(self.device))
        self._keep(tuple(changes))

    def note(self, step: KeyStep) -> None:
        """Put on the disk that all changes have come to `step`.

        Raises:
            KeyJournalError: it is damaged, or cannot be written.
        """
        self.hold()
        self._keep(stepped(self.changes(), step))

    def clear(self) -> None:
        """Remove the file.

        Raises:
            KeyJournalError: it cannot be removed.
        """
        try:
            self.path.unlink(missing_ok=True)
            if self.path.parent.exists():
                _sync_directory(self.path.parent)
        except OSError as error:
            raise self._out_of_reach(error) from None
        self.release()

    def _keep(self, changes: tuple[KeyChange, ...]) -> None:
        """Write the file whole or not at all, for its owner's eyes, and see it on the disk."""
        content = {"schema": _SCHEMA, "device": self.device, "changes": [_told(change) for change in changes]}
        draft = self.path.with_suffix(".tmp")
        try:
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _sync_directory(self.path.parent)
        except OSError as error:
            raise self._out_of_reach(error) from None

    def _read(self, text: str) -> tuple[KeyChange, ...]:
        try:
            content = json.loads(text)
            if content["schema"] != _SCHEMA:
                raise self._damaged(f"schema {content['schema']!r} in place of {_SCHEMA}")
            if content["device"] != self.device:
                raise self._damaged("it belongs to another device")
            changes = tuple(map(_change, content["changes"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            # What stands there may be half a key: nothing of it is shown.
            raise self._damaged("its content is not whole") from None
        if not changes:
            raise self._damaged("it names no key")
        return changes

    def _damaged(self, what: str) -> KeyJournalError:
        return KeyJournalError(
            f"key journal {self.path} is damaged: {what}. It may hold the only copy of keys that are in the meter: "
            "keep the file, mend it by hand, or delete it once the meter is known to serve under the declared keys"
        )

    def _out_of_reach(self, error: OSError) -> KeyJournalError:
        return KeyJournalError(
            f"key journal {self.path}: {error.strerror or error}; name a directory that can be written with --state "
            "(pytest: --dlms-state)"
        )


def _told(change: KeyChange) -> dict[str, Any]:
    return {
        "association": change.association,
        "security_setup": change.security_setup.hex(),
        "key_id": change.key_id,
        "declared": change.declared,
        "key": change.key.reveal().hex(),
        "step": change.step.value,
    }


def _change(told: dict[str, Any]) -> KeyChange:
    """One change as it was written.

    Raises:
        ValueError: a value that was never written so.
        KeyError: one is missing.
    """
    association, declared, key_id = told["association"], told["declared"], told["key_id"]
    security_setup, key = bytes.fromhex(told["security_setup"]), bytes.fromhex(told["key"])
    whole = isinstance(association, str) and isinstance(declared, str) and type(key_id) is int
    if not whole or len(security_setup) != _LOGICAL_NAME_OCTETS or not 0 < len(key) <= _LONGEST_KEY:
        raise ValueError("no change of a key")
    return KeyChange(association, security_setup, key_id, declared, Secret(key), KeyStep(told["step"]))


def _sync_directory(path: Path) -> None:
    if os.name != "posix":
        return
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
