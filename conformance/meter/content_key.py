"""The key of a general-ciphering APDU: found by the key-info of a request, made anew for the reply (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.general_ciphering import (
    AgreedKey,
    IdentifiedKey,
    KekId,
    KeyId,
    KeyInfo,
    WrappedKey,
)
from conformance.dlms.security.key_agreement import Scheme, derive
from conformance.meter.key_choice_faults import agreed_unchecked, taken_for
from conformance.meter.model.asymmetric_keys import AsymmetricKeys
from conformance.meter.model.certificates import CertificateType
from conformance.meter.model.scalars import new_ephemeral
from conformance.meter.model.security_state import SecurityState
from conformance.meter.model.unchecked_unwrap import unwrap_unchecked

_ONE_PASS: Final = bytes((Scheme.ONE_PASS,))
_STATIC: Final = bytes((Scheme.STATIC_UNIFIED,))
_STATIC_INFO: Final = AgreedKey(_STATIC, b"")
_SEEDED_ALIKE: Final = bytes(range(0x40, 0x60))
"""What a faulty meter draws each time."""


class KeyKind(Enum):
    """The ways in which general-ciphering tells its key."""

    UNTOLD = "no key-info"
    IDENTIFIED = "identified-key"
    WRAPPED = "wrapped-key"
    ONE_PASS = "agreed-key, C(1e, 1s)"  # noqa: S105 - a scheme of key agreement
    STATIC = "agreed-key, C(0e, 2s)"

    @property
    def established(self) -> bool:
        """Whether the APDU brings the key, whose counter then begins with 0."""
        return self in (KeyKind.WRAPPED, KeyKind.ONE_PASS, KeyKind.STATIC)


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """The key of a reply: of the same kind as that of its request.

    Attributes:
        kind: as in the request.
        info_octets: of the reply's key-info, with its presence.
        global_key: the GUEK when the request came, as all that follow: a request may change them.
        master_key: the KEK.
        agreement_key: the meter's private static key agreement key; empty in suite 0.
        signature_key: its private digital signature key; likewise.
        peer_key: the public static key agreement key of who is answered; empty where none is needed.
    """

    kind: KeyKind
    info_octets: int
    global_key: bytes = field(repr=False)
    master_key: bytes = field(repr=False)
    agreement_key: bytes = field(default=b"", repr=False)
    signature_key: bytes = field(default=b"", repr=False)
    peer_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Found:
    """The key of a request.

    Attributes:
        key: encryption key.
        kind: how the request told it.
    """

    key: bytes = field(repr=False)
    kind: KeyKind


class ContentKeys:
    """Finds and makes keys with what one logical device holds."""

    def __init__(self, security: SecurityState, faults: frozenset[str]) -> None:
        self._security = security
        self._faults = faults

    def find(self, info: KeyInfo | None, originator: bytes, transaction_id: bytes) -> Found:
        """The key of a request from the party with this system title.

        Raises:
            CipherError: it does not unwrap or verify, or the meter does not hold what it takes.
        """
        security = self._security
        match taken_for(info, self._faults) if self._faults else info:
            case None:
                return Found(security.global_unicast_key, KeyKind.UNTOLD)
            case IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY):
                return Found(security.global_unicast_key, KeyKind.IDENTIFIED)
            case WrappedKey(KekId.MASTER_KEY, wrapped):
                return Found(self._unwrapped(wrapped), KeyKind.WRAPPED)
            case AgreedKey(parameters, octets) if parameters == _ONE_PASS:
                return Found(self._one_pass(octets, originator), KeyKind.ONE_PASS)
            case AgreedKey(parameters, b"") if parameters == _STATIC and transaction_id:
                own = self._held().key_agreement_key
                peer = self._peer(originator, CertificateType.KEY_AGREEMENT)
                title = security.server_system_title
                return Found(self._static(originator, title, transaction_id, own=own, peer=peer), KeyKind.STATIC)
        # The broadcast key is for messages to many, which an association with one client does not carry.
        raise CipherError("the key of this key-info is not served", reason="key-length")

    def choice(self, kind: KeyKind, client_title: bytes) -> KeyChoice:
        """The key of the reply to a request under a key of this kind.

        Raises:
            CipherError: no certificate is held of the key agreement key that it takes.
        """
        security = self._security
        if "replies-always-under-identified-key" in self._faults:
            kind = KeyKind.IDENTIFIED
        made = KeyChoice(kind, self._info_octets(kind), security.global_unicast_key, security.master_key)
        if kind not in (KeyKind.ONE_PASS, KeyKind.STATIC):
            return made
        own, peer = self._held(), self._peer(client_title, CertificateType.KEY_AGREEMENT)
        return replace(made, agreement_key=own.key_agreement_key, signature_key=own.signature_key, peer_key=peer)

    def make(self, choice: KeyChoice, client_title: bytes, transaction_id: bytes) -> tuple[bytes, KeyInfo | None]:
        """The key of a reply and its key-info; the meter is party U."""
        security = self._security
        match choice.kind:
            case KeyKind.UNTOLD:
                return choice.global_key, None
            case KeyKind.IDENTIFIED:
                return choice.global_key, IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
            case KeyKind.WRAPPED:
                constant = "wrapped-key-of-replies-constant" in self._faults
                octets = security.suite.key_octets
                key = _SEEDED_ALIKE[:octets] if constant else security.draw(octets)
                return key, WrappedKey(KekId.MASTER_KEY, key_wrap.wrap(choice.master_key, key))
            case KeyKind.STATIC:
                own, title = choice.agreement_key, security.server_system_title
                return self._static(title, client_title, transaction_id, own=own, peer=choice.peer_key), _STATIC_INFO
            case KeyKind.ONE_PASS:
                return self._one_pass_made(choice, client_title)

    def _info_octets(self, kind: KeyKind) -> int:
        suite = self._security.suite
        match kind:
            case KeyKind.UNTOLD:
                return 1
            case KeyKind.IDENTIFIED:
                return 3
            case KeyKind.WRAPPED:
                return 1 + len(WrappedKey(KekId.MASTER_KEY, bytes(suite.key_octets + 8)).encode())
            case KeyKind.STATIC:
                return 1 + len(_STATIC_INFO.encode())
            case KeyKind.ONE_PASS:
                return 1 + len(AgreedKey(_ONE_PASS, bytes(4 * suite.coordinate_octets)).encode())

    def _unwrapped(self, wrapped: bytes) -> bytes:
        unchecked = "wrapped-key-integrity-not-checked" in self._faults
        unwrap = unwrap_unchecked if unchecked else key_wrap.unwrap
        key = unwrap(self._security.master_key, wrapped)
        if len(key) != self._security.suite.key_octets and "wrapped-key-length-not-checked" not in self._faults:
            raise CipherError(f"a key of {len(key)} octets is none of this security suite", reason="key-length")
        return key

    def _one_pass(self, octets: bytes, originator: bytes) -> bytes:
        asymmetric = self._held()
        suite = asymmetric.suite
        size = 2 * suite.coordinate_octets
        public, signature = octets[:size], octets[size:]
        if "ephemeral-key-signature-not-verified" not in self._faults:
            # An ephemeral key that nobody signed could be anybody's.
            trusted = self._peer(originator, CertificateType.DIGITAL_SIGNATURE)
            elliptic.verify(suite, elliptic.public_key(suite, trusted), public, signature)
        if "ephemeral-point-not-checked" in self._faults:
            secret = agreed_unchecked(suite, asymmetric.key_agreement_key, public)
        else:
            own = elliptic.private_key(suite, asymmetric.key_agreement_key)
            secret = elliptic.shared_secret(own, elliptic.public_key(suite, public))
        title = self._security.server_system_title
        return derive(suite, secret, originator_title=originator, recipient_title=title)

    def _one_pass_made(self, choice: KeyChoice, client_title: bytes) -> tuple[bytes, KeyInfo]:
        suite = self._security.suite
        ephemeral = elliptic.private_key(suite, new_ephemeral(suite, self._security.draw, self._faults))
        secret = elliptic.shared_secret(ephemeral, elliptic.public_key(suite, choice.peer_key))
        title = self._security.server_system_title
        key = derive(suite, secret, originator_title=title, recipient_title=client_title)
        public = elliptic.public_octets(ephemeral.public_key())
        signature = elliptic.sign(suite, elliptic.private_key(suite, choice.signature_key), public)
        return key, AgreedKey(_ONE_PASS, public + signature)

    def _static(self, originator: bytes, recipient: bytes, nonce: bytes, *, own: bytes, peer: bytes) -> bytes:
        suite = self._security.suite
        secret = elliptic.shared_secret(elliptic.private_key(suite, own), elliptic.public_key(suite, peer))
        return derive(suite, secret, originator_title=originator, recipient_title=recipient, nonce=nonce)

    def _held(self) -> AsymmetricKeys:
        asymmetric = self._security.asymmetric
        if asymmetric is None:
            raise CipherError("this security suite has no key agreement", reason="suite")
        return asymmetric

    def _peer(self, title: bytes, use: CertificateType) -> bytes:
        key = self._held().peer_key(title, use)
        if key is None:
            raise CipherError(f"no certificate for {use.name} is held of this party", reason="public-key")
        return key
