"""An endpoint that does what a test tells it."""

from __future__ import annotations

from collections.abc import Callable


class ScriptedEndpoint:
    """Answers through `answer`, and remembers what befell it."""

    def __init__(self, answer: Callable[[bytes, float], list[tuple[float, bytes]]] | None = None) -> None:
        self.closed = False
        self.events: list[tuple[str, float]] = []
        self.received = b""
        self.timer: float | None = None
        self._answer = answer or (lambda octets, now: [(now, octets)])
        self._outgoing: list[tuple[float, bytes]] = []

    def connected(self, now: float) -> None:
        self.events.append(("connected", now))

    def disconnected(self, now: float) -> None:
        self.events.append(("disconnected", now))

    def receive(self, octets: bytes, now: float) -> None:
        self.received += octets
        if octets == b"bye":
            self.closed = True
        self._outgoing += self._answer(octets, now)

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timer(self) -> float | None:
        return self.timer

    def tick(self, now: float) -> None:
        self.events.append(("tick", now))
        self.timer = None
        self._outgoing.append((now, b"time"))
