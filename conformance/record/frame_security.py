"""What a frame shows of security: the nonces it spent, titles and challenges, and what of it should have been hidden.

Written beside the frame while the keys are known, so that it can be judged afterwards without any: each key is named by
a part of its SHA-256 only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nonce:
    """One use of AES-GCM: key, system title and invocation counter must never come together a second time.

    Attributes:
        key: the first 16 hex digits of the key's SHA-256.
        system_title: of who protected it, hex digits.
        invocation_counter: Unsigned32.
        security_control: the octet.
        digest: the first 16 hex digits of the SHA-256 of what was protected.
        challenge: it answers a challenge: f(StoC) or f(CtoS) of HLS-GMAC.
        chosen: a case has chosen the counter, or the title of somebody else, on purpose.
    """

    key: str
    system_title: str
    invocation_counter: int
    security_control: int
    digest: str
    challenge: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """Something readable that should have been ciphered.

    Attributes:
        what: in words.
        path: of the field that shows it.
    """

    what: str
    path: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge of the server, StoC.

    Attributes:
        octets: hex digits.
        returned: it is the challenge that the client sent.
    """

    octets: str
    returned: bool = False


@dataclass(frozen=True, slots=True)
class FrameSecurity:
    """What one APDU shows; it stands with the frame that completes it, or with the first frame of one that is sent.

    Attributes:
        association: its name in the device config.
        nonces: that protecting it took.
        server_title: system title that the meter gave itself, hex digits; empty where it gave none that was due; None
            where none was due.
        challenge: that the meter sent.
        tag_octets: length of an authentication tag that has not 12 octets.
        untagged: it carries no authentication tag, though what it answers carried one.
        exposed: what should have been ciphered.
        unopened: it is ciphered, and did not open.
    """

    association: str
    nonces: tuple[Nonce, ...] = ()
    server_title: str | None = None
    challenge: Challenge | None = None
    tag_octets: int | None = None
    untagged: bool = False
    exposed: Exposure | None = None
    unopened: bool = False


def digest_of(octets: bytes) -> str:
    """A name for octets that does not give them away: the first 16 hex digits of their SHA-256."""
    return hashlib.sha256(octets).hexdigest()[:16]
