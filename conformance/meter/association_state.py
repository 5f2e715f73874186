"""The states of an association as its server sees them, and what each event does in each (IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where the association between one client and one logical device stands."""

    IDLE = "idle"
    PENDING = "association pending"
    """The AARE was sent and asked for passes 3 and 4 of the high level authentication."""
    ASSOCIATED = "associated"


class Event(Enum):
    """What reaches an association from outside."""

    AARQ = "AARQ"
    PASS_3 = "ACTION reply_to_HLS_authentication"  # noqa: S105 - the third pass of an authentication, no password
    SERVICE = "any other xDLMS APDU"
    RLRQ = "RLRQ"
    LINK_LOST = "link lost"


class Effect(Enum):
    """What the server does about it."""

    OPEN = "judge the AARQ and answer with an AARE"
    REOPEN = "end the association, then judge the AARQ as in idle"
    AUTHENTICATE = "judge f(StoC) and answer with f(CtoS)"
    SERVE = "serve the request"
    REFUSE = "refuse: no association"
    RELEASE = "end the association and answer with an RLRE"
    END = "end the association without a word"


class Outcome(Enum):
    """How an effect ended."""

    UNCHANGED = "unchanged"
    ACCEPTED = "association accepted"
    CHALLENGED = "association accepted, passes 3 and 4 to come"
    REJECTED = "association rejected"
    PROVEN = "client authenticated"
    NOT_PROVEN = "client not authenticated"
    ENDED = "association ended"


@dataclass(frozen=True, slots=True)
class Transition:
    """The effect of an event, and the state that follows each outcome; a missing outcome leaves the state."""

    effect: Effect
    next: Mapping[Outcome, State]


_OPENED = MappingProxyType(
    {Outcome.ACCEPTED: State.ASSOCIATED, Outcome.CHALLENGED: State.PENDING, Outcome.REJECTED: State.IDLE}
)
_PROVED = MappingProxyType({Outcome.PROVEN: State.ASSOCIATED, Outcome.NOT_PROVEN: State.IDLE})
_ENDED = MappingProxyType({Outcome.ENDED: State.IDLE})
_NOTHING: Mapping[Outcome, State] = MappingProxyType({})

TRANSITIONS: Mapping[tuple[State, Event], Transition] = MappingProxyType(
    {
        (State.IDLE, Event.AARQ): Transition(Effect.OPEN, _OPENED),
        (State.IDLE, Event.PASS_3): Transition(Effect.REFUSE, _NOTHING),
        (State.IDLE, Event.SERVICE): Transition(Effect.REFUSE, _NOTHING),
        (State.IDLE, Event.RLRQ): Transition(Effect.REFUSE, _NOTHING),
        (State.IDLE, Event.LINK_LOST): Transition(Effect.END, _ENDED),
        (State.PENDING, Event.AARQ): Transition(Effect.REOPEN, _OPENED),
        (State.PENDING, Event.PASS_3): Transition(Effect.AUTHENTICATE, _PROVED),
        (State.PENDING, Event.SERVICE): Transition(Effect.REFUSE, _NOTHING),
        (State.PENDING, Event.RLRQ): Transition(Effect.RELEASE, _ENDED),
        (State.PENDING, Event.LINK_LOST): Transition(Effect.END, _ENDED),
        (State.ASSOCIATED, Event.AARQ): Transition(Effect.REOPEN, _OPENED),
        (State.ASSOCIATED, Event.PASS_3): Transition(Effect.SERVE, _NOTHING),
        (State.ASSOCIATED, Event.SERVICE): Transition(Effect.SERVE, _NOTHING),
        (State.ASSOCIATED, Event.RLRQ): Transition(Effect.RELEASE, _ENDED),
        (State.ASSOCIATED, Event.LINK_LOST): Transition(Effect.END, _ENDED),
    }
)
