"""HLS passes 3 and 4 as the client computes and checks them, by logical and by short names (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import octet_string
from conformance.dlms.errors import DlmsError
from conformance.dlms.reader import decode
from conformance.dlms.security import gmac_reply
from conformance.dlms.security.mechanisms import reply_to_challenge, verify_reply
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import ParameterisedAccess
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.security import ClientSecurity
from conformance.tester.seen import seen

ASSOCIATION_LN = bytes.fromhex("0000280000FF")
"""Logical name of the current association, 0-0:40.0.0.255."""
INVOKE_ID_AND_PRIORITY = 0xC1
"""Confirmed, high priority, invoke-id 1."""
_REPLY_TO_HLS_AUTHENTICATION_SN = 0x58
"""Short name of reply_to_HLS_authentication of the Association SN, from its base name (IEC 62056-6-2)."""


@dataclass(frozen=True, slots=True)
class HighLevel:
    """The two challenges of one opening, and what answers them.

    Attributes:
        security: declaration, keys, titles, counters.
        client_challenge: CtoS.
        server_challenge: StoC.
    """

    security: ClientSecurity
    client_challenge: bytes
    server_challenge: bytes

    def answer(self, challenge: bytes | None = None, secret: bytes | None = None) -> bytes:
        """f(StoC), or f of another `challenge` or under another `secret`; under GMAC it takes an invocation counter.

        Raises:
            NotDeclared: the mechanism cannot be computed with what the device config declares.
        """
        security, settings = self.security, self.security.settings
        gmac, ecdsa = settings.mechanism is Mechanism.HLS_GMAC, settings.mechanism is Mechanism.HLS_ECDSA
        try:
            made = reply_to_challenge(
                settings.manufacturer_mechanism or settings.mechanism,
                challenge=self.server_challenge if challenge is None else challenge,
                own_challenge=self.client_challenge,
                secret=self._secret if secret is None else secret,
                own_title=security.client_title,
                peer_title=security.server_title,
                encryption_key=security.encryption_key if gmac else b"",
                authentication_key=security.authentication_key if gmac else b"",
                invocation_counter=security.next_counter(dedicated=False) if gmac else 0,
                security_suite=settings.security_suite,
                signing_key=security.signing_key if ecdsa else b"",
            )
        except DlmsError as error:
            told = f"no f(StoC) under {settings.mechanism.label}: {error}"
            raise NotDeclared(f"association {settings.name}: {told}") from None
        if gmac:
            parts = decode(made, gmac_reply.read, gmac_reply.NAME)
            control, counter, tag = parts.security_control, parts.invocation_counter, parts.authentication_tag
            security.spend(security.encryption_key, security.client_title, counter, control, tag, challenge=True)
        return made

    def request(self, answer: bytes) -> ActionRequestNormal | ReadRequest:
        """Pass 3: the request that invokes reply_to_HLS_authentication, by logical or by short name."""
        if self.security.settings.short_names:
            method = SN_VAA_NAME + _REPLY_TO_HLS_AUTHENTICATION_SN
            return ReadRequest((ParameterisedAccess(method, 0, octet_string(answer)),))
        method_of_ln = MethodDescriptor(15, ASSOCIATION_LN, 1)
        return ActionRequestNormal(INVOKE_ID_AND_PRIORITY, method_of_ln, octet_string(answer))

    def fault(self, reaction: Reaction) -> str | None:
        """What is wrong with `reaction` as pass 4, in words; None when it is right."""
        short_names = self.security.settings.short_names
        response = reaction.value if isinstance(reaction, Reply) else None
        answer: object = None
        if short_names and isinstance(response, ReadResponse):
            answer = response.results[0] if response.results else None
        elif not short_names and isinstance(response, ActionResponseNormal):
            if response.result != 0:
                return f"action-result {response.result} in place of success"
            answer = response.return_parameters
        else:
            return f"no {'read' if short_names else 'action'}-response: {seen(reaction)}"
        if not isinstance(answer, Data) or answer.type is not DataType.OCTET_STRING:
            return f"no octet-string with f(CtoS) in the response: {seen(reaction)}"
        return self._answer_fault(answer.value)

    def _answer_fault(self, answer: bytes) -> str | None:
        security, settings = self.security, self.security.settings
        gmac = settings.mechanism is Mechanism.HLS_GMAC
        try:
            verify_reply(
                settings.manufacturer_mechanism or settings.mechanism,
                answer,
                challenge=self.client_challenge,
                peer_challenge=self.server_challenge,
                secret=self._secret,
                own_title=security.client_title,
                peer_title=security.server_title,
                encryption_key=security.encryption_key if gmac else b"",
                authentication_key=security.authentication_key if gmac else b"",
                security_suite=settings.security_suite,
                peer_signature_key=settings.server_signature_key or b"",
            )
        except DlmsError as error:
            return f"f(CtoS) is not the one of the declared mechanism and secret: {error}"
        return None

    @property
    def _secret(self) -> bytes:
        secret = self.security.settings.secret
        return b"" if secret is None else secret.reveal()
