"""Answering a challenge: f(StoC) of pass 3 and f(CtoS) of pass 4 (IEC 62056-5-3, high level security authentication).

| mechanism | f(challenge) |
|---|---|
| 2 | the manufacturer's |
| 3 | MD5(challenge ‖ secret) |
| 4 | SHA-1(challenge ‖ secret) |
| 5 | SC ‖ IC ‖ GMAC(SC ‖ AK ‖ challenge) |
| 6 | SHA-256(secret ‖ own title ‖ peer's title ‖ challenge ‖ own challenge) |
| 7 | ECDSA(own title ‖ peer's title ‖ challenge ‖ own challenge) |

"Own" is the partner that answers: f(StoC) is made of SystemTitle-C, SystemTitle-S, StoC, CtoS, and f(CtoS) of
SystemTitle-S, SystemTitle-C, CtoS, StoC.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.errors import CipherError, EncodeError
from conformance.dlms.security import elliptic, gmac_reply
from conformance.dlms.security.manufacturer import BUILT_IN, Exchange, ManufacturerMechanism, find
from conformance.dlms.security.suite import suite_of


def reply_to_challenge(
    mechanism: Mechanism | str,
    *,
    challenge: bytes,
    own_challenge: bytes,
    secret: bytes,
    own_title: bytes,
    peer_title: bytes,
    encryption_key: bytes,
    authentication_key: bytes,
    invocation_counter: int,
    security_suite: int = 0,
    signing_key: bytes = b"",
    manufacturers: Mapping[str, ManufacturerMechanism] = BUILT_IN,
) -> bytes:
    """f(challenge) as the partner that has `own_title` computes it; what a mechanism does not use may be empty.

    Args:
        mechanism: 3 to 7, or the name under which a manufacturer's computation is registered.
        challenge: the one to be answered: StoC for a client, CtoS for a server.
        own_challenge: the one that this partner made.
        secret: the HLS secret.
        own_title: system title of the partner that answers.
        peer_title: system title of the other.
        encryption_key: global unicast.
        authentication_key: AK.
        invocation_counter: of this partner under the encryption key; GMAC uses it up.
        security_suite: security suite id.
        signing_key: private digital signature key of this partner; ECDSA signs with it.
        manufacturers: by name; the entry points of installed packages are searched besides.

    Raises:
        EncodeError: the mechanism answers no challenges (0, 1), or is not served (2 without a name).
        CipherError: GMAC or ECDSA with a key or title of an impossible length, or in a suite without a curve.
        UnknownMechanismError: no manufacturer mechanism has this name.
    """
    exchange = Exchange(
        challenge,
        own_challenge,
        secret,
        own_title,
        peer_title,
        encryption_key,
        authentication_key,
        invocation_counter,
        security_suite,
    )
    if isinstance(mechanism, str):
        return find(mechanism, manufacturers).reply(exchange)
    if mechanism == Mechanism.HLS_GMAC:
        return gmac_reply.reply(
            challenge,
            system_title=own_title,
            invocation_counter=invocation_counter,
            encryption_key=encryption_key,
            authentication_key=authentication_key,
            security_suite=security_suite,
        )
    if mechanism == Mechanism.HLS_ECDSA:
        suite = suite_of(security_suite)
        return elliptic.sign(suite, elliptic.private_key(suite, signing_key), _signed(exchange))
    return _hash(mechanism, exchange)


def verify_reply(
    mechanism: Mechanism | str,
    reply: bytes,
    *,
    challenge: bytes,
    peer_challenge: bytes,
    secret: bytes,
    own_title: bytes,
    peer_title: bytes,
    encryption_key: bytes,
    authentication_key: bytes,
    security_suite: int = 0,
    peer_signature_key: bytes = b"",
    manufacturers: Mapping[str, ManufacturerMechanism] = BUILT_IN,
) -> None:
    """Check the peer's `reply` to our `challenge` in constant time; arguments are as the checking partner sees them.

    ECDSA is checked with `peer_signature_key`, the peer's public digital signature key.

    Raises:
        CipherError: the reply is wrong: `reply-invalid`, for ECDSA `signature-invalid`, for GMAC what
            `gmac_reply.verify` says and `suite` when it was made under another security suite.
        EncodeError, UnknownMechanismError: as `reply_to_challenge`.
    """
    if mechanism == Mechanism.HLS_GMAC:
        parts = gmac_reply.verify(
            reply,
            challenge,
            system_title=peer_title,
            encryption_key=encryption_key,
            authentication_key=authentication_key,
        )
        if parts.security_control.suite != security_suite:
            raise CipherError(
                f"reply under security suite {parts.security_control.suite}, not {security_suite}", reason="suite"
            )
        return
    exchange = Exchange(
        challenge,
        peer_challenge,
        secret,
        own_title=peer_title,
        peer_title=own_title,
        encryption_key=encryption_key,
        authentication_key=authentication_key,
        security_suite=security_suite,
    )
    if mechanism == Mechanism.HLS_ECDSA:
        suite = suite_of(security_suite)
        elliptic.verify(suite, elliptic.public_key(suite, peer_signature_key), _signed(exchange), reply)
        return
    if isinstance(mechanism, str):
        right = find(mechanism, manufacturers).accepts(exchange, reply)
    else:
        right = hmac.compare_digest(_hash(mechanism, exchange), reply)
    if not right:
        raise CipherError(
            "the reply is not f(challenge) under this secret, these system titles and challenges",
            reason="reply-invalid",
        )


def _signed(exchange: Exchange) -> bytes:
    """Both titles and both challenges, those of the partner that answers first."""
    return exchange.own_title + exchange.peer_title + exchange.challenge + exchange.own_challenge


def _hash(mechanism: Mechanism, exchange: Exchange) -> bytes:
    # MD5 and SHA-1 are what these mechanisms are made of; a meter that declares them must be tested with them.
    match mechanism:
        case Mechanism.HLS_MD5:
            return hashlib.md5(exchange.challenge + exchange.secret, usedforsecurity=False).digest()
        case Mechanism.HLS_SHA1:
            return hashlib.sha1(exchange.challenge + exchange.secret, usedforsecurity=False).digest()
        case Mechanism.HLS_SHA256:
            return hashlib.sha256(exchange.secret + _signed(exchange)).digest()
        case Mechanism.HLS:
            raise EncodeError("mechanism 2 is the manufacturer's: name the registered computation in its place")
        case _:
            raise EncodeError(f"mechanism {mechanism:d} has no answer to a challenge here; 2 to 7 have")
