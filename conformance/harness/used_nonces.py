"""The nonces that a run has used so far, within bounds: key, system title and counter, and who used them first."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.harness.hygiene_faults import Where
from conformance.record.frame_security import Nonce

MOST_NONCES = 250_000
"""Nonces that are remembered; beyond, those of the key used least recently are forgotten first, and that is told."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a nonce.

    Attributes:
        digest: of what was protected.
        where: it was seen.
        sent: how many frames the tester had sent before.
        by_meter: the meter used it.
        chosen: a case has chosen it, on purpose.
    """

    digest: str
    where: Where
    sent: int
    by_meter: bool
    chosen: bool


@dataclass(slots=True)
class UsedNonces:
    """By key and system title, the counters with their first use.

    Attributes:
        forgotten: how many are no longer remembered.
    """

    forgotten: int = 0
    _by_key: dict[tuple[str, str], dict[int, Use]] = field(default_factory=dict)
    _remembered: int = 0

    def __len__(self) -> int:
        return self._remembered

    def used(self, nonce: Nonce, use: Use) -> Use | None:
        """Remember a use; the earlier one, when both together give something away that one party answers for.

        Octets that a network delivers twice are one use, as are those that the tester sends again; and what a case has
        sent in the meter's name, or under a counter of its choice, does not bind the meter.
        """
        key = nonce.key, nonce.system_title
        uses = self._by_key.pop(key, None) or {}
        # Put last: what was used least recently stands first.
        self._by_key[key] = uses
        before = uses.get(nonce.invocation_counter)
        if before is None or (use.by_meter and before.chosen):
            uses[nonce.invocation_counter] = use
            self._remembered += before is None
            self._forget()
            return None
        same = before.digest == use.digest and before.by_meter == use.by_meter
        excused = (same and before.sent == use.sent) if use.by_meter else (same or use.chosen)
        return None if excused else before

    def _forget(self) -> None:
        while self._remembered > MOST_NONCES and len(self._by_key) > 1:
            dropped = len(self._by_key.pop(next(iter(self._by_key))))
            self._remembered -= dropped
            self.forgotten += dropped
        if self._remembered > MOST_NONCES:
            (uses,) = self._by_key.values()
            uses.pop(next(iter(uses)))
            self._remembered -= 1
            self.forgotten += 1
