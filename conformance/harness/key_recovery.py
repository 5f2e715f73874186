"""Bringing the declared keys back into a meter, however far a change of its keys had come.

Which keys the meter holds is found out by opening the association: once for each set of keys that it may hold, the
likeliest first, so that as few attempts as can be count against the client in a meter that locks out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any, Final

from conformance.device.counters import CounterError
from conformance.device.key_journal import KeyChange, KeyStep
from conformance.device.model import AssociationSettings
from conformance.dlms.errors import DlmsError
from conformance.dlms.security.secret import Secret
from conformance.harness.agreement import AgreementFailed, put_master_key_back
from conformance.harness.bench import Bench
from conformance.link.link import LinkError
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.expectation import Situation
from conformance.tester.key_wrapping import wrap_with
from conformance.tester.liveness import ALIVE, question
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security_setup import KeyId, SecuritySetup
from conformance.tester.seen import seen
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed

Keys = Mapping[int, Secret]
"""Keys by key_id."""
FIELDS: Final[Mapping[int, str]] = {
    KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY: "encryption_key",
    KeyId.AUTHENTICATION_KEY: "authentication_key",
}
"""The keys that a device config declares and a transfer replaces, with the names of their fields."""
MOST_ATTEMPTS: Final = 32
"""Associations that one recovery opens at most."""
_ROUNDS: Final = 3
_NOT_OPEN = (PreambleFailed, TransferFailed, NotDeclared, LinkError, CounterError, DlmsError)


def with_keys(settings: AssociationSettings, keys: Keys) -> AssociationSettings:
    """The association with other keys than the declared ones."""
    fields: dict[str, Any] = {FIELDS[key_id]: key for key_id, key in keys.items()}
    return replace(settings, **fields)


def declared_keys(settings: AssociationSettings, key_ids: Iterable[int]) -> dict[int, Secret]:
    """The declared keys of these key_ids.

    Raises:
        NotDeclared: one is not declared.
    """
    found: dict[int, Secret] = {}
    for key_id in key_ids:
        key: Secret | None = getattr(settings, FIELDS[key_id]) if key_id in FIELDS else None
        if key is None:
            raise NotDeclared(f"association {settings.name}: key_id {key_id} is not declared in the device config")
        found[key_id] = key
    return found


def wrapped_keys(settings: AssociationSettings, keys: Keys) -> list[tuple[int, bytes]]:
    """The keys under the declared master key, each with its key_id.

    Raises:
        NotDeclared: no master key is declared.
    """
    if settings.master_key is None:
        raise NotDeclared(f"association {settings.name}: master_key is not declared in the device config")
    kek = settings.master_key.reveal()
    return [(key_id, wrap_with(kek, key.reveal())) for key_id, key in keys.items()]


@dataclass(slots=True)
class KeyRecovery:
    """One attempt to bring the declared keys back; the journal must be held.

    Attributes:
        bench: where the meter is.
        tape: takes every frame.
        random: challenges and dedicated keys come from it.
        keep_secret: told every key and every wrapped key.
        tell: told what is done, in words without secrets.
    """

    bench: Bench
    tape: Tape
    random: Random
    keep_secret: Callable[[bytes], None]
    tell: Callable[[str], None]

    def run(self) -> bool:
        """Whether the declared keys serve now; then the journal is cleared.

        Raises:
            KeyJournalError: the journal cannot be read or written.
        """
        journal = self.bench.key_journal
        changes = journal.changes()
        for change in changes:
            self.keep_secret(change.key.reveal())
        for name, setup in dict.fromkeys((change.association, change.security_setup) for change in changes):
            own = tuple(change for change in changes if (change.association, change.security_setup) == (name, setup))
            others = tuple(change for change in own if change.key_id != KeyId.MASTER_KEY)
            # The master key comes first: the others travel under it.
            if len(others) < len(own) and not self._master_key_recovered(name, SecuritySetup(setup)):
                return False
            if others and not self._association_recovered(name, SecuritySetup(setup), others):
                return False
        if changes:
            journal.note(KeyStep.RESTORED)
            journal.clear()
        return True

    def _association_recovered(self, name: str, setup: SecuritySetup, changes: tuple[KeyChange, ...]) -> bool:
        try:
            settings = self.bench.device.association(name)
            declared = declared_keys(settings, sorted({change.key_id for change in changes}))
            wrapped_keys(settings, declared)
        except KeyError:
            self.tell(f"the device config declares no association {name} any more: take the one of that run")
            return False
        except NotDeclared as missing:
            self.tell(str(missing))
            return False
        self._compare(settings, declared, changes)
        attempts = 0
        for _ in range(_ROUNDS):
            for keys in candidates(declared, changes):
                attempts += 1
                if attempts > MOST_ATTEMPTS:
                    self.tell(f"{MOST_ATTEMPTS} associations were tried; none more, so as not to lock the client out")
                    return False
                if (restored := self._tried(settings, setup, declared, keys)) is not None:
                    break
            else:
                self.tell(f"{name}: the meter takes none of the keys that it may hold")
                return False
            if restored:
                return True
        self.tell(f"{name}: the meter was given the declared keys {_ROUNDS} times, and does not serve under them")
        return False

    def _master_key_recovered(self, name: str, setup: SecuritySetup) -> bool:
        """Whether the declared master key is in the meter; it is agreed on anew, since nobody knows the present one."""
        try:
            association = self._association(self.bench.device.association(name))
        except KeyError:
            self.tell(f"the device config declares no association {name} any more: take the one of that run")
            return False
        self.bench.key_journal.note(KeyStep.RESTORING)
        try:
            association.establish()
            put_master_key_back(association, setup)
        except (*_NOT_OPEN, AgreementFailed) as failed:
            self.tell(f"{name}: the master key is not the declared one: {failed}")
            return False
        finally:
            association.close()
        self.tell(f"{name}: a master key was agreed on, and the declared one transferred under it")
        return True

    def _compare(self, settings: AssociationSettings, declared: Keys, changes: tuple[KeyChange, ...]) -> None:
        for change in changes:
            now = declared[change.key_id].fingerprint
            if now != change.declared:
                self.tell(
                    f"{settings.name}: {FIELDS[change.key_id]} is declared as {now}, and was as {change.declared} when "
                    "its change began; what is declared now is put into the meter"
                )
                return

    def _tried(self, settings: AssociationSettings, setup: SecuritySetup, declared: Keys, keys: Keys) -> bool | None:
        """None where the meter does not hold these keys; else whether it serves under the declared ones, as asked."""
        held = with_keys(settings, keys)
        self.bench.level_counters(settings, held)
        association = self._association(held)
        try:
            association.establish()
            self.tell(f"{settings.name}: opened under {_named(keys, declared)}")
            if keys == declared:
                return self._reads(association)
            wrapped = wrapped_keys(settings, {key_id: key for key_id, key in declared.items() if keys[key_id] != key})
            for _, octets in wrapped:
                self.keep_secret(octets)
            self.bench.key_journal.note(KeyStep.RESTORING)
            reaction = association.request(setup.key_transfer(wrapped))
            self.tell(f"{settings.name}: declared keys transferred: {seen(reaction)}")
        except _NOT_OPEN as failed:
            self.tell(f"{settings.name}: not opened under {_named(keys, declared)}: {failed}")
            return None
        finally:
            association.close()
        self.bench.level_counters(settings, held)
        return self._serves(settings)

    def _serves(self, settings: AssociationSettings) -> bool:
        association = self._association(settings)
        try:
            association.establish()
            return self._reads(association)
        except _NOT_OPEN as failed:
            self.tell(f"{settings.name}: not opened under the declared keys: {failed}")
            return False
        finally:
            association.close()

    def _reads(self, association: Association) -> bool:
        """Whether the meter serves a request under the keys of an open association."""
        settings = association.settings
        judgement = ALIVE.judge(
            association.request(question(association)), Situation(settings, self.bench.device.acceptance)
        )
        if not judgement.passed:
            self.tell(f"{settings.name}: opened, but not served: {judgement.reason}")
        return judgement.passed

    def _association(self, settings: AssociationSettings) -> Association:
        return self.bench.association(settings, settings.protections[0], self.tape, self.random, recovers=True)


def candidates(declared: Keys, changes: Iterable[KeyChange]) -> list[dict[int, Secret]]:
    """Every set of keys that the meter may hold, each once, the likeliest first.

    After a confirmed transfer that is the set of new keys, otherwise that of the declared ones; new and old ones
    together come last: only faulty meters hold them so.
    """
    known: dict[int, list[Secret]] = {key_id: [key] for key_id, key in declared.items()}
    confirmed = False
    for change in changes:
        confirmed = confirmed or change.step is KeyStep.CONFIRMED
        if change.key not in known[change.key_id]:
            known[change.key_id].append(change.key)
    made = [dict(zip(known, keys, strict=True)) for keys in product(*known.values())]

    def rank(keys: Keys) -> int:
        new = sum(keys[key_id] != declared[key_id] for key_id in keys)
        if new in (0, len(keys)):
            return int((new == 0) == confirmed)
        return 2

    return sorted(made, key=rank)


def _named(keys: Keys, declared: Keys) -> str:
    if keys == declared:
        return "the declared keys"
    return ", ".join(
        f"{'the declared' if key == declared[key_id] else 'another'} {FIELDS[key_id]} {key.fingerprint}"
        for key_id, key in keys.items()
    )
