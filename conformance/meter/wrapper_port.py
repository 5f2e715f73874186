"""What all connections to the meter's wrapper port have in common: nothing in a sound meter, much in a faulty one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from conformance.meter.application import Application, Served

_HELD_BACK_S: Final = 20.0
"""How long a faulty meter takes to notice that a client has gone."""


class Connection(Protocol):
    """What the port knows of a connection."""

    @property
    def begun(self) -> bool:
        """Whether a PDU has begun and is not whole."""
        ...

    def send(self, reply: bytes, now: float) -> None:
        """Have a reply sent over this connection."""
        ...

    def end_by_meter(self, now: float) -> None:
        """Close the connection from this side."""
        ...


class WrapperPort:
    """The port that a meter listens at; its connections ask it where faulty meters let one spoil another."""

    def __init__(self, defects: frozenset[str] = frozenset()) -> None:
        self._defects = defects
        self._open: list[Connection] = []
        self._left_over = b""
        self._spoiled: list[Connection] = []
        self._kept: Application | None = None
        self._held_back: dict[tuple[int, int], float] = {}

    def application(self, own: Application) -> Application:
        """What serves a new connection: its `own` associations and no other's."""
        if "wrapper-association-survives-reconnect" in self._defects:
            self._kept = self._kept or _Outliving(own)
            return self._kept
        if "wrapper-associations-shared-by-connections" in self._defects:
            self._kept = self._kept or own
            return self._kept
        return own

    def opened(self, connection: Connection, now: float) -> bytes:
        """Note a new connection; gives the octets that the one before has left over in a faulty meter."""
        if "wrapper-second-connection-ends-the-first" in self._defects:
            for other in tuple(self._open):
                other.end_by_meter(now)
        self._open.append(connection)
        left_over, self._left_over = self._left_over, b""
        if left_over:
            self._spoiled.append(connection)
        return left_over

    def ended(self, connection: Connection, pending: bytes, served: Iterable[tuple[int, int]], now: float) -> None:
        """Note the end of a connection, with the PDU that it left unfinished and the pairs of ports it served."""
        if connection in self._open:
            self._open.remove(connection)
            spoiled = connection in self._spoiled
            self._left_over = b"" if self.gives_up_partial_pdus or spoiled else pending
        if "wrapper-client-held-back-after-close" in self._defects:
            self._held_back |= dict.fromkeys(served, now + _HELD_BACK_S)

    @property
    def gives_up_partial_pdus(self) -> bool:
        """Whether a PDU whose rest does not come is dropped, and with its connection at the latest."""
        return "wrapper-unfinished-pdu-outlives-its-connection" not in self._defects

    def busy_with_another(self, connection: Connection) -> bool:
        """Whether octets are lost because a faulty meter waits for the rest of a PDU on another connection."""
        if "wrapper-blocked-by-a-partial-pdu" not in self._defects:
            return False
        return any(other.begun for other in self._open if other is not connection)

    def holds_back(self, pair: tuple[int, int], now: float) -> bool:
        """Whether a faulty meter still takes this client's closed connection for an open one."""
        return now < self._held_back.get(pair, now)

    def speaker(self, connection: Connection) -> Connection:
        """The connection that a reply to what came over `connection` goes out on."""
        if "wrapper-replies-go-to-the-newest-connection" in self._defects and self._open:
            return self._open[-1]
        return connection


class _Outliving:
    """Associations that do not end with their connection."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> Served:
        return self._application.request(client_sap, server_sap, apdu, now)

    def unasked(self, client_sap: int, server_sap: int, most_octets: int | None = None) -> bytes | None:
        return self._application.unasked(client_sap, server_sap, most_octets)

    def next_timer(self) -> float | None:
        return self._application.next_timer()

    def tick(self, now: float) -> None:
        self._application.tick(now)

    def link_lost(self, client_sap: int | None, server_sap: int | None) -> None:
        """Not noticed."""
