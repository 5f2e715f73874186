"""A pair of pseudo terminals for tests: the port that a link opens, and the far side of it in the test's hands."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

from conformance.link.loopback import Endpoint


class Wire:
    """A pseudo terminal: `path` is opened by a link, the rest is what the device at its end does."""

    def __init__(self) -> None:
        import pty
        import tty

        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def say(self, octets: bytes) -> None:
        os.write(self._master, octets)

    def heard(self, size: int, within_s: float = 5.0) -> bytes:
        octets = b""
        while len(octets) < size and select.select([self._master], [], [], within_s)[0]:
            octets += os.read(self._master, size - len(octets))
        return octets

    def pull(self) -> None:
        for descriptor in (self._slave, self._master):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1


class Device:
    """Answers on a wire in a thread of its own, until it is left or the wire is pulled.

    It answers each transmission, which a pause ends, or with `at_once` each octet as it comes.
    """

    def __init__(self, wire: Wire, answer: Callable[[bytes], bytes], *, at_once: bool = False) -> None:
        self._most = 1 if at_once else 4096
        self._wire = wire
        self._answer = answer
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Device:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                octets = self._wire.heard(self._most, 0.02)
                if octets and (answer := self._answer(octets)):
                    self._wire.say(answer)
            except (OSError, ValueError):
                return


class Relay:
    """Carries octets between a wire and an endpoint in real time; `pulled` once so many octets went to the device."""

    def __init__(self, wire: Wire, endpoint: Endpoint, pull_after: int | None = None) -> None:
        import time

        self._now = time.monotonic
        self._endpoint = endpoint
        self._left = pull_after
        self._device = Device(wire, self._take, at_once=True)
        self._wire = wire
        endpoint.connected(self._now())

    def __enter__(self) -> Relay:
        self._device.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._device.__exit__()

    def _take(self, octets: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(octets)
            if self._left < 0:
                self._wire.pull()
                return b""
        self._endpoint.receive(octets, self._now())
        return b"".join(answer for _, answer in self._endpoint.outgoing(self._now()))
