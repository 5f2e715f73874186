"""Invocation counters of one association: what was accepted under each key, and what is sent next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.meter.ciphering_errors import StaleCounterError
from conformance.meter.model.security_state import SecurityState

UNCHECKED: Final = "invocation-counter-not-checked"
CONSTANT: Final = "sending-counter-constant"
ESTABLISHED_UNCHECKED: Final = "established-key-counter-not-checked"
_LAST: Final = 0xFFFF_FFFF


@dataclass(slots=True)
class InvocationCounter:
    """The counter under which this side protects with one key; it never goes back."""

    last: int = 0

    def take(self, faults: frozenset[str] = frozenset()) -> int:
        """The next value; what it is written as in a faulty meter."""
        if CONSTANT not in faults or not self.last:
            self.last += 1
        if "sending-counter-little-endian" in faults:
            return int.from_bytes(self.last.to_bytes(4, "little"), "big")
        return self.last


@dataclass(slots=True)
class Lasting:
    """What of ciphering outlives every association of a logical device.

    Attributes:
        sent: the meter's counter under the global key.
        last_dedicated_key: that of the association opened last; only a faulty meter uses it again.
        previous_dedicated_key: that of the one before; likewise.
        last_request_counter: that of the request opened last; likewise.
    """

    sent: InvocationCounter = field(default_factory=InvocationCounter)
    last_dedicated_key: bytes | None = None
    previous_dedicated_key: bytes | None = None
    last_request_counter: int = 0


class ReceivedCounters:
    """Judges the counters of what comes in; each key has its own."""

    def __init__(self, security: SecurityState) -> None:
        self._security = security
        self._dedicated = 0

    def restart_dedicated(self) -> None:
        """A new dedicated key is in force."""
        self._dedicated = 0

    @property
    def global_counter(self) -> int:
        """The last one accepted under the global unicast key."""
        return self._security.received_invocation_counter

    def accept_global(self, counter: int, before: int, faults: frozenset[str]) -> None:
        """Judge a counter under the global unicast key; `before` is the last one that counts.

        Raises:
            StaleCounterError: it is not higher.
        """
        security = self._security
        last = _judged(counter, before, faults)
        security.received_invocation_counter = (
            last if last < before else max(last, security.received_invocation_counter)
        )

    def accept_dedicated(self, counter: int, faults: frozenset[str]) -> None:
        """Judge a counter under the dedicated key.

        Raises:
            StaleCounterError: it is not higher than the last one.
        """
        unchecked = "dedicated-counter-not-checked" in faults
        self._dedicated = _judged(counter, self._dedicated, faults | {UNCHECKED} if unchecked else faults)

    def take_unproven(self, counter: int, *, dedicated: bool) -> None:
        """What a faulty meter does with the counter of an APDU that does not open."""
        if dedicated:
            self._dedicated = max(counter, self._dedicated)
        else:
            security = self._security
            security.received_invocation_counter = max(counter, security.received_invocation_counter)

    def accept_established(self, key: bytes, counter: int, faults: frozenset[str]) -> None:
        """Judge a counter under a key that the APDU itself has brought; the first may be 0.

        Raises:
            StaleCounterError: it is not higher than the last one.
        """
        established = self._security.established
        if ESTABLISHED_UNCHECKED not in faults:
            _judged(counter, established.last(key), faults)
        established.accept(key, counter)


def _judged(counter: int, before: int, faults: frozenset[str]) -> int:
    """The counter to be remembered as the last: the new one, which is higher than the one before in a sound meter."""
    if counter > before:
        return counter
    if not faults:
        raise StaleCounterError(before + 1)
    if before == _LAST and "counter-starts-over-at-its-end" in faults:
        return counter
    if counter < before and "lower-counter-accepted" in faults:
        return counter
    if (
        UNCHECKED in faults
        or (counter == 0 and "counter-0-accepted" in faults)
        or (counter == before and "equal-counter-accepted" in faults)
    ):
        return before
    raise StaleCounterError(counter if "counter-error-tells-the-received-one" in faults else before + 1)
