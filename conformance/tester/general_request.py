"""general-ciphering and general-signing put together by hand: every field and every key can be another than usual."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.dlms.security import gcm, signing
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.tester.content_key import ContentKey, ContentKeys
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security import ClientSecurity

TRANSACTION_OCTETS = 8


@dataclass(frozen=True, slots=True)
class Heading:
    """The five fields that general-ciphering and general-signing begin with.

    Attributes:
        transaction_id: names the transaction.
        originator: system title of the sender; of no octets where the association has told it.
        recipient: system title of the receiver; likewise.
        date_time: of no octets where unused.
        other_information: likewise.
    """

    transaction_id: bytes
    originator: bytes
    recipient: bytes
    date_time: bytes = b""
    other_information: bytes = b""


def heading(security: ClientSecurity) -> Heading:
    """The usual heading: a new transaction from this client to this meter."""
    return Heading(security.draw(TRANSACTION_OCTETS), security.client_title, security.server_title)


def content_key(security: ClientSecurity, head: Heading) -> ContentKey:
    """The key of a request in the declared way, between the titles of the heading.

    Raises:
        NotDeclared: the device config lacks a key that this needs.
    """
    own, peer = head.originator or security.client_title, head.recipient or security.server_title
    return content_keys(security).make(own, peer, head.transaction_id)


def content_keys(security: ClientSecurity) -> ContentKeys:
    """What makes and finds the keys of the association."""
    return ContentKeys(security.settings, security.draw, security.keep_secret)


def ciphered(
    security: ClientSecurity,
    plain: bytes,
    head: Heading,
    made: ContentKey,
    *,
    control: SecurityControl | None = None,
    counter: int | None = None,
    nonce_title: bytes = b"",
) -> bytes:
    """general-ciphering around `plain`, with a tag that is right for all of it.

    Args:
        security: keys, titles, counters.
        plain: what is protected.
        head: the fields before key-info; an originator of no octets is the client.
        made: the key, and the key-info that is sent with it.
        control: in place of the declared security control.
        counter: in place of the next one; a key that was made for this APDU begins with 0.
        nonce_title: in the nonce in place of the originator's title.
    """
    control = control or security.security_control
    if counter is None:
        counter = 0 if made.established else security.next_counter(dedicated=False)
    unsealed = GeneralCiphering(
        head.transaction_id,
        head.originator,
        head.recipient,
        head.date_time,
        head.other_information,
        made.info,
        control,
        counter,
        b"",
    )
    title, ak = nonce_title or head.originator or security.client_title, security.authentication_key
    content = gcm.protect(control, title, counter, made.key, ak, plain, additional=unsealed.additional_data)
    return replace(unsealed, content=content).encode()


def signed(security: ClientSecurity, plain: bytes, head: Heading, key: Secret | None = None) -> bytes:
    """general-signing around `plain`, signed with the client's key or with `key`.

    Raises:
        NotDeclared: the device config has no signing_key.
    """
    key = key or security.settings.signing_key
    if key is None:
        raise NotDeclared(f"association {security.settings.name}: signing_key is not declared in the device config")
    unsigned = GeneralSigning(
        head.transaction_id, head.originator, head.recipient, head.date_time, head.other_information, plain, b""
    )
    return signing.sign(suite_of(security.settings.security_suite), key.reveal(), unsigned).encode()
