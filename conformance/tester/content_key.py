"""The key of a general-ciphering APDU as the client makes it for requests and finds it for replies (IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.device.model import AssociationSettings, KeyEstablishment
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.general_ciphering import (
    AgreedKey,
    GeneralCiphering,
    IdentifiedKey,
    KekId,
    KeyId,
    KeyInfo,
    WrappedKey,
)
from conformance.dlms.security.key_agreement import Scheme, derive
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.tester.not_declared import NotDeclared


@dataclass(frozen=True, slots=True)
class ContentKey:
    """A key and how the other side is told of it.

    Attributes:
        key: for the content of one APDU, or of all when it is the global one.
        info: the key-info that goes with it.
        established: it was made for this APDU: its invocation counter begins at 0.
    """

    key: bytes
    info: KeyInfo
    established: bool


@dataclass(frozen=True, slots=True)
class ContentKeys:
    """Makes and finds content keys for one association.

    Attributes:
        settings: what the device config declares.
        draw: gives octets nobody can guess; a new key must never come twice.
        keep_secret: told every key that is made or found.
    """

    settings: AssociationSettings
    draw: Callable[[int], bytes]
    keep_secret: Callable[[bytes], None]

    def make(
        self, own_title: bytes, peer_title: bytes, transaction_id: bytes, how: KeyEstablishment | None = None
    ) -> ContentKey:
        """The key for a request.

        Args:
            own_title: of the client, party U.
            peer_title: of the meter, party V.
            transaction_id: of the APDU; the nonce of the Static Unified Model.
            how: in place of the declared way.

        Raises:
            NotDeclared: the device config lacks a key that this needs.
        """
        match how or self.settings.general_ciphering_key:
            case KeyEstablishment.IDENTIFIED:
                key = self._secret("encryption_key")
                return ContentKey(key, IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY), established=False)
            case KeyEstablishment.WRAPPED:
                key = self._kept(self.draw(self.settings.key_octets))
                wrapped = key_wrap.wrap(self._secret("master_key"), key)
                return ContentKey(key, WrappedKey(KekId.MASTER_KEY, wrapped), established=True)
            case KeyEstablishment.ONE_PASS:
                suite = self._suite()
                ephemeral = ec.generate_private_key(suite.elliptic)
                public = elliptic.public_octets(ephemeral.public_key())
                secret = elliptic.shared_secret(ephemeral, self._peer("server_key_agreement_key"))
                key = derive(suite, secret, originator_title=own_title, recipient_title=peer_title)
                signature = elliptic.sign(suite, self._own("signing_key"), public)
                return ContentKey(self._kept(key), AgreedKey(bytes((Scheme.ONE_PASS,)), public + signature), True)
            case KeyEstablishment.STATIC_UNIFIED:
                key = self._static(own_title, peer_title, transaction_id)
                return ContentKey(key, AgreedKey(bytes((Scheme.STATIC_UNIFIED,)), b""), established=True)

    def find(self, apdu: GeneralCiphering, sender: bytes, own_title: bytes) -> bytes:
        """The key of a reply.

        Args:
            apdu: as received.
            sender: system title of the meter, party U.
            own_title: of the client, party V.

        Raises:
            NotDeclared: the device config lacks a key that this needs.
            CipherError: the key does not unwrap, its signature does not verify, or it is named in an unknown way.
        """
        match apdu.key_info:
            case None | IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY):
                return self._secret("encryption_key")
            case WrappedKey(KekId.MASTER_KEY, wrapped):
                return self._kept(key_wrap.unwrap(self._secret("master_key"), wrapped))
            case AgreedKey(b"\x01", octets):
                return self._kept(self._one_pass_received(octets, sender, own_title))
            case AgreedKey(b"\x02", b""):
                return self._static(sender, own_title, apdu.transaction_id)
        raise CipherError("the reply names a key that this tester does not hold", reason="key-info")

    def _one_pass_received(self, octets: bytes, sender: bytes, own_title: bytes) -> bytes:
        suite = self._suite()
        size = 2 * suite.coordinate_octets
        public, signature = octets[:size], octets[size:]
        # An ephemeral key whose signature was not checked could be anybody's.
        elliptic.verify(suite, self._peer("server_signature_key"), public, signature)
        secret = elliptic.shared_secret(self._own("key_agreement_key"), elliptic.public_key(suite, public))
        return derive(suite, secret, originator_title=sender, recipient_title=own_title)

    def _static(self, originator: bytes, recipient: bytes, transaction_id: bytes) -> bytes:
        secret = elliptic.shared_secret(self._own("key_agreement_key"), self._peer("server_key_agreement_key"))
        return self._kept(
            derive(self._suite(), secret, originator_title=originator, recipient_title=recipient, nonce=transaction_id)
        )

    def _suite(self) -> SecuritySuite:
        return suite_of(self.settings.security_suite)

    def _kept(self, key: bytes) -> bytes:
        self.keep_secret(key)
        return key

    def _secret(self, name: str) -> bytes:
        secret: Secret | None = getattr(self.settings, name)
        if secret is None:
            raise NotDeclared(f"association {self.settings.name}: {name} is not declared in the device config")
        return secret.reveal()

    def _own(self, name: str) -> ec.EllipticCurvePrivateKey:
        return elliptic.private_key(self._suite(), self._secret(name))

    def _peer(self, name: str) -> ec.EllipticCurvePublicKey:
        octets: bytes | None = getattr(self.settings, name)
        if octets is None:
            raise NotDeclared(f"association {self.settings.name}: {name} is not declared in the device config")
        return elliptic.public_key(self._suite(), octets)
