"""Serving endpoints over UDP, one for each peer: the embedded meter takes wrapper PDUs as datagrams (IEC 62056-47)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conformance.link.clock import Clock, MonotonicClock
from conformance.link.conversation import LONGEST_WAIT_S, Conversation
from conformance.link.link import LinkError
from conformance.link.loopback import Endpoint

_LONGEST_DATAGRAM: Final = 65536
MOST_PEERS: Final = 64
"""The peer unheard for longest makes room for a new one: UDP tells nobody when a client has gone."""
IDLE_S: Final = 300.0
"""A peer unheard for so long is forgotten."""

Address = tuple[str, int] | tuple[str, int, int, int]


@dataclass(slots=True)
class _Peer:
    conversation: Conversation
    heard: float


class UdpServer:
    """Takes datagrams on `host`:`port`; what an endpoint sends goes to its peer, each transmission as one datagram.

    Each address and port that sends something has an endpoint of its own until it has been idle for too long, or until
    too many others came. A datagram that is too long for UDP, or that cannot reach the peer, is lost, as datagrams are.

    Attributes:
        port: the port in use; the chosen one when 0 was asked for.
    """

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock | None = None,
        idle_s: float = IDLE_S,
        most_peers: int = MOST_PEERS,
    ) -> None:
        self._make = endpoint
        self._clock = clock or MonotonicClock()
        self._idle_s = idle_s
        self._most_peers = most_peers
        self._peers: dict[Address, _Peer] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise LinkError(
                f"udp://{host}:{port}: cannot listen ({error.strerror or error}); "
                "stop what uses the port or choose another one"
            ) from None
        self.port: int = self._socket.getsockname()[1]

    @property
    def peers(self) -> int:
        """How many peers are remembered."""
        return len(self._peers)

    def serve_forever(self) -> None:
        """Take datagrams until `stop` is called."""
        while not self._stopping.is_set():
            now = self._clock.now()
            self._socket.settimeout(self._act(now))
            try:
                datagram, address = self._socket.recvfrom(_LONGEST_DATAGRAM)
            except TimeoutError:
                continue
            except ConnectionError:
                # Some systems tell here that an earlier datagram did not reach its peer.
                continue
            except OSError:
                break
            self._take(datagram, address, self._clock.now())
        for address in list(self._peers):
            self._forget(address, self._clock.now())

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._socket.close()

    def __enter__(self) -> UdpServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _take(self, datagram: bytes, address: Address, now: float) -> None:
        peer = self._peers.get(address)
        if peer is None:
            if len(self._peers) >= self._most_peers:
                self._forget(min(self._peers, key=lambda known: self._peers[known].heard), now)
            peer = self._peers[address] = _Peer(Conversation(self._make(), now), now)
        peer.heard = now
        peer.conversation.take(datagram, now)

    def _act(self, now: float) -> float:
        """Send what is due, forget who is idle, and give the seconds until there is something to be done again."""
        wait = LONGEST_WAIT_S
        for address, peer in list(self._peers.items()):
            for datagram in peer.conversation.due(now):
                self._send(datagram, address)
            if peer.conversation.finished or now >= peer.heard + self._idle_s:
                self._forget(address, now)
            else:
                wait = min(wait, peer.conversation.wait(now))
        return wait

    def _send(self, datagram: bytes, address: Address) -> None:
        try:
            self._socket.sendto(datagram, address)
        except OSError:
            return

    def _forget(self, address: Address, now: float) -> None:
        self._peers.pop(address).conversation.end(now)
