"""The meter's side of the opening of IEC 62056-21 in mode E: a sign-on in text, then HDLC on the same line.

The sign-on is at 300 baud with seven data bits and even parity, HDLC at the rate agreed on with eight and none. A line
that carries octets as they are, a pseudo terminal or the loopback, knows no rate; a client that puts parity bits into
its octets gets them back, one that leaves them to its port does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

from conformance.link.loopback import Endpoint
from conformance.link.parity import with_even_parity

BAUD_OF: Final[Mapping[str, int]] = MappingProxyType(
    {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
)
"""Baud rate identification Z of modes C and E (IEC 62056-21, 6.3.14)."""
SIGN_ON_BAUD: Final = 300
REACTION_TIME_S: Final = 0.5
"""From the end of a message to the beginning of the answer: 0.2 s at least, 1.5 s at most.

On a line without a rate a message is there at once; this is longer than it takes to leave a client at 300 baud.
"""
NEVER_QUIET_S: Final = 120.0
"""After so long without a data link a meter whose links never time out waits for a sign-on again all the same."""
_PATIENCE_S: Final = 1.5
"""A longer gap ends a message, and a longer silence after the identification the sign-on."""
_LONGEST_MESSAGE: Final = 64
"""Octets of the longest message that is waited for: a request has an address of at most 32 characters."""

_LINE_FEED: Final = 0x0A
_REQUEST: Final = re.compile(rb"/\?([ -~]{0,32}?)!\r\n\Z")
_SELECTION: Final = re.compile(rb"\x06(.)(.)(.)\r\n\Z", re.DOTALL)


class SignOn(Enum):
    """What the line is used for."""

    WAITING = "waiting for a request"
    OFFERED = "identified, waiting for the selection"
    BINARY = "binary: HDLC"


class Event(Enum):
    """What befalls the sign-on."""

    REQUEST = "request message for this meter"
    FOREIGN_REQUEST = "request message for another meter"
    BINARY_SELECTED = "acknowledgement that selects HDLC"
    OTHER_SELECTED = "acknowledgement that selects something else"
    SILENCE = "nothing for too long"


class Effect(Enum):
    """What the meter does."""

    IDENTIFY = "send the identification message"
    CONFIRM = "repeat the acknowledgement"
    NOTHING = "say nothing"


TRANSITIONS: Final[Mapping[tuple[SignOn, Event], tuple[Effect, SignOn]]] = MappingProxyType(
    {
        # IEC 62056-21, 6.3.1 request message and 6.3.2 identification message; a client may ask again.
        (SignOn.WAITING, Event.REQUEST): (Effect.IDENTIFY, SignOn.OFFERED),
        (SignOn.OFFERED, Event.REQUEST): (Effect.IDENTIFY, SignOn.OFFERED),
        # 6.3.3 acknowledgement and option select message; in mode E the meter confirms it before HDLC begins.
        (SignOn.OFFERED, Event.BINARY_SELECTED): (Effect.CONFIRM, SignOn.BINARY),
        # This meter has neither a data readout nor a programming mode in text.
        (SignOn.OFFERED, Event.OTHER_SELECTED): (Effect.NOTHING, SignOn.WAITING),
        (SignOn.OFFERED, Event.SILENCE): (Effect.NOTHING, SignOn.WAITING),
        (SignOn.OFFERED, Event.FOREIGN_REQUEST): (Effect.NOTHING, SignOn.WAITING),
        # While a data link is set up its own inactivity timeout rules; a request is only looked for without one.
        (SignOn.BINARY, Event.REQUEST): (Effect.IDENTIFY, SignOn.OFFERED),
        (SignOn.BINARY, Event.SILENCE): (Effect.NOTHING, SignOn.WAITING),
    }
)
"""What is absent has no effect and no reply."""


class Station(Endpoint, Protocol):
    """An HDLC station, which knows whether it has a data link."""

    @property
    def linked(self) -> bool:
        """Whether a data link is set up."""
        ...


class ModeE:
    """An HDLC station behind a sign-on, an `Endpoint`.

    Attributes:
        closed: False always; a line is closed from the other side.
        sign_on: what the line is used for.
    """

    def __init__(
        self,
        station: Station,
        *,
        manufacturer: str = "XDC",
        baud: str = "5",
        name: str = "EMBEDDED",
        address: str = "",
        reaction_time_s: float = REACTION_TIME_S,
        quiet_s: float = NEVER_QUIET_S,
        defects: frozenset[str] = frozenset(),
    ) -> None:
        """Wait for a sign-on.

        Args:
            station: speaks HDLC once it is asked for.
            manufacturer: three letters, the FLAG identifier.
            baud: identification of the highest rate that is offered, see `BAUD_OF`.
            name: identification of the meter, at most 16 characters.
            address: device address; a request with another one is for another meter on the line.
            reaction_time_s: from a message to the answer.
            quiet_s: without a data link and without an octet for so long, the meter waits for a sign-on again.
            defects: names of what this meter does wrong.
        """
        self.closed = False
        self.sign_on = SignOn.WAITING
        self.defects = defects
        self._station = station
        self._baud = baud
        mark = "" if "mode-e-not-identified" in defects else "\\2"
        self._identification = f"/{manufacturer}{baud}{mark}{name}\r\n".encode("ascii")
        self._address = address
        self._reaction_time_s = reaction_time_s
        self._quiet_s = quiet_s
        self._message = bytearray()
        self._parity = False
        self._last_octet_at = 0.0
        self._until = 0.0
        self._outgoing: list[tuple[float, bytes]] = []

    def connected(self, now: float) -> None:
        """A client has connected."""
        self.sign_on = SignOn.WAITING
        self._message.clear()
        self._station.connected(now)

    def disconnected(self, now: float) -> None:
        """The client has gone."""
        self.sign_on = SignOn.WAITING
        self._outgoing.clear()
        self._station.disconnected(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client: messages of the sign-on, or frames."""
        self.tick(now)
        for place, octet in enumerate(octets):
            if self.sign_on is SignOn.BINARY or "mode-e-hdlc-without-opening" in self.defects:
                self._take_binary(octets[place:], now)
                return
            self._take(octet, now)

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over messages and frames to be sent; a second call gives only what is new."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing + self._station.outgoing(now)

    def next_timer(self) -> float | None:
        """The nearest end of a wait of the sign-on or of the data links."""
        timers = [self._station.next_timer()]
        if self._message:
            timers.append(self._last_octet_at + _PATIENCE_S)
        if self._waits:
            timers.append(self._until)
        return min((timer for timer in timers if timer is not None), default=None)

    def tick(self, now: float) -> None:
        """Time has passed."""
        linked = self._station.linked
        self._station.tick(now)
        if self._message and now >= self._last_octet_at + _PATIENCE_S:
            self._message.clear()
        if linked and not self._station.linked:
            self._until = now + self._quiet_s
        elif self._waits and now >= self._until:
            self._befall(Event.SILENCE, now)

    @property
    def _waits(self) -> bool:
        """Whether silence will change something."""
        return self.sign_on is SignOn.OFFERED or (self.sign_on is SignOn.BINARY and not self._station.linked)

    def _take_binary(self, octets: bytes, now: float) -> None:
        """Hand octets to the station; without a data link they may also be a request to sign on once more."""
        self._station.receive(octets, now)
        self._until = now + self._quiet_s
        for octet in octets:
            if self._station.linked:
                self._message.clear()
                return
            self._take(octet, now)

    def _take(self, octet: int, now: float) -> None:
        """Take one character of a message of the sign-on, with its parity bit or without."""
        self._last_octet_at = now
        self._message.append(octet)
        del self._message[:-_LONGEST_MESSAGE]
        if octet & 0x7F != _LINE_FEED:
            return
        characters = bytes(octet & 0x7F for octet in self._message)
        found = _REQUEST.search(characters) or _SELECTION.search(characters)
        if found is not None:
            self._parity = any(octet > 0x7F for octet in self._message[found.start() :])
            self._befall(self._meant(found), now, found[0])
        self._message.clear()

    def _meant(self, message: re.Match[bytes]) -> Event:
        """What a message asks for: ACK V Z Y selects HDLC with V 2 and Y 2, at a rate Z up to the one offered."""
        if message.re is _REQUEST:
            asked = message[1].decode("ascii").lstrip("0")
            return Event.REQUEST if asked in ("", self._address.lstrip("0")) else Event.FOREIGN_REQUEST
        control, baud, mode = (part.decode("ascii") for part in message.groups())
        binary = control == mode == "2" and baud in BAUD_OF and baud <= self._baud
        return Event.BINARY_SELECTED if binary else Event.OTHER_SELECTED

    def _befall(self, event: Event, now: float, message: bytes = b"") -> None:
        effect, self.sign_on = TRANSITIONS.get((self.sign_on, event), (Effect.NOTHING, self.sign_on))
        if effect is Effect.IDENTIFY:
            self._send(self._identification, now, then_s=_PATIENCE_S)
        elif effect is Effect.CONFIRM:
            self._send(self._confirmation(message), now, then_s=self._quiet_s)

    def _confirmation(self, message: bytes) -> bytes:
        if "mode-e-wrong-baud-confirmed" in self.defects:
            other = b"4" if message[2:3] != b"4" else b"5"
            return message[:2] + other + message[3:]
        return message

    def _send(self, message: bytes, now: float, *, then_s: float) -> None:
        """Send a message after the reaction time, and wait `then_s` from when it has passed the line at 300 baud."""
        due = now + self._reaction_time_s
        self._outgoing.append((due, with_even_parity(message) if self._parity else message))
        self._until = due + len(message) * 10 / SIGN_ON_BAUD + then_s
