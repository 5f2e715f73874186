"""The bench: one device as this process reaches it, with everything that outlives a single association."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from conformance.device.counters import (
    LAST_COUNTER,
    CounterKey,
    Counters,
    InvocationCounter,
    MemoryCounters,
    StateCounters,
)
from conformance.device.model import AssociationSettings, Device, Profile, Protection
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.security.secret import Secret
from conformance.dlms.wrapper import WrapperStream
from conformance.link.clock import MonotonicClock, VirtualClock
from conformance.link.link import Link, LinkError
from conformance.link.loopback import LoopbackLink
from conformance.link.tcp import TcpLink
from conformance.link.url import parse_url
from conformance.meter.meter import Meter, build
from conformance.tester.association import Association, PreambleFailed, State
from conformance.tester.data_link.data_link import DataLink
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.line import Line
from conformance.tester.liveness import question
from conformance.tester.reaction import Reply
from conformance.tester.security import ClientSecurity, NotDeclared
from conformance.tester.seen import access_result, seen
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed, get, read

_ASKED_AGAIN = (1 / 15, 3 / 15, 7 / 15, 1.0)
"""When a meter that does not answer is asked again, in shares of its recovery time."""


class Bench:
    """Makes associations with one device.

    Attributes:
        device: its config.
        dead_since: what was running when the meter stopped answering; None while it answers.
        notes: what befell the bench as such, for the record.
    """

    def __init__(
        self, device: Device, *, seed: int, keep_secret: Callable[[bytes], None], state_directory: str | None = None
    ) -> None:
        self.device = device
        self.dead_since: str | None = None
        self.notes: list[str] = []
        self._seed = seed
        self._keep_secret = keep_secret
        self._url = parse_url(device.link)
        self._time = VirtualClock() if self._url.scheme == "loopback" else MonotonicClock()
        self._meter: Meter | None = None
        self._counters: Counters = (
            MemoryCounters()
            if device.embedded is not None or state_directory is None
            else StateCounters(state_directory)
        )
        self._counter_of: dict[CounterKey, InvocationCounter] = {}
        self._read: list[InvocationCounter] = []

    def association(
        self, settings: AssociationSettings, protection: Protection, tape: Tape, random: Random
    ) -> Association:
        """A fresh association on a link of its own; nothing is opened yet."""
        security = ClientSecurity(settings, self._next_counter(settings, tape, random))
        return Association(
            self.device, settings, protection, self._data_link(settings, tape), security, random, self._keep_secret
        )

    def why_dead(self, tape: Tape) -> str | None:
        """Open the least demanding association on a fresh link, ask its name; None when the meter answers at all.

        Raises:
            LinkError: the link cannot be opened at all.
        """
        settings = min(self.device.associations, key=lambda item: (item.ciphered, item.mechanism))
        random = Random(self._seed)  # noqa: S311 - must be repeatable
        association = self.association(settings, settings.protections[0], tape, random)
        try:
            reaction = association.open()
            if isinstance(reaction, Reply) and association.state is State.ASSOCIATED:
                reaction = association.request(question(association))
        except PreambleFailed as failed:
            return str(failed)
        finally:
            association.close()
        # A wrong answer is an answer: whether it is right is for the cases to judge.
        return None if isinstance(reaction, Reply) else seen(reaction)

    def why_dead_for_good(self, tape: Tape) -> str | None:
        """As `why_dead`, asked again until the declared recovery time has passed; a link that fails is a reason too."""
        began = self._time.now()
        reason = self._why_not(tape)
        for share in _ASKED_AGAIN:
            if reason is None:
                break
            self._wait_until(began + share * self.device.timing.recovery_time_s)
            reason = self._why_not(tape)
        return reason

    def prove_counters(self) -> None:
        """Take a value of each invocation counter: one that cannot be kept must be known before anything is sent.

        Raises:
            CounterError: it is exhausted or damaged, or its directory cannot be written.
        """
        for settings in self.device.associations:
            if settings.encryption_key is not None:
                self._counter(settings, settings.encryption_key).next()

    def _why_not(self, tape: Tape) -> str | None:
        try:
            return self.why_dead(tape)
        except LinkError as error:
            return str(error)

    def _wait_until(self, moment: float) -> None:
        if isinstance(self._time, VirtualClock):
            self._time.advance_to(moment)
        else:
            time.sleep(max(0.0, moment - self._time.now()))

    def _line(self, tape: Tape) -> Line:
        if self.device.profile is Profile.WRAPPER:
            return Line(self._link(), WrapperStream(), "wrapper", tape)
        return Line(self._link(), FrameStream(), "hdlc", tape)

    def _link(self) -> Link:
        if self._url.scheme == "loopback":
            assert isinstance(self._time, VirtualClock)  # noqa: S101 - narrows the type
            return LoopbackLink(self._embedded_meter().endpoint, self._time)
        if self._url.scheme == "tcp":
            return TcpLink(self._url.host, self._url.port)
        raise LinkError(f"link {self._url}: this version reaches loopback: and tcp://")

    def _embedded_meter(self) -> Meter:
        if self._meter is None:
            defects = self.device.embedded.defects if self.device.embedded is not None else frozenset()
            self._meter = build(defects=defects, profile=self.device.profile.value, seed=self._seed)
        return self._meter

    def _data_link(self, settings: AssociationSettings, tape: Tape) -> DataLink:
        line = self._line(tape)
        if self.device.profile is Profile.WRAPPER:
            return WrapperDataLink(line, client_wport=settings.client_sap, server_wport=settings.logical_device)
        hdlc = self.device.hdlc
        return HdlcDataLink(
            line,
            client=HdlcAddress(settings.client_sap),
            server=HdlcAddress(settings.logical_device, hdlc.server_lower, hdlc.address_length),
            proposed=LinkParameters(
                hdlc.max_information_field_length_transmit,
                hdlc.max_information_field_length_receive,
                hdlc.window_size_transmit,
                hdlc.window_size_receive,
            ),
            response_timeout_s=self.device.timing.response_timeout_s,
            llc=hdlc.llc,
        )

    def _next_counter(self, settings: AssociationSettings, tape: Tape, random: Random) -> Callable[[], int]:
        """The counter of the association's global key; it is read from the meter once where the config says how."""
        if settings.encryption_key is None:
            return _no_counter
        counter = self._counter(settings, settings.encryption_key)
        if counter not in self._read and settings.invocation_counter.association is not None:
            # Appended first: the association that reads it may be protected by it.
            self._read.append(counter)
            try:
                counter.raise_to(self._read_counter(settings, tape, random) + 1)
            except LinkError:
                # Nothing was learnt: the next association asks again.
                self._read.remove(counter)
                raise
        return counter.next

    def _counter(self, settings: AssociationSettings, encryption_key: Secret) -> InvocationCounter:
        key = CounterKey.of(self.device.name, settings.client_system_title or b"", encryption_key)
        if key not in self._counter_of:
            self._counter_of[key] = self._counters.counter(key, start=max(1, settings.invocation_counter.start))
        return self._counter_of[key]

    def _read_counter(self, settings: AssociationSettings, tape: Tape, random: Random) -> int:
        source = settings.invocation_counter
        assert source.association is not None and source.attribute is not None  # noqa: S101, PT018 - checked when loaded
        through = self.device.association(source.association)
        association = self.association(through, through.protections[0], tape, random)
        name = through.short_name(source.attribute) if through.short_names else None
        try:
            association.establish()
            value = get(association, source.attribute) if name is None else read(association, name)
        except (PreambleFailed, TransferFailed, NotDeclared) as failed:
            self.notes.append(f"invocation counter not read through {source.association}: {failed}")
            return 0
        finally:
            association.close()
        number = value.value if isinstance(value, Data) else None
        if isinstance(number, int) and 0 <= number < LAST_COUNTER:
            return number
        self.notes.append(f"invocation counter not read through {source.association}: the meter gave {_told(value)}")
        return 0


def _told(value: Data | int) -> str:
    return describe(value) if isinstance(value, Data) else access_result(value)


def _no_counter() -> int:
    return 0


def secrets_of(device: Device) -> list[Secret]:
    """Every secret that the config of a device holds."""
    return [secret for _, secret in device.secrets()]
