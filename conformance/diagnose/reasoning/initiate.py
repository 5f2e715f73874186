"""What InitiateRequest and InitiateResponse say: version, conformance, PDU sizes, dedicated key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.diagnose.reasoning import signs_opening as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.key_ring import PUBLISHED
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.dlms.security.header import TAG_OCTETS
from conformance.dlms.xdlms.conformance import Conformance, ConformanceBit, describe, encode_bits
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse

READ = Evidence.READ
_PLAIN_OCTETS: Final = 14
"""Of an InitiateRequest without dedicated key, with the usual tag of its Conformance block."""
_KEY_OCTETS: Final = 17
"""What a dedicated key of 16 octets adds: its length, and itself; the flag before it is there anyway."""
_SN_ONLY: Final = frozenset(
    (
        ConformanceBit.READ,
        ConformanceBit.WRITE,
        ConformanceBit.UNCONFIRMED_WRITE,
        ConformanceBit.INFORMATION_REPORT,
        ConformanceBit.PARAMETERIZED_ACCESS,
    )
)
_LN_ONLY: Final = frozenset(
    (ConformanceBit.GET, ConformanceBit.SET, ConformanceBit.ACTION, ConformanceBit.EVENT_NOTIFICATION)
)
_SMALLEST: Final = 12


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every statement about the InitiateRequest and the InitiateResponse of an exchange."""
    if exchange.request is not None:
        if exchange.proposed is not None:
            yield from _request(exchange, exchange.request, exchange.proposed)
        else:
            yield from _hidden(exchange.request)
    if exchange.response is not None and exchange.negotiated is not None:
        yield from _response(exchange, exchange.response, exchange.negotiated)


def block(conformance: Conformance) -> str:
    """The three octets: `00 7E 1F`."""
    return encode_bits(conformance).hex(" ").upper()


def _request(exchange: Exchange, step: Step, said: InitiateRequest) -> Iterator[Statement]:
    size = said.client_max_receive_pdu_size
    text = (
        f"Proposed conformance {block(said.proposed_conformance)} ({describe(said.proposed_conformance)}), "
        f"DLMS version {said.proposed_dlms_version_number}, "
        f"client-max-receive-pdu-size {size}{'' if size else ' (no limit)'}."
    )
    yield step.state(signs.PROPOSED, "info", READ, "initiate-request.proposed-conformance", text)
    if said.proposed_dlms_version_number != 6:
        path = "initiate-request.proposed-dlms-version-number"
        text = f"proposed-dlms-version-number is {said.proposed_dlms_version_number}, not 6."
        severity: Severity = "error" if said.proposed_dlms_version_number < 6 else "warning"
        change = (Change("association", "dlms_version", "6"),)
        yield step.state(signs.DLMS_VERSION, severity, READ, path, text, changes=change, weight=5)
    if said.short_conformance_tag:
        text = "The Conformance block has the old tag 5F, without 1F."
        yield step.state(signs.OLD_CONFORMANCE, "info", READ, "initiate-request.proposed-conformance.tag", text)
    if not size:
        path = "initiate-request.client-max-receive-pdu-size"
        yield step.state(signs.NO_LIMIT, "info", READ, path, "client-max-receive-pdu-size is 0: no limit.")
    elif size < _SMALLEST:
        path = "initiate-request.client-max-receive-pdu-size"
        text = f"client-max-receive-pdu-size is {size}; the smallest that is allowed is {_SMALLEST}."
        change = (Change("association", "max_receive_pdu_size"),)
        yield step.state(signs.SMALL_PDU, "error", READ, path, text, changes=change)
    yield from _services(exchange, step, said.proposed_conformance)
    yield from _dedicated_key(exchange, step, said)
    seal = step.seal
    if seal is not None and seal.control.authenticated and not seal.control.encrypted:
        text = (
            f"The InitiateRequest is authenticated only (security control 0x{seal.control.octet:02X}) and readable in "
            f"clear: proposed conformance {block(said.proposed_conformance)}."
        )
        yield step.state(signs.READABLE, "info", READ, "security-header.security-control", text)


def _services(exchange: Exchange, step: Step, proposed: Conformance) -> Iterator[Statement]:
    """Services of the other kind of referencing, and none of its own."""
    context = exchange.context
    if context is None or not proposed:
        return
    own, other = (_SN_ONLY, _LN_ONLY) if context.short_names else (_LN_ONLY, _SN_ONLY)
    if proposed & other and not proposed & own:
        kinds = ("SN", "LN") if context.short_names else ("LN", "SN")
        text = (
            f"The context is {kinds[0]} referencing, and the proposed conformance holds services of {kinds[1]} "
            f"referencing only: {describe(proposed & other)}."
        )
        change = (Change("association", "conformance"),)
        path = "initiate-request.proposed-conformance"
        yield step.state(signs.CONTEXT_AND_CONFORMANCE, "error", READ, path, text, changes=change, weight=5)


