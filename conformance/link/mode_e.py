r"""IEC 62056-21 protocol mode E: how a line that begins with text at 300 baud is switched to HDLC.

The client asks `/?!`, the meter identifies itself `/XXXZ\2…`, the client chooses `ACK 2 Z 2`, both change to the baud
rate that Z stands for, and the meter confirms with the same message at the new rate. All of this is 7E1; after it the
line is 8N1 and speaks HDLC. The machine below is the client's side; it knows no port, and time is passed in.

Sources: IEC 62056-21, 6.3.2 and protocol mode E; the DLMS UA's list of enhanced identification characters (2: binary
mode, HDLC). That the confirmation comes at the new rate, still 7E1, is from a meter manual that quotes the standard's
annex; that some meters send none is known from the field, and accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from conformance.link.line_signs import line_sign
from conformance.link.parity import characters_of, with_even_parity

OPENING_BAUD: Final = 300
BAUD_CHARACTERS: Final = MappingProxyType({"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200})
"""Z of protocol modes C and E, in bits per second; 7 to 9 are reserved, letters are mode B's."""
REQUEST: Final = b"/?!\r\n"
PATIENCE_S: Final = 2.5
"""A meter answers within 1.5 s and leaves at most 1.5 s between characters; with what converters and gateways take."""
QUIET_S: Final = 0.3
"""Before an answer, and before HDLC begins: a meter needs 0.2 s to turn round."""
_LONGEST: Final = 96
"""Octets; no message of the opening is longer."""
_CHARACTER_BITS: Final = 10
_SHOWN: Final = 24
_IDENTIFICATION: Final = re.compile(rb"/([A-Za-z]{3})([^\r\n\\/!])((?:\\[^\r\n/!])*)([^\r\n/!]*)\r\n")


_BETWEEN_CHARACTERS_S: Final = 1.5


class State(Enum):
    """Of the opening, as the client sees it."""

    IDENTIFYING = "waiting for the identification"
    CHOOSING = "about to choose mode E"
    CHANGING = "the choice is on its way"
    CONFIRMING = "waiting for the confirmation"
    OPEN = "the line speaks HDLC"
    FAILED = "not opened"


class Input(Enum):
    """What may happen."""

    MODE_E_OFFERED = "an identification with \\2 and a known Z"
    CONFIRMED = "the choice came back"
    REFUSED = "an identification or an answer that does not lead to mode E"
    TIME = "the time of the state is over"
    TIME_AND_OCTETS = "the time is over, and what came makes no message"


class Effect(Enum):
    """What the client does."""

    WAIT_TO_CHOOSE = "wait for the turn"
    SEND_CHOICE = "send ACK 2 Z 2"
    CHANGE_BAUD = "change to the chosen rate"
    BEGIN_HDLC = "go on in HDLC"
    BEGIN_UNCONFIRMED = "go on in HDLC without a confirmation"
    GIVE_UP = "tell why not"


_BEGINNINGS: Final = MappingProxyType({State.IDENTIFYING: b"/\xaf", State.CONFIRMING: b"\x06\x02\x82\x15\x95/\xaf"})
"""How a message of each state may begin, with and without parity: `/`; ACK, STX, NAK, `/`."""

_S, _I, _E = State, Input, Effect
TRANSITIONS: Final = MappingProxyType(
    {
        (_S.IDENTIFYING, _I.MODE_E_OFFERED): (_E.WAIT_TO_CHOOSE, _S.CHOOSING),
        (_S.IDENTIFYING, _I.REFUSED): (_E.GIVE_UP, _S.FAILED),
        (_S.IDENTIFYING, _I.TIME): (_E.GIVE_UP, _S.FAILED),
        (_S.IDENTIFYING, _I.TIME_AND_OCTETS): (_E.GIVE_UP, _S.FAILED),
        (_S.CHOOSING, _I.TIME): (_E.SEND_CHOICE, _S.CHANGING),
        # The choice leaves at the old rate; what comes meanwhile is no message at either.
        (_S.CHANGING, _I.TIME): (_E.CHANGE_BAUD, _S.CONFIRMING),
        (_S.CONFIRMING, _I.CONFIRMED): (_E.BEGIN_HDLC, _S.OPEN),
        (_S.CONFIRMING, _I.REFUSED): (_E.GIVE_UP, _S.FAILED),
        (_S.CONFIRMING, _I.TIME): (_E.BEGIN_UNCONFIRMED, _S.OPEN),
        (_S.CONFIRMING, _I.TIME_AND_OCTETS): (_E.GIVE_UP, _S.FAILED),
    }
)
"""(state, input) → (effect, state)."""


