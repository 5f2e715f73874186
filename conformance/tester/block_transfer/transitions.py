"""General block transfer as its client sees it, as one table (IEC 62056-5-3, 7.3.13).

The clause was not at hand. What is demanded of a meter is what public implementations agree on and field captures show:
blocks are numbered from 1 in each direction, those without data too; block-number-ack is the number up to which nothing
is missing; streaming 0 gives the turn; the window says how many blocks its sender takes; who is asked in blocks answers
in blocks. Where they differ, the meter is free: last-block of a block without data, whether the last block of a reply
is acknowledged, a turn that is given before the window is full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where a transfer stands."""

    ASKED = "the request is out as one APDU, and nothing has come"
    SENDING = "the request is going out in blocks"
    AWAITING = "the meter has the request, and its reply is coming in blocks"
    DONE = "the reply is whole"
    FAILED = "no reply will come"


class Event(Enum):
    """What came."""

    STREAMED = "a block, and the next one follows at once"
    TURN = "a block that gives the turn, and blocks are still missing on one side"
    NOT_READY = "a block without data that acknowledges the whole request: its reply is still to come"
    WHOLE = "the block that makes the reply whole"
    OUTSIDE = "an APDU that is no block"
    GIVEN_UP = "a block that gives the transfer up"
    BROKEN = "a block with which no transfer can go on"
    SILENCE = "nothing"


class Effect(Enum):
    """What the client does about it."""

    WAIT = "wait for the next block"
    GO_ON = "send: what of the request is missing, or a block without data that says what has come"
    ASK_AGAIN = "send the block once more that nothing answered, as often as is allowed; then the transfer has failed"
    FINISH = "give the reply"
    TAKE = "give the APDU as the reply"
    FAIL = "give up"


@dataclass(frozen=True, slots=True)
class Transition:
    """The effect of an event, and the state behind it."""

    effect: Effect
    next: State


_ASKED, _SENDING, _AWAITING, _DONE, _FAILED = State
_FAIL = Transition(Effect.FAIL, _FAILED)
_FINISH = Transition(Effect.FINISH, _DONE)
_TAKE = Transition(Effect.TAKE, _DONE)

TRANSITIONS: Mapping[tuple[State, Event], Transition] = MappingProxyType(
    {
        (_ASKED, Event.STREAMED): Transition(Effect.WAIT, _AWAITING),
        (_ASKED, Event.TURN): Transition(Effect.GO_ON, _AWAITING),
        (_ASKED, Event.NOT_READY): Transition(Effect.WAIT, _AWAITING),
        (_ASKED, Event.WHOLE): _FINISH,
        (_ASKED, Event.OUTSIDE): _TAKE,
        (_ASKED, Event.GIVEN_UP): _FAIL,
        (_ASKED, Event.BROKEN): _FAIL,
        (_ASKED, Event.SILENCE): _FAIL,
        (_SENDING, Event.STREAMED): Transition(Effect.WAIT, _SENDING),
        (_SENDING, Event.TURN): Transition(Effect.GO_ON, _SENDING),
        (_SENDING, Event.WHOLE): _FINISH,
        (_SENDING, Event.OUTSIDE): _TAKE,
        (_SENDING, Event.GIVEN_UP): _FAIL,
        (_SENDING, Event.BROKEN): _FAIL,
        (_SENDING, Event.SILENCE): Transition(Effect.ASK_AGAIN, _SENDING),
        (_AWAITING, Event.STREAMED): Transition(Effect.WAIT, _AWAITING),
        (_AWAITING, Event.TURN): Transition(Effect.GO_ON, _AWAITING),
        (_AWAITING, Event.NOT_READY): Transition(Effect.WAIT, _AWAITING),
        (_AWAITING, Event.WHOLE): _FINISH,
        (_AWAITING, Event.OUTSIDE): _TAKE,
        (_AWAITING, Event.GIVEN_UP): _FAIL,
        (_AWAITING, Event.BROKEN): _FAIL,
        (_AWAITING, Event.SILENCE): Transition(Effect.ASK_AGAIN, _AWAITING),
    }
)
"""(state, event) → effect and next state.

What is absent cannot happen: `SENDING` ends with the acknowledgement of the whole request, so `NOT_READY` comes behind
it; and what comes after the end belongs to no transfer.
"""
