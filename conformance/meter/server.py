"""The application layer of the meter: its logical devices, and the associations that each connection carries."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final
from weakref import WeakSet

from conformance.dlms.acse import aarq, release
from conformance.meter.application import Served
from conformance.meter.association import Association
from conformance.meter.crash import MeterCrashedError
from conformance.meter.general_blocks.gateway import BlockGateway
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.invocation_counters import Lasting
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.session import Session
from conformance.meter.push.notifier import DeviceNotifier

_LEAKED_ASSOCIATIONS: Final = 16
"""After so many associations a meter that never frees one has no memory left."""


class CosemServer:
    """What all connections share: the objects, the keys, the counters, and the source of challenges.

    Attributes:
        devices: the logical devices by SAP.
        faults: the defects that are switched on.
        crashed: whether one of them has ended the meter for good.
        opened: how many times an AARQ was judged.
        short_conformance_tag: whether a Conformance block tagged 5F is taken, as over HDLC, besides 5F 1F.
        blocks: the meter's side of general block transfer.
        notifiers: of the logical devices, by SAP.
    """

    def __init__(
        self,
        devices: Mapping[int, LogicalDevice],
        *,
        seed: int = 1,
        faults: frozenset[str] = frozenset(),
        short_conformance_tag: bool = True,
        blocks: GeneralBlockSettings | None = None,
    ) -> None:
        self.devices = devices
        self.blocks = GeneralBlockSettings() if blocks is None else blocks
        self.faults = faults
        self.short_conformance_tag = short_conformance_tag
        self._random = Random(seed)  # noqa: S311 - challenges of a test meter, which must be the same in every run
        for device in devices.values():
            device.faults = faults
            if device.security is not None:
                device.security.belong_to_meter(faults, self._random.randbytes)
        self._lasting = {sap: Lasting() for sap in devices}
        self._shared: Connection | None = None
        self._associations: WeakSet[Association] = WeakSet()
        self.notifiers: dict[int, DeviceNotifier] = {}
        for sap, device in devices.items():
            notifier = DeviceNotifier(device, self._lasting[sap], faults, self._association_of)
            device.notifier = self.notifiers[sap] = notifier
        self.crashed = False
        self.opened = 0

    def connect(self) -> Connection:
        """The application layer as one new connection sees it."""
        if "link-drop-keeps-association" in self.faults:
            # Associations that outlive their connection are found again by the next one.
            self._shared = self._shared or Connection(self)
            return self._shared
        return Connection(self)

    def association(self, client_sap: int, server_sap: int) -> Association | None:
        """A new association between these SAPs, in the idle state; None when the meter offers none."""
        device = self.devices.get(server_sap)
        profile = None if device is None else device.profile(client_sap)
        if device is None or profile is None:
            return None
        association = Association(
            profile,
            device,
            self._lasting[server_sap],
            self._random,
            self.faults,
            short_conformance_tag=self.short_conformance_tag,
        )
        self._associations.add(association)
        return association

    def next_timer(self) -> float | None:
        """When a push is due, or its repetition."""
        timers = (notifier.next_timer() for notifier in self.notifiers.values())
        return min((timer for timer in timers if timer is not None), default=None)

    def tick(self, now: float) -> None:
        """Push what is due."""
        for notifier in self.notifiers.values():
            notifier.tick(now)

    def _association_of(self, session: Session) -> Association | None:
        """The association that negotiated `session`; None when it has ended."""
        return next((item for item in self._associations if item.session is session), None)

    def end_all(self, *, but: Association) -> None:
        """End the associations of every connection, except one."""
        for association in list(self._associations):
            if association is not but:
                association.end()

    def lose_power(self) -> None:
        """End all associations; a faulty meter forgets more than them."""
        for association in list(self._associations):
            association.end()
        if "counter-lost-with-power" in self.faults:
            for device in self.devices.values():
                if device.security is not None:
                    device.security.received_invocation_counter = 0


class Connection:
    """One connection's associations; an `Application` for the data link layers."""

    def __init__(self, server: CosemServer) -> None:
        self._server = server
        self._associations: dict[tuple[int, int], Association] = {}
        self._gateways: dict[tuple[int, int], BlockGateway] = {}

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> Served:
        """Serve one APDU; the reply or replies, or None where none is due. No octets make it raise."""
        association = self._association(client_sap, server_sap)
        if association is None or not apdu or self._server.crashed:
            return None
        if apdu[0] == aarq.TAG and self._server.faults and not self._admits(association):
            return None
        waited = bool(association.outbox)
        try:
            reply = self._gateways[client_sap, server_sap].take(apdu, now)
        except MeterCrashedError:
            self._server.crashed = True
            return None
        if waited and "event-in-place-of-a-reply" in self._server.faults:
            return association.outbox.popleft()
        if apdu[0] == release.REQUEST_TAG and "release-ends-all-associations" in self._server.faults:
            self._server.end_all(but=association)
        return reply

    def unasked(self, client_sap: int, server_sap: int, most_octets: int | None = None) -> bytes | None:
        """Take the next APDU that is to be sent unasked between these SAPs; None where none is, or it is longer."""
        association = self._associations.get((client_sap, server_sap))
        if association is None or not association.outbox:
            return None
        if most_octets is not None and len(association.outbox[0]) > most_octets:
            return None
        return association.outbox.popleft()

    def next_timer(self) -> float | None:
        """When a push is due, or its repetition."""
        return self._server.next_timer()

    def tick(self, now: float) -> None:
        """Push what is due."""
        self._server.tick(now)

    def link_lost(self, client_sap: int | None, server_sap: int | None) -> None:
        """End the associations between these SAPs; None stands for all of them."""
        for (client, server), association in self._associations.items():
            if client_sap in (None, client) and server_sap in (None, server):
                association.end()

    def _admits(self, newcomer: Association) -> bool:
        """What faulty meters do when a client comes: they forget the others, or how to answer at all."""
        faults = self._server.faults
        if "second-client-evicts-the-first" in faults:
            self._server.end_all(but=newcomer)
        self._server.opened += 1
        return self._server.opened <= _LEAKED_ASSOCIATIONS or "associations-leak" not in faults

    def _association(self, client_sap: int, server_sap: int) -> Association | None:
        key = (client_sap, server_sap)
        found = self._associations.get(key)
        if found is None:
            found = self._server.association(client_sap, server_sap)
            if found is not None:
                self._associations[key] = found
                self._gateways[key] = BlockGateway(found, self._server.blocks, self._server.faults)
        return found
