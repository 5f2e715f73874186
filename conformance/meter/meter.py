"""The embedded meter, whole: objects, associations and data link, sound or with defects switched on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from typing import Final, Literal

from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.link.loopback import Endpoint
from conformance.link.push_network import PushNetwork
from conformance.meter.defects import checked
from conformance.meter.factory_security import FactorySecurity
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.hdlc_server import HdlcServer
from conformance.meter.mode_e import NEVER_QUIET_S, ModeE
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.communication_setup import LinkFacts
from conformance.meter.model.load_profile import PROFILE_ENTRIES
from conformance.meter.model.populate import FIRST_SERIAL_NUMBER, logical_devices
from conformance.meter.model.suite_profiles import profiles_of
from conformance.meter.server import CosemServer
from conformance.meter.wrapper_port import WrapperPort
from conformance.meter.wrapper_server import WrapperServer

CommunicationProfile = Literal["hdlc", "wrapper"]

DEFAULT_SEED: Final = 1


class Meter:
    """One meter. Its endpoints share objects, keys, counters and time; each carries associations of its own.

    Attributes:
        server: the application layer.
        factory_security: the keys and policies that it left the factory with.
        profile: what its endpoints speak.
        defects: names of the faults that are switched on.
    """

    def __init__(
        self,
        server: CosemServer,
        profile: CommunicationProfile,
        facts: LinkFacts,
        *,
        address_lengths: Collection[int],
        response_time_s: float,
        mode_e: bool,
    ) -> None:
        self.server = server
        self.factory_security = FactorySecurity(server.devices)
        self.profile = profile
        self.defects = server.faults
        self._facts = facts
        self._address_lengths = address_lengths
        self._response_time_s = response_time_s
        self._mode_e = mode_e
        self._port = WrapperPort(self.defects)

    def endpoint(self) -> Endpoint:
        """What a new connection meets: an HDLC station, behind an opening in mode E or not, or a wrapper peer."""
        facts, saps = self._facts, tuple(self.server.devices)
        if self.profile == "wrapper":
            return self._wrapper(datagrams=False)
        station = HdlcServer(
            self.server.connect(),
            logical_devices=saps,
            lower=facts.hdlc_device_address,
            address_lengths=self._address_lengths,
            abilities=LinkParameters(
                facts.max_information_field_length_transmit,
                facts.max_information_field_length_receive,
                facts.window_size_transmit,
                facts.window_size_receive,
            ),
            inter_octet_timeout_s=facts.inter_octet_timeout_ms / 1000,
            inactivity_timeout_s=facts.inactivity_timeout_s,
            response_time_s=self._response_time_s,
            defects=self.defects,
        )
        if not self._mode_e:
            return station
        return ModeE(station, quiet_s=facts.inactivity_timeout_s or NEVER_QUIET_S, defects=self.defects)

    def push_into(self, network: PushNetwork) -> None:
        """From now on pushes over TCP and UDP go into `network`."""
        for notifier in self.server.notifiers.values():
            notifier.network = network

    def next_timer(self) -> float | None:
        """When it wants `tick` to be called, whether or not a connection stands; None while it waits for nothing."""
        return self.server.next_timer()

    def tick(self, now: float) -> None:
        """Time has passed: what is due is pushed."""
        self.server.tick(now)

    def cycle_power(self) -> None:
        """Off and on again: no association is left, and what must outlive a power failure does."""
        self.server.lose_power()

    @contextmanager
    def counters_put_back(self) -> Iterator[None]:
        """The invocation counters accepted inside are forgotten at the end, so that a counter can be used up."""
        states = [device.security for device in self.server.devices.values() if device.security is not None]
        kept = [state.received_invocation_counter for state in states]
        try:
            yield
        finally:
            for state, counter in zip(states, kept, strict=True):
                state.received_invocation_counter = counter

    def datagram_endpoint(self) -> Endpoint:
        """What a new client meets over UDP: a wrapper peer that takes each datagram for itself.

        Raises:
            ValueError: the meter speaks HDLC, which is not for datagrams.
        """
        if self.profile != "wrapper":
            raise ValueError(f"communication profile {self.profile!r} does not go over UDP; 'wrapper' does")
        return self._wrapper(datagrams=True)

    def _wrapper(self, *, datagrams: bool) -> WrapperServer:
        return WrapperServer(
            self.server.connect(),
            logical_devices=tuple(self.server.devices),
            client_saps=self._client_saps(),
            inactivity_timeout_s=self._facts.tcp_inactivity_timeout_s,
            response_time_s=self._response_time_s,
            datagrams=datagrams,
            port=self._port,
            defects=self.defects,
        )

    def _client_saps(self) -> frozenset[int]:
        devices = self.server.devices.values()
        return frozenset(profile.client_sap for device in devices for profile in device.profiles)


def build(
    *,
    defects: Iterable[str] = frozenset(),
    profile: CommunicationProfile = "hdlc",
    seed: int = DEFAULT_SEED,
    inactivity_timeout_s: float | None = None,
    facts: LinkFacts | None = None,
    profiles: tuple[AssociationProfile, ...] | None = None,
    address_lengths: Collection[int] = (1, 2, 4),
    response_time_s: float = 0.0,
    mode_e: bool = False,
    security_suite: int = 0,
    security_policy: int | None = None,
    blocks: GeneralBlockSettings | None = None,
    profile_rows: int = PROFILE_ENTRIES,
    extra_objects: int = 0,
    every_class: bool = False,
    serial_number: bytes = FIRST_SERIAL_NUMBER,
) -> Meter:
    """A new meter, as it leaves the factory.

    Args:
        defects: names of the faults to switch on, see `DEFECTS`.
        profile: "hdlc" or "wrapper".
        seed: of the challenges; the same seed makes the same meter.
        inactivity_timeout_s: of the data link, in place of the one in `facts`; 0 for never.
        facts: sizes, windows and timeouts of the data link, which the setup objects tell too.
        profiles: the associations that it offers; None: those of its security suite.
        address_lengths: octets of the HDLC server addresses that it takes.
        response_time_s: how long it takes to answer.
        mode_e: an HDLC line is opened by IEC 62056-21 mode E.
        security_suite: 0, 1 or 2.
        security_policy: what it demands of all messages at first: 0 nothing, 1 authenticated, 2 encrypted, 3 both;
            None: 3 in suite 0, otherwise 0.
        blocks: its side of general block transfer, and whether long replies begin in it.
        profile_rows: rows in the buffer of its load profile.
        extra_objects: registers beside those that it has anyway.
        every_class: it has a logical device with an object of every class version too.
        serial_number: what its device ID 1 holds.

    Raises:
        UnknownDefectError: a name that is no defect; the nearest ones are in the message.
        ValueError: another communication profile, suite or policy, or an opening in mode E without HDLC.
    """
    if profile not in ("hdlc", "wrapper"):
        raise ValueError(f"communication profile {profile!r}; the meter speaks 'hdlc' or 'wrapper'")
    if mode_e and profile != "hdlc":
        raise ValueError("an opening in mode E leads to HDLC; the wrapper has none")
    faults = checked(defects)
    facts = LinkFacts() if facts is None else facts
    if inactivity_timeout_s is not None:
        seconds = ceil(inactivity_timeout_s)
        facts = replace(facts, inactivity_timeout_s=seconds, tcp_inactivity_timeout_s=seconds)
    offered = profiles_of(security_suite, security_policy) if profiles is None else profiles
    server = CosemServer(
        logical_devices(
            offered,
            facts,
            profile_rows=profile_rows,
            extra_objects=extra_objects,
            every_class=every_class,
            serial_number=serial_number,
            faults=faults,
        ),
        seed=seed,
        faults=faults,
        short_conformance_tag=profile == "hdlc",
        blocks=blocks,
    )
    return Meter(
        server, profile, facts, address_lengths=address_lengths, response_time_s=response_time_s, mode_e=mode_e
    )
