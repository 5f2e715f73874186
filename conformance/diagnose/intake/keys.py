"""Keys that came with a capture: held as secrets, so that nothing shows them by accident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from conformance.dlms.security.secret import Secret

_KEY_OCTETS = (16, 32)
_TITLE_OCTETS = 8
_LONGEST_PASSWORD = 256
SECRETS = (
    "global_unicast_encryption_key",
    "global_broadcast_encryption_key",
    "authentication_key",
    "dedicated_key",
    "master_key",
    "password",
)
TITLES = ("client_system_title", "server_system_title")


class KeyFault(ValueError):
    """A key that is none; the message names it and says what is wrong, never what it is."""


@dataclass(frozen=True, slots=True)
class CaptureKeys:
    """What is known of the keys of an exchange; None for what is not.

    Attributes:
        global_unicast_encryption_key: GUEK.
        global_broadcast_encryption_key: GBEK.
        authentication_key: GAK.
        dedicated_key: of the association.
        master_key: KEK.
        password: the LLS or HLS secret.
        client_system_title: 8 octets; no secret.
        server_system_title: 8 octets; no secret.
    """

    global_unicast_encryption_key: Secret | None = None
    global_broadcast_encryption_key: Secret | None = None
    authentication_key: Secret | None = None
    dedicated_key: Secret | None = None
    master_key: Secret | None = None
    password: Secret | None = None
    client_system_title: bytes | None = None
    server_system_title: bytes | None = None

    @property
    def secrets(self) -> Iterator[Secret]:
        """All that must not be shown."""
        return (value for name in SECRETS if isinstance(value := getattr(self, name), Secret))

    def with_those_of(self, other: CaptureKeys) -> CaptureKeys:
        """These, and of `other` what is not known here."""
        missing = [item.name for item in fields(self) if getattr(self, item.name) is None]
        return replace(self, **{name: getattr(other, name) for name in missing})


NO_KEYS = CaptureKeys()


def from_texts(texts: Mapping[str, str]) -> CaptureKeys:
    """Keys and titles in hexadecimal digits, the password as text.

    Raises:
        KeyFault: a name that is not known, or a value of the wrong kind or length.
    """
    secrets: dict[str, Secret] = {}
    titles: dict[str, bytes] = {}
    for name, text in texts.items():
        if name == "password":
            octets = text.encode("utf-8", "surrogatepass")
            if not 0 < len(octets) <= _LONGEST_PASSWORD:
                raise KeyFault(f"password has {len(octets)} octets; 1 to {_LONGEST_PASSWORD} are possible")
            secrets[name] = Secret(octets)
        elif name in SECRETS:
            secrets[name] = Secret(_hexadecimal(name, text, _KEY_OCTETS))
        elif name in TITLES:
            titles[name] = _hexadecimal(name, text, (_TITLE_OCTETS,))
        else:
            raise KeyFault(f"no key is called {name[:60]!r}; known are {', '.join((*SECRETS, *TITLES))}")
    return CaptureKeys(
        **secrets,
        client_system_title=titles.get("client_system_title"),
        server_system_title=titles.get("server_system_title"),
    )


def _hexadecimal(name: str, text: str, lengths: tuple[int, ...]) -> bytes:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        raise KeyFault(f"{name} does not consist of hexadecimal digits, two for each octet") from None
    if len(octets) not in lengths:
        allowed = " or ".join(str(length) for length in lengths)
        raise KeyFault(f"{name} has {len(octets)} octets; expected {allowed}")
    return octets
