"""From an RLRQ to an RLRE: in a ciphered association both carry a protected InitiateRequest or -Response."""

from __future__ import annotations

from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.acse import release
from conformance.dlms.acse.enumerations import ReleaseResponseReason
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.meter import invocation_counters, lenient_opening
from conformance.meter.ciphering import Ciphering, is_ciphered
from conformance.meter.ciphering_errors import StaleCounterError, UndecipherableError
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.opening import read_initiate
from conformance.meter.refusal import Reason, Refusal, counter_refusal, refusal

_UNCHECKED: Final = {
    "rlrq-replay-accepted": invocation_counters.UNCHECKED,
    "rlrq-tag-not-verified": lenient_opening.TAG_UNCHECKED,
}


def release_response(
    octets: bytes,
    profile: AssociationProfile,
    ciphering: Ciphering | None,
    negotiated: InitiateResponse | None,
    faults: frozenset[str],
) -> bytes | Refusal:
    """The octets of the RLRE that ends the association, or a refusal that leaves it as it is."""
    short_names = profile.context.short_names
    try:
        rlrq = reading.decode(octets, release.read_rlrq, "rlrq")
    except DecodeError:
        return refusal(Reason.UNREADABLE, short_names=short_names, tag=octets[0])
    if ciphering is None or not profile.context.ciphered or negotiated is None:
        return Rlre(ReleaseResponseReason.NORMAL).encode()
    plain_allowed = not ciphering.security.required_of_requests or "rlrq-without-protection-accepted" in faults
    if plain_allowed and not rlrq.user_information:
        return Rlre(ReleaseResponseReason.NORMAL).encode()
    try:
        user_information = _answer(rlrq, ciphering, negotiated, faults)
    except (DecodeError, UndecipherableError):
        if rlrq.user_information and "undecipherable-release-served" in faults:
            return Rlre(ReleaseResponseReason.NORMAL).encode()
        return refusal(Reason.UNDECIPHERABLE, short_names=short_names, tag=octets[0])
    except StaleCounterError as stale:
        return counter_refusal(stale.expected, short_names=short_names, tag=octets[0])
    return Rlre(ReleaseResponseReason.NORMAL, user_information).encode()


def _answer(rlrq: Rlrq, ciphering: Ciphering, negotiated: InitiateResponse, faults: frozenset[str]) -> bytes:
    """The protected InitiateResponse that answers the protected InitiateRequest."""
    given = rlrq.user_information or b""
    if not given or not is_ciphered(given[0]):
        raise UndecipherableError("no protected InitiateRequest")
    opened = ciphering.unprotect(given, overlooking=_overlooked(faults))
    if read_initiate(opened.plain) is None:
        raise UndecipherableError("the APDU inside is no InitiateRequest")
    return ciphering.protect(negotiated.encode(), opened.reply)


def _overlooked(faults: frozenset[str]) -> frozenset[str]:
    """What a meter with these defects does not check in an RLRQ, though it does in every service."""
    return frozenset(unchecked for fault, unchecked in _UNCHECKED.items() if fault in faults)
