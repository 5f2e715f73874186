"""The client's side of ciphering: which key, title and counter protect what, and how a protected APDU opens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from conformance.device.model import AssociationSettings, KeyEstablishment, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.security import gcm, signing
from conformance.dlms.security.ciphered import (
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
    protected_tag,
)
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.dlms.security.tag_length import other_tag_length
from conformance.dlms.xdlms.general_signing import TAG as GENERAL_SIGNING
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.record.frame_security import Nonce, digest_of
from conformance.tester.content_key import ContentKeys
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Protected

DEDICATED = frozenset((Protection.DED, Protection.GENERAL_DED))
_SERVICE_SPECIFIC = frozenset((Protection.GLO, Protection.DED))
_GENERAL_CIPHERING = frozenset((Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED))
_TRANSACTION_OCTETS = 8


def _forget(_: bytes) -> None:
    """Nobody keeps the keys."""


def _ignore(_: int) -> None:
    """Nobody follows the counter that a meter asks for."""


@dataclass(slots=True)
class ClientSecurity:
    """Keys, titles and counters of one association.

    Attributes:
        settings: what the device config declares.
        next_global_counter: takes the next invocation counter of the global encryption key; it never goes back.
        client_title: this client's system title, 8 octets; empty where none is declared.
        server_title: the meter's, as declared or as its AARE said; empty while unknown.
        dedicated_key: the key sent in the current association's InitiateRequest; None where none was.
        draw: octets for keys and transaction-ids, which must never come twice.
        keep_secret: told every key that is made or found.
        spent: the nonces that protecting took and that no frame has yet.
        told_counter: told the counter that the meter asks for when it refuses one under the global key.
    """

    settings: AssociationSettings
    next_global_counter: Callable[[], int]
    client_title: bytes = b""
    server_title: bytes = b""
    dedicated_key: bytes | None = None
    draw: Callable[[int], bytes] = secrets.token_bytes
    keep_secret: Callable[[bytes], None] = field(default=_forget)
    spent: list[Nonce] = field(default_factory=list)
    told_counter: Callable[[int], None] = field(default=_ignore)
    _dedicated_counter: int = field(default=0)
    _transaction_id: bytes = field(default=b"")

    def __post_init__(self) -> None:
        self.client_title = self.settings.client_system_title or b""
        self.server_title = self.settings.server_system_title or b""

    @property
    def encryption_key(self) -> bytes:
        """The declared global unicast encryption key.

        Raises:
            NotDeclared: there is none.
        """
        return self._declared("encryption_key")

    @property
    def authentication_key(self) -> bytes:
        """The declared global authentication key.

        Raises:
            NotDeclared: there is none.
        """
        return self._declared("authentication_key")

    @property
    def signing_key(self) -> bytes:
        """The declared private digital signature key of the client.

        Raises:
            NotDeclared: there is none.
        """
        return self._declared("signing_key")

    @property
    def security_control(self) -> SecurityControl:
        """What the declared security suite and policy ask of every request."""
        control = SecurityControl.from_octet(self.settings.security_control)
        return replace(control, suite=self.settings.security_suite)

    def renew_dedicated_key(self, key: bytes | None) -> None:
        """Begin a new association with `key`: its counter begins anew."""
        self.dedicated_key = key
        self._dedicated_counter = 0

    def next_counter(self, *, dedicated: bool) -> int:
        """Take the next invocation counter of the key in question."""
        if not dedicated:
            return self.next_global_counter()
        self._dedicated_counter += 1
        return self._dedicated_counter

    def spend(
        self,
        key: bytes,
        title: bytes,
        counter: int,
        control: SecurityControl,
        content: bytes,
        *,
        challenge: bool = False,
        chosen: bool = False,
    ) -> None:
        """Remember a nonce that was used up, for the frame that will carry it; the arguments are as in `Nonce`."""
        nonce = _nonce(key, title, counter, control, content)
        if nonce is not None:
            self.spent.append(replace(nonce, challenge=challenge, chosen=chosen))

    def protect(
        self,
        plain: bytes,
        protection: Protection,
        *,
        control: SecurityControl | None = None,
        counter: int | None = None,
        key: bytes | None = None,
        authentication_key: bytes | None = None,
        title: bytes | None = None,
        establishment: KeyEstablishment | None = None,
    ) -> bytes:
        """The APDU under `protection`; each part of the nonce and each key can be given in place of the right one.

        A title that is given is the one carried and the one in the nonce. Otherwise both are the client's, carried as a
        title of no octets where the device config says so. `establishment` says which key general-ciphering uses, in
        place of the declared one.

        Raises:
            NotDeclared: a key or title that is needed is not declared.
            EncodeError: the service has no ciphered form of its own under glo or ded.
        """
        if protection is Protection.NONE:
            return plain
        dedicated = protection in DEDICATED
        carried = b"" if title is None and self.settings.empty_system_title else title
        title = self.client_title if title is None else title
        if len(title) != 8:
            raise NotDeclared(f"association {self.settings.name}: client_system_title is needed to protect an APDU")
        carried = title if carried is None else carried
        if protection.signed:
            plain = self._signed(plain, title)
        if not protection.ciphered:
            return plain
        control = control or self.security_control
        ak = self.authentication_key if authentication_key is None else authentication_key
        if protection in _GENERAL_CIPHERING:
            return self._general_ciphering(plain, control, title, ak, key=key, counter=counter, how=establishment)
        tag = protected_tag(plain[0], dedicated) if protection in _SERVICE_SPECIFIC else 0
        if key is None:
            key = self._dedicated() if dedicated else self.encryption_key
        chosen = counter is not None or title != self.client_title
        counter = self.next_counter(dedicated=dedicated) if counter is None else counter
        content = gcm.protect(control, title, counter, key, ak, plain)
        self.spend(key, title, counter, control, content, chosen=chosen)
        if protection is Protection.GENERAL_GLO:
            return GeneralGlobal(carried, control, counter, content).encode()
        if protection is Protection.GENERAL_DED:
            return GeneralDedicated(carried, control, counter, content).encode()
        return ServiceCiphered(tag, control, counter, content).encode()

    def open(self, octets: bytes, *, title: bytes | None = None) -> tuple[bytes, Protected | None]:
        """The plain APDU and how it was protected; octets that are not protected come back as they are.

        Args:
            octets: an APDU as received.
            title: the sender's, in place of the known server title; one that the APDU carries comes first.
        """
        try:
            value = apdus.decode(octets, deviations=[])
        except DecodeError:
            return octets, None
        if isinstance(value, GeneralSigning):
            return self._verified(octets, value)
        if not isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated, GeneralCiphering)):
            return octets, None
        carried, additional = None, b""
        if isinstance(value, GeneralCiphering):
            carried, additional = value.originator_system_title, value.additional_data
        elif not isinstance(value, ServiceCiphered):
            carried = value.system_title
        control, counter, dedicated = value.security_control, value.invocation_counter, is_dedicated(octets[0])
        protected = Protected(octets[0], control, counter, carried, dedicated, None)
        key = ak = b""
        try:
            # An empty title inside an established association means the title that both sides know.
            sender = carried or title or self.server_title
            if not sender:
                raise NotDeclared(f"association {self.settings.name}: the meter's system title is not known")
            key = self._key_of(value, sender, dedicated=dedicated)
            ak = self.authentication_key
            plain = gcm.unprotect(control, sender, counter, key, ak, value.content, additional=additional)
            protected = replace(protected, nonce=_nonce(key, sender, counter, control, value.content))
        except NotDeclared as missing:
            return octets, replace(protected, error=CipherError(str(missing), reason="key-length"))
        except CipherError as error:
            length = None
            if error.reason in ("tag-invalid", "too-short"):
                length = other_tag_length(control, sender, counter, key, ak, value.content, additional=additional)
            return octets, replace(protected, error=error, tag_octets=length)
        if isinstance(value, GeneralCiphering) and plain[:1] == bytes((GENERAL_SIGNING,)):
            inside, signature = self.open(plain, title=title)
            if signature is not None:
                return inside, replace(protected, signed=signature.signed, error=signature.error)
        return plain, protected

    def _key_of(self, value: object, sender: bytes, *, dedicated: bool) -> bytes:
        if isinstance(value, GeneralCiphering):
            return self._content_keys.find(value, sender, self.client_title)
        return self._dedicated() if dedicated else self.encryption_key

    def _signed(self, plain: bytes, title: bytes) -> bytes:
        """general-signing with the client's key."""
        self._transaction_id = self.draw(_TRANSACTION_OCTETS)
        unsigned = GeneralSigning(self._transaction_id, title, self.server_title, b"", b"", plain, b"")
        return signing.sign(self._suite, self.signing_key, unsigned).encode()

    def _verified(self, octets: bytes, value: GeneralSigning) -> tuple[bytes, Protected]:
        """What a signed APDU holds, given out only when the signature is the meter's."""
        protected = Protected(
            octets[0], SecurityControl(), 0, value.originator_system_title, dedicated=False, error=None, signed=True
        )
        key = self.settings.server_signature_key
        if key is None:
            told = f"association {self.settings.name}: server_signature_key is not declared in the device config"
            return octets, replace(protected, error=CipherError(told, reason="public-key"))
        try:
            signing.verify(self._suite, key, value)
        except CipherError as error:
            return octets, replace(protected, error=error)
        return value.content, protected

    def _general_ciphering(
        self,
        plain: bytes,
        control: SecurityControl,
        title: bytes,
        ak: bytes,
        *,
        key: bytes | None,
        counter: int | None,
        how: KeyEstablishment | None,
    ) -> bytes:
        """general-ciphering with the declared key, the recipient named where it is known."""
        transaction_id = self.draw(_TRANSACTION_OCTETS)
        made = self._content_keys.make(title, self.server_title, transaction_id, how)
        chosen = counter is not None or title != self.client_title
        if counter is None:
            # A key that was never used before begins with counter 0.
            counter = 0 if made.established else self.next_counter(dedicated=False)
        apdu = GeneralCiphering(transaction_id, title, self.server_title, b"", b"", made.info, control, counter, b"")
        key = made.key if key is None else key
        content = gcm.protect(control, title, counter, key, ak, plain, additional=apdu.additional_data)
        self.spend(key, title, counter, control, content, chosen=chosen)
        return replace(apdu, content=content).encode()

    @property
    def _content_keys(self) -> ContentKeys:
        return ContentKeys(self.settings, self.draw, self.keep_secret)

    @property
    def _suite(self) -> SecuritySuite:
        return suite_of(self.settings.security_suite)

    def _declared(self, name: str) -> bytes:
        secret = getattr(self.settings, name)
        if secret is None:
            raise NotDeclared(f"association {self.settings.name}: {name} is not declared in the device config")
        key: bytes = secret.reveal()
        return key

    def _dedicated(self) -> bytes:
        if self.dedicated_key is None:
            raise NotDeclared(f"association {self.settings.name}: no dedicated key was sent in this association")
        return self.dedicated_key


def _nonce(key: bytes, title: bytes, counter: int, control: SecurityControl, content: bytes) -> Nonce | None:
    """The nonce of protected content; None where nothing is ciphered and nothing authenticated."""
    if not (control.authenticated or control.encrypted):
        return None
    return Nonce(digest_of(key), title.hex().upper(), counter, control.octet, digest_of(content))
