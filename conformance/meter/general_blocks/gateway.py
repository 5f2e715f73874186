"""Between a connection and an association: blocks are joined before the association sees them, and cut behind it.

An APDU is protected whole and then cut into blocks; what comes in blocks is joined and then opened (IEC 62056-5-3). So
the association below knows nothing of blocks but how much room they give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from conformance.dlms import reader as reading
from conformance.dlms.acse import aare, aarq, release
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms import general_block_transfer, get
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock
from conformance.meter.application import Served
from conformance.meter.general_blocks.block_server import BlockServer
from conformance.meter.general_blocks.sending import capacity, data_octets
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.session import Session
from conformance.meter.refusal import Reason, refusal

_ACSE: Final = frozenset((aarq.TAG, aare.TAG, release.REQUEST_TAG, release.RESPONSE_TAG))
"""APDUs that the client's PDU size does not bound, and that never go in blocks."""


@dataclass(frozen=True, slots=True)
class Room:
    """How long APDUs may be that come or go in blocks, in place of what one PDU holds.

    Attributes:
        request_octets: of the longest request; None where it came outside blocks.
        reply_octets: of the longest reply; None where it begins outside blocks.
        access_octets: of the longest reply to ACCESS, which has no other blocks than these; None: as any other.
    """

    request_octets: int | None
    reply_octets: int | None
    access_octets: int | None = None


class AssociationBelow(Protocol):
    """What serves whole APDUs."""

    profile: AssociationProfile

    @property
    def session(self) -> Session | None:
        """What was negotiated; None while nothing is open."""
        ...

    @property
    def answers_access(self) -> bool:
        """Whether the APDU handled last was an access-request."""
        ...

    def handle(self, octets: bytes, now: float, room: Room | None = None) -> bytes | None:
        """Take an APDU, and give the reply; `room` is what blocks make of the limits."""
        ...


class BlockGateway:
    """The block transfers of one association, and everything that goes around them."""

    def __init__(self, association: AssociationBelow, settings: GeneralBlockSettings, faults: frozenset[str]) -> None:
        self._association = association
        self._settings = settings
        self._faults = faults
        self._blocks = self._new()
        self._session: Session | None = None
        self._deaf = False

    def take(self, octets: bytes, now: float) -> Served:
        """Take an APDU of at least one octet, and give what answers it."""
        self._follow(now)
        if self._deaf:
            return None
        if octets[0] == general_block_transfer.TAG and self._usable():
            return self._take_block(octets, now)
        if octets[0] in _ACSE:
            reply = self._association.handle(octets, now)
            self._follow(now)
            return reply
        mixed = self._mixed(octets) if self._faults else None
        self._blocks.interrupt(now)
        return mixed or self._take_whole(octets, now)

    def _take_block(self, octets: bytes, now: float) -> Served:
        try:
            block = reading.decode(octets, general_block_transfer.read, "general-block-transfer")
        except DecodeError:
            self._blocks.interrupt(now)
            return self._refused(Reason.UNREADABLE)
        limit = self._limit()
        if self._has("gbt-goes-on-in-service-blocks") and (left := self._blocks.unsent()):
            self._blocks.interrupt(now)
            return GetResponseWithDatablock(0xC1, False, 2, left[: max(1, data_octets(limit) - 16)]).encode()
        room = Room(self._settings.longest_request_octets, capacity(limit))

        def serve(request: bytes) -> bytes | None:
            # Blocks within blocks are no service.
            if not request or request[0] in (*_ACSE, general_block_transfer.TAG):
                return self._refused(Reason.UNKNOWN_SERVICE)
            return self._association.handle(request, now, room)

        replies = self._blocks.take(block, limit, serve, now)
        if self._has("gbt-unconfirmed-request-acknowledged") and not replies and block.last_block:
            return self._refused(Reason.UNKNOWN_SERVICE)
        return _served(replies)

    def _take_whole(self, octets: bytes, now: float) -> Served:
        """Serve an APDU outside blocks; its reply goes in blocks where that is how long replies begin here."""
        limit = self._limit()
        usable = bool(limit) and self._usable(unasked=True)
        # A meter that does not look at what was negotiated does not look at the other mechanism either.
        begins = usable and (self._settings.first == "general" or not self._negotiated)
        room = Room(None, capacity(limit) if begins else None, capacity(limit)) if usable else None
        reply = self._association.handle(octets, now, room)
        if reply is None or not (begins or (usable and self._association.answers_access)) or len(reply) <= limit:
            return reply
        return _served(self._blocks.begin(reply, limit, now))

    def _follow(self, now: float) -> None:
        """No transfer outlives the association that it belongs to."""
        session = self._association.session
        if session is not self._session:
            self._session = session
            if not self._has("gbt-transfer-kept-over-release"):
                self._blocks = self._new()
        self._blocks.tick(now)

    def _new(self) -> BlockServer:
        return BlockServer(self._settings, self._faults, lambda: self._refused(Reason.NO_ASSOCIATION))

    def _usable(self, *, unasked: bool = False) -> bool:
        """Whether blocks may be used: negotiated, or the meter does not care."""
        if self._session is None:
            return False
        careless = {"gbt-used-though-not-negotiated"} if unasked else {"gbt-taken-though-not-negotiated"}
        return self._negotiated or bool(careless & self._faults)

    @property
    def _negotiated(self) -> bool:
        return self._session is not None and ConformanceBit.GENERAL_BLOCK_TRANSFER in self._session.conformance

    def _limit(self) -> int:
        return 0 if self._session is None else self._session.client_max_receive_pdu_size

    def _mixed(self, octets: bytes) -> bytes | None:
        """What faulty meters do about a get-request-next amid a reply in blocks."""
        left = self._blocks.unsent()
        if left is None or not octets.startswith(bytes((get.REQUEST_TAG, 2))):
            return None
        if self._has("gbt-deaf-after-mixed-mechanisms"):
            self._deaf = True
        if not self._has("gbt-get-next-accepted"):
            return None
        try:
            request = reading.decode(octets, get.read_request, "get-request")
        except DecodeError:
            return None
        if not isinstance(request, GetRequestNext):
            return None
        block = left[: max(1, data_octets(self._limit()) - 16)]
        last = len(block) >= len(left)
        return GetResponseWithDatablock(request.invoke_id_and_priority, last, request.block_number + 1, block).encode()

    def _has(self, name: str) -> bool:
        return name in self._faults

    def _refused(self, reason: Reason) -> bytes:
        short_names = self._association.profile.context.short_names
        return refusal(reason, short_names=short_names, tag=general_block_transfer.TAG).encode()


def _served(replies: tuple[bytes, ...]) -> Served:
    return replies[0] if len(replies) == 1 else replies or None
