"""Keys that the meter makes: new each time, named after the meter, and in its list of certificates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import Turn, turns
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.get import GetRequestNormal, GetResponseNormal

_SECURITY: Final = 64
_AGREEMENT, _PAIR, _REQUEST, _REMOVE = 3, 4, 5, 8
_CERTIFICATES: Final = 6
_COORDINATES: Final = {1: 64, 2: 96}
_PATH: Final = "action-response.single-response.return-parameters"

EPHEMERAL: Final = Sign(
    "ephemeral-key-repeated",
    "The meter agrees with an ephemeral key that it has used before",
    "An ephemeral key serves for one agreement; one that comes again makes the agreed keys depend on the client alone.",
    "The meter is at fault: it needs a random source.",
)
OLD_PAIR: Final = Sign(
    "certificate-request-for-known-key",
    "A certificate request is for a key that was there before",
    "Behind generate_key_pair a certificate request carries the new public key; this one was seen before.",
    "The meter is at fault: the key pair was not made anew, or the request is for the old one.",
)
UNNAMED: Final = Sign(
    "certificate-request-without-title",
    "A certificate request does not name the meter",
    "The common name of the subject is the meter's system title in hexadecimal digits.",
    "The meter is at fault: a certification authority refuses such a request.",
)
LIST_STANDS: Final = Sign(
    "certificates-not-updated",
    "The list of certificates is as before though one was removed",
    "remove_certificate was a success, and the attribute certificates reads the same as before it.",
    "The meter is at fault: look whether the certificate is still trusted.",
)


def explain(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Every fault of the keys that the meter makes."""
    ephemeral: dict[bytes, Step] = {}
    public: dict[bytes, Step] = {}
    listed: bytes | None = None
    generated = removed = False
    for exchange in exchanges:
        for turn in turns(exchange):
            asked, reply = turn.request.value, turn.reply
            method = _method(turn)
            if method == _PAIR:
                generated = True
            removed |= method == _REMOVE
            given = _returned(turn)
            if reply is not None and given is not None and method == _AGREEMENT:
                yield from _agreed(exchange, reply, given, ephemeral)
            elif reply is not None and given is not None and method == _REQUEST:
                yield from _requested(exchange, reply, given, public, generated)
                generated = False
            certificates = isinstance(asked, GetRequestNormal) and (
                asked.attribute.class_id,
                asked.attribute.attribute_id,
            ) == (_SECURITY, _CERTIFICATES)
            if certificates and reply is not None and isinstance(reply.value, GetResponseNormal):
                octets = reply.value.encode()[3:]
                if removed and octets == listed:
                    text = "remove_certificate succeeded, and certificates reads the same as before."
                    yield reply.state(LIST_STANDS, "error", Evidence.INFERRED, "result", text, weight=6)
                listed, removed = octets, False


def _method(turn: Turn) -> int | None:
    """The method of Security setup that was carried out."""
    asked, reply = turn.request.value, turn.reply
    said = None if reply is None else reply.value
    own = isinstance(asked, ActionRequestNormal) and asked.method.class_id == _SECURITY
    if not own or not isinstance(asked, ActionRequestNormal) or not isinstance(said, ActionResponseNormal):
        return None
    return None if said.result else asked.method.method_id


def _returned(turn: Turn) -> Data | None:
    said = None if turn.reply is None else turn.reply.value
    given = said.return_parameters if isinstance(said, ActionResponseNormal) else None
    return given if isinstance(given, Data) else None


def _agreed(exchange: Exchange, reply: Step, given: Data, seen: dict[bytes, Step]) -> Iterator[Statement]:
    """Each element of the array is key_id with the ephemeral public key and its signature."""
    seal = None if exchange.request is None else exchange.request.seal
    size = _COORDINATES.get(0 if seal is None else seal.control.suite, 0)
    items = given.value if given.type is DataType.ARRAY else ()
    for item in items:
        parts: tuple[Data, ...] = item.value if item.type is DataType.STRUCTURE else ()
        if len(parts) < 2 or parts[1].type is not DataType.OCTET_STRING or not size:
            continue
        key = parts[1].value[:size]
        if key in seen and seen[key] is not reply:
            text = f"The ephemeral public key of the meter is that of frame {seen[key].frame}."
            yield reply.state(EPHEMERAL, "error", Evidence.READ, _PATH, text, weight=8)
        seen.setdefault(key, reply)


def _requested(
    exchange: Exchange, reply: Step, given: Data, seen: dict[bytes, Step], generated: bool
) -> Iterator[Statement]:
    if given.type is not DataType.OCTET_STRING:
        return
    try:
        request = x509.load_der_x509_csr(given.value)
        key = request.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        names = [str(item.value).upper() for item in request.subject]
    except (ValueError, TypeError):
        return
    if generated and key in seen:
        text = f"The certificate request carries the public key of frame {seen[key].frame}."
        yield reply.state(OLD_PAIR, "error", Evidence.READ, _PATH, text, weight=8)
    curve = exchange.keys.curve
    if generated and curve is not None and curve.server_signature and key[1:] == curve.server_signature:
        text = "The certificate request carries the public key that is declared for the meter, not a new one."
        yield reply.state(OLD_PAIR, "error", Evidence.READ, _PATH, text, weight=8)
    seen.setdefault(key, reply)
    title = exchange.server_title.hex().upper()
    if title and not any(title in name for name in names):
        text = f"The subject is {', '.join(names)[:80]}; the meter's system title is {title}."
        yield reply.state(UNNAMED, "error", Evidence.READ, _PATH, text, weight=6)
