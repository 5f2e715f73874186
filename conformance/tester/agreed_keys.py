"""Agreeing on a new key with a meter: the client's side of key_agreement, C(2e, 0s) (IEC 62056-6-2, Security setup).

Each side sends an ephemeral public key and its signature over key_id ‖ that key. Nobody but the two that hold the
ephemeral keys can compute what was agreed: a client that is killed before it has the meter's answer has lost the key,
whatever it wrote down. So no case puts a key in force this way that nothing else could replace.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic
from conformance.dlms.security.key_agreement import derive
from conformance.dlms.security.suite import AlgorithmId, SecuritySuite
from conformance.tester.security_setup import KeyId


def key_data(suite: SecuritySuite, key_id: int, ephemeral: ec.EllipticCurvePrivateKey, signing_key: bytes) -> bytes:
    """What the client sends for one key: its ephemeral public key, and the signature over key_id ‖ that key.

    Raises:
        CipherError: no private key of the suite.
    """
    public = elliptic.public_octets(ephemeral.public_key())
    return public + elliptic.sign(suite, elliptic.private_key(suite, signing_key), bytes((key_id,)) + public)


def agreed_key(
    suite: SecuritySuite,
    key_id: int,
    ephemeral: ec.EllipticCurvePrivateKey,
    answer: bytes,
    *,
    server_signature_key: bytes,
    client_title: bytes,
    server_title: bytes,
) -> bytes:
    """The key that client and meter now share.

    Args:
        suite: 1 or 2.
        key_id: as it was asked for.
        ephemeral: of the client.
        answer: key_data of the meter.
        server_signature_key: the meter's public key, x ‖ y.
        client_title: system title of party U.
        server_title: system title of party V.

    Raises:
        CipherError: the meter's key is none, or not signed by the meter.
    """
    size = 2 * suite.coordinate_octets
    public, signature = answer[:size], answer[size:]
    if len(answer) != 2 * size:
        raise CipherError(f"key_data of {len(answer)} octets; {2 * size} are wanted", reason="public-key")
    elliptic.verify(suite, elliptic.public_key(suite, server_signature_key), bytes((key_id,)) + public, signature)
    secret = elliptic.shared_secret(ephemeral, elliptic.public_key(suite, public))
    algorithm = None
    if key_id == KeyId.MASTER_KEY:
        algorithm = AlgorithmId.AES_WRAP_256 if suite.id == 2 else AlgorithmId.AES_WRAP_128
    return derive(suite, secret, originator_title=client_title, recipient_title=server_title, algorithm=algorithm)
