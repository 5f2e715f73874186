"""What the object model must know of the association through which a request arrives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.conformance import Conformance
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.associations import AssociationProfile


class AssociationStatus(IntEnum):
    """association_status of Association LN."""

    NON_ASSOCIATED = 0
    ASSOCIATION_PENDING = 1
    ASSOCIATED = 2


@dataclass(frozen=True, slots=True)
class MethodOutcome:
    """What a method left behind: its result, and what it returns; `data` is None when it returns nothing."""

    result: ActionResult
    data: Data | None = None


class ServerHooks(Protocol):
    """What objects need done by the layers above them."""

    def reply_to_hls_authentication(self, session: Session, reply: bytes, now: float) -> MethodOutcome:
        """Judge f(StoC) of pass 3; on success the outcome carries f(CtoS) of pass 4 as an octet-string."""
        ...


@dataclass(slots=True)
class Session:
    """One association, opened or about to be, as the server layer negotiated it.

    Attributes:
        profile: the association's declared side.
        status: kept up to date by the server layer.
        conformance: the negotiated conformance block.
        client_max_receive_pdu_size: in octets, 0 for no limit.
        dlms_version_number: negotiated.
        quality_of_service: negotiated, 0 when none was proposed.
        current_user: id of the client user; None where users are not identified.
        client_system_title: as received; None when none was.
        request_authenticated: whether the request at hand carried an authentication tag that verified.
        hooks: what methods with effects outside the object model call; None refuses such methods.
    """

    profile: AssociationProfile
    status: AssociationStatus = AssociationStatus.NON_ASSOCIATED
    conformance: Conformance = frozenset()
    client_max_receive_pdu_size: int = 0xFFFF
    dlms_version_number: int = 6
    quality_of_service: int = 0
    current_user: int | None = None
    client_system_title: bytes | None = None
    request_authenticated: bool = False
    hooks: ServerHooks | None = None
