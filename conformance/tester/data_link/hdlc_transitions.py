"""What each frame from the meter means to the primary station, by what it waits for, as one table."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final

from conformance.dlms.hdlc.control import FrameType


class Waiting(Enum):
    """What the primary station waits for after it has polled."""

    SET_UP = "UA to SNRM"
    RELEASE = "UA to DISC"
    ACKNOWLEDGEMENT = "acknowledgement of a segment"
    ANSWER = "answer"


class Effect(Enum):
    """What a frame does to the primary station."""

    ESTABLISH = "the link is set up"
    RELEASE = "the link is down"
    GO_ON_SENDING = "the segment arrived, the next one may go"
    POLL_LATER = "the frame arrived, the meter has nothing to send yet"
    TAKE_INFORMATION = "information in sequence"
    TAKE_UNNUMBERED = "information outside the sequence"
    END_REJECTED = "the meter rejects the frame"
    END_DISCONNECTED = "the meter is disconnected"
    LEAVE = "an answer before its time, left for whoever waits for one"


_SET_UP, _RELEASE, _ACK, _ANSWER = Waiting.SET_UP, Waiting.RELEASE, Waiting.ACKNOWLEDGEMENT, Waiting.ANSWER

TRANSITIONS: Final = MappingProxyType(
    {
        # Commands without information are answered by unnumbered responses
        # (IEC 62056-46, 6.4.3 Command and response frames).
        (_SET_UP, FrameType.UA): Effect.ESTABLISH,
        (_SET_UP, FrameType.DM): Effect.END_DISCONNECTED,
        (_SET_UP, FrameType.FRMR): Effect.END_REJECTED,
        (_RELEASE, FrameType.UA): Effect.RELEASE,
        (_RELEASE, FrameType.DM): Effect.RELEASE,
        (_RELEASE, FrameType.FRMR): Effect.END_REJECTED,
        # Between the segments of a request the meter has the turn, and gives it back with RR.
        (_ACK, FrameType.RR): Effect.GO_ON_SENDING,
        (_ACK, FrameType.RNR): Effect.POLL_LATER,
        (_ACK, FrameType.I): Effect.LEAVE,
        (_ACK, FrameType.UI): Effect.LEAVE,
        (_ACK, FrameType.DM): Effect.LEAVE,
        (_ACK, FrameType.FRMR): Effect.LEAVE,
        # Normal response mode: a meter with nothing to send says RR or RNR, and sends only when it is polled again.
        (_ANSWER, FrameType.I): Effect.TAKE_INFORMATION,
        (_ANSWER, FrameType.UI): Effect.TAKE_UNNUMBERED,
        (_ANSWER, FrameType.RR): Effect.POLL_LATER,
        (_ANSWER, FrameType.RNR): Effect.POLL_LATER,
        (_ANSWER, FrameType.DM): Effect.END_DISCONNECTED,
        (_ANSWER, FrameType.FRMR): Effect.END_REJECTED,
    }
)
"""(waiting for, frame type) → effect; what is absent is no answer: UA to information, commands, undefined frames."""

NEEDS_FINAL: Final = frozenset((FrameType.UA, FrameType.DM, FrameType.FRMR))
"""Responses that stand alone: each must carry the F bit. In a window of I-frames only the last one does."""
