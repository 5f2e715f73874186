"""A bench whose meter is the record of a run: what a case asks is answered by the frames that were logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conformance.device.counters import CounterKey, InvocationCounter
from conformance.device.model import Device
from conformance.harness.bench import Bench
from conformance.link.clock import VirtualClock
from conformance.link.link import Link
from conformance.link.listener import Listener
from conformance.link.make import Links
from conformance.link.recorded_link import RecordedLink, RecordedListener, Recording
from conformance.link.url import LinkUrl, parse_url
from conformance.record.frames import Frame

_LATE_S = 0.05
"""By how much a real clock may have been read after what it tells of."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How the invocation counters stood when an exchange began, which its frames need not show.

    Attributes:
        read: those that are read from the meter once in a process had been read.
        spent: values that were taken before the first one that shows.
    """

    read: bool
    spent: int


class RecordedCounter(InvocationCounter):
    """An invocation counter that goes on from where the record says that it stood."""

    def __init__(self, start: int) -> None:
        super().__init__(lambda at_least, _: at_least, start=start, block=1)

    def stand_at(self, value: int) -> None:
        """The next value is this one, also when that is going back."""
        self._next = self._end = value


class RecordedCounters:
    """The counters of a run that is played again."""

    def __init__(self) -> None:
        self._made: dict[CounterKey, RecordedCounter] = {}

    def counter(self, key: CounterKey, *, start: int = 0) -> RecordedCounter:
        """The counter of a key."""
        return self._made.setdefault(key, RecordedCounter(start))

    def stand_as_in(self, device: Device, exchange: Sequence[Frame], spent: int) -> None:
        """Let the counter of each declared key stand where it stood when an exchange began.

        That is the first value in it that no case has chosen. Keys that are made up in the exchange have new counters.

        Args:
            device: of the run.
            exchange: with what its frames show of security.
            spent: values that were taken before the first one that shows.
        """
        own = {
            CounterKey.of(device.name, item.client_system_title or b"", item.encryption_key)
            for item in device.associations
            if item.encryption_key is not None
        }
        shown: dict[CounterKey, int] = {}
        of_key: dict[str, int] = {}
        for frame in exchange:
            if frame.dir == "C>S" and frame.security is not None:
                for nonce in frame.security.nonces:
                    if not nonce.chosen:
                        key = nonce.key[:8]
                        shown.setdefault(
                            CounterKey(device.name, bytes.fromhex(nonce.system_title), key), nonce.invocation_counter
                        )
                        of_key.setdefault(key, nonce.invocation_counter)
        for counter in own:
            # A case may use another title: the counter is the client's all the same.
            value = shown.get(counter, of_key.get(counter.key))
            if value is not None:
                self.counter(counter).stand_at(max(0, value - spent))


class RecordedLinks(Links):
    """Makes links to the recording that is played now.

    Attributes:
        virtual: the clock of all of them.
        recording: what is played; None before the first exchange.
    """

    def __init__(self, url: LinkUrl) -> None:
        super().__init__(url)
        self.clock = self.virtual = VirtualClock()
        self.recording: Recording | None = None

    def begin(self, occasion: str) -> None:
        """Whatever the line did is in the record."""

    def make(self) -> Link:
        """A link to what is played, which begins behind any opening in mode E."""
        assert self.recording is not None  # noqa: S101 - links are made while something is played
        return RecordedLink(self.recording)


class ReplayBench(Bench):
    """Plays what one process of a run has logged of one device."""

    def __init__(self, device: Device, *, seed: int, keep_secret: Callable[[bytes], None]) -> None:
        super().__init__(device, seed=seed, keep_secret=keep_secret)
        self._recorded = RecordedLinks(self._url)
        self._links = self._recorded
        self._time = self._recorded.clock
        self._recorded_counters = RecordedCounters()
        self._counters = self._recorded_counters
        self._real = self._url.scheme != "loopback"
        self._utc = (0.0, datetime.now(UTC))

    def play(
        self,
        exchange: Sequence[Frame],
        *,
        secrets: Callable[[int], Sequence[bytes]],
        closed: str | None,
        counters: Counted,
    ) -> Recording:
        """From now on the links answer as in `exchange`.

        Args:
            exchange: of one subtest; may be empty.
            secrets: that may stand behind masks.
            closed: how a connection that the meter has closed was told; None: not known.
            counters: how the invocation counters stood.
        """
        told = {} if closed is None else {"closed": closed}
        late_s = _LATE_S if self._real else 0.0
        recording = Recording(exchange, self._recorded.virtual, secrets=secrets, late_s=late_s, **told)
        if exchange:
            first = exchange[0]
            self._recorded.virtual.advance_to(first.t if first.began is None else first.began)
            self._utc = (exchange[-1].t, exchange[-1].utc)
        self._recorded.recording = recording
        self._shared = None
        self.key_journal.clear()
        self._recorded_counters.stand_as_in(self.device, exchange, counters.spent)
        self._read.clear()
        for settings in self.device.associations:
            if counters.read and settings.encryption_key is not None:
                self._read.append(self._counter(settings, settings.encryption_key))
        return recording

    def host_time(self) -> datetime:
        """What this host's clock showed then."""
        moment, utc = self._utc
        return utc + timedelta(seconds=self.now() - moment)

    @property
    def jitter_s(self) -> float:
        """As it was then: a line in virtual time has none."""
        return _LATE_S if self._real else 0.0

    def listeners(self) -> list[Listener]:
        """Where pushes came to."""
        assert self._recorded.recording is not None  # noqa: S101 - somebody plays
        return [RecordedListener(self._recorded.recording, parse_url(text)) for text in self.device.push.listen]

    def renew(self, policy_strength: int | None = None) -> bool:
        """As a bench does, without a meter: what it holds then shows in the record."""
        if self.device.embedded is not None:
            self.key_journal.clear()
        return self.device.embedded is not None

    def cycle_power(self) -> bool:
        """As a bench does, without a meter."""
        return self.device.embedded is not None

    @contextmanager
    def counters_put_back(self) -> Iterator[None]:
        """As a bench does, without a meter."""
        yield
