"""Many embedded meters on ports of this host: a lab to try things out with, without hardware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from conformance.device.load import load
from conformance.device.model import Device, EmbeddedMeter, Profile
from conformance.harness.embedded import embedded_meter
from conformance.lab.broker import is_lent
from conformance.lab.inventory import Lab
from conformance.link.link import LinkError
from conformance.link.push_sockets import SocketNetwork
from conformance.link.server import TcpServer
from conformance.link.url import LinkUrl, parse_url
from conformance.meter.meter import Meter, build

_STREAMS = ("tcp", "socket")
_SERIAL_DIGITS = 8
_LAST_PORT = 0xFFFF


class FleetError(Exception):
    """A fleet that cannot be served; the message says what would do."""


@dataclass(frozen=True, slots=True)
class FleetMeter:
    """One meter of a fleet and where it is reached.

    Attributes:
        name: of the device, or its number.
        serial_number: what device ID 1 holds.
        url: link by which a client reaches it.
        profile: what it speaks.
        meter: it.
    """

    name: str
    serial_number: str
    url: LinkUrl
    profile: Profile
    meter: Meter


@dataclass(frozen=True, slots=True)
class Served:
    """What a meter has seen of its clients.

    Attributes:
        name: of the meter.
        connections: since it is there.
        most_at_once: of them at the same time; more than one where nobody meant it is two clients on one meter.
    """

    name: str
    connections: int
    most_at_once: int


class Fleet:
    """Serves meters, each on a port of its own, while it is entered.

    Attributes:
        meters: with the ports in use, once it is entered.
    """

    def __init__(self, meters: Sequence[FleetMeter]) -> None:
        self.meters = tuple(meters)
        self._network = SocketNetwork()
        self._servers: list[TcpServer] = []

    def __enter__(self) -> Fleet:
        """Listen for all of them.

        Raises:
            LinkError: a port is in use; then nothing is served.
        """
        try:
            for entry in self.meters:
                entry.meter.push_into(self._network)
                self._servers.append(TcpServer(entry.meter.endpoint, entry.url.host, entry.url.port))
        except LinkError:
            self._close()
            raise
        self.meters = tuple(
            replace(entry, url=replace(entry.url, port=server.port))
            for entry, server in zip(self.meters, self._servers, strict=True)
        )
        for server in self._servers:
            server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._close()

    def served(self) -> tuple[Served, ...]:
        """What each meter has seen of its clients so far."""
        pairs = zip(self.meters, self._servers, strict=True)
        return tuple(Served(entry.name, server.served, server.most_connections) for entry, server in pairs)

    def _close(self) -> None:
        for server in self._servers:
            server.stop()
        self._network.close()


def numbered_meters(
    count: int, first: LinkUrl, profile: Profile, *, seed: int, defects: Mapping[str, frozenset[str]]
) -> tuple[FleetMeter, ...]:
    """So many meters on consecutive ports, called 1, 2, …; a port 0 takes free ones.

    Args:
        count: how many.
        first: where the first one listens.
        profile: what they speak.
        seed: of the challenges of the first; each has a seed of its own.
        defects: of each meter by its name.

    Raises:
        FleetError: there are not so many ports behind the first one.
        UnknownDefectError: a name that is no defect.
    """
    if first.port and first.port + count - 1 > _LAST_PORT:
        raise FleetError(f"{count} meters do not fit behind port {first.port}; the last port is {_LAST_PORT}")
    made = []
    for index in range(count):
        name, serial = str(index + 1), serial_number(index + 1)
        meter = build(
            defects=defects.get(name, frozenset()),
            profile=profile.value,
            seed=seed + index,
            serial_number=serial.encode("ascii"),
        )
        url = replace(first, port=first.port + index) if first.port else first
        made.append(FleetMeter(name, serial, url, profile, meter))
    return tuple(made)


def meters_of(lab: Lab, *, seed: int, defects: Mapping[str, frozenset[str]]) -> tuple[FleetMeter, ...]:
    """An embedded meter for each device of a lab that is reached by TCP, on the port that its link names.

    Devices with a link of another kind are left out: a serial port, or the meter inside the run's own process.

    Raises:
        FleetError: no device is reached by TCP, or two by the same port.
        ConfigError: a device config cannot be used.
        UnknownDefectError: a name that is no defect.
    """
    made: list[FleetMeter] = []
    taken: dict[tuple[str, int], str] = {}
    for number, entry in enumerate(lab.devices, start=1):
        device = load(entry.config, secrets="placeholder")
        link = entry.link or device.link
        if is_lent(link) or (url := parse_url(link)).scheme not in _STREAMS:
            continue
        other = taken.setdefault((url.host, url.port), entry.name)
        if other != entry.name:
            raise FleetError(f"{entry.name} and {other} are on the same port, {url}; a meter here has one of its own")
        serial = serial_number(number)
        meter = _like(device, seed + number - 1, serial, defects.get(entry.name, frozenset()))
        made.append(FleetMeter(entry.name, serial, url, device.profile, meter))
    if not made:
        raise FleetError(f"no device of {lab.path.name} is reached by tcp:// or socket://")
    return tuple(made)


def serial_number(number: int) -> str:
    """The serial number of the meter of that number, counted from 1."""
    return f"{number:0{_SERIAL_DIGITS}}"


def defects_by_meter(given: Sequence[str], names: Sequence[str]) -> dict[str, frozenset[str]]:
    """The defects of each meter from `METER:DEFECT`, or `DEFECT` for all of them.

    Raises:
        FleetError: there is no such meter.
    """
    found: dict[str, set[str]] = {}
    for text in given:
        meter, colon, defect = text.rpartition(":")
        if colon and meter not in names:
            raise FleetError(f"defect {text!r}: there is no meter {meter!r}; write METER:DEFECT, or DEFECT for all")
        for name in [meter] if colon else names:
            found.setdefault(name, set()).add(defect)
    return {name: frozenset(defects) for name, defects in found.items()}


def _like(device: Device, seed: int, serial: str, defects: frozenset[str]) -> Meter:
    """The embedded meter that a device config describes; where it describes a real one, the one of its suite."""
    embedded = device.embedded
    if embedded is None:
        suite = max((association.security_suite for association in device.associations), default=0)
        embedded = EmbeddedMeter(security_suite=suite)
    described = replace(device, embedded=replace(embedded, defects=embedded.defects | defects))
    return embedded_meter(described, seed, serial_number=serial.encode("ascii"))
