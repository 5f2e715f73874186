"""The server's side of ciphering: opening protected requests, and protecting replies as their requests were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.errors import CipherError
from conformance.dlms.security import ciphered, gcm
from conformance.dlms.security.ciphered import (
    GENERAL_DED_CIPHERING,
    GENERAL_GLO_CIPHERING,
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
    plain_tag,
    protected_tag,
)
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import TAG_OCTETS
from conformance.dlms.xdlms import exception_response
from conformance.meter.model.security_state import SecurityState
from conformance.meter.protection import Protection

GENERAL_TAGS: Final = frozenset((GENERAL_GLO_CIPHERING, GENERAL_DED_CIPHERING))
"""APDUs that the service general-protection covers."""
_DEDICATED_KEY_OCTETS: Final = 16


class UndecipherableError(Exception):
    """A protected APDU that does not open here: wrong key, title or tag, or protected less than the policy wants."""


class StaleCounterError(Exception):
    """An invocation counter that was used already.

    Attributes:
        expected: the lowest counter that would be taken.
    """

    def __init__(self, expected: int) -> None:
        super().__init__(f"invocation counter below {expected}")
        self.expected = expected


@dataclass(slots=True)
class InvocationCounter:
    """The counter under which this side protects with one key; it never goes back."""

    last: int = 0

    def take(self) -> int:
        """The next value."""
        self.last += 1
        return self.last


@dataclass(slots=True)
class Lasting:
    """What of ciphering outlives every association of a logical device.

    Attributes:
        sent: the meter's counter under the global key.
        last_dedicated_key: that of the association opened last; only a faulty meter uses it again.
    """

    sent: InvocationCounter = field(default_factory=InvocationCounter)
    last_dedicated_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A protected APDU after it was opened.

    Attributes:
        plain: the APDU inside.
        protection: of the request.
        counter_before: the last invocation counter that was accepted before this one, under the same key.
    """

    plain: bytes
    protection: Protection
    counter_before: int


