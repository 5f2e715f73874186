"""Noting with each frame what it shows of security while keys are at hand: nonces, titles, challenges, clear text."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.device.model import AssociationSettings
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import AssociationResult, Mechanism
from conformance.dlms.acse.release import Rlre
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DlmsError
from conformance.dlms.security import gmac_reply
from conformance.dlms.security.control import AUTHENTICATED, ENCRYPTED, SecurityControl
from conformance.dlms.security.tag_length import other_tag_length
from conformance.dlms.xdlms import (
    access,
    action,
    event_notification,
    get,
    information_report,
    notification,
    read,
    write,
)
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.action import ActionResponseNormal
from conformance.dlms.xdlms.get import GetResponseNormal, GetResponseWithDatablock, GetResponseWithList
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.dlms.xdlms.read import ReadResponse
from conformance.record.frame_security import Challenge, Exposure, FrameSecurity, Nonce, digest_of
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Protected, Reply
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import Stimulus, Template
from conformance.tester.tape import Tape

_RESPONSES = frozenset(
    (
        get.RESPONSE_TAG,
        set_service.RESPONSE_TAG,
        action.RESPONSE_TAG,
        read.RESPONSE_TAG,
        write.RESPONSE_TAG,
        access.RESPONSE_TAG,
    )
)
"""What answers a service: protected at least as the request was. An ExceptionResponse may have to go in clear: the
meter gives it to what it could not open, and it has no service-specific ciphered form."""
_NOTIFICATIONS = frozenset((notification.TAG, event_notification.TAG, information_report.TAG))
_OF_PROTECTION = AUTHENTICATED | ENCRYPTED
_POLICY_ENCRYPTED = 2
_TAG_OFFSET = 5
"""Security control and invocation counter precede the tag in an answer to a challenge."""


@dataclass(slots=True)
class SecurityTrace:
    """What must be remembered of one association between what is sent and what comes back.

    Attributes:
        asked: security control of the request sent last; 0: it went in clear; None: a case has changed its octets.
        associated: the association stood when it was sent.
        opening: it was an AARQ, and no AARE has come yet.
    """

    asked: int | None = None
    associated: bool = False
    opening: bool = False

    def sent(self, security: ClientSecurity, stimulus: Stimulus, tape: Tape, first: int, *, associated: bool) -> None:
        """An APDU was sent, beginning with frame `first` of the tape at the earliest."""
        nonces = tuple(security.spent)
        security.spent.clear()
        own = next((nonce for nonce in reversed(nonces) if not nonce.challenge), None)
        altered = stimulus.template is Template.RAW or stimulus.changes or (own is not None and own.chosen)
        self.asked = None if altered else 0 if own is None else own.security_control
        self.associated = associated
        self.opening = stimulus.template is Template.AARQ
        frame = next((frame for frame in tape.frames[first:] if frame.direction == "C>S"), None)
        if nonces and frame is not None:
            frame.security = FrameSecurity(security.settings.name, nonces)

    def received(self, security: ClientSecurity, reply: Reply, tape: Tape, client_challenge: bytes) -> None:
        """An APDU came; what it shows is noted with the frame that completed it."""
        settings = security.settings
        protections = [item for item in (reply.protected, reply.initiate_protected) if item is not None]
        answer = _pass_4(security, reply, client_challenge, pending=not self.associated)
        nonces = [item.nonce for item in protections if item.nonce is not None]
        lengths = [item.tag_octets for item in protections if item.tag_octets is not None]
        if isinstance(answer, Nonce):
            nonces.append(answer)
        elif answer is not None:
            lengths.append(answer)
        shown = FrameSecurity(
            settings.name,
            tuple(nonces),
            _server_title(settings, reply),
            self._challenge(settings, reply, client_challenge),
            lengths[0] if lengths else None,
            any(self._untagged(item) for item in protections),
            self._exposed(settings, reply),
            any(item.error is not None and not item.signed for item in protections),
        )
        if isinstance(reply.value, Aare):
            self.opening = False
        if shown != FrameSecurity(settings.name):
            tape.frames[reply.frame].security = shown

    def _challenge(self, settings: AssociationSettings, reply: Reply, client_challenge: bytes) -> Challenge | None:
        """StoC of the one AARE that answers an AARQ: a frame that the line has repeated is no second challenge."""
        if not (self.opening and isinstance(reply.value, Aare) and settings.mechanism.high_level):
            return None
        value = reply.value.responding_authentication_value
        if value is None:
            return None
        return Challenge(value.hex().upper(), bool(value) and value == client_challenge)

    def _untagged(self, protected: Protected) -> bool:
        asked = (self.asked or 0) & AUTHENTICATED
        return bool(asked and protected.error is None and not protected.signed) and not (
            protected.security_control.authenticated
        )

    def _exposed(self, settings: AssociationSettings, reply: Reply) -> Exposure | None:
        if not settings.ciphered or reply.value is None:
            return None
        if isinstance(reply.value, (Aare, Rlre)):
            answered = isinstance(reply.initiate, InitiateResponse)
            how = _readable(self.asked or 0, reply.initiate_protected) if answered else None
            name = "aare" if isinstance(reply.value, Aare) else "rlre"
            return None if how is None else Exposure(f"the InitiateResponse {how}", f"{name}.user-information")
        tag, how = reply.plain[0], None
        if tag in _RESPONSES and self.asked:
            how = _readable(self.asked, reply.protected)
        elif tag in _RESPONSES and self.associated and settings.security_policy & _POLICY_ENCRYPTED:
            served = _holds_data(reply) and not _encrypted(reply.protected)
            how = f"serves data in clear, though security_policy is {settings.security_policy}" if served else None
        elif tag in _NOTIFICATIONS and settings.notification_key != "none" and not _encrypted(reply.protected):
            how = f"in clear, though notifications are declared to go under the {settings.notification_key} key"
        if how is None:
            return None
        name = apdus.dissect(reply.plain).root.name
        return Exposure(f"{name} {how}", name)


def _readable(asked: int, protected: Protected | None) -> str | None:
    """How an answer can be read, or changed unseen, though the request was protected; None where it cannot."""
    if protected is not None and protected.error is not None:
        return None
    given = protected.security_control.octet & _OF_PROTECTION if protected is not None else 0
    asked &= _OF_PROTECTION
    if asked & ENCRYPTED and not given & ENCRYPTED:
        how = "authenticated only" if given else "in clear"
    elif asked and not given:
        how = "in clear"
    else:
        return None
    return f"{how}, though the request went under security control 0x{asked:02X}"


def _encrypted(protected: Protected | None) -> bool:
    return protected is not None and (protected.error is not None or protected.security_control.encrypted)


def _holds_data(reply: Reply) -> bool:
    """Whether a response gives a value away."""
    match reply.value:
        case GetResponseNormal(result=result) | GetResponseWithDatablock(result=result):
            return not isinstance(result, int)
        case GetResponseWithList(results=results) | ReadResponse(results=results):
            return any(isinstance(result, Data) for result in results)
        case ActionResponseNormal(return_parameters=parameters):
            return isinstance(parameters, Data)
    return False


def _server_title(settings: AssociationSettings, reply: Reply) -> str | None:
    """The title that the meter gives itself: in an AARE that accepts, or in an APDU under general protection."""
    if isinstance(reply.value, Aare):
        if reply.value.result != AssociationResult.ACCEPTED or not settings.title_required:
            return None
        return (reply.value.responding_ap_title or b"").hex().upper()
    carried = reply.protected.system_title if reply.protected is not None and reply.protected.error is None else None
    return carried.hex().upper() if carried else None


def _pass_4(security: ClientSecurity, reply: Reply, client_challenge: bytes, *, pending: bool) -> Nonce | int | None:
    """The nonce that f(CtoS) took, or the length of its tag where that has not 12 octets."""
    settings = security.settings
    if settings.mechanism is not Mechanism.HLS_GMAC or not pending:
        return None
    value: object = None
    match reply.value:
        case ActionResponseNormal(return_parameters=parameters):
            value = parameters
        case ReadResponse(results=(result, *_)):
            value = result
    if not isinstance(value, Data) or value.type is not DataType.OCTET_STRING or len(value.value) <= _TAG_OFFSET:
        return None
    answer: bytes = value.value
    title, counter, tag = security.server_title, int.from_bytes(answer[1:_TAG_OFFSET], "big"), answer[_TAG_OFFSET:]
    try:
        key, ak = security.encryption_key, security.authentication_key
        gmac_reply.verify(answer, client_challenge, system_title=title, encryption_key=key, authentication_key=ak)
    except NotDeclared:
        return None
    except DlmsError:
        control = SecurityControl.from_octet(answer[0])
        return None if control.encrypted else other_tag_length(control, title, counter, key, ak, client_challenge + tag)
    return Nonce(digest_of(key), title.hex().upper(), counter, answer[0], digest_of(tag), challenge=True)
