"""What the secondary station does about each frame in each of its states, as one table (IEC 62056-46, 6.4.5)."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final

from conformance.dlms.hdlc.control import FrameType


class LinkState(Enum):
    """Mode of the secondary station."""

    NDM = "normal disconnected mode"
    NRM = "normal response mode"
    FRAME_REJECT = "normal response mode, frame reject condition"


class Action(Enum):
    """What the secondary station does about a frame."""

    SET_UP = "UA; the link begins anew"
    RELEASE = "UA; the link ends"
    ANSWER_DM = "DM"
    TAKE_INFORMATION = "deliver, then go on sending"
    GO_ON = "go on sending"
    WAIT = "send no information, the client is busy"
    TAKE_UNNUMBERED = "deliver outside the sequence"
    REJECT_CONTROL = "FRMR with W"
    REPEAT_REJECT = "the same FRMR again"
    IGNORE = "silence"


_NDM, _NRM, _REJECT = LinkState.NDM, LinkState.NRM, LinkState.FRAME_REJECT

TRANSITIONS: Final = MappingProxyType(
    {
        # Normal disconnected mode: only SNRM is served, every other command that polls gets DM
        # (IEC 62056-46, 6.4.5; ISO/IEC 13239, NDM).
        (_NDM, FrameType.SNRM): Action.SET_UP,
        (_NDM, FrameType.DISC): Action.ANSWER_DM,
        (_NDM, FrameType.I): Action.ANSWER_DM,
        (_NDM, FrameType.RR): Action.ANSWER_DM,
        (_NDM, FrameType.RNR): Action.ANSWER_DM,
        (_NDM, FrameType.REJ): Action.ANSWER_DM,
        (_NDM, FrameType.UNKNOWN): Action.ANSWER_DM,
        # Normal response mode (IEC 62056-46, 6.4.3 for the repertoire, 6.4.5 for the server's states). REJ is not in
        # the repertoire, so it is as undefined as any other.
        (_NRM, FrameType.SNRM): Action.SET_UP,
        (_NRM, FrameType.DISC): Action.RELEASE,
        (_NRM, FrameType.I): Action.TAKE_INFORMATION,
        (_NRM, FrameType.RR): Action.GO_ON,
        (_NRM, FrameType.RNR): Action.WAIT,
        (_NRM, FrameType.UI): Action.TAKE_UNNUMBERED,
        (_NRM, FrameType.REJ): Action.REJECT_CONTROL,
        (_NRM, FrameType.UNKNOWN): Action.REJECT_CONTROL,
        # Frame reject condition: until SNRM or DISC every poll gets the same FRMR (ISO/IEC 13239, FRMR response).
        (_REJECT, FrameType.SNRM): Action.SET_UP,
        (_REJECT, FrameType.DISC): Action.RELEASE,
        (_REJECT, FrameType.I): Action.REPEAT_REJECT,
        (_REJECT, FrameType.RR): Action.REPEAT_REJECT,
        (_REJECT, FrameType.RNR): Action.REPEAT_REJECT,
        (_REJECT, FrameType.REJ): Action.REPEAT_REJECT,
        (_REJECT, FrameType.UNKNOWN): Action.REPEAT_REJECT,
    }
)
"""(state, frame type) → action.

What is absent is ignored: responses, which no primary station sends, and UI outside NRM.
"""
