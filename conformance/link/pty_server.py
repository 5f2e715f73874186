"""Serving an endpoint on a pseudo terminal: the embedded meter as a serial port, in realistic time."""

from __future__ import annotations

import contextlib
import os
import select
import threading

from conformance.link.clock import Clock, MonotonicClock
from conformance.link.conversation import Conversation
from conformance.link.line_model import LineModel
from conformance.link.link import LinkError
from conformance.link.loopback import Endpoint

_CHUNK = 4096


class PtyServer:
    """A pseudo terminal with one endpoint behind it, for as long as it is served.

    A serial line has no connection: a client that closes the port and opens it again finds the data links as it left
    them, unless their inactivity timeout has ended them. With a line model the octets take the time of its baud rate,
    both ways; the baud rate that a client sets on its side means nothing to a pseudo terminal.

    Attributes:
        path: what a client opens.
    """

    def __init__(self, endpoint: Endpoint, *, model: LineModel | None = None, clock: Clock | None = None) -> None:
        """Make the pseudo terminal.

        Raises:
            LinkError: this system has none, or no more of them.
        """
        try:
            import pty  # noqa: PLC0415 - not on every system
            import tty  # noqa: PLC0415
        except ImportError:
            raise LinkError(
                "pty: this system has no pseudo terminals; listen on tcp://127.0.0.1:4059, or on a real serial port "
                "pair through another tool"
            ) from None
        try:
            # This side keeps the client's side open too: without a client there is then neither an end of file, which
            # would have to be asked for again and again, nor a change of the terminal's settings.
            self._master, self._slave = pty.openpty()
        except OSError as error:
            raise LinkError(f"pty: no pseudo terminal ({error.strerror or error}); close some and try again") from None
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path: str = os.ttyname(self._slave)
        self._clock = clock or MonotonicClock()
        self._conversation = Conversation(endpoint, self._clock.now(), model=model)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def serve_forever(self) -> None:
        """Serve until `stop` is called."""
        while not self._stopping.is_set():
            self._write(self._conversation.due(self._clock.now()))
            wait = self._conversation.wait(self._clock.now())
            open_to = [] if self._conversation.full else [self._master]
            readable, _, _ = select.select(open_to, [], [], wait)
            if readable:
                self._read()
        self._conversation.end(self._clock.now())

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop, wait for the thread and take the pseudo terminal away; a client that has it open sees it vanish."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        for descriptor in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def __enter__(self) -> PtyServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        try:
            octets = os.read(self._master, _CHUNK)
        except BlockingIOError:
            return
        self._conversation.take(octets, self._clock.now())

    def _write(self, transmissions: list[bytes]) -> None:
        for octets in transmissions:
            # Where nobody reads, the terminal's buffer fills up; what does not fit is lost, as on a line.
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, octets)
