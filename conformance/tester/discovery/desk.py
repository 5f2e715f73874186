"""Where attempts are made: each one counted, told, kept to its pace, and within the time that the discovery has."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from random import Random
from typing import Final, Protocol

from conformance.device.config_text import one_line
from conformance.device.counters import CounterKey, Counters, InvocationCounter
from conformance.device.model import (
    AssociationSettings,
    Device,
    HdlcSettings,
    LogicalDevice,
    Profile,
    Protection,
    Timing,
)
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.security.secret import Secret
from conformance.dlms.wrapper import WrapperDatagrams, WrapperStream
from conformance.link.clock import VirtualClock
from conformance.link.link import LinkError
from conformance.link.make import Links
from conformance.tester.association import Association
from conformance.tester.data_link.data_link import DataLink
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.discovery.deadline import DeadlineLink, OutOfTimeError
from conformance.tester.discovery.findings import ServerAddress
from conformance.tester.discovery.plan import Plan
from conformance.tester.line import Line
from conformance.tester.security import ClientSecurity
from conformance.tester.tape import Tape
from conformance.tester.told_counter import reason_against

_MINUTE_S: Final = 60.0
_LARGEST_HDLC_CLIENT: Final = 0x7E
_LARGEST_PORT: Final = 0xFFFF
_MOST_WORDS: Final = 300


class Teller(Protocol):
    """Told what is tried and what came of it."""

    def __call__(self, number: int, words: str) -> None:
        """Take one line: the number of the attempt, and what is said of it."""


class Desk:
    """Makes lines and associations for a discovery.

    Attributes:
        plan: what may be tried.
        profile: that is spoken.
        server: address that is spoken to.
        parameters: proposed when an HDLC link is set up; None: an SNRM without parameters.
        attempts: set-ups and openings so far.
        heard_octets: octets from the meter so far.
        links: the way to the meter.
    """

    def __init__(self, plan: Plan, links: Links, counters: Counters, tell: Teller) -> None:
        self.plan = plan
        self.profile = Profile.WRAPPER
        self.server = ServerAddress(1)
        self.parameters: LinkParameters | None = None
        self.attempts = 0
        self.heard_octets = 0
        self.links = links
        self._counters = counters
        self._tell = tell
        self._tape = Tape()
        self._deadline = links.clock.now() + plan.most_s
        self._not_before = links.clock.now()
        self._counter_of: dict[CounterKey, InvocationCounter] = {}

    def attempt(self, words: str) -> None:
        """Count an attempt, wait until it may be made, and tell it.

        Raises:
            OutOfTimeError: no further attempt may be made.
        """
        if self.attempts >= self.plan.most_attempts:
            raise OutOfTimeError(f"{self.attempts} attempts were made, as many as a discovery may make")
        if self.plan.per_minute:
            self._wait(self._not_before)
            self._not_before = self.links.clock.now() + _MINUTE_S / self.plan.per_minute
        self.attempts += 1
        self.say(words)

    def say(self, words: str) -> None:
        """Tell something of the attempt that is being made."""
        self._tell(self.attempts, one_line(words, _MOST_WORDS))

    def line(self) -> Line:
        """A line to the meter, not opened yet."""
        self.forget()
        link = DeadlineLink(self.links.make(), self._deadline)
        if self.profile is Profile.HDLC:
            return Line(link, FrameStream(), "hdlc", self._tape, self.links.pace)
        stream = WrapperDatagrams() if self.links.url.datagrams else WrapperStream()
        return Line(link, stream, "wrapper", self._tape, self.links.pace)

    def forget(self) -> None:
        """Count what the last line heard, and drop its tape."""
        self.heard_octets += sum(len(frame.octets) for frame in self._tape.frames if frame.direction == "S>C")
        self._tape = Tape()

    def data_link(self, line: Line, client: int, *, parameters: LinkParameters | None, recovers: bool) -> DataLink:
        """A data link between a client and the server that is spoken to."""
        if self.profile is Profile.WRAPPER:
            return WrapperDataLink(line, client_wport=client, server_wport=self.server.sap)
        return HdlcDataLink(
            line,
            client=HdlcAddress(client),
            server=HdlcAddress(self.server.sap, self.server.lower, self.server.length),
            proposed=parameters,
            response_timeout_s=self.plan.timeout_s,
            recovers=recovers,
        )

    def association(self, settings: AssociationSettings, protection: Protection = Protection.NONE) -> Association:
        """A fresh association; nothing is opened yet."""
        line = self.line()
        data_link = self.data_link(line, settings.client_sap, parameters=self.parameters, recovers=True)
        security = ClientSecurity(settings, self._next_counter(settings), draw=secrets.token_bytes)
        random = Random(secrets.randbits(64))  # noqa: S311 - seeded by a good source
        made = Association(self._device(settings), settings, protection, data_link, security, random, _forgotten)
        security.told_counter = self._follower(settings)
        return made

    @property
    def clients(self) -> tuple[int, ...]:
        """The clients that are tried: over HDLC only those that have an address, 1 to 126."""
        most = _LARGEST_HDLC_CLIENT if self.profile is Profile.HDLC else _LARGEST_PORT
        return tuple(client for client in self.plan.clients if client <= most)

    def end(self, association: Association) -> None:
        """Close an association, also where there is no time left to take leave of the meter."""
        try:
            association.close()
        except LinkError:
            association.drop()

    def raise_counter(self, settings: AssociationSettings, at_least: int) -> None:
        """Let the next invocation counter of a key be at least so high."""
        if settings.encryption_key is not None:
            self._counter(settings, settings.encryption_key).raise_to(at_least)

    def release(self) -> None:
        """Give back what is held between links."""
        self.forget()
        self.links.release()

    def _device(self, settings: AssociationSettings) -> Device:
        server = self.server
        return Device(
            name=self.plan.name,
            manufacturer="",
            link=str(self.links.url),
            profile=self.profile,
            logical_devices=(LogicalDevice(sap=server.sap),),
            associations=(settings,),
            timing=Timing(response_timeout_s=self.plan.timeout_s),
            hdlc=HdlcSettings(server_lower=server.lower, address_length=server.length),
        )

    def _next_counter(self, settings: AssociationSettings) -> Callable[[], int]:
        key = settings.encryption_key
        return _no_counter if key is None else self._counter(settings, key).next

    def _follower(self, settings: AssociationSettings) -> Callable[[int], None]:
        """Go on from the counter that the meter asks for, where that makes sense."""

        def follow(told: int) -> None:
            key = settings.encryption_key
            if key is None:
                return
            counter = self._counter(settings, key)
            why = reason_against(told, counter.upcoming)
            if why is None:
                counter.raise_to(told)
            else:
                self.say(f"the meter asks for invocation counter {told}, not followed: {why}")

        return follow

    def _counter(self, settings: AssociationSettings, key: Secret) -> InvocationCounter:
        name = CounterKey.of(self.plan.name, settings.client_system_title or b"", key)
        if name not in self._counter_of:
            self._counter_of[name] = self._counters.counter(name, start=1)
        return self._counter_of[name]

    def _wait(self, moment: float) -> None:
        clock = self.links.clock
        if isinstance(clock, VirtualClock):
            clock.advance_to(moment)
        elif (seconds := moment - clock.now()) > 0:
            time.sleep(seconds)


def _no_counter() -> int:
    return 0


def _forgotten(_: bytes) -> None:
    """A discovery writes no frames to any file: there is nothing to keep a secret out of."""