class Ciphering:
    """Keys, titles and counters of one association.

    Attributes:
        security: the material of the logical device; its received counter outlives the association.
        lasting: what else outlives the association.
        client_title: as the AARQ gave it; empty where it gave none.
        dedicated_key: as the InitiateRequest gave it; None where it gave none.
    """

    def __init__(self, security: SecurityState, lasting: Lasting, faults: frozenset[str]) -> None:
        self.security = security
        self.lasting = lasting
        self.client_title = b""
        self.dedicated_key: bytes | None = None
        self._dedicated_sent = InvocationCounter()
        self._dedicated_received = 0
        self._faults = faults

    def begin(self, client_title: bytes) -> None:
        """A new association: no dedicated key yet."""
        self.client_title = client_title
        if "sending-counter-restarts" in self._faults:
            self.lasting.sent.last = 0
        self.use_dedicated_key(None)

    def use_dedicated_key(self, key: bytes | None) -> None:
        """Put the dedicated key of this association in force; its counters start anew."""
        lasting = self.lasting
        if key is not None and lasting.last_dedicated_key and "dedicated-key-of-first-association-kept" in self._faults:
            key = lasting.last_dedicated_key
        lasting.last_dedicated_key = key or lasting.last_dedicated_key
        self.dedicated_key = key
        self._dedicated_sent = InvocationCounter()
        self._dedicated_received = 0

    def unprotect(self, octets: bytes) -> Opened:
        """Open a service-specific or general ciphered APDU.

        Raises:
            DecodeError: it is none, or broken.
            UndecipherableError: it does not open, or is protected less than the security policy demands.
            StaleCounterError: it opens, but its counter is not higher than the last one under the same key.
        """
        apdu = reading.decode(octets, ciphered.read, "ciphered")
        control = apdu.security_control
        dedicated = is_dedicated(octets[0])
        title = self._title_of(apdu)
        self._check_control(control)
        key, authentication_key = self._key(dedicated), self.security.authentication_key
        try:
            plain = gcm.unprotect(control, title, apdu.invocation_counter, key, authentication_key, apdu.content)
        except CipherError as error:
            if error.reason != "tag-invalid" or "authentication-tag-never-verified" not in self._faults:
                raise UndecipherableError(str(error)) from None
            plain = self._unverified(apdu, title, key)
        before = self._dedicated_received if dedicated else self.security.received_invocation_counter
        self._accept_counter(apdu.invocation_counter, before, dedicated=dedicated)
        service_specific = isinstance(apdu, ServiceCiphered)
        if not plain or (service_specific and plain[0] != plain_tag(octets[0])):
            raise UndecipherableError("the APDU inside is not the one that the tag announces")
        titled = not isinstance(apdu, ServiceCiphered) and bool(apdu.system_title)
        protection = Protection(control, not service_specific, dedicated, titled, key, authentication_key)
        return Opened(plain, protection, before)

    def protect(self, plain: bytes, protection: Protection) -> bytes:
        """A reply under the protection of its request; an ExceptionResponse has no service-specific form."""
        if not protection.general and plain[0] == exception_response.TAG:
            return plain
        if "ciphered-request-answered-in-clear" in self._faults:
            return plain
        general, dedicated, key = protection.general, protection.dedicated, protection.encryption_key
        if "dedicated-request-answered-under-global-key" in self._faults:
            dedicated, key = False, self.security.global_unicast_key
        if "general-request-answered-service-specific" in self._faults:
            general = False
        counter = (self._dedicated_sent if dedicated else self.lasting.sent).take()
        if "sending-counter-little-endian" in self._faults:
            counter = int.from_bytes(counter.to_bytes(4, "little"), "big")
        own_title = self.security.server_system_title
        content = gcm.protect(protection.control, own_title, counter, key, protection.authentication_key, plain)
        if not general:
            tag = protected_tag(plain[0], dedicated=dedicated)
            return ServiceCiphered(tag, protection.control, counter, content).encode()
        title = own_title if protection.titled else b""
        form = GeneralDedicated if dedicated else GeneralGlobal
        return form(title, protection.control, counter, content).encode()

    def _unverified(self, apdu: ciphered.Ciphered, title: bytes, key: bytes) -> bytes:
        """What a meter makes of an APDU that decrypts first and never comes to the tag."""
        information = apdu.content[:-TAG_OCTETS]
        encryption_only = SecurityControl(apdu.security_control.suite, encrypted=apdu.security_control.encrypted)
        return gcm.unprotect(encryption_only, title, apdu.invocation_counter, key, b"", information)

    def accept_reply_counter(self, counter: int, before: int) -> None:
        """Judge the counter inside a GMAC reply, which was made before the APDU that carries it was protected.

        Raises:
            StaleCounterError: it is not higher than the last one `before` that APDU.
        """
        self._accept_counter(counter, before, dedicated=False)

    def _title_of(self, apdu: ciphered.Ciphered) -> bytes:
        if isinstance(apdu, ServiceCiphered) or not apdu.system_title:
            return self.client_title
        if apdu.system_title != self.client_title:
            raise UndecipherableError("the system title is not that of the client")
        return apdu.system_title

    def _check_control(self, control: SecurityControl) -> None:
        required = self.security.required_security_control
        if control.suite != self.security.security_suite or control.broadcast_key or control.compressed:
            raise UndecipherableError(f"security control {control} is not served")
        if control.octet & required != required and "security-policy-not-enforced" not in self._faults:
            raise UndecipherableError(f"security control {control} is weaker than the policy {required:02X}")

    def _key(self, dedicated: bool) -> bytes:
        if not dedicated or "dedicated-key-ignored" in self._faults:
            return self.security.global_unicast_key
        if self.dedicated_key is None:
            raise UndecipherableError("there is no dedicated key")
        return self.dedicated_key

    def _accept_counter(self, counter: int, before: int, *, dedicated: bool) -> None:
        if counter <= before and "invocation-counter-not-checked" not in self._faults:
            raise StaleCounterError(before + 1)
        if dedicated:
            self._dedicated_received = max(counter, self._dedicated_received)
        else:
            self.security.received_invocation_counter = max(counter, self.security.received_invocation_counter)


def is_ciphered(tag: int) -> bool:
    """Whether an APDU with this tag is one that `Ciphering.unprotect` may open."""
    return tag in ciphered.NAMES


def legal_dedicated_key(key: bytes) -> bool:
    """Whether `key` fits security suite 0."""
    return len(key) == _DEDICATED_KEY_OCTETS
