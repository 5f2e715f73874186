"""The client's side of ciphering: which key, title and counter protect what, and how a protected APDU opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import (
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
    protected_tag,
)
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering, IdentifiedKey, KeyId
from conformance.tester.reaction import Protected

DEDICATED = frozenset((Protection.DED, Protection.GENERAL_DED))
_SERVICE_SPECIFIC = frozenset((Protection.GLO, Protection.DED))


class NotDeclared(Exception):
    """The device config lacks what a stimulus needs (a key, a title): the item cannot be judged."""


@dataclass(slots=True)
class ClientSecurity:
    """Keys, titles and counters of one association.

    Attributes:
        settings: what the device config declares.
        next_global_counter: takes the next invocation counter of the global encryption key; it never goes back.
        client_title: this client's system title, 8 octets; empty where none is declared.
        server_title: the meter's, as declared or as its AARE said; empty while unknown.
        dedicated_key: the key sent in the current association's InitiateRequest; None where none was.
    """

    settings: AssociationSettings
    next_global_counter: Callable[[], int]
    client_title: bytes = b""
    server_title: bytes = b""
    dedicated_key: bytes | None = None
    _dedicated_counter: int = field(default=0)

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
    ) -> bytes:
        """The APDU under `protection`; each part of the nonce and each key can be given in place of the right one.

        A title that is given is the one carried and the one in the nonce. Otherwise both are the client's, carried as a
        title of no octets where the device config says so.

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
        tag = protected_tag(plain[0], dedicated) if protection in _SERVICE_SPECIFIC else 0
        if key is None:
            key = self._dedicated() if dedicated else self.encryption_key
        control = control or self.security_control
        counter = self.next_counter(dedicated=dedicated) if counter is None else counter
        ak = self.authentication_key if authentication_key is None else authentication_key
        if protection is Protection.GENERAL_CIPHERING:
            return self._general_ciphering(plain, control, title, counter, key, ak)
        content = gcm.protect(control, title, counter, key, ak, plain)
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
        if not isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated, GeneralCiphering)):
            return octets, None
        carried, additional = None, b""
        if isinstance(value, GeneralCiphering):
            carried, additional = value.originator_system_title, value.additional_data
        elif not isinstance(value, ServiceCiphered):
            carried = value.system_title
        control, counter, dedicated = value.security_control, value.invocation_counter, is_dedicated(octets[0])
        protected = Protected(octets[0], control, counter, carried, dedicated, None)
        try:
            # An empty title inside an established association means the title that both sides know.
            sender = carried or title or self.server_title
            if not sender:
                raise NotDeclared(f"association {self.settings.name}: the meter's system title is not known")
            key = self._key_of(value, dedicated)
            ak = self.authentication_key
            plain = gcm.unprotect(control, sender, counter, key, ak, value.content, additional=additional)
        except NotDeclared as missing:
            return octets, replace(protected, error=CipherError(str(missing), reason="key-length"))
        except CipherError as error:
            return octets, replace(protected, error=error)
        return plain, protected

    def _key_of(self, value: object, dedicated: bool) -> bytes:
        known = (None, IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY))
        if isinstance(value, GeneralCiphering) and value.key_info not in known:
            raise CipherError("the reply names a key that this tester does not hold", reason="key-length")
        return self._dedicated() if dedicated else self.encryption_key

    def _general_ciphering(
        self, plain: bytes, control: SecurityControl, title: bytes, counter: int, key: bytes, ak: bytes
    ) -> bytes:
        """general-ciphering under the global unicast key, the recipient named where it is known."""
        key_info = IdentifiedKey(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
        apdu = GeneralCiphering(b"", title, self.server_title, b"", b"", key_info, control, counter, b"")
        content = gcm.protect(control, title, counter, key, ak, plain, additional=apdu.additional_data)
        return replace(apdu, content=content).encode()

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