def _dedicated_key(exchange: Exchange, step: Step, said: InitiateRequest) -> Iterator[Statement]:
    key = said.dedicated_key
    path = "initiate-request.dedicated-key"
    if key is None:
        if _failed_authentication(exchange) and step.seal is not None:
            text = (
                "The InitiateRequest carries no dedicated key; some meters refuse a ciphered association without one."
            )
            change = (Change("association", "dedicated_key", '"random"'),)
            path = "initiate-request.dedicated-key-present"
            yield step.state(signs.DEDICATED_MISSING, "warning", Evidence.INFERRED, path, text, changes=change)
        return
    same = ""
    declared = exchange.keys.dedicated
    if declared is not None:
        same = "; it is the declared one" if declared.octets == key else "; it is not the declared one"
    text = f"The InitiateRequest carries a dedicated key of {len(key)} octets{same}."
    yield step.state(signs.DEDICATED_KEY, "info", READ, path, text)
    names = [
        item.name for item in exchange.keys.named if item is not exchange.keys.dedicated and item.octets == key
    ] + [name for name, octets in PUBLISHED if octets == key]
    if names:
        text = f"The dedicated key equals {' and '.join(dict.fromkeys(names))}."
        yield step.state(signs.DEDICATED_IS_KNOWN, "warning", READ, path, text)


def _failed_authentication(exchange: Exchange) -> bool:
    aare = exchange.aare
    return aare is not None and not aare.accepted and aare.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_FAILURE


def _hidden(step: Step) -> Iterator[Statement]:
    """What the length of an InitiateRequest that cannot be opened tells."""
    seal = step.seal
    if seal is None or seal.opening is not None:
        return
    octets = len(seal.apdu.content) + 5
    inside = len(seal.apdu.content) - (TAG_OCTETS if seal.control.authenticated else 0)
    if inside - _PLAIN_OCTETS >= _KEY_OCTETS:
        text = (
            f"The ciphered InitiateRequest has {octets} octets, {inside} of them content, where {_PLAIN_OCTETS} are "
            "enough: it is long enough to hold a dedicated key of 16 octets."
        )
        yield step.state(signs.DEDICATED_LIKELY, "info", Evidence.INFERRED, "ciphertext", text)


def _response(exchange: Exchange, step: Step, said: InitiateResponse) -> Iterator[Statement]:
    bits = said.negotiated_conformance
    text = (
        f"Negotiated conformance {block(bits)} ({describe(bits)}), DLMS version {said.negotiated_dlms_version_number}, "
        f"server-max-receive-pdu-size {said.server_max_receive_pdu_size}, vaa-name {said.vaa_name:04X}."
    )
    path = "initiate-response.negotiated-conformance"
    yield step.state(signs.NEGOTIATED, "info", READ, path, text)
    if exchange.proposed is not None:
        proposed = exchange.proposed.proposed_conformance
        more = bits - proposed
        if more:
            text = (
                f"The negotiated conformance {block(bits)} has bits that were not proposed ({block(proposed)}): "
                f"{describe(more)}."
            )
            yield step.state(signs.NOT_PROPOSED, "warning", READ, path, text)
    accepted = exchange.aare is not None and exchange.aare.accepted
    if not bits and accepted:
        text = "The negotiated conformance is empty: no service is common to both sides."
        change = (Change("association", "conformance"),)
        yield step.state(signs.NOTHING_NEGOTIATED, "error", READ, path, text, changes=change)
    if said.negotiated_dlms_version_number != 6:
        path = "initiate-response.negotiated-dlms-version-number"
        text = f"negotiated-dlms-version-number is {said.negotiated_dlms_version_number}, not 6."
        yield step.state(signs.DLMS_VERSION, "warning", READ, path, text, "The meter is at fault.")
    ciphered = exchange.context is not None and exchange.context.ciphered
    sealed = exchange.request is not None and exchange.request.seal is not None
    if ciphered and sealed and step.seal is None:
        path = "aare.user-information.value"
        text = "The InitiateResponse is unciphered although the AARQ asked for the ciphered context."
        yield step.state(signs.RESPONSE_UNCIPHERED, "warning", READ, path, text)
