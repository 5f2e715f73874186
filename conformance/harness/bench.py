"""The bench: one device as this process reaches it, with everything that outlives a single association."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from conformance.device.counters import (
    LAST_COUNTER,
    CounterKey,
    Counters,
    InvocationCounter,
    MemoryCounters,
    StateCounters,
)
from conformance.device.key_journal import KeyJournal, MemoryKeyJournal
from conformance.device.model import AssociationSettings, Device, Profile, Protection
from conformance.device.state_key_journal import StateKeyJournal
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.security.secret import Secret
from conformance.dlms.wrapper import WrapperDatagrams, WrapperStream
from conformance.harness.embedded import embedded_meter
from conformance.harness.hygiene import Hygiene
from conformance.link.clock import VirtualClock
from conformance.link.link import LinkError
from conformance.link.listener import Listener
from conformance.link.loopback import Endpoint
from conformance.link.make import Links
from conformance.link.opening import OpeningFailed
from conformance.link.pace import Pace
from conformance.link.push_network import VirtualNetwork
from conformance.link.socket_listener import SocketListener
from conformance.link.url import ONE_LINE, parse_url
from conformance.link.watched import WatchedLink
from conformance.meter.meter import Meter
from conformance.tester.association import Association, PreambleFailed, State
from conformance.tester.data_link.data_link import DataLink
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.hdlc_station import Damaged, Echoed
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.frame_rendering import Addresses
from conformance.tester.line import LONGEST_PAUSE_S, Line
from conformance.tester.liveness import question
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Reply, Unreadable
from conformance.tester.security import ClientSecurity
from conformance.tester.seen import access_result, seen
from conformance.tester.shared_line import SharedLine
from conformance.tester.tape import Tape
from conformance.tester.told_counter import reason_against
from conformance.tester.transfer import TransferFailed, get, read

if TYPE_CHECKING:
    from conformance.harness.line_check import LineCheck
    from conformance.harness.object_survey import ObjectSurvey

_JITTER_S = 0.05
"""Of an operating system, a gateway or a network between the tester and the meter."""
_PAUSES = 2.0
"""A frame of the meter is given up after a pause of so many of its own inter-octet timeouts, and not sooner."""
_ASKED_AGAIN = (1 / 15, 3 / 15, 7 / 15, 1.0)
"""When a meter that does not answer is asked again, in shares of its recovery time."""


class Bench:
    """Makes associations with one device.

    Attributes:
        device: its config.
        dead_since: what was running when the meter stopped answering; None while it answers.
        notes: what befell the bench as such, for the record.
        line_fault: how the line failed since somebody last set this to None; None while it works.
        line_trouble: the line check that has found the line disturbed last; None while none has.
        line_pairs_well: pairs of exchanges that line checks have made since without any fault.
        line_sticks: a line check has seen the meter stop answering a kind of command for good.
        key_journal: which keys the meter may hold in place of the declared ones.
        hygiene: what the frames of all items have shown of the meter's security.
        surveys: the objects of each association whose list was read, by the association's name.
    """

    def __init__(
        self, device: Device, *, seed: int, keep_secret: Callable[[bytes], None], state_directory: str | None = None
    ) -> None:
        self.device = device
        self.dead_since: str | None = None
        self.line_fault: str | None = None
        self.notes: list[str] = []
        self.line_trouble: LineCheck | None = None
        self.line_pairs_well = 0
        self.line_sticks = False
        self.hygiene = Hygiene(device)
        self.surveys: dict[str, ObjectSurvey] = {}
        self._seed = seed
        self._keep_secret = keep_secret
        self._url = parse_url(device.link)
        self._links = Links(self._url, self._endpoint)
        self._time = self._links.clock
        self._network = VirtualNetwork(self._time) if isinstance(self._time, VirtualClock) else None
        self._shared: SharedLine | None = None
        self._meter: Meter | None = None
        self._counters: Counters = (
            MemoryCounters()
            if device.embedded is not None or state_directory is None
            else StateCounters(state_directory)
        )
        self.key_journal: KeyJournal = (
            MemoryKeyJournal()
            if device.embedded is not None or state_directory is None
            else StateKeyJournal(state_directory, device.name)
        )
        self._counter_of: dict[CounterKey, InvocationCounter] = {}
        self._read: list[InvocationCounter] = []

    def association(
        self,
        settings: AssociationSettings,
        protection: Protection,
        tape: Tape,
        random: Random,
        *,
        beside: Association | None = None,
        recovers: bool = False,
    ) -> Association:
        """A fresh association; nothing is opened yet.

        Args:
            settings: of the association.
            protection: of the variant.
            tape: takes its frames.
            random: challenges and dedicated keys come from it.
            beside: the association whose line it shares; None: on a link of its own.
            recovers: what an HDLC line loses is asked for and sent again; never where the meter must refuse something.
        """
        security = ClientSecurity(
            settings, self._next_counter(settings, tape, random), draw=self._draw(random), keep_secret=self._keep_secret
        )
        line = self._line(tape) if beside is None else beside.data_link.line
        data_link = self._data_link(settings, line, recovers=recovers)
        made = Association(self.device, settings, protection, data_link, security, random, self._keep_secret)
        made.beside = beside
        security.told_counter = self._follower(settings)
        return made

    def listeners(self) -> list[Listener]:
        """Where the device config says that pushes are listened for, not open yet: in memory for an embedded meter."""
        urls = [parse_url(text) for text in self.device.push.listen]
        if self._network is None:
            return [SocketListener(url) for url in urls]
        return [self._network.listener(url) for url in urls]

    def begin(self, occasion: str) -> None:
        """An item begins: the faults of a modelled line are its own, in whatever order items run."""
        self._links.begin(occasion)

    @property
    def jitter_s(self) -> float:
        """By how much the pauses between what is sent may differ from those with which it arrives, in seconds."""
        return 0.0 if isinstance(self._time, VirtualClock) else _JITTER_S

    def bare_line(self, tape: Tape) -> Line:
        """A line of its own to the device, not opened yet, for single frames or PDUs."""
        return self._line(tape)

    def unopened_line(self, tape: Tape) -> Line:
        """As `bare_line`, without the opening in mode E that the link would begin with."""
        return Line(WatchedLink(self._links.make_unopened(), self._line_failed), FrameStream(), "hdlc", tape, self.pace)

    def why_dead(self, tape: Tape, *, recovers: bool = True) -> str | None:
        """Open the least demanding association on a fresh link, ask its name; None when the meter answers at all.

        One lost frame must not bury a sound meter: unless told otherwise, the link recovers what its line loses.

        Raises:
            LinkError: the link cannot be opened at all.
        """
        settings = min(self.device.associations, key=lambda item: (item.ciphered, item.mechanism))
        random = Random(self._seed)  # noqa: S311 - must be repeatable
        association = self.association(settings, settings.protections[0], tape, random, recovers=recovers)
        try:
            reaction = association.open()
            if isinstance(reaction, Reply) and association.state is State.ASSOCIATED:
                reaction = association.request(question(association))
        except PreambleFailed as failed:
            return None if _wrong_but_whole(failed.reaction) else str(failed)
        except OpeningFailed as failed:
            if not failed.answered:
                raise
            return None
        finally:
            association.close()
        # A wrong answer is an answer: whether it is right is for the cases to judge.
        return None if isinstance(reaction, Reply) or _wrong_but_whole(reaction) else seen(reaction)

    def why_dead_for_good(self, tape: Tape) -> str | None:
        """As `why_dead`, asked again until the declared recovery time has passed; a link that fails is a reason too."""
        began, first = self._time.now(), tape.next_number
        reason = self._why_not(tape, recovers=True)
        for share in _ASKED_AGAIN:
            if reason is None:
                break
            tape.waited_s += self.wait_until(began + share * self.device.timing.recovery_time_s)
            # Where nothing has come at all there is nothing to be recovered.
            heard = any(frame.direction == "S>C" for frame in tape.frames[first:])
            reason = self._why_not(tape, recovers=heard)
        return reason

    def close(self) -> None:
        """Give back what is held between two links to the device: a serial port, the journal of its keys."""
        self._links.release()
        self.key_journal.release()

    def level_counters(self, *settings: AssociationSettings) -> None:
        """Bring the invocation counters of several keys to the height of the highest; none goes back.

        A meter may count for a client where it should count for a key: one whose key was changed for a while would
        refuse the counters of the first key ever after. Where the config says how, they are read again.
        """
        counters = [self._counter(item, item.encryption_key) for item in settings if item.encryption_key is not None]
        highest = max((counter.next() for counter in counters), default=0)
        for counter in counters:
            counter.raise_to(highest)
            if counter in self._read:
                self._read.remove(counter)

    def renew(self, policy_strength: int | None = None) -> bool:
        """Put the factory's keys and policy in force in an embedded meter again; whether this device is one.

        Args:
            policy_strength: of a policy in place of the factory's: 0 nothing, 1 authenticated, 2 encrypted, 3 both.
        """
        if self.device.embedded is None:
            return False
        self._embedded_meter().factory_security.restore(policy_strength)
        self.key_journal.clear()
        return True

    def cycle_power(self) -> bool:
        """Switch an embedded meter off and on again; whether this device is one."""
        if self.device.embedded is None:
            return False
        self._embedded_meter().cycle_power()
        return True

    @contextmanager
    def counters_put_back(self) -> Iterator[None]:
        """What an embedded meter accepts inside of invocation counters is forgotten at the end: no key is used up."""
        if self.device.embedded is None:
            yield
            return
        with self._embedded_meter().counters_put_back():
            yield

    @property
    def pace(self) -> Pace:
        """How exactly the device's links tell when octets passed."""
        return self._links.pace

    def now(self) -> float:
        """The present on the clock of the device's links, in seconds."""
        return self._time.now()

    def host_time(self) -> datetime:
        """What the clock of this host shows."""
        return datetime.now(UTC)

    def wait_until(self, moment: float) -> float:
        """Wait until the clock of the device's links shows `moment`, and give how long that was, in seconds."""
        seconds = max(0.0, moment - self._time.now())
        if isinstance(self._time, VirtualClock):
            self._time.advance_to(moment)
        else:
            time.sleep(seconds)
        return seconds

    def prove_counters(self) -> None:
        """Take a value of each invocation counter: one that cannot be kept must be known before anything is sent.

        Raises:
            CounterError: it is exhausted or damaged, or its directory cannot be written.
        """
        for settings in self.device.associations:
            if settings.encryption_key is not None:
                self._counter(settings, settings.encryption_key).next()

    def _why_not(self, tape: Tape, *, recovers: bool) -> str | None:
        try:
            return self.why_dead(tape, recovers=recovers)
        except LinkError as error:
            return str(error)

    def _line(self, tape: Tape) -> Line:
        line = self._plain_line(tape)
        # Pauses within a frame are measured elsewhere: here they only tell a frame that goes on from one that does not.
        line.longest_pause_s = max(LONGEST_PAUSE_S, _PAUSES * self.device.hdlc.inter_octet_timeout_s)
        return line

    def _plain_line(self, tape: Tape) -> Line:
        if self.device.profile is Profile.WRAPPER:
            stream = WrapperDatagrams() if self._url.datagrams else WrapperStream()
            return Line(self._link(), stream, "wrapper", tape, self.pace)
        if self._url.scheme not in ONE_LINE:
            return Line(self._link(), FrameStream(), "hdlc", tape, self.pace)
        if self._shared is None or self._shared.tape is not tape:
            self._shared = SharedLine(self._link(), FrameStream(), "hdlc", tape, self.pace)
        return self._shared

    def _link(self) -> WatchedLink:
        return WatchedLink(self._links.make(), self._line_failed)

    def _line_failed(self, how: str) -> None:
        self.line_fault = self.line_fault or how

    def _endpoint(self) -> Endpoint:
        meter = self._embedded_meter()
        return meter.datagram_endpoint() if self._url.datagrams else meter.endpoint()

    def _embedded_meter(self) -> Meter:
        if self._meter is None:
            self._meter = embedded_meter(self.device, self._seed)
            if self._network is not None:
                self._meter.push_into(self._network)
                self._network.driven = self._meter
        return self._meter

    def _data_link(self, settings: AssociationSettings, line: Line, *, recovers: bool) -> DataLink:
        if self.device.profile is Profile.WRAPPER:
            return WrapperDataLink(line, client_wport=settings.client_sap, server_wport=settings.logical_device)
        hdlc = self.device.hdlc
        addresses = Addresses.of(self.device, settings)
        return HdlcDataLink(
            line,
            client=addresses.client,
            server=addresses.server(),
            proposed=LinkParameters(
                hdlc.max_information_field_length_transmit,
                hdlc.max_information_field_length_receive,
                hdlc.window_size_transmit,
                hdlc.window_size_receive,
            ),
            response_timeout_s=self.device.timing.response_timeout_s,
            llc=hdlc.llc,
            recovers=recovers,
            inactivity_timeout_s=hdlc.inactivity_timeout_s,
        )

    def _draw(self, random: Random) -> Callable[[int], bytes]:
        """Where keys come from: the same in every run for the embedded meter, never twice for a real one."""
        return random.randbytes if self.device.embedded is not None else secrets.token_bytes

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

    def _follower(self, settings: AssociationSettings) -> Callable[[int], None]:
        """What becomes of a counter that the meter asks for: the client goes on from there, where that makes sense."""

        def follow(told: int) -> None:
            if settings.encryption_key is None:
                return
            counter = self._counter(settings, settings.encryption_key)
            why = reason_against(told, counter.upcoming)
            note = f"{settings.name}: the meter asks for invocation counter {told} ({told:08X}), not followed: {why}"
            if why is None:
                counter.raise_to(told)
            elif note not in self.notes:
                self.notes.append(note)

        return follow

    def _counter(self, settings: AssociationSettings, encryption_key: Secret) -> InvocationCounter:
        key = CounterKey.of(self.device.name, settings.client_system_title or b"", encryption_key)
        if key not in self._counter_of:
            self._counter_of[key] = self._counters.counter(key, start=max(1, settings.invocation_counter.start))
        return self._counter_of[key]

    def _read_counter(self, settings: AssociationSettings, tape: Tape, random: Random) -> int:
        source = settings.invocation_counter
        assert source.association is not None and source.attribute is not None  # noqa: S101, PT018 - checked when loaded
        through = self.device.association(source.association)
        association = self.association(through, through.protections[0], tape, random, recovers=True)
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


def _wrong_but_whole(reaction: object) -> bool:
    """Whether the meter has answered with a frame whose check sequences are right and that is wrong elsewhere.

    A wrapper PDU has no check sequence: TCP and UDP have one, and whatever is wrong in it was sent so.
    """
    return (
        isinstance(reaction, Unreadable)
        and not isinstance(reaction, (Damaged, Echoed))
        and reaction.path.startswith(("hdlc-frame", "wrapper"))
    )


def _told(value: Data | int) -> str:
    return describe(value) if isinstance(value, Data) else access_result(value)


def _no_counter() -> int:
    return 0


def secrets_of(device: Device) -> list[Secret]:
    """Every secret that the config of a device holds."""
    return [secret for _, secret in device.secrets()]
