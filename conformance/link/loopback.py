"""A link to an endpoint in the same process, in virtual time: deterministic, and waiting costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Protocol

from conformance.link.clock import VirtualClock
from conformance.link.line_model import LineModel, ModelledLine
from conformance.link.link import LinkClosed, LinkError


class Endpoint(Protocol):
    """The far side of a connection as a state machine: octets and time go in, octets with their due time come out."""

    closed: bool
    """Whether the endpoint has closed the connection."""

    def connected(self, now: float) -> None:
        """A client has connected."""
        ...

    def disconnected(self, now: float) -> None:
        """The client has gone."""
        ...

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client."""
        ...

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over what is to be sent, each with the moment it is due; a second call gives only what is new."""
        ...

    def next_timer(self) -> float | None:
        """When the endpoint wants `tick` to be called; None while it waits for nothing."""
        ...

    def tick(self, now: float) -> None:
        """Time has passed."""
        ...


_MOST_TICKS = 100_000
"""Ticks of an endpoint within one wait; one that asks for more has a timer that never moves on."""
_STUCK = f"loopback: {_MOST_TICKS} ticks of the meter in one wait; its timer does not move on"


class LoopbackLink:
    """Connects to a fresh endpoint each time it is opened, over a perfect line or a modelled one."""

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        clock: VirtualClock | None = None,
        line: LineModel | ModelledLine | None = None,
    ) -> None:
        self._make = endpoint
        self._endpoint: Endpoint | None = None
        self._clock = clock or VirtualClock()
        self._line = ModelledLine(line) if isinstance(line, LineModel) else line
        self._due: list[tuple[float, int, bytes]] = []
        self._arriving: list[tuple[float, int, bytes]] = []
        self._order = count()

    @property
    def clock(self) -> VirtualClock:
        """The virtual clock."""
        return self._clock

    def open(self) -> None:
        """Connect to a fresh endpoint."""
        self.close()
        self._endpoint = self._make()
        self._endpoint.connected(self._clock.now())

    def close(self) -> None:
        """Tell the endpoint that the client has gone; what it still had to say is lost."""
        if self._endpoint is not None:
            self._endpoint.disconnected(self._clock.now())
            self._endpoint = None
        self._due.clear()
        self._arriving.clear()

    def send(self, octets: bytes) -> None:
        """Send octets to the endpoint; on a line with a baud rate, the clock moves on until the last one has passed.

        Raises:
            LinkClosed: the endpoint has closed, or the link is not open.
            LinkError: the endpoint's timer never moves on.
        """
        endpoint = self._connected()
        self._run(endpoint, self._clock.now())
        if endpoint.closed:
            raise LinkClosed("the meter closed the connection")
        if self._line is None:
            endpoint.receive(octets, self._clock.now())
            return
        for moment, arrived in self._line.to_device(octets, self._clock.now()):
            self._run(endpoint, moment)
            if endpoint.closed:
                return
            endpoint.receive(arrived, self._clock.now())
        self._run(endpoint, self._line.quiet_from)

    def receive(self, until: float) -> bytes:
        """What is due next, moving the clock on to it; empty when nothing is due by `until`.

        Raises:
            LinkClosed: the endpoint has closed and everything it sent was given.
            LinkError: the endpoint's timer never moves on, or both sides would wait for ever.
        """
        endpoint = self._connected()
        for _ in range(_MOST_TICKS):
            moment = self._next_moment(endpoint)
            if self._arriving and self._arriving[0][0] <= min(until, moment):
                arrives, _, octets = heappop(self._arriving)
                self._clock.advance_to(arrives)
                return octets
            if endpoint.closed and not self._arriving and not self._due:
                raise LinkClosed("the meter closed the connection")
            if moment > until or moment == inf:
                break
            self._let_happen(endpoint, moment)
        else:
            raise LinkError(_STUCK)
        if until == inf:
            raise LinkError("loopback: nothing will ever arrive, the meter waits for octets too; give a time limit")
        self._clock.advance_to(until)
        return b""

    def _connected(self) -> Endpoint:
        if self._endpoint is None:
            raise LinkClosed("the link is not open")
        return self._endpoint

    def _run(self, endpoint: Endpoint, until: float) -> None:
        """Let time pass up to `until`, with all that is due by then."""
        for _ in range(_MOST_TICKS):
            moment = self._next_moment(endpoint)
            if moment > max(until, self._clock.now()):
                self._clock.advance_to(until)
                return
            self._let_happen(endpoint, moment)
        raise LinkError(_STUCK)

    def _next_moment(self, endpoint: Endpoint) -> float:
        """When the endpoint next acts of itself: it sends what it has ready, or its timer ends; infinity for never."""
        for due, octets in endpoint.outgoing(self._clock.now()):
            heappush(self._due, (due, next(self._order), octets))
        timer = endpoint.next_timer()
        return min(inf if timer is None else timer, self._due[0][0] if self._due else inf)

    def _let_happen(self, endpoint: Endpoint, moment: float) -> None:
        """Move on to `moment`, at which octets are due or a timer ends."""
        self._clock.advance_to(moment)
        if not self._due or self._due[0][0] > moment:
            endpoint.tick(self._clock.now())
            return
        due, _, octets = heappop(self._due)
        arriving = [(due, octets)] if self._line is None else self._line.from_device(octets, due)
        for arrives, arrived in arriving:
            heappush(self._arriving, (arrives, next(self._order), arrived))
