"""The application layer of the meter: its logical devices, and the associations that each connection carries."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from conformance.meter.association import Association
from conformance.meter.ciphering import InvocationCounter
from conformance.meter.model.logical_device import LogicalDevice


class CosemServer:
    """What all connections share: the objects, the keys, the counters, and the source of challenges."""

    def __init__(
        self, devices: Mapping[int, LogicalDevice], *, seed: int = 1, faults: frozenset[str] = frozenset()
    ) -> None:
        self.devices = devices
        self.faults = faults
        self._random = Random(seed)  # noqa: S311 - challenges of a test meter, which must be the same in every run
        self._sent = {sap: InvocationCounter() for sap in devices}

    def connect(self) -> Connection:
        """The application layer as one new connection sees it."""
        return Connection(self)

    def association(self, client_sap: int, server_sap: int) -> Association | None:
        """A new association between these SAPs, in the idle state; None when the meter offers none."""
        device = self.devices.get(server_sap)
        profile = None if device is None else device.profile(client_sap)
        if device is None or profile is None:
            return None
        return Association(profile, device, self._sent[server_sap], self._random, self.faults)


class Connection:
    """One connection's associations; an `Application` for the data link layers."""

    def __init__(self, server: CosemServer) -> None:
        self._server = server
        self._associations: dict[tuple[int, int], Association] = {}

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> bytes | None:
        """Serve one APDU; the reply, or None where none is due. No octets make it raise."""
        association = self._association(client_sap, server_sap)
        if association is None or not apdu:
            return None
        return association.handle(apdu, now)

    def link_lost(self, client_sap: int | None, server_sap: int | None) -> None:
        """End the associations between these SAPs; None stands for all of them."""
        for (client, server), association in self._associations.items():
            if client_sap in (None, client) and server_sap in (None, server):
                association.end()

    def _association(self, client_sap: int, server_sap: int) -> Association | None:
        key = (client_sap, server_sap)
        found = self._associations.get(key)
        if found is None:
            found = self._server.association(client_sap, server_sap)
            if found is not None:
                self._associations[key] = found
        return found
