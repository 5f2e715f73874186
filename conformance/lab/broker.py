"""Who else shares a line with this lab: a broker lends the line for as long as its meters are tested."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from conformance.lab.inventory import Line

LABGRID_LINK = "labgrid"
"""In place of a device's link: the URL comes from the place that its line was lent with."""


class BrokerError(Exception):
    """A line was not lent; the message says by whom it was refused and what would help."""


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port behind the network that came with a place.

    Attributes:
        name: as the place calls it.
        url: link URL without options, `rfc2217://HOST:PORT` or `socket://HOST:PORT`; empty where `problem` is set.
        speed: bits per second; None when nobody has said it.
        problem: why nothing of this host can use it; None when it can.
    """

    name: str
    url: str
    speed: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A line that is ours until it is given back.

    Attributes:
        place: what was acquired; None where nothing had to be.
        ports: that came with it.
        told: what a reader of the night has to know, such as that the place was taken over.
    """

    place: str | None = None
    ports: tuple[Port, ...] = ()
    told: tuple[str, ...] = field(default=())

    def link(self, asked: str | None) -> str | None:
        """The link to use where a device asks for `asked`; anything but `labgrid…` is used as it is.

        `labgrid` is the only port of the place, `labgrid:NAME` the one of that name; options follow a question mark
        as in any link URL, and the speed of the port holds where they leave `baud` out.

        Raises:
            BrokerError: there is no such port, more than one, or none that can be reached.
        """
        if asked is None or not is_lent(asked):
            return asked
        head, _, options = asked.partition("?")
        port = self._port(head.partition(":")[2])
        if port.problem is not None:
            raise BrokerError(f"link {asked!r}: {port.problem}")
        given = [option for option in options.split("&") if option]
        said = {option.partition("=")[0] for option in given}
        if port.speed is not None and not said & {"baud", "opening"}:
            given.insert(0, f"baud={port.speed}")
        return f"{port.url}?{'&'.join(given)}" if given else port.url

    def _port(self, name: str) -> Port:
        if self.place is None:
            raise BrokerError(f"link {LABGRID_LINK!r}: the line was lent by nobody; give it a labgrid_place")
        found = [port for port in self.ports if not name or port.name == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(port.name for port in self.ports) or "none"
        if name:
            raise BrokerError(f"link 'labgrid:{name}': place {self.place} has no such port; it has {names}")
        if found:
            raise BrokerError(f"link 'labgrid': place {self.place} has several ports, {names}; write labgrid:NAME")
        raise BrokerError(
            f"link 'labgrid': place {self.place} has no NetworkSerialPort; write the link itself into the device"
        )


def is_lent(link: str) -> bool:
    """Whether a link is one that only the place of its line knows."""
    return link.partition("?")[0].partition(":")[0] == LABGRID_LINK


class Broker(Protocol):
    """Lends lines. Called by the worker of each line, so by several threads at once."""

    def acquire(self, line: Line, stop: threading.Event) -> Held:
        """Wait for `line`, no longer than configured, and until `stop` is set at most.

        Raises:
            BrokerError: it was not lent.
        """
        ...

    def release(self, held: Held) -> str | None:
        """Give back what was acquired; a problem with that is answered, not raised. Harmless when nothing is held."""
        ...

    def give_back(self, lines: Iterable[Line]) -> tuple[str, ...]:
        """Give back what an earlier lab run that was killed still holds of `lines`; what was done is answered."""
        ...


class NoBroker:
    """Every line is ours alone."""

    def acquire(self, line: Line, stop: threading.Event) -> Held:
        """Nothing to wait for.

        Raises:
            BrokerError: the line is lent by labgrid, and how to reach it is not configured.
        """
        del stop
        if line.labgrid_place is None:
            return Held()
        raise BrokerError(
            f"line {line.name} is lent as labgrid place {line.labgrid_place}, and nobody here asks labgrid for it"
        )

    def release(self, held: Held) -> str | None:
        """Nothing to give back."""
        del held
        return None

    def give_back(self, lines: Iterable[Line]) -> tuple[str, ...]:
        """Nothing to give back."""
        del lines
        return ()
