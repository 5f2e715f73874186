"""General block transfer as its server sees it, as one table (IEC 62056-5-3, 7.3.13).

The clause was not at hand; the rules are those that public implementations state of it, and field captures show:

- Blocks are numbered from 1 in each direction, those without data too; a number is sent twice only when lost.
- block-number-ack is the number up to which nothing is missing.
- Streaming 1 says that another block follows at once, 0 that the other side has the turn.
- The window of a block says how many blocks its sender takes before it gets the turn.
- Who is asked in blocks answers in blocks, and nothing but blocks goes on with a transfer.
- last-block 1, streaming 0 and both numbers 0 give a transfer up.
- An unconfirmed APDU comes with window 0 and streaming 1 in all of its blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where the transfers between one client and one logical device stand."""

    IDLE = "no transfer"
    RECEIVING = "a request is coming in blocks"
    SENDING = "a reply is going out in blocks"


class Event(Enum):
    """What reaches the server: a block, judged against what came before it, another APDU, or nothing."""

    STREAMED = "a block, and the next one follows at once"
    TURN = "a block that gives the turn, and blocks are still missing on one side"
    WHOLE = "the block that makes the request whole"
    CONFIRMED = "a block that acknowledges the whole reply"
    BEGUN_ANEW = "block 1 of another request"
    STRAY = "a block of no transfer"
    IMPOSSIBLE = "a block that no sound client sends: acknowledges what was never sent, or is one too many"
    ABORT = "a block that gives the transfer up"
    OTHER = "an APDU outside blocks"
    SILENCE = "nothing for too long"
    SPENT = "nothing is left to be sent: the request had no reply"


class Effect(Enum):
    """What the server does about it."""

    WAIT = "take the block, and wait for the rest"
    ACKNOWLEDGE = "take the block, and answer with one without data that says what has come and what is missing"
    SERVE = "serve the request, and send the first window of its reply"
    SEND = "send from the first block that was not acknowledged, as many as the client takes"
    RESTART = "forget the transfer, and judge the block as the first of a new one"
    REFUSE = "exception-response"
    GIVE_UP = "forget the transfer, and answer with a block that gives it up"
    FORGET = "forget the transfer, and say nothing"
    SERVE_OUTSIDE = "forget the transfer, and serve the APDU; a reply too long for one APDU goes out in blocks"


@dataclass(frozen=True, slots=True)
class Transition:
    """The effect of an event, and the state behind it."""

    effect: Effect
    next: State


_IDLE, _RECEIVING, _SENDING = State.IDLE, State.RECEIVING, State.SENDING
_FORGET = Transition(Effect.FORGET, _IDLE)
_GIVE_UP = Transition(Effect.GIVE_UP, _IDLE)
_RESTART = Transition(Effect.RESTART, _IDLE)
_SERVE = Transition(Effect.SERVE, _SENDING)
_OUTSIDE = Transition(Effect.SERVE_OUTSIDE, _IDLE)

TRANSITIONS: Mapping[tuple[State, Event], Transition] = MappingProxyType(
    {
        (_IDLE, Event.STREAMED): Transition(Effect.WAIT, _RECEIVING),
        (_IDLE, Event.TURN): Transition(Effect.ACKNOWLEDGE, _RECEIVING),
        (_IDLE, Event.WHOLE): _SERVE,
        (_IDLE, Event.STRAY): Transition(Effect.REFUSE, _IDLE),
        (_IDLE, Event.IMPOSSIBLE): _GIVE_UP,
        (_IDLE, Event.ABORT): _FORGET,
        (_IDLE, Event.OTHER): _OUTSIDE,
        (_RECEIVING, Event.STREAMED): Transition(Effect.WAIT, _RECEIVING),
        (_RECEIVING, Event.TURN): Transition(Effect.ACKNOWLEDGE, _RECEIVING),
        (_RECEIVING, Event.WHOLE): _SERVE,
        (_RECEIVING, Event.BEGUN_ANEW): _RESTART,
        (_RECEIVING, Event.IMPOSSIBLE): _GIVE_UP,
        (_RECEIVING, Event.ABORT): _FORGET,
        (_RECEIVING, Event.OTHER): _OUTSIDE,
        (_RECEIVING, Event.SILENCE): _FORGET,
        (_SENDING, Event.STREAMED): Transition(Effect.WAIT, _SENDING),
        (_SENDING, Event.TURN): Transition(Effect.SEND, _SENDING),
        (_SENDING, Event.CONFIRMED): _FORGET,
        (_SENDING, Event.BEGUN_ANEW): _RESTART,
        (_SENDING, Event.IMPOSSIBLE): _GIVE_UP,
        (_SENDING, Event.ABORT): _FORGET,
        (_SENDING, Event.OTHER): _OUTSIDE,
        (_SENDING, Event.SILENCE): _FORGET,
        (_SENDING, Event.SPENT): _FORGET,
    }
)
"""(state, event) → effect and next state. What is absent cannot happen.

`SERVE_OUTSIDE` leads to `SENDING` where the reply begins in blocks. A reply whose last block has been sent stays
`SENDING`: the client may have lost some of it, and need not acknowledge all of it.
"""
