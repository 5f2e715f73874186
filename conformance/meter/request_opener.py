"""Taking one layer of ciphering off a request: the right title, security control, key and counter, or none at all."""

from __future__ import annotations

from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.errors import CipherError
from conformance.dlms.fields import Deviation
from conformance.dlms.security import ciphered, gcm
from conformance.dlms.security.ciphered import ServiceCiphered, is_dedicated, plain_tag
from conformance.dlms.security.control import AUTHENTICATED, ENCRYPTED, SUITES, SecurityControl
from conformance.meter import lenient_opening, suite_faults
from conformance.meter.acse_server import TITLE_OCTETS
from conformance.meter.ciphering_errors import UndecipherableError
from conformance.meter.content_key import KeyKind
from conformance.meter.crash import MeterCrashedError
from conformance.meter.general_protection import GeneralProtection, read_ciphering
from conformance.meter.invocation_counters import ESTABLISHED_UNCHECKED, Lasting, ReceivedCounters
from conformance.meter.model.security_policy import Requirement
from conformance.meter.model.security_state import SecurityState
from conformance.meter.protection import CipheringLayer, GeneralCipheringLayer, Protection

POLICY_UNENFORCED: Final = "security-policy-not-enforced"


class RequestOpener:
    """What opens the layers of one association's requests.

    Attributes:
        client_title: as the AARQ gave it; empty where it gave none.
        dedicated_key: as the InitiateRequest gave it; None where it gave none.
        received: judges invocation counters.
    """

    def __init__(self, security: SecurityState, lasting: Lasting, general: GeneralProtection) -> None:
        self.client_title = b""
        self.dedicated_key: bytes | None = None
        self.received = ReceivedCounters(security)
        self._security = security
        self._lasting = lasting
        self._general = general

    def ciphered(self, octets: bytes, faults: frozenset[str]) -> tuple[bytes, CipheringLayer]:
        """What is inside glo-, ded-, general-glo- or general-ded-ciphering.

        Raises:
            DecodeError, UndecipherableError, StaleCounterError: as `Ciphering.unprotect`.
        """
        apdu = _read(octets, faults)
        control, dedicated = apdu.security_control, is_dedicated(octets[0])
        carried = b"" if isinstance(apdu, ServiceCiphered) else apdu.system_title
        if not carried and not isinstance(apdu, ServiceCiphered) and "empty-system-title-refused" in faults:
            raise UndecipherableError("there is no system title")
        title = self._sender(carried, faults)
        self._check_control(control, faults)
        if not control.octet & (AUTHENTICATED | ENCRYPTED):
            raise UndecipherableError(f"security control {control}: no protection at all")
        keys, counter = self._keys(dedicated, faults), apdu.invocation_counter
        try:
            plain, key = self._content(control, title, counter, keys, apdu.content, b"", faults)
        except UndecipherableError:
            if "counter-of-forged-apdu-taken" in faults:
                self.received.take_unproven(counter, dedicated=dedicated)
            raise
        self._lasting.last_request_counter = counter
        service_specific = isinstance(apdu, ServiceCiphered)
        if service_specific and plain[0] != plain_tag(octets[0]):
            raise UndecipherableError("the APDU inside is not the one that the tag announces")
        if dedicated:
            self.received.accept_dedicated(counter, faults)
        else:
            self.received.accept_global(counter, self.received.global_counter, faults)
        authentication_key = self._security.authentication_key
        return plain, CipheringLayer(control, not service_specific, dedicated, bool(carried), key, authentication_key)

    def general_ciphered(self, octets: bytes, faults: frozenset[str]) -> tuple[bytes, GeneralCipheringLayer]:
        """What is inside general-ciphering.

        Raises:
            DecodeError, UndecipherableError, StaleCounterError: as `Ciphering.unprotect`.
        """
        apdu = read_ciphering(octets, lenient_opening.overlooked(faults))
        addressed = self._general.addressed(apdu, self.client_title)
        title = self._sender(apdu.originator_system_title, faults)
        control, counter = apdu.security_control, apdu.invocation_counter
        self._check_control(control, faults)
        try:
            found = self._general.keys.find(apdu.key_info, title, apdu.transaction_id)
            layer = self._general.ciphering_layer(apdu, addressed, found.kind)
        except CipherError as error:
            raise UndecipherableError(str(error)) from None
        static, transactions = found.kind is KeyKind.STATIC, self._security.transactions
        if static and transactions.known(title, apdu.transaction_id):
            if "transaction-id-replay-accepted" not in faults:
                raise UndecipherableError("the transaction-id was used already")
            faults |= {ESTABLISHED_UNCHECKED}
        plain, _ = self._content(control, title, counter, (found.key,), apdu.content, apdu.additional_data, faults)
        if found.kind.established:
            self.received.accept_established(found.key, counter, faults)
        elif control.octet & (AUTHENTICATED | ENCRYPTED):
            self.received.accept_global(counter, self.received.global_counter, faults)
        if static:
            transactions.remember(title, apdu.transaction_id)
        return plain, layer

    def check_policy(self, protection: Protection, faults: frozenset[str]) -> None:
        """Whether a request as a whole is protected as the policy demands.

        Raises:
            UndecipherableError: it is not.
        """
        self._check_strength(protection.control, faults)
        if self._required(faults).signed and not protection.signed:
            raise UndecipherableError("the policy demands a signature")

    def _content(
        self,
        control: SecurityControl,
        title: bytes,
        counter: int,
        keys: tuple[bytes, ...],
        content: bytes,
        additional: bytes,
        faults: frozenset[str],
    ) -> tuple[bytes, bytes]:
        """What the first of the keys opens, and that key; a sound meter has one."""
        if control.compressed and suite_faults.DEFLATED in faults:
            rest = faults - {suite_faults.DEFLATED}
            sealed, used = self._content(control, title, counter, keys, content, additional, rest)
            inside = suite_faults.inflated(sealed)
            if inside is None:
                raise UndecipherableError("compressed content that does not inflate")
            return inside, used
        authentication_key, why = self._security.authentication_key, "there is no APDU inside"
        for key in keys:
            try:
                plain = gcm.unprotect(control, title, counter, key, authentication_key, content, additional=additional)
            except CipherError as error:
                why = str(error)
                continue
            if plain:
                return plain, key
        if suite_faults.SHORT_KEY in faults:
            for key in keys:
                short = suite_faults.opened_under_half_a_key(
                    control, title, counter, key, authentication_key, content, additional
                )
                if short:
                    return short, key
        if faults:
            for key in keys:
                opened = lenient_opening.open_leniently(
                    control, title, counter, key, authentication_key, content, additional, faults
                )
                if opened:
                    return opened, key
        raise UndecipherableError(why)

    def _sender(self, carried: bytes, faults: frozenset[str]) -> bytes:
        """Whose title stands in the nonce."""
        if not carried or carried == self.client_title:
            return self.client_title
        if "system-title-not-checked" in faults:
            return carried
        if lenient_opening.TITLE_LENGTH in lenient_opening.overlooked(faults) and len(carried) != TITLE_OCTETS:
            return self.client_title
        raise UndecipherableError("the system title is not that of the client")

    def _check_control(self, control: SecurityControl, faults: frozenset[str]) -> None:
        """Before anything is decrypted: without a tag, nothing tells a forged counter from a true one."""
        overlooked = lenient_opening.overlooked(faults) if faults else frozenset()
        suite_served = (
            control.suite == self._security.security_suite
            or ("security-suite-bits-ignored" in faults and control.suite in SUITES)
            or (lenient_opening.RESERVED_SUITE in overlooked and control.suite not in SUITES)
        )
        key_set = control.broadcast_key and lenient_opening.KEY_SET not in overlooked
        if control.compressed and suite_faults.CRASHES in faults:
            raise MeterCrashedError
        inflates = suite_faults.DEFLATED in faults
        compressed = control.compressed and lenient_opening.COMPRESSION not in overlooked and not inflates
        if not suite_served or key_set or compressed:
            raise UndecipherableError(f"security control {control} is not served")
        self._check_strength(control, faults)

    def _check_strength(self, control: SecurityControl, faults: frozenset[str]) -> None:
        required = self._required(faults).control
        if not required & ~control.octet:
            return
        if control.encrypted and not control.authenticated and "encryption-only-accepted" in faults:
            return
        if control.authenticated and not control.encrypted and "authentication-only-accepted" in faults:
            return
        raise UndecipherableError(f"security control {control} is weaker than the policy, {required:02X}")

    def _required(self, faults: frozenset[str]) -> Requirement:
        if "weaker-control-refused-against-policy" in faults:
            return Requirement(AUTHENTICATED | ENCRYPTED)
        return Requirement() if POLICY_UNENFORCED in faults else self._security.required_of_requests

    def _keys(self, dedicated: bool, faults: frozenset[str]) -> tuple[bytes, ...]:
        """The key of the APDU's tag; a faulty meter tries more."""
        security, lasting = self._security, self._lasting
        if not dedicated or "dedicated-key-ignored" in faults:
            old = security.previous_unicast_key if "old-key-still-served" in faults else None
            also = self.dedicated_key if "dedicated-key-accepted-as-global" in faults else None
            return (security.global_unicast_key, *(key for key in (old, also) if key))
        keys = [self.dedicated_key] if self.dedicated_key is not None else []
        if "dedicated-key-of-previous-association-accepted" in faults:
            keys += [key for key in (lasting.previous_dedicated_key, lasting.last_dedicated_key) if key]
        if "global-key-accepted-as-dedicated" in faults:
            keys.append(security.global_unicast_key)
        if not keys and "missing-dedicated-key-is-zeros" in faults:
            keys.append(bytes(len(security.global_unicast_key)))
        if not keys:
            raise UndecipherableError("there is no dedicated key")
        return tuple(keys)


def _read(octets: bytes, faults: frozenset[str]) -> ciphered.Ciphered:
    """The ciphered APDU; a faulty meter overlooks some deviations of its security header."""
    overlooked = lenient_opening.overlooked(faults) if faults else frozenset()
    if not overlooked:
        return reading.decode(octets, ciphered.read, "ciphered")
    deviations: list[Deviation] = []
    apdu = reading.decode(octets, ciphered.read, "ciphered", deviations=deviations)
    if any(deviation.code not in overlooked for deviation in deviations):
        return reading.decode(octets, ciphered.read, "ciphered")
    return apdu