@dataclass(frozen=True, slots=True)
class Send:
    """Octets to be sent, once, with their parity in the top bit: as 8N1 they are 7E1 on the wire."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class ChangeBaud:
    """All that was sent has left; from now on the line runs at this rate."""

    baud: int


class ModeE:
    """The client's side of one opening.

    Attributes:
        state: of the opening.
        timer: when `tick` is to be called; None when it is over.
        identification: of the meter, as text; empty until it came.
        baud: the chosen rate.
        confirmed: whether the meter confirmed the change.
        unheard: nothing at all has come from the meter.
        problem: why the line is not open, and what to do; empty unless it failed.
        answered: the meter has answered in readable messages, and they do not lead to HDLC.
    """

    def __init__(self, most_baud: int | None = None) -> None:
        self.state = State.IDENTIFYING
        self.timer: float | None = None
        self.identification = ""
        self.baud = OPENING_BAUD
        self.confirmed = False
        self.unheard = True
        self.problem = ""
        self.answered = False
        self._most_baud = most_baud or max(BAUD_CHARACTERS.values())
        self._z = ""
        self._came = b""

    def begin(self, now: float) -> Send:
        """Ask for the identification."""
        self.timer = now + _on_the_line(REQUEST) + PATIENCE_S
        return Send(with_even_parity(REQUEST))

    def receive(self, octets: bytes, now: float) -> list[Send | ChangeBaud]:
        """Take octets; too many of them end the opening."""
        self.unheard = False
        if self.state not in (State.IDENTIFYING, State.CONFIRMING):
            return []
        # Before the message there may be what the change of the rate, or the lamp of a head, has left on the line.
        self._came += octets
        begins = next((place for place, octet in enumerate(self._came) if octet in _BEGINNINGS[self.state]), None)
        text = None if begins is None else characters_of(self._came[begins:])
        if self.timer is not None:
            self.timer = max(self.timer, now + _BETWEEN_CHARACTERS_S)
        found = None if text is None else self._identified(text) if self.state is State.IDENTIFYING else _answer(text)
        if found is Input.CONFIRMED and text is not None and self._choice() not in text:
            found = Input.REFUSED
            self.problem = f"the meter confirms {_shown(text)}, chosen was {_shown(self._choice())}; open again"
            self.answered = True
        elif found is Input.REFUSED and not self.problem:
            self.problem = (
                f"the meter did not change to HDLC, it sent {_shown(self._came)}; look whether it knows mode E"
            )
            self.answered = True
        if found is None and len(self._came) > _LONGEST:
            found = Input.TIME_AND_OCTETS
        return [] if found is None else self._happens(found, now)

    def tick(self, now: float) -> list[Send | ChangeBaud]:
        """Time has passed."""
        if self.timer is None or now < self.timer:
            return []
        return self._happens(Input.TIME_AND_OCTETS if self._came else Input.TIME, now)

    def _identified(self, text: bytes) -> Input | None:
        """What the text so far is; None while it may become an identification."""
        if text.startswith(REQUEST):
            self.problem = "what was sent comes back: the head echoes; set echo=true"
            return Input.REFUSED
        found = _IDENTIFICATION.search(text)
        if found is None:
            return None
        self.identification = found[0].strip().decode("ascii")
        self._z = found[2].decode("ascii")
        baud = BAUD_CHARACTERS.get(self._z)
        if b"\\2" not in found[3]:
            self.problem = f"the meter offers no mode E, it is {self.identification}: no \\2; leave opening out"
            self.answered = True
        elif baud is None:
            known = ", ".join(BAUD_CHARACTERS)
            self.problem = f"the baud rate character {self._z!r} of {self.identification} is none of {known}"
            self.answered = True
        elif baud > self._most_baud:
            self.problem = f"the meter offers {baud} baud, the link allows {self._most_baud}; raise baud in the URL"
        else:
            self.baud = baud
            return Input.MODE_E_OFFERED
        return Input.REFUSED

    def _happens(self, what: Input, now: float) -> list[Send | ChangeBaud]:
        effect, self.state = TRANSITIONS[self.state, what]
        came, self._came = self._came, b""
        match effect:
            case Effect.WAIT_TO_CHOOSE:
                self.timer = now + QUIET_S
            case Effect.SEND_CHOICE:
                self.timer = now + _on_the_line(self._choice())
                return [Send(with_even_parity(self._choice()))]
            case Effect.CHANGE_BAUD:
                self.timer = now + PATIENCE_S
                return [ChangeBaud(self.baud)]
            case Effect.BEGIN_HDLC | Effect.BEGIN_UNCONFIRMED:
                self.confirmed = effect is Effect.BEGIN_HDLC
                self.timer = None
            case Effect.GIVE_UP:
                self.problem = self.problem or self._unread(came)
                self.timer = None
        return []

    def _unread(self, came: bytes) -> str:
        """Why nothing could be read."""
        if not came:
            return (
                f"no identification: nothing came upon /?! at {OPENING_BAUD} baud; look at the head, and whether the "
                "meter is still in HDLC from before (it falls back when its inactivity timeout is over)"
            )
        sign = line_sign(came) if characters_of(came) is None else None
        at = self.baud if self.identification else OPENING_BAUD
        what = "confirmation" if self.identification else "identification"
        hint = str(sign) if sign is not None else f"is the line at {at} baud 7E1, and the head in its place?"
        return f"no {what} can be read at {at} baud: {_shown(came)} came; {hint}"

    def _choice(self) -> bytes:
        """Acknowledgement: protocol procedure 2, the rate, binary mode 2."""
        return b"\x062" + self._z.encode("ascii") + b"2\r\n"


def _answer(text: bytes) -> Input | None:
    """What the text upon the choice is; None while it may become a confirmation."""
    start = text.find(b"\x06")
    if start >= 0:
        return Input.CONFIRMED if b"\r\n" in text[start:] else None
    # STX: a readout begins, as in mode C. NAK: the choice was not understood.
    return Input.REFUSED if text[:1] in (b"\x02", b"\x15", b"/") else None


def _on_the_line(octets: bytes) -> float:
    """How long octets take at the opening rate, in seconds, and a little more for the port."""
    return len(octets) * _CHARACTER_BITS / OPENING_BAUD + 0.02


def _shown(octets: bytes) -> str:
    plain = bytes(octet & 0x7F for octet in octets[:_SHOWN])
    more = "…" if len(octets) > _SHOWN else ""
    words = plain.decode("ascii").encode("unicode_escape").decode("ascii")
    return f"{octets[:_SHOWN].hex().upper()}{more} ({words}{more})"
