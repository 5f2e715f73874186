"""A link over a serial port, of this host or behind an RFC 2217 server."""

from __future__ import annotations

from conformance.link.clock import MonotonicClock
from conformance.link.link import LineFault, LinkClosed
from conformance.link.serial_port import SerialPort
from conformance.link.url import LinkUrl

_DEFAULT_BAUD = 9600


class SerialLink:
    """Octets to and from a serial port.

    The port stays open when the link is closed, until `release`: heads are powered by its control lines, and an
    RFC 2217 server takes its time for each new connection. Opened again, the link drops what came meanwhile.
    """

    def __init__(self, url: LinkUrl) -> None:
        self._port = SerialPort(url)
        self._baud = (url.serial.baud if url.serial is not None else None) or _DEFAULT_BAUD
        self._clock = MonotonicClock()
        self._open = False

    @property
    def clock(self) -> MonotonicClock:
        """The monotonic clock."""
        return self._clock

    def open(self) -> None:
        """Open the port, or start afresh on the one that is open.

        Raises:
            LinkError: no such port, in use, no permission, or it does not take the settings.
        """
        self._open = False
        if self._port.is_open:
            try:
                self._port.clear()
                self._open = True
                return
            except LineFault:
                # It went while nobody used it, and may be back under the same name.
                pass
        self._port.open(self._baud)
        self._open = True

    def close(self) -> None:
        """No more octets; the port stays this process's."""
        self._open = False

    def release(self) -> None:
        """Give the port back."""
        self._open = False
        self._port.close()

    def change_baud(self, baud: int) -> None:
        """Once all that was sent has left, send and receive at another rate.

        Raises:
            LineFault: the port has vanished, or does not take the rate.
            LinkClosed: the link is not open.
        """
        self._opened().change_baud(baud)
        self._baud = baud

    def send(self, octets: bytes) -> None:
        """Send octets; they may still be on their way when this returns.

        Raises:
            LineFault: the port has vanished, or takes no octets.
            LinkClosed: the link is not open.
        """
        self._opened().write(octets)

    def receive(self, until: float) -> bytes:
        """What has arrived, or nothing when the clock reaches `until`.

        Raises:
            LineFault: the port has vanished.
            LinkClosed: the link is not open.
        """
        port = self._opened()
        while True:
            octets = port.read()
            if octets or self._clock.now() >= until:
                return octets

    def _opened(self) -> SerialPort:
        if not self._open:
            raise LinkClosed("the link is not open")
        return self._port
