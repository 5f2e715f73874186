"""What the meter's objects say of the association and of security, against what the exchange shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.diagnose.reasoning.accessed import Accessed, Deed, Ledger
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor

_ASSOCIATION: Final = 15
_SECURITY: Final = 64
_CURRENT: Final = bytes((0, 0, 40, 0, 0, 255))
_POLICY, _SUITE, _CLIENT, _SERVER = 2, 3, 4, 5
_ACTIVATE: Final = 1
_RESERVED: Final = 0x03
_PATH: Final = "result"

PARTNERS: Final = Sign(
    "associated-partners-differ",
    "The current association object shows another client",
    "associated_partners_id of 0-0:40.0.0.255 is the pair of SAPs of the association that reads it.",
    "The meter is at fault: it mixes up the associations of several clients.",
)
SETUP: Final = Sign(
    "security-setup-contradicts",
    "Security setup says otherwise than the exchange shows",
    "security_suite, client_system_title, server_system_title and security_policy of class 64 tell what is in force.",
    "The meter is at fault; do not configure a client from this object.",
)
LISTED: Final = Sign(
    "security-setup-version-wrong",
    "Security setup is listed in a version that does not fit the suite",
    "Suites 1 and 2 need version 1 of class 64, with certificates and key agreement.",
    "The meter is at fault.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every attribute that contradicts the exchange that reads it."""
    activated: int | None = None
    for entry in Ledger(exchange).entries:
        target, data = entry.target, entry.data
        if isinstance(target, MethodDescriptor):
            activation = (target.class_id, target.method_id) == (_SECURITY, _ACTIVATE)
            if activation and not entry.result and data is not None and isinstance(data.value, int):
                activated = data.value
        if not isinstance(target, AttributeDescriptor) or entry.deed is not Deed.READ or data is None:
            continue
        if (target.class_id, target.instance_id) == (_ASSOCIATION, _CURRENT):
            yield from _association(exchange, entry, target.attribute_id, data)
        elif target.class_id == _SECURITY:
            yield from _setup(exchange, entry, target.attribute_id, data, activated)


def _association(exchange: Exchange, entry: Accessed, attribute: int, data: Data) -> Iterator[Statement]:
    pair = exchange.saps
    partners = 3
    if attribute == partners and pair is not None and data.type is DataType.STRUCTURE and len(data.value) == 2:
        told = tuple(item.value for item in data.value)
        if told != pair:
            text = f"associated_partners_id is {told[0]} and {told[1]}; this association is of client {pair[0]} with "
            text += f"server {pair[1]}."
            yield entry.step.state(PARTNERS, "error", Evidence.READ, _PATH, text, weight=8)
    object_list = 2
    suite = _suite(exchange)
    if attribute == object_list and data.type is DataType.ARRAY and suite:
        for item in data.value:
            named = item.type is DataType.STRUCTURE and len(item.value) > 2 and item.value[0].value == _SECURITY
            if named and item.value[1].value == 0:
                text = f"The object_list has class 64 in version 0, and this exchange is of suite {suite}."
                yield entry.step.state(LISTED, "error", Evidence.READ, _PATH, text, weight=6)
                return


def _suite(exchange: Exchange) -> int:
    seal = None if exchange.request is None else exchange.request.seal
    return 0 if seal is None else seal.control.suite


def _setup(
    exchange: Exchange, entry: Accessed, attribute: int, data: Data, activated: int | None
) -> Iterator[Statement]:
    due: object = None
    seal = None if exchange.request is None else exchange.request.seal
    opened = exchange.aare is not None and exchange.aare.accepted and seal is not None
    if attribute == _SUITE and opened:
        due = _suite(exchange)
    elif attribute == _CLIENT and opened and exchange.client_title:
        due = exchange.client_title
    elif attribute == _SERVER and opened and exchange.server_title:
        due = exchange.server_title
    elif attribute == _POLICY:
        due = activated
        if due is None and isinstance(data.value, int) and _suite(exchange) and data.value & _RESERVED:
            text = f"security_policy is {data.value:02X}: bits 0 and 1 are not used in suites 1 and 2."
            yield entry.step.state(SETUP, "error", Evidence.READ, _PATH, text, weight=6)
    if due is not None and data.value != due:
        shown = due.hex().upper() if isinstance(due, bytes) else str(due)
        text = f"{entry.target} reads {describe(data, 60)}; this exchange works with {shown}."
        yield entry.step.state(SETUP, "error", Evidence.READ, _PATH, text, weight=6)
