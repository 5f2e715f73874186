"""Accepted replies to protected requests: what is served, in the same kind of protection, between the same parties."""

from __future__ import annotations

from collections.abc import Callable

from conformance.dlms import apdu as apdus
from conformance.dlms.apdu import Apdu
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import (
    NAMES,
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
)
from conformance.dlms.security.control import AUTHENTICATED, ENCRYPTED, SecurityControl
from conformance.dlms.security.general_ciphering import NAME as GENERAL_CIPHERING
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, IdentifiedKey, KeyInfo, WrappedKey
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.general_request import content_keys
from conformance.tester.liveness import ALIVE
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.security import ClientSecurity
from conformance.tester.seen import hexadecimal

_BOTH = AUTHENTICATED | ENCRYPTED
_GENERAL_SIGNING = "general-signing"
_WORDS = "protected as the request is"


def answered_alike(sent: bytes, security: ClientSecurity, served: Expectation = ALIVE) -> Expectation:
    """What `served` accepts, in an APDU that is protected as the request `sent` was.

    That is: under the same kind of key, with at least the same security control; of general-ciphering and
    general-signing with the same transaction-id, and each title in the other's place.
    """
    request = apdus.decode(sent, deviations=[])

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        return _unlike(request, reaction, security) or _not_served(served, reaction, situation)

    return expectation(f"{served}, {_WORDS}", match, served.acceptances[0].path)


def protected_at_least(control: int, served: Expectation = ALIVE) -> Expectation:
    """What `served` accepts, in an APDU whose security control has at least these bits (10, 20, 30)."""

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "a protected reply")
        if mismatch is not None:
            return mismatch
        return _too_weak(reaction, control) or _not_served(served, reaction, situation)

    words = f"{served}, security control at least {control:02X}"
    return expectation(words, match, served.acceptances[0].path)


def inside(octets: bytes, security: ClientSecurity) -> Apdu | None:
    """The APDU within a general-ciphering APDU of the meter; None when it does not open or does not decode."""
    try:
        value = apdus.decode(octets, deviations=[])
        if not isinstance(value, GeneralCiphering):
            return None
        sender = value.originator_system_title or security.server_title
        key = content_keys(security).find(value, sender, security.client_title)
        control, counter, ak = value.security_control, value.invocation_counter, security.authentication_key
        plain = gcm.unprotect(control, sender, counter, key, ak, value.content, additional=value.additional_data)
        return apdus.decode(plain, deviations=[])
    except (CipherError, DecodeError, NotDeclared):
        return None


def kind_of(info: KeyInfo | None) -> str:
    """How a key is told, in words; two keys of one kind have the same."""
    match info:
        case IdentifiedKey(key_id):
            return f"identified-key {key_id}"
        case WrappedKey(kek_id):
            return f"wrapped-key under {kek_id}"
        case AgreedKey(parameters):
            return f"agreed-key with parameters {hexadecimal(parameters) or 'empty'}"
    return "no key-info"


def _not_served(served: Expectation, reaction: Reaction, situation: Situation) -> Mismatch | None:
    """Why none of what `served` accepts fits."""
    mismatches = [item.match(reaction, situation) for item in served.acceptances]
    return None if None in mismatches else mismatches[0]


def _unlike(request: Apdu, reaction: Reaction, security: ClientSecurity) -> Mismatch | None:
    """In which way the protection of a reply differs from that of its request; None where it does not."""
    mismatch = no_apdu(reaction, "a reply that is " + _WORDS)
    if mismatch is not None:
        return mismatch
    assert isinstance(reaction, Reply)  # noqa: S101 - `no_apdu` has seen to it
    if reaction.protected is None:
        return Mismatch("the reply is in clear", closeness=1)
    value = apdus.decode(reaction.apdu, deviations=[])
    compare = _COMPARED.get(type(request))
    if compare is None or type(value) is not type(request):
        return Mismatch(f"the reply has another form: tag {reaction.apdu[0]:02X}", closeness=1)
    return compare(request, value, reaction, security)


def _service_specific(request: Apdu, value: Apdu, reply: Reply, _: ClientSecurity) -> Mismatch | None:
    assert isinstance(request, ServiceCiphered)  # noqa: S101 - as `_COMPARED` says
    if is_dedicated(request.tag) != is_dedicated(reply.apdu[0]):
        wanted = "dedicated" if is_dedicated(request.tag) else "global"
        return Mismatch(f"the reply is not under the {wanted} key: {NAMES[reply.apdu[0]]}", closeness=2)
    return _weaker(request.security_control, reply)


