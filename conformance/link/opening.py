"""A serial link that is opened by IEC 62056-21 mode E before it speaks HDLC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.link.clock import Clock
from conformance.link.link import Link, LinkClosed, LinkError
from conformance.link.mode_e import OPENING_BAUD, QUIET_S, ChangeBaud, ModeE, Send, State


@dataclass(slots=True)
class LastOpening:
    """What the last opening of a line has shown; kept for the next.

    Attributes:
        identification: of the meter, as text.
        baud: the rate at which it speaks HDLC; None before the first opening.
    """

    identification: str = ""
    baud: int | None = None


class OpeningFailed(LinkError):
    """The meter did not come along.

    Attributes:
        answered: it has answered, and what it answered leads nowhere.
    """

    def __init__(self, message: str, *, answered: bool) -> None:
        super().__init__(message)
        self.answered = answered


class ModeELink:
    """Drives any serial link through the opening.

    A meter that still is in HDLC from before hears no text. When the line has been opened before and nothing comes upon
    the request, the link goes on at the rate of then: what the meter says to SNRM will tell.
    """

    def __init__(
        self, link: Link, change_baud: Callable[[int], None], *, where: str, most_baud: int | None = None
    ) -> None:
        self._link = link
        self._change_baud = change_baud
        self._where = where
        self._most_baud = most_baud
        self.last = LastOpening()

    @property
    def clock(self) -> Clock:
        """The clock of the link."""
        return self._link.clock

    def open(self) -> None:
        """Open the link and take the meter from text to HDLC.

        Raises:
            LinkError: it cannot be opened.
            OpeningFailed: the meter does not come along; with what to do.
        """
        self._link.open()
        machine = ModeE(self._most_baud)
        try:
            self._change_baud(OPENING_BAUD)
            self._drive(machine)
            if machine.state is State.OPEN:
                self.last = LastOpening(machine.identification, machine.baud)
            elif machine.unheard and self.last.baud is not None:
                self._change_baud(self.last.baud)
            else:
                raise OpeningFailed(f"{self._where}: mode E: {machine.problem}", answered=machine.answered)
        except LinkClosed as closed:
            self._link.close()
            raise LinkError(f"{self._where}: mode E: {closed}") from None
        except LinkError:
            self._link.close()
            raise

    @property
    def unopened(self) -> Link:
        """The same line without the opening, at the rate at which the meter spoke HDLC last."""
        return _Unopened(self._link, lambda: self._change_baud(self.last.baud or OPENING_BAUD))

    def close(self) -> None:
        """Close the link; the meter falls back to text by itself, upon DISC or when its inactivity timeout is over."""
        self._link.close()

    def send(self, octets: bytes) -> None:
        """Send octets.

        Raises:
            LinkClosed: the link is closed.
        """
        self._link.send(octets)

    def receive(self, until: float) -> bytes:
        """What has arrived, or nothing when the clock reaches `until`.

        Raises:
            LinkClosed: the link is closed.
        """
        return self._link.receive(until)

    def _drive(self, machine: ModeE) -> None:
        actions: list[Send | ChangeBaud] = [machine.begin(self.clock.now())]
        while True:
            for action in actions:
                if isinstance(action, Send):
                    self._link.send(action.octets)
                else:
                    self._change_baud(action.baud)
            if machine.timer is None:
                break
            octets = self._link.receive(machine.timer)
            now = self.clock.now()
            actions = machine.receive(octets, now) if octets else machine.tick(now)
        if machine.state is State.OPEN:
            self._settle()

    def _settle(self) -> None:
        """Let the meter turn round; what comes in that time is the rest of the opening."""
        until = self.clock.now() + QUIET_S
        while self.clock.now() < until:
            self._link.receive(until)


class _Unopened:
    """The line as it is, at a rate that is set when it is opened."""

    def __init__(self, link: Link, change_baud: Callable[[], None]) -> None:
        self._link = link
        self._change_baud = change_baud

    @property
    def clock(self) -> Clock:
        """The clock of the link."""
        return self._link.clock

    def open(self) -> None:
        """Open the line; no sign-on is sent."""
        self._link.open()
        self._change_baud()

    def close(self) -> None:
        """Close the line."""
        self._link.close()

    def send(self, octets: bytes) -> None:
        """Send octets."""
        self._link.send(octets)

    def receive(self, until: float) -> bytes:
        """What has arrived, or nothing when the clock reaches `until`."""
        return self._link.receive(until)
