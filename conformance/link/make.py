"""From a link URL to a link."""

from __future__ import annotations

from collections.abc import Callable

from conformance.link.clock import MonotonicClock, VirtualClock
from conformance.link.echo import EchoLink
from conformance.link.line_model import ModelledLine
from conformance.link.link import Link, LinkError
from conformance.link.loopback import Endpoint, LoopbackLink
from conformance.link.opening import ModeELink
from conformance.link.pace import Pace, pace_of
from conformance.link.serial_link import SerialLink
from conformance.link.tcp import TcpLink
from conformance.link.udp import UdpLink
from conformance.link.url import MODE_E, LinkUrl, SerialSettings


def clock_of(url: LinkUrl) -> VirtualClock | MonotonicClock:
    """A clock for all the links that `url` names."""
    return VirtualClock() if url.scheme == "loopback" else MonotonicClock()


class Links:
    """Makes links to one URL. A line that only one can have open, a serial one, has one link for all.

    Attributes:
        url: where they lead.
        clock: of all of them.
    """

    def __init__(self, url: LinkUrl, embedded: Callable[[], Endpoint] | None = None) -> None:
        self.url = url
        self.clock = clock_of(url)
        self._embedded = embedded
        self._modelled: ModelledLine | None = None
        self.begin("")
        self._port: SerialLink | None = None
        self._only: Link | None = None
        self._opening: ModeELink | None = None

    @property
    def pace(self) -> Pace:
        """How exactly a link made now tells when octets passed; the rate of mode E is known once it was opened."""
        return pace_of(self.url, self._opening.last.baud if self._opening is not None else None)

    def begin(self, occasion: str) -> None:
        """From now on a modelled line has the faults of `occasion`, whatever it was used for before."""
        self._modelled = None if self.url.model is None else ModelledLine(self.url.model, occasion)

    def make(self) -> Link:
        """A link, not opened yet.

        Raises:
            LinkError: nothing can be reached by such a URL.
        """
        url = self.url
        match url.scheme:
            case "loopback" if self._embedded is not None and isinstance(self.clock, VirtualClock):
                link = LoopbackLink(self._embedded, self.clock, self._modelled)
                return link if url.serial is None else ModeELink(link, _no_rate, where=str(url))
            case "tcp":
                return TcpLink(url.host, url.port)
            case "udp":
                return UdpLink(url.host, url.port)
            case "serial" | "rfc2217" | "socket":
                if self._only is None:
                    self._only = self._serial(url, url.serial or SerialSettings())
                return self._only
        raise LinkError(f"{url}: no meter can be reached there; it is a place to listen on")

    def make_unopened(self) -> Link:
        """The link that would be opened in mode E, without that: the line as it is; not opened yet.

        Raises:
            LinkError: nothing can be reached by such a URL.
        """
        link = self.make()
        return link.unopened if isinstance(link, ModeELink) else link

    def release(self) -> None:
        """Give back what is held between links: a serial port."""
        if self._port is not None:
            self._port.release()

    def _serial(self, url: LinkUrl, settings: SerialSettings) -> Link:
        if url.scheme == "socket":
            link: Link = TcpLink(url.host, url.port)
            return EchoLink(link, settings.baud) if settings.echo else link
        port = self._port = SerialLink(url)
        echo = EchoLink(port, settings.baud) if settings.echo else None
        if settings.opening != MODE_E:
            return echo or port

        def change_baud(baud: int) -> None:
            port.change_baud(baud)
            if echo is not None:
                echo.baud_changed(baud)

        self._opening = ModeELink(echo or port, change_baud, where=str(url), most_baud=settings.baud)
        return self._opening


def _no_rate(_: int) -> None:
    """The loopback carries octets as they are."""
