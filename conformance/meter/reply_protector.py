"""Protecting replies: how each is to be protected, and the octets that come of it."""

from __future__ import annotations

from dataclasses import replace

from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered, protected_tag
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms import exception_response, general_signing
from conformance.meter import tag_faults
from conformance.meter.general_protection import GeneralProtection
from conformance.meter.invocation_counters import CONSTANT, InvocationCounter, Lasting
from conformance.meter.model.security_state import SecurityState
from conformance.meter.protection import (
    CipheringLayer,
    GeneralCipheringLayer,
    Heading,
    Layer,
    Protection,
    SigningLayer,
)
from conformance.meter.reply_faults import is_error


class ReplyProtector:
    """What protects the replies of one association."""

    def __init__(
        self, security: SecurityState, lasting: Lasting, general: GeneralProtection, faults: frozenset[str]
    ) -> None:
        self._security = security
        self._lasting = lasting
        self._general = general
        self._faults = faults
        self._dedicated_sent = InvocationCounter()

    def restart_dedicated(self) -> None:
        """A new dedicated key is in force: its counter begins anew."""
        self._dedicated_sent = InvocationCounter()

    def planned(self, request: Protection, client_title: bytes) -> Protection:
        """That of the request, made stronger where the policy demands more of responses."""
        required = self._security.required_of_responses
        missing = required.control & ~request.control.octet
        sign = required.signed and not request.signed
        if not missing and not sign:
            return request
        layers = request.layers
        if missing:
            layers = self._strengthened(layers, required.control, general=sign)
        if sign:
            outer = layers[0] if layers else None
            if isinstance(outer, CipheringLayer) and not outer.general:
                # A signed APDU has no service-specific form.
                layers = (replace(outer, general=True, titled=True), *layers[1:])
            heading = Heading(b"", self._security.server_system_title, client_title)
            layers = (*layers, self._general.signing_layer(heading))
        return Protection(layers)

    def protect(self, plain: bytes, protection: Protection) -> bytes:
        """A reply under a protection; an ExceptionResponse has no service-specific form."""
        faults = self._faults
        if protection.service_specific and plain[0] == exception_response.TAG:
            return plain
        if "ciphered-request-answered-in-clear" in faults or ("error-response-in-clear" in faults and is_error(plain)):
            return plain
        if "reply-protected-less-than-request" in faults and protection.control.authenticated:
            protection = protection.with_control(replace(protection.control, encrypted=False))
        if "reply-encrypted-only" in faults and protection.control.encrypted:
            protection = protection.with_control(replace(protection.control, authenticated=False))
        octets = plain
        for layer in reversed(protection.layers):
            if isinstance(layer, SigningLayer):
                if "signed-request-answered-unsigned" not in faults:
                    octets = self._general.sign(octets, layer)
            elif isinstance(layer, GeneralCipheringLayer):
                octets = self._general.cipher(octets, layer)
            else:
                octets = self._ciphered(octets, layer)
        return octets

    def _strengthened(self, layers: tuple[Layer, ...], required: int, *, general: bool) -> tuple[Layer, ...]:
        security = self._security
        if all(isinstance(layer, SigningLayer) for layer in layers):
            # The request says nothing of a key: the reply is under the one that both know.
            general = general or bool(layers)
            own = SecurityControl(security.security_suite)
            keys = security.global_unicast_key, security.authentication_key
            layers = (CipheringLayer(own, general, False, general, *keys), *layers)
        protection = Protection(layers)
        return protection.with_control(SecurityControl.from_octet(protection.control.octet | required)).layers

    def _ciphered(self, plain: bytes, layer: CipheringLayer) -> bytes:
        faults, general, dedicated, key = self._faults, layer.general, layer.dedicated, layer.encryption_key
        if dedicated and "dedicated-request-answered-under-global-key" in faults:
            dedicated, key = False, self._security.global_unicast_key
        if "general-request-answered-service-specific" in faults and plain[0] != general_signing.TAG:
            general = plain[0] == exception_response.TAG
        sent = self._dedicated_sent if dedicated else self._lasting.sent
        kept = "sending-counter-kept-after-error" in faults and is_error(plain) and sent.last > 0
        counter = sent.last if kept else self._counter(dedicated)
        own_title = self._security.server_system_title
        content = tag_faults.protected(layer.control, own_title, counter, key, layer.authentication_key, plain, faults)
        if not general:
            tag = protected_tag(plain[0], dedicated=dedicated)
            return ServiceCiphered(tag, layer.control, counter, content).encode()
        form = GeneralDedicated if dedicated else GeneralGlobal
        told = self._security.client_system_title if "reply-carries-title-of-client" in faults else own_title
        return form(told if layer.titled else b"", layer.control, counter, content).encode()

    def _counter(self, dedicated: bool) -> int:
        """The next invocation counter of the key."""
        faults = self._faults
        if "reply-counter-is-that-of-the-request" in faults:
            return self._lasting.last_request_counter
        if not dedicated:
            return self._lasting.sent.take(faults)
        constant = "dedicated-sending-counter-constant" in faults
        return self._dedicated_sent.take(faults | {CONSTANT} if constant else faults)
