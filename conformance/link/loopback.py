"""A link to an endpoint in the same process, in virtual time: deterministic, and waiting costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Protocol

from conformance.link.clock import VirtualClock
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


class LoopbackLink:
    """Connects to a fresh endpoint each time it is opened."""

    def __init__(self, endpoint: Callable[[], Endpoint], clock: VirtualClock | None = None) -> None:
        self._make = endpoint
        self._endpoint: Endpoint | None = None
        self._clock = clock or VirtualClock()
        self._due: list[tuple[float, int, bytes]] = []
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

    def send(self, octets: bytes) -> None:
        """Hand octets to the endpoint.

        Raises:
            LinkClosed: the endpoint has closed, or the link is not open.
        """
        endpoint = self._connected()
        self._tick(endpoint, self._clock.now())
        if endpoint.closed:
            raise LinkClosed("the meter closed the connection")
        endpoint.receive(octets, self._clock.now())
        self._collect(endpoint)

    def receive(self, until: float) -> bytes:
        """What is due next, moving the clock on to it; empty when nothing is due by `until`.

        Raises:
            LinkClosed: the endpoint has closed and everything it sent was given.
            LinkError: the endpoint's timer never moves on, or both sides would wait for ever.
        """
        endpoint = self._connected()
        for _ in range(_MOST_TICKS):
            self._collect(endpoint)
            timer = endpoint.next_timer()
            if self._due and self._due[0][0] <= until and (timer is None or self._due[0][0] <= timer):
                moment, _, octets = heappop(self._due)
                self._clock.advance_to(moment)
                return octets
            if endpoint.closed and not self._due:
                raise LinkClosed("the meter closed the connection")
            if timer is None or timer > until:
                break
            self._clock.advance_to(timer)
            endpoint.tick(self._clock.now())
        else:
            raise LinkError(f"loopback: {_MOST_TICKS} ticks of the meter in one wait; its timer does not move on")
        if until == inf:
            raise LinkError("loopback: nothing will ever arrive, the meter waits for octets too; give a time limit")
        self._clock.advance_to(until)
        return b""

    def _connected(self) -> Endpoint:
        if self._endpoint is None:
            raise LinkClosed("the link is not open")
        return self._endpoint

    def _tick(self, endpoint: Endpoint, now: float) -> None:
        timer = endpoint.next_timer()
        if timer is not None and timer <= now:
            endpoint.tick(now)

    def _collect(self, endpoint: Endpoint) -> None:
        for moment, octets in endpoint.outgoing(self._clock.now()):
            heappush(self._due, (moment, next(self._order), octets))