def _general(request: Apdu, value: Apdu, reply: Reply, security: ClientSecurity) -> Mismatch | None:
    assert isinstance(request, (GeneralGlobal, GeneralDedicated))  # noqa: S101 - as `_COMPARED` says
    assert isinstance(value, (GeneralGlobal, GeneralDedicated))  # noqa: S101 - as `_unlike` has seen
    if value.system_title not in (b"", security.server_title):
        told = hexadecimal(value.system_title)
        return Mismatch(f"the reply carries the system title {told}", f"{NAMES[reply.apdu[0]]}.system-title", 3)
    return _weaker(request.security_control, reply)


def _general_ciphering(request: Apdu, value: Apdu, reply: Reply, security: ClientSecurity) -> Mismatch | None:
    assert isinstance(request, GeneralCiphering)  # noqa: S101 - as `_COMPARED` says
    assert isinstance(value, GeneralCiphering)  # noqa: S101 - as `_unlike` has seen
    asked, told = kind_of(request.key_info), kind_of(value.key_info)
    if asked != told:
        return Mismatch(f"the reply has {told}, the request {asked}", f"{GENERAL_CIPHERING}.key-info", closeness=3)
    return heading_mismatch(request, value, security) or _weaker(request.security_control, reply)


def _general_signing(request: Apdu, value: Apdu, _: Reply, security: ClientSecurity) -> Mismatch | None:
    assert isinstance(request, GeneralSigning)  # noqa: S101 - as `_COMPARED` says
    assert isinstance(value, GeneralSigning)  # noqa: S101 - as `_unlike` has seen
    return heading_mismatch(request, value, security)


_Compared = Callable[[Apdu, Apdu, Reply, ClientSecurity], Mismatch | None]
_COMPARED: dict[type, _Compared] = {
    ServiceCiphered: _service_specific,
    GeneralGlobal: _general,
    GeneralDedicated: _general,
    GeneralCiphering: _general_ciphering,
    GeneralSigning: _general_signing,
}


def heading_mismatch(
    request: GeneralCiphering | GeneralSigning, value: GeneralCiphering | GeneralSigning, security: ClientSecurity
) -> Mismatch | None:
    """How the heading of a reply differs from what its request makes of it."""
    root = GENERAL_CIPHERING if isinstance(value, GeneralCiphering) else _GENERAL_SIGNING
    if value.transaction_id != request.transaction_id:
        told = hexadecimal(value.transaction_id) or "of no octets"
        asked = hexadecimal(request.transaction_id) or "of no octets"
        return Mismatch(f"the reply has the transaction-id {told}, the request {asked}", f"{root}.transaction-id", 4)
    for name, title, own in (
        ("originator-system-title", value.originator_system_title, security.server_title),
        ("recipient-system-title", value.recipient_system_title, security.client_title),
    ):
        # Where the request left a title out, the association has told it, and the reply may leave it out too.
        left_out = not (request.originator_system_title and request.recipient_system_title)
        if title != own and not (left_out and not title):
            told = hexadecimal(title) or "of no octets"
            return Mismatch(f"the reply has the {name} {told}, expected {hexadecimal(own)}", f"{root}.{name}", 5)
    return None


def _weaker(control: SecurityControl, reply: Reply) -> Mismatch | None:
    """In which way the security control of the reply is less than that of the request, or of another suite."""
    assert reply.protected is not None  # noqa: S101 - as `_unlike` has seen
    own = reply.protected.security_control
    if own.suite != control.suite or own.broadcast_key or own.compressed:
        return Mismatch(f"the reply has security control {own}, the request {control}", _control_path(reply), 6)
    return _too_weak(reply, control.octet)


def _too_weak(reaction: Reaction, wanted: int) -> Mismatch | None:
    protected = reaction.protected if isinstance(reaction, Reply) else None
    octet = protected.security_control.octet if protected is not None else 0
    if wanted & _BOTH & ~octet:
        path = _control_path(reaction) if isinstance(reaction, Reply) and protected is not None else ""
        return Mismatch(f"the reply has security control {octet:02X}, at least {wanted & _BOTH:02X} expected", path, 6)
    return None


def _control_path(reply: Reply) -> str:
    name = NAMES.get(reply.apdu[0], GENERAL_CIPHERING)
    return f"{name}.security-header.security-control"


def counter_of(reply: Reply) -> int | None:
    """The invocation counter under which a reply is protected; None for one that has none."""
    value = apdus.decode(reply.apdu, deviations=[])
    if isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated, GeneralCiphering)):
        return value.invocation_counter
    return None
