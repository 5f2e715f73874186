"""Content keys that a meter must not take: named in unknown ways, wrapped wrongly, agreed with nobody's signature.

Each comes with the key that a careless meter would come to, so that the content opens there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.general_ciphering import AgreedKey, IdentifiedKey, KekId, WrappedKey
from conformance.dlms.security.key_agreement import Scheme, derive
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.tester.content_key import ContentKey
from conformance.tester.general_request import Heading, content_key
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security import ClientSecurity

_BLOCK = 8
_WRONG_INTEGRITY_VALUE = b"\x5a" * _BLOCK
"""RFC 3394 wants A6 in each octet."""
_ONE_PASS = bytes((Scheme.ONE_PASS,))
Signer = Callable[[bytes], bytes]
"""From a public key to what goes behind it."""


def identified(security: ClientSecurity, key_id: int) -> ContentKey:
    """The global unicast key, said to be the key with this key-id."""
    return ContentKey(security.encryption_key, IdentifiedKey(key_id), established=False)


def wrapped_under(security: ClientSecurity, kek_id: int) -> ContentKey:
    """A key wrapped under the master key, said to be wrapped under the key with this kek-id."""
    key = _new(security, security.settings.key_octets)
    return ContentKey(key, WrappedKey(kek_id, key_wrap.wrap(_secret(security, "master_key"), key)), established=True)


def wrapped_of_length(security: ClientSecurity, octets: int) -> ContentKey:
    """A key of another length than the suite's, wrapped as it should be."""
    key = _new(security, octets)
    wrapped = key_wrap.wrap(_secret(security, "master_key"), key)
    return ContentKey(key, WrappedKey(KekId.MASTER_KEY, wrapped), established=True)


def wrapped_with_wrong_integrity(security: ClientSecurity) -> ContentKey:
    """A key that unwraps, but with a wrong integrity check value."""
    key = _new(security, security.settings.key_octets)
    wrapped = wrap_around(_secret(security, "master_key"), key, _WRONG_INTEGRITY_VALUE)
    return ContentKey(key, WrappedKey(KekId.MASTER_KEY, wrapped), established=True)


def wrapped_and_damaged(security: ClientSecurity, octet: int) -> ContentKey:
    """A key whose wrapping has one bit of one octet wrong."""
    key = _new(security, security.settings.key_octets)
    wrapped = bytearray(key_wrap.wrap(_secret(security, "master_key"), key))
    wrapped[octet] ^= 0x01
    return ContentKey(key, WrappedKey(KekId.MASTER_KEY, bytes(wrapped)), established=True)


def agreed_by(security: ClientSecurity, head: Heading, key_parameters: bytes) -> ContentKey:
    """The key agreed in the declared way, said to be agreed by another scheme."""
    made = content_key(security, head)
    assert isinstance(made.info, AgreedKey)  # noqa: S101 - the caller asks for agreed keys only
    return ContentKey(made.key, AgreedKey(key_parameters, made.info.key_ciphered_data), established=True)


def static_with_data(security: ClientSecurity, head: Heading, octets: bytes) -> ContentKey:
    """A key of the Static Unified Model, with key-ciphered-data, which that scheme does not have."""
    made = content_key(security, head)
    return ContentKey(made.key, AgreedKey(bytes((Scheme.STATIC_UNIFIED,)), octets), established=True)


def one_pass_signed_by_stranger(security: ClientSecurity, head: Heading) -> ContentKey:
    """An ephemeral key that somebody else has signed."""
    stranger = ec.generate_private_key(_suite(security).elliptic)
    return _one_pass(security, head, lambda public: elliptic.sign(_suite(security), stranger, public))


def one_pass_signature_damaged(security: ClientSecurity, head: Heading) -> ContentKey:
    """An ephemeral key whose signature has one bit wrong."""
    return _one_pass(security, head, lambda public: _flipped(_signature(security, public)))


def one_pass_unsigned(security: ClientSecurity, head: Heading) -> ContentKey:
    """An ephemeral key without any signature."""
    return _one_pass(security, head, lambda _: b"")


def one_pass_off_the_curve(security: ClientSecurity) -> ContentKey:
    """The ephemeral key (0, 0), rightly signed, which is no point of the curve.

    Whoever calculates with it all the same may end with a shared secret of zeros: the key is made of that. It is bound
    to the usual titles.
    """
    suite = _suite(security)
    public = bytes(2 * suite.coordinate_octets)
    zeros = bytes(suite.coordinate_octets)
    key = derive(suite, zeros, originator_title=security.client_title, recipient_title=security.server_title)
    security.keep_secret(key)
    return ContentKey(key, AgreedKey(_ONE_PASS, public + _signature(security, public)), established=True)


def wrap_around(kek: bytes, key: bytes, integrity_value: bytes) -> bytes:
    """AES key wrap (RFC 3394, 2.2.1) with any initial value."""
    register, blocks = integrity_value, [key[at : at + _BLOCK] for at in range(0, len(key), _BLOCK)]
    encryptor = Cipher(AES(kek), ECB()).encryptor()  # noqa: S305 - the block cipher that key wrap is made of
    for step in range(6 * len(blocks)):
        place = step % len(blocks)
        sealed = encryptor.update(register + blocks[place])
        register = (int.from_bytes(sealed[:_BLOCK], "big") ^ (step + 1)).to_bytes(_BLOCK, "big")
        blocks[place] = sealed[_BLOCK:]
    return register + b"".join(blocks)


def _one_pass(security: ClientSecurity, head: Heading, signature: Signer) -> ContentKey:
    suite = _suite(security)
    peer = security.settings.server_key_agreement_key
    if peer is None:
        raise _not_declared(security, "server_key_agreement_key")
    ephemeral = ec.generate_private_key(suite.elliptic)
    public = elliptic.public_octets(ephemeral.public_key())
    secret = elliptic.shared_secret(ephemeral, elliptic.public_key(suite, peer))
    key = derive(suite, secret, originator_title=head.originator, recipient_title=head.recipient)
    security.keep_secret(key)
    return ContentKey(key, AgreedKey(_ONE_PASS, public + signature(public)), established=True)


def _signature(security: ClientSecurity, octets: bytes) -> bytes:
    suite = _suite(security)
    return elliptic.sign(suite, elliptic.private_key(suite, _secret(security, "signing_key")), octets)


def _flipped(octets: bytes) -> bytes:
    return octets[:-1] + bytes((octets[-1] ^ 0x01,))


def _new(security: ClientSecurity, octets: int) -> bytes:
    key = security.draw(octets)
    security.keep_secret(key)
    return key


def _suite(security: ClientSecurity) -> SecuritySuite:
    return suite_of(security.settings.security_suite)


def _secret(security: ClientSecurity, name: str) -> bytes:
    secret: Secret | None = getattr(security.settings, name)
    if secret is None:
        raise _not_declared(security, name)
    return secret.reveal()


def _not_declared(security: ClientSecurity, name: str) -> NotDeclared:
    return NotDeclared(f"association {security.settings.name}: {name} is not declared in the device config")
