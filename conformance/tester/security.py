"""The client's side of ciphering: which key, title and counter protect what, and how a protected APDU opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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
from conformance.tester.reaction import Protected

DEDICATED = frozenset((Protection.DED, Protection.GENERAL_DED))


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
        """What the declared security policy asks of every request."""
        return SecurityControl.from_octet(self.settings.security_control)

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

        Raises:
            NotDeclared: a key or title that is needed is not declared.
            ValueError: this protection has no form here.
        """
        if protection is Protection.NONE:
            return plain
        dedicated = protection in DEDICATED
        control = control or self.security_control
        counter = self.next_counter(dedicated=dedicated) if counter is None else counter
        title = self.client_title if title is None else title
        if len(title) != 8:
            raise NotDeclared(f"association {self.settings.name}: client_system_title is needed to protect an APDU")
        if key is None:
            key = self._dedicated() if dedicated else self.encryption_key
        content = gcm.protect(control, title, counter, key, authentication_key or self.authentication_key, plain)
        match protection:
            case Protection.GLO | Protection.DED:
                tag = protected_tag(plain[0], dedicated=dedicated)
                return ServiceCiphered(tag, control, counter, content).encode()
            case Protection.GENERAL_GLO:
                return GeneralGlobal(title, control, counter, content).encode()
            case Protection.GENERAL_DED:
                return GeneralDedicated(title, control, counter, content).encode()
            case _:
                raise ValueError(f"{protection.value} is not served by this version of the tester")

    def open(self, octets: bytes, *, title: bytes | None = None) -> tuple[bytes, Protected | None]:
        """The plain APDU and how it was protected; octets that are not protected come back as they are.

        Args:
            octets: an APDU as received.
            title: the sender's, in place of the known server title.
        """
        try:
            value = apdus.decode(octets, deviations=[])
        except DecodeError:
            return octets, None
        if not isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated)):
            return octets, None
        carried = None if isinstance(value, ServiceCiphered) else value.system_title
        dedicated = is_dedicated(octets[0])
        protected = Protected(octets[0], value.security_control, value.invocation_counter, carried, dedicated, None)
        try:
            # An empty title inside an established association means the title that both sides know.
            sender = title or carried or self.server_title
            key = self._dedicated() if dedicated else self.encryption_key
            plain = gcm.unprotect(
                value.security_control, sender, value.invocation_counter, key, self.authentication_key, value.content
            )
        except NotDeclared as missing:
            return octets, _failed(protected, CipherError(str(missing), reason="key-length"))
        except CipherError as error:
            return octets, _failed(protected, error)
        return plain, protected

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


def _failed(protected: Protected, error: CipherError) -> Protected:
    return Protected(
        protected.tag,
        protected.security_control,
        protected.invocation_counter,
        protected.system_title,
        protected.dedicated,
        error,
    )
