"""Accepted reactions in protected data exchange: how a reply must be protected, and how a wrong request is refused."""

from __future__ import annotations

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.enumerations import ReleaseResponseReason
from conformance.dlms.acse.release import Rlre
from conformance.dlms.errors import EncodeError
from conformance.dlms.security.ciphered import GENERAL_DED_CIPHERING, GENERAL_GLO_CIPHERING, protected_tag
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import TAG as GENERAL_CIPHERING
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError
from conformance.tester.accepted_services import access_error, exception, service_error, silence
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu, tolerated
from conformance.tester.reaction import Protected, Reaction, Reply
from conformance.tester.seen import hexadecimal, seen

_UNDER_THE_OTHER_KEY = {
    Protection.GLO: Protection.DED,
    Protection.DED: Protection.GLO,
    Protection.GENERAL_GLO: Protection.GENERAL_DED,
    Protection.GENERAL_DED: Protection.GENERAL_GLO,
}
_GENERAL_TAGS = {
    Protection.GENERAL_GLO: GENERAL_GLO_CIPHERING,
    Protection.GENERAL_DED: GENERAL_DED_CIPHERING,
    Protection.GENERAL_CIPHERING: GENERAL_CIPHERING,
    Protection.GENERAL_CIPHERING_SIGNED: GENERAL_CIPHERING,
}
_COUNTER_PATH = "exception-response.invocation-counter-error"

REFUSED: Expectation = exception() | service_error() | access_error() | tolerated(silence())
"""What an APDU gets that is not protected as it must be: an error, or nothing from meters that discard it."""


def stale_counter_refused(last: int | None) -> Expectation:
    """An invocation counter that was used already is refused; a meter that tells the expected one tells the right one.

    Args:
        last: the highest counter that the meter has accepted under the key; None where there is none to be told.
    """

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "a refusal")
        if mismatch is not None:
            return mismatch
        value = reaction.value if isinstance(reaction, Reply) else None
        if not isinstance(value, ExceptionResponse):
            return Mismatch(f"no exception-response: {seen(reaction)}", closeness=2)
        told = value.invocation_counter
        if value.service_error != ExceptionServiceError.INVOCATION_COUNTER_ERROR or last is None or told == last + 1:
            return None
        reason = f"the meter expects the invocation counter {told}; the last one that it accepted is {last}"
        return Mismatch(reason, _COUNTER_PATH, closeness=5)

    def match_last(reaction: Reaction, _: Situation) -> Mismatch | None:
        value = reaction.value if isinstance(reaction, Reply) else None
        told = value.invocation_counter if isinstance(value, ExceptionResponse) else None
        if last is not None and told == last:
            return None
        return Mismatch("no invocation-counter-error with the last counter that was accepted")

    words = "exception-response, and with invocation-counter-error the counter that is expected"
    telling_the_last = expectation("invocation-counter-error with the counter accepted last", match_last, _COUNTER_PATH)
    return (
        expectation(words, match, "exception-response")
        | service_error()
        | access_error()
        | tolerated(telling_the_last | silence())
    )


def release_refused() -> Expectation:
    """An RLRQ that does not release: an error, an RLRE that says no, or nothing from meters that discard it."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "a refusal")
        if mismatch is not None:
            return mismatch
        value = reaction.value if isinstance(reaction, Reply) else None
        if not isinstance(value, Rlre):
            return Mismatch(f"no RLRE: {seen(reaction)}", closeness=2)
        if value.reason in (None, ReleaseResponseReason.NORMAL):
            return Mismatch("the meter releases the association", "rlre.reason", closeness=4)
        return None

    return expectation("RLRE not-finished", match, "rlre.reason") | REFUSED


def under_global_key(protection: Protection) -> Protection:
    """The same form under the global key: what serves where no dedicated key was sent."""
    return _UNDER_THE_OTHER_KEY[protection] if protection.dedicated else protection


def reply_form(settings: AssociationSettings, protection: Protection) -> Protection:
    """The form that the reply to a request under `protection` has, by the declared key of replies."""
    if settings.reply_key == "as-request" or protection not in _UNDER_THE_OTHER_KEY:
        return protection
    wanted = settings.reply_key == "dedicated"
    return protection if protection.dedicated is wanted else _UNDER_THE_OTHER_KEY[protection]


def protected_reply(association: Association, *, form: Protection | None = None) -> Expectation:
    """A reply that opens, in the declared form, protected at least as its request, in the name of the meter.

    Stronger protection than that of the request is no fault: the meter's policy may ask more of replies. An empty
    system title stands for the one that both sides know.

    Args:
        association: whose protection, security control and titles count.
        form: of the reply, in place of the one that the device config declares.
    """
    security = association.security
    wanted = form or reply_form(association.settings, association.protection)
    control = security.security_control if wanted.ciphered else SecurityControl(security.settings.security_suite)

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "a protected reply")
        if mismatch is not None:
            return mismatch
        assert isinstance(reaction, Reply)  # noqa: S101 - `no_apdu` has seen to it
        if reaction.protected is None:
            return Mismatch(f"the reply is not protected: {seen(reaction)}", closeness=2)
        return _form_mismatch(reaction, reaction.protected, wanted) or protection_mismatch(
            reaction.apdu, reaction.protected, control, security.server_title
        )

    words = f"a reply in {wanted.value}, protected at least as {control}, in the meter's name"
    return expectation(words, match, lambda reaction: _path(reaction.apdu) if isinstance(reaction, Reply) else "")


def protection_mismatch(
    octets: bytes, protected: Protected, control: SecurityControl, server_title: bytes
) -> Mismatch | None:
    """Why an APDU does not open, is protected less than `control` asks, or not in the meter's name; None when it is."""
    path, given = _path(octets), protected.security_control
    if protected.error is not None:
        return Mismatch(f"it does not open: {protected.error}", _root(octets), closeness=3)
    if control.octet & 0x30 and given.suite != control.suite:
        return Mismatch(f"security control {given}; suite {control.suite} expected", path, closeness=4)
    if given.broadcast_key or given.compressed:
        return Mismatch(f"security control {given}: Key_Set or compression bit in a reply", path, closeness=4)
    if control.octet & 0x30 & ~given.octet:
        return Mismatch(f"security control {given} is less than that of the request, {control}", path, closeness=4)
    if protected.system_title and protected.system_title != server_title:
        told = f"system title {hexadecimal(protected.system_title)}, the meter's is {hexadecimal(server_title)}"
        return Mismatch(told, f"{_root(octets)}.system-title", closeness=5)
    return None


def _form_mismatch(reply: Reply, protected: Protected, wanted: Protection) -> Mismatch | None:
    """The outer tag; a signature may have a ciphering layer around it that the policy asks for."""
    if wanted.signed and not protected.signed:
        return Mismatch("the reply carries no signature", _root(reply.apdu), closeness=3)
    if wanted is Protection.GENERAL_SIGNING:
        return None
    try:
        tag = _GENERAL_TAGS.get(wanted) or protected_tag(reply.plain[0], dedicated=wanted.dedicated)
    except EncodeError as error:
        return Mismatch(f"what the reply protects has no such form: {error}", _root(reply.apdu), closeness=3)
    if reply.apdu[0] != tag:
        return Mismatch(f"the reply has the tag {reply.apdu[0]:02X}, {tag:02X} expected", _root(reply.apdu), 3)
    return None


def _path(octets: bytes) -> str:
    return f"{_root(octets)}.security-header.security-control"


def _root(octets: bytes) -> str:
    return apdus.dissect(octets).root.name
