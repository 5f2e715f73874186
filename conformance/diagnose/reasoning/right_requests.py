"""Requests that are right as far as the keys show, and are refused as not to be opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.diagnose.reasoning.ciphering import as_prescribed
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import says_deciphering_error
from conformance.diagnose.reasoning.seal import Seal
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.turns import Turn, turns
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.xdlms.exception_response import ExceptionResponse

_DECIPHERING: Final = 5
_SERVICES: Final = (0xC0, 0xC1, 0xC3, 0xD9, 0x05, 0x06)

RIGHT: Final = Sign(
    "right-request-not-opened",
    "The meter cannot open a request that is protected as it should be",
    "Its tag verifies under exactly the key, title and counter that the exchange prescribes, its security control is "
    "that of the InitiateRequest, and its counter goes up: the meter works with another key, or takes another form.",
    "Try the other key (global or dedicated) and the other form of ciphering; the meter is at fault.",
)


def _usual(exchange: Exchange, turn: Turn, seal: Seal) -> bool:
    """Whether nothing but the key can be what the meter does not like: form, title and service are as they should."""
    method = getattr(turn.request.value, "method", None)
    pass_3 = method is not None and (method.class_id, method.method_id) == (15, 1)
    own = not seal.carried_title or seal.carried_title == exchange.client_title
    nested = isinstance(turn.request.value, ServiceCiphered | GeneralGlobal | GeneralDedicated | GeneralCiphering)
    service = bool(turn.request.plain) and turn.request.plain[0] in _SERVICES
    return (
        service
        and not nested
        and not isinstance(seal.apdu, GeneralCiphering)
        and own
        and not (pass_3 and seal.dedicated)
    )


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every request of an exchange that is proven right and refused with deciphering-error."""
    opened = None if exchange.request is None else exchange.request.seal
    highest: dict[bool, int] = {}
    for turn in turns(exchange):
        seal, reply = turn.request.seal, turn.reply
        if seal is None or isinstance(turn.request.carried, Aarq):
            if seal is not None and opened is not None and serves(reply):
                highest[False] = seal.counter
            continue
        rising = seal.counter > highest.get(seal.dedicated, -1)
        said = None if reply is None else reply.value
        deciphering = isinstance(said, ExceptionResponse) and said.service_error == _DECIPHERING
        deciphering |= says_deciphering_error(reply) and not isinstance(said, ExceptionResponse)
        alike = opened is not None and opened.control.octet == seal.control.octet
        legible = turn.request.parts[-1].dissection.error is None
        if deciphering and rising and alike and legible and as_prescribed(seal) and _usual(exchange, turn, seal):
            key = "dedicated" if seal.dedicated else "global"
            form = ""
            if isinstance(seal.apdu, GeneralGlobal | GeneralDedicated) and not seal.apdu.system_title:
                form = ", its system title has no octets, which is legal,"
            text = f"The {turn.request.name} verifies under the {key} key{form} and the meter tells deciphering-error."
            yield turn.request.state(RIGHT, "error", Evidence.PROVEN, "authentication-tag", text, weight=25)
        if serves(reply):
            highest[seal.dedicated] = max(seal.counter, highest.get(seal.dedicated, -1))
