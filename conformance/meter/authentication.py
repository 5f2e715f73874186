"""High level authentication on the server's side: the challenge of pass 2, judging pass 3, answering with pass 4."""

from __future__ import annotations

from random import Random
from typing import Final

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.values import octet_string
from conformance.dlms.errors import CipherError, DlmsError
from conformance.dlms.security.mechanisms import reply_to_challenge, verify_reply
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter import hls_faults
from conformance.meter.ciphering import Ciphering
from conformance.meter.ciphering_errors import StaleCounterError
from conformance.meter.hls_faults import ClientAnswer
from conformance.meter.model import careless_signatures
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.certificates import CertificateType
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.session import AssociationStatus, MethodOutcome, Session
from conformance.meter.own_title import own_title

STOC_OCTETS: Final = 16
_FEW: Final = 12


class Authentication:
    """Challenges and answers of one association; what the association object calls when its methods need them.

    Attributes:
        ctos: the client's challenge, as the AARQ gave it.
        stoc: the server's own, new in each association.
        counter_before: last invocation counter accepted under the global key before the request at hand.
    """

    def __init__(
        self,
        profile: AssociationProfile,
        device: LogicalDevice,
        ciphering: Ciphering | None,
        random: Random,
        faults: frozenset[str],
    ) -> None:
        self._profile = profile
        self._device = device
        self._ciphering = ciphering
        self._random = random
        self._faults = faults
        self.ctos = b""
        self.stoc = b""
        self.counter_before = 0

    def challenge(self, ctos: bytes) -> bytes:
        """Begin anew: keep the client's challenge, make and give the server's."""
        self.ctos = ctos
        if "stoc-is-ctos" in self._faults:
            self.stoc = ctos
            return ctos
        self.stoc = self._new_stoc()
        while self.stoc == ctos:
            self.stoc = self._new_stoc()
        return self.stoc

    def reply_to_hls_authentication(self, session: Session, reply: bytes, now: float) -> MethodOutcome:
        """Judge f(StoC); when it is right, the outcome carries f(CtoS)."""
        if session.status is not AssociationStatus.ASSOCIATION_PENDING:
            return MethodOutcome(ActionResult.OTHER_REASON)
        try:
            self._verify(session, reply)
            answer = self._answer(session)
        except (DlmsError, StaleCounterError):
            return MethodOutcome(ActionResult.OTHER_REASON)
        if "pass-4-without-answer" in self._faults:
            return MethodOutcome(ActionResult.SUCCESS)
        if "pass-4-reflects-pass-3" in self._faults:
            answer = reply
        return MethodOutcome(ActionResult.SUCCESS, octet_string(answer))

    def _new_stoc(self) -> bytes:
        if "stoc-constant" in self._faults:
            return b"0123456789ABCDEF"
        if "stoc-from-shift-register" in self._faults:
            return _shifted(self._random.randbytes(STOC_OCTETS))
        if "stoc-of-few-values" in self._faults:
            return bytes((self._random.randrange(_FEW),)) * STOC_OCTETS
        if "stoc-too-short" in self._faults:
            return self._random.randbytes(4)
        return self._random.randbytes(STOC_OCTETS)

    def _verify(self, session: Session, reply: bytes) -> None:
        if "pass-3-not-checked" in self._faults:
            return
        profile = self._profile
        try:
            self._verify_as(session, reply, self.stoc, self.ctos)
        except CipherError as error:
            if not hls_faults.accepted(self._client_answer(session, reply), self._suite, error, self._faults):
                if "hls-ecdsa-order-wrong" not in self._faults or profile.mechanism is not Mechanism.HLS_ECDSA:
                    raise
                self._verify_as(session, reply, self.ctos, self.stoc)
        if profile.mechanism is Mechanism.HLS_GMAC and self._ciphering is not None:
            self._ciphering.accept_reply_counter(int.from_bytes(reply[1:5], "big"), self.counter_before)

    def _verify_as(self, session: Session, reply: bytes, challenge: bytes, peer_challenge: bytes) -> None:
        profile = self._profile
        encryption_key, authentication_key = self._keys()
        verify_reply(
            self._mechanism,
            reply,
            challenge=challenge,
            peer_challenge=peer_challenge,
            secret=self._device.secret(profile) or b"",
            own_title=own_title(profile, self._device.security, self._faults),
            peer_title=session.client_system_title or b"",
            encryption_key=encryption_key,
            authentication_key=authentication_key,
            security_suite=profile.security_suite,
            peer_signature_key=self._peer_signature_key(session),
        )

    def _client_answer(self, session: Session, reply: bytes) -> ClientAnswer:
        profile, client_title = self._profile, session.client_system_title or b""
        return ClientAnswer(
            profile.mechanism,
            reply,
            self._device.secret(profile) or b"",
            client_title + own_title(profile, self._device.security, self._faults),
            self.stoc + self.ctos,
            self._peer_signature_key(session),
        )

    @property
    def _suite(self) -> SecuritySuite:
        return suite_of(self._profile.security_suite)

    def _answer(self, session: Session) -> bytes:
        profile = self._profile
        if hls_faults.signs_carelessly(self._mechanism, self._faults):
            titles = own_title(profile, self._device.security, self._faults) + (session.client_system_title or b"")
            octets = titles + self.ctos + self.stoc
            return careless_signatures.signed(self._suite, self._signing_key(), octets, self._faults)
        encryption_key, authentication_key = self._keys()
        # A buffer of 16 octets for the challenge shows with longer ones only.
        cut = "f-ctos-wrong-above-16-octets" in self._faults
        return reply_to_challenge(
            self._mechanism,
            challenge=self.ctos[:16] if cut else self.ctos,
            own_challenge=self.stoc,
            secret=self._device.secret(profile) or b"",
            own_title=own_title(profile, self._device.security, self._faults),
            peer_title=session.client_system_title or b"",
            encryption_key=encryption_key,
            authentication_key=authentication_key,
            invocation_counter=self._counter(),
            security_suite=profile.security_suite,
            signing_key=self._signing_key(),
        )

    @property
    def _mechanism(self) -> Mechanism | str:
        return self._profile.manufacturer_mechanism or self._profile.mechanism

    def _keys(self) -> tuple[bytes, bytes]:
        security = self._device.security
        if self._profile.mechanism is not Mechanism.HLS_GMAC or security is None:
            return b"", b""
        return security.global_unicast_key, security.authentication_key

    def _peer_signature_key(self, session: Session) -> bytes:
        """The public key in the client's certificate; empty where the mechanism needs none, or there is none."""
        security = self._device.security
        if self._profile.mechanism is not Mechanism.HLS_ECDSA or security is None or security.asymmetric is None:
            return b""
        title = session.client_system_title or b""
        return security.asymmetric.peer_key(title, CertificateType.DIGITAL_SIGNATURE) or b""

    def _signing_key(self) -> bytes:
        security = self._device.security
        if self._profile.mechanism is not Mechanism.HLS_ECDSA or security is None or security.asymmetric is None:
            return b""
        return security.asymmetric.signature_key

    def _counter(self) -> int:
        if self._profile.mechanism is not Mechanism.HLS_GMAC or self._ciphering is None:
            return 0
        sent = self._ciphering.lasting.sent
        return sent.last + 1 if "pass-4-counter-reused" in self._faults else sent.take(self._faults)


def _shifted(seed: bytes) -> bytes:
    """Octets of which each is the one before, shifted by a bit."""
    register = int.from_bytes(seed[:3], "big")
    octets = bytearray()
    for _ in range(STOC_OCTETS):
        octets.append(register & 0xFF)
        register >>= 1
    return bytes(octets)
