"""Invoking a method whole: the return parameters come in blocks where the meter sends blocks (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.action import ActionRequestNextPblock, ActionResponseNormal, ActionResponseWithPblock
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.tester.association import Association
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.stimulus import Stimulus, apdu

_LARGEST = 64 * 1024
"""Octets of return parameters; a transfer that goes on beyond is cut off."""
_MOST_BLOCKS = 4096


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a method.

    Attributes:
        reaction: the meter's last.
        returned: its return parameters; None where there are none, or an error in their place.
        joined: they came in blocks, and all have come.
    """

    reaction: Reaction
    returned: Data | None = None
    joined: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the method was carried out."""
        if self.joined:
            return True
        value = self.reaction.value if isinstance(self.reaction, Reply) else None
        return isinstance(value, ActionResponseNormal) and value.result == ActionResult.SUCCESS

    @property
    def octets(self) -> bytes | None:
        """The return parameters where they are an octet-string."""
        if self.returned is None or self.returned.type is not DataType.OCTET_STRING:
            return None
        value: bytes = self.returned.value
        return value


def call(association: Association, stimulus: Stimulus) -> Called:
    """Invoke a method, once, and collect what it returns; what is not as it should be is in the reaction."""
    reaction = association.request(stimulus)
    collected, expected = bytearray(), 1
    while isinstance(reaction, Reply) and isinstance(reaction.value, ActionResponseWithPblock):
        block = reaction.value.pblock
        if block.block_number != expected or expected > _MOST_BLOCKS or len(collected) > _LARGEST:
            return Called(reaction)
        collected += block.raw
        if block.last_block:
            return _joined(reaction, bytes(collected))
        request = ActionRequestNextPblock(INVOKE_ID_AND_PRIORITY, expected)
        reaction = association.request(apdu(request.encode(), f"ACTION next block {expected}"))
        expected += 1
    match reaction.value if isinstance(reaction, Reply) else None:
        case ActionResponseNormal(return_parameters=Data() as returned):
            return Called(reaction, returned)
    return Called(reaction)


def _joined(reaction: Reaction, octets: bytes) -> Called:
    """The blocks carry the result and the return parameters, as they would stand in one response."""
    if octets[:1] != b"\x00":
        return Called(reaction)
    # Get-Data-Result: optional, then the choice of data.
    if octets[1:3] == b"\x01\x00":
        try:
            return Called(reaction, codec.decode(octets[3:]), joined=True)
        except DecodeError:
            return Called(reaction)
    return Called(reaction, None, joined=octets[1:] == b"\x00")
