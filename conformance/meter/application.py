"""What the data link layers of the meter need of the layer above them."""

from __future__ import annotations

from typing import Protocol

Served = bytes | tuple[bytes, ...] | None
"""What answers an APDU: one APDU, several of them where blocks are streamed, or none."""


def apdus_of(served: Served) -> tuple[bytes, ...]:
    """The APDUs that answer, in the order in which they are sent."""
    if served is None:
        return ()
    return served if isinstance(served, tuple) else (served,)


class Application(Protocol):
    """The application layer as one connection sees it."""

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> Served:
        """Serve one APDU; the reply or replies, or None where none is due. No octets make it raise.

        Args:
            client_sap: SAP of the client.
            server_sap: SAP of the logical device.
            apdu: as received.
            now: seconds since the meter was switched on.
        """
        ...

    def unasked(self, client_sap: int, server_sap: int, most_octets: int | None = None) -> bytes | None:
        """Take the next APDU that is to be sent unasked between these SAPs; None where none is, or it is longer."""
        ...

    def next_timer(self) -> float | None:
        """When something may become due that is sent unasked; None while nothing will."""
        ...

    def tick(self, now: float) -> None:
        """Time has passed."""
        ...

    def link_lost(self, client_sap: int | None, server_sap: int | None) -> None:
        """End the associations between these SAPs, which no link carries any longer; None stands for all of them."""
        ...


class NothingUnasked:
    """Of an application that sends nothing of its own accord."""

    def unasked(self, client_sap: int, server_sap: int, most_octets: int | None = None) -> bytes | None:
        """Nothing, ever."""
        return None

    def next_timer(self) -> float | None:
        """Never."""
        return None

    def tick(self, now: float) -> None:
        """Nothing is due."""
