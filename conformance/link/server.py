"""Serving endpoints over TCP: how the embedded meter is put on a network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from conformance.link.clock import Clock, MonotonicClock
from conformance.link.conversation import LONGEST_WAIT_S, Conversation
from conformance.link.link import LinkError
from conformance.link.loopback import Endpoint

_CHUNK = 65536
_MOST_CONNECTIONS = 32
_SEND_TIMEOUT_S = 10.0
"""A client that takes no octets for so long is gone."""


class TcpServer:
    """Listens on `host`:`port` and gives each connection an endpoint of its own.

    Endpoints share the meter behind them, so only one of them runs at a time.

    Attributes:
        port: the port in use; the chosen one when 0 was asked for.
        connections: how many clients are connected.
        most_connections: how many clients were there at the same time at most.
        served: how many have connected since it listens.
    """

    def __init__(
        self, endpoint: Callable[[], Endpoint], host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None
    ) -> None:
        self._make = endpoint
        self._clock = clock or MonotonicClock()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self.connections = self.most_connections = self.served = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((host, port))
            self._listener.listen()
        except OSError as error:
            self._listener.close()
            raise LinkError(
                f"tcp://{host}:{port}: cannot listen ({error.strerror or error}); "
                "stop what uses the port or choose another one"
            ) from None
        self._listener.settimeout(LONGEST_WAIT_S)
        self.port: int = self._listener.getsockname()[1]

    def serve_forever(self) -> None:
        """Accept connections until `stop` is called."""
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if len(self._threads) >= _MOST_CONNECTIONS:
                connection.close()
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def start(self) -> None:
        """Serve in a thread of its own."""
        thread = threading.Thread(target=self.serve_forever, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        """Stop listening, end all connections and wait for their threads."""
        self._stopping.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> TcpServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            conversation = Conversation(self._make(), self._clock.now())
            self.connections += 1
            self.served += 1
            # A client that has gone counts no longer, though its thread may not have noticed that yet.
            others = sum(not _left(other) for other in self._open)
            self.most_connections = max(self.most_connections, others + 1)
            self._open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._converse(connection, conversation)
        except OSError:
            # The client went without a word: nothing is left to be told to it.
            pass
        finally:
            with self._lock:
                self.connections -= 1
                self._open.discard(connection)
                conversation.end(self._clock.now())
            connection.close()

    def _converse(self, connection: socket.socket, conversation: Conversation) -> None:
        while not self._stopping.is_set():
            now = self._clock.now()
            with self._lock:
                due = conversation.due(now)
                wait = conversation.wait(now)
            connection.settimeout(_SEND_TIMEOUT_S)
            for octets in due:
                connection.sendall(octets)
            if conversation.finished:
                return
            connection.settimeout(wait)
            try:
                octets = connection.recv(_CHUNK)
            except TimeoutError:
                continue
            if not octets:
                return
            with self._lock:
                conversation.take(octets, self._clock.now())


def _left(connection: socket.socket) -> bool:
    """Whether the client has closed its side, and all that it said has been read."""
    try:
        with connection.dup() as view:
            view.setblocking(False)
            return not view.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
