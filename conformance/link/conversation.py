"""One endpoint on a real line: what every server does with it, whatever carries the octets."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from conformance.link.line_model import LineModel, ModelledLine
from conformance.link.loopback import Endpoint

LONGEST_WAIT_S = 0.2
"""A server looks up so often, to see whether it is to stop."""
SHORTEST_WAIT_S = 0.001
_PACED_WAIT_S = 0.004
"""On a paced line octets are handed on in parts of so long: far below any inter-octet timeout."""

_MOST_ON_THE_LINE = 4096
"""Octets that wait for their time on a paced line, as in the buffer of a port; a client that sends more has to wait."""

Due = list[tuple[float, int, bytes]]


class Conversation:
    """Hands octets to an endpoint when they have passed the line, and gives what the endpoint sends when it is due.

    Endpoints share the meter behind them: whoever serves several lets only one of them act at a time.

    Attributes:
        endpoint: the far side.
    """

    def __init__(self, endpoint: Endpoint, now: float, *, model: LineModel | None = None) -> None:
        """Connect to `endpoint`; with a `model`, octets take the time that its baud rate gives them."""
        self.endpoint = endpoint
        self._line = None if model is None else ModelledLine(model)
        self._incoming: Due = []
        self._ready: Due = []
        self._outgoing: Due = []
        self._order = count()
        endpoint.connected(now)

    @property
    def finished(self) -> bool:
        """Whether the endpoint has closed and everything it sent was given."""
        return self.endpoint.closed and not self._ready and not self._outgoing

    @property
    def full(self) -> bool:
        """Whether nothing more is to be taken until some of it has passed the line."""
        return len(self._incoming) >= _MOST_ON_THE_LINE

    def take(self, octets: bytes, now: float) -> None:
        """Octets have come in from the client."""
        if self._line is None:
            self.endpoint.receive(octets, now)
            return
        for moment, arrived in self._line.to_device(octets, now):
            heappush(self._incoming, (moment, next(self._order), arrived))

    def due(self, now: float) -> list[bytes]:
        """Let time pass up to `now`; the transmissions, or on a paced line the parts of them, that are due by then."""
        while self._incoming and self._incoming[0][0] <= now:
            # At the moment at which the octet had passed, however late this process looks up.
            moment, _, arrived = heappop(self._incoming)
            self.endpoint.receive(arrived, moment)
        timer = self.endpoint.next_timer()
        if timer is not None and timer <= now:
            self.endpoint.tick(now)
        for moment, octets in self.endpoint.outgoing(now):
            heappush(self._ready, (moment, next(self._order), octets))
        while self._ready and self._ready[0][0] <= now:
            moment, _, octets = heappop(self._ready)
            arriving = [(moment, octets)] if self._line is None else self._line.from_device(octets, moment)
            for arrives, arrived in arriving:
                heappush(self._outgoing, (arrives, next(self._order), arrived))
        given = []
        while self._outgoing and self._outgoing[0][0] <= now:
            given.append(heappop(self._outgoing)[2])
        return given if self._line is None or not given else [b"".join(given)]

    def wait(self, now: float) -> float:
        """Seconds for which nothing is to be done unless octets come in; bounded both ways."""
        timer = self.endpoint.next_timer()
        moments = [queue[0][0] for queue in (self._ready, self._incoming, self._outgoing) if queue]
        if timer is not None:
            moments.append(timer)
        shortest = _PACED_WAIT_S if self._incoming or self._outgoing else SHORTEST_WAIT_S
        return max(shortest, min([LONGEST_WAIT_S, *(moment - now for moment in moments)]))

    def end(self, now: float) -> None:
        """The client has gone."""
        self.endpoint.disconnected(now)
