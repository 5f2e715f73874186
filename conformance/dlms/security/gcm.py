"""Protecting and opening APDUs: AES-GCM, GMAC and plain counter mode as the security control says (IEC 62056-5-3).

The nonce is system title ‖ invocation counter, 12 octets. The tag covers SC ‖ AK besides the ciphertext when the
information is encrypted, and SC ‖ AK ‖ information when it is authenticated only; encryption alone has no tag.
Compression is not undone here: what was compressed before protection comes out compressed.
"""

from __future__ import annotations

from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from conformance.dlms.errors import CipherError, EncodeError
from conformance.dlms.security.control import SUITES, SecurityControl
from conformance.dlms.security.header import TAG_OCTETS

_AES_TAG_OCTETS = 16
# GCM spends counter 1 on the tag and encrypts from counter 2 on.
_FIRST_COUNTER_BLOCK = b"\x00\x00\x00\x02"


def protect(
    control: SecurityControl,
    system_title: bytes,
    invocation_counter: int,
    encryption_key: bytes,
    authentication_key: bytes,
    plaintext: bytes,
    *,
    additional: bytes = b"",
) -> bytes:
    """The protected content of an APDU: ciphertext ‖ tag, plaintext ‖ tag, ciphertext, or plaintext, as `control` says.

    A suite that does not fit the key is not refused, so that a stimulus can lie about it.

    Args:
        control: how to protect.
        system_title: the sender's, 8 octets.
        invocation_counter: the sender's, Unsigned32; never twice with one key and title.
        encryption_key: global or dedicated, 16 or 32 octets.
        authentication_key: AK; empty where none is used.
        plaintext: the APDU.
        additional: of general-ciphering, `GeneralCiphering.additional_data`.

    Raises:
        CipherError: key or title of an impossible length.
        EncodeError: the invocation counter is no Unsigned32.
    """
    if len(encryption_key) not in (16, 32):
        raise _key_length(encryption_key, "16 or 32")
    nonce = _nonce(system_title, invocation_counter)
    if control.authenticated:
        associated = bytes((control.octet,)) + authentication_key + additional
        if control.encrypted:
            sealed = AESGCM(encryption_key).encrypt(nonce, plaintext, associated)
            return sealed[: TAG_OCTETS - _AES_TAG_OCTETS]
        return plaintext + AESGCM(encryption_key).encrypt(nonce, b"", associated + plaintext)[:TAG_OCTETS]
    if control.encrypted:
        return _counter_mode(encryption_key, nonce, plaintext)
    return plaintext


def unprotect(
    control: SecurityControl,
    system_title: bytes,
    invocation_counter: int,
    encryption_key: bytes,
    authentication_key: bytes,
    content: bytes,
    *,
    additional: bytes = b"",
) -> bytes:
    """The plaintext of protected content, given out only after its tag has verified.

    Args:
        control: as the APDU says.
        system_title: the sender's, 8 octets.
        invocation_counter: as the APDU says.
        encryption_key: global or dedicated: 16 octets in suites 0 and 1, 32 octets in suite 2.
        authentication_key: AK; empty where none is used.
        content: what follows the security header.
        additional: of general-ciphering, `GeneralCiphering.additional_data`.

    Raises:
        CipherError: the tag does not verify or is missing; suite, key length or title length are wrong.
        EncodeError: the invocation counter is no Unsigned32.
    """
    if control.suite not in SUITES:
        raise CipherError(f"security suite {control.suite} is reserved", reason="suite")
    if len(encryption_key) != control.encryption_key_octets:
        raise _key_length(encryption_key, f"{control.encryption_key_octets} in suite {control.suite}")
    nonce = _nonce(system_title, invocation_counter)
    if not control.authenticated:
        return _counter_mode(encryption_key, nonce, content) if control.encrypted else content
    size = len(content) - TAG_OCTETS
    if size < 0:
        raise CipherError(
            f"{len(content)} octets of content cannot hold an authentication tag of {TAG_OCTETS}", reason="too-short"
        )
    information, tag = content[:size], content[size:]
    associated = bytes((control.octet,)) + authentication_key + additional
    sealing = AESGCM(encryption_key)
    if control.encrypted:
        # AESGCM verifies no tag of 12 octets. What it seals is the information in counter mode, which undoes itself;
        # the tag of what comes out is the one that belongs to this ciphertext. This is the faster way by a third.
        plaintext = sealing.encrypt(nonce, information, None)[:-_AES_TAG_OCTETS]
        right = sealing.encrypt(nonce, plaintext, associated)[-_AES_TAG_OCTETS:]
    else:
        plaintext = information
        right = sealing.encrypt(nonce, b"", associated + information)
    if not compare_digest(right[:TAG_OCTETS], tag):
        raise CipherError(
            "the authentication tag does not verify: another encryption or authentication key, system title, "
            "invocation counter or security control was used, or octets were changed",
            reason="tag-invalid",
        )
    return plaintext


def _nonce(system_title: bytes, invocation_counter: int) -> bytes:
    if len(system_title) != 8:
        raise CipherError(f"system title of {len(system_title)} octets; a nonce needs 8", reason="title-length")
    try:
        return system_title + invocation_counter.to_bytes(4, "big")
    except OverflowError:
        raise EncodeError(f"invocation counter {invocation_counter} has no encoding; 0 to 4294967295 have") from None


def _counter_mode(key: bytes, nonce: bytes, octets: bytes) -> bytes:
    return Cipher(AES(key), CTR(nonce + _FIRST_COUNTER_BLOCK)).encryptor().update(octets)


def _key_length(key: bytes, wanted: str) -> CipherError:
    return CipherError(f"encryption key of {len(key)} octets; {wanted} are wanted", reason="key-length")
