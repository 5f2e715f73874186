"""`decode`: octets to named fields."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError
from conformance.dlms.fields import Field
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.reader import Dissection, dissect
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.text import render
from conformance.dlms.wrapper import read as read_pdu

_LONGEST = 1 << 20


def register(app: typer.Typer) -> None:
    """Add `decode`."""
    app.command("decode")(decode)


def decode(
    octets: Annotated[
        str, typer.Argument(help="Hexadecimal digits, spaces allowed; - reads standard input.", metavar="HEX")
    ],
    key: Annotated[str | None, typer.Option(help="Encryption key in hex, to open a protected APDU.")] = None,
    authentication_key: Annotated[str | None, typer.Option(help="Authentication key in hex.")] = None,
    title: Annotated[str | None, typer.Option(help="System title of the sender in hex.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Decode an HDLC frame, a wrapper PDU or an APDU field by field; exit code 1 when it is not legal."""
    message = _hex(sys.stdin.read(_LONGEST) if octets == "-" else octets, "HEX")
    layers = list(_layers(message))
    opened = _opened(layers[-1], key, authentication_key, title)
    layers += opened
    if as_json:
        print(json.dumps([_tree(layer) for layer in layers], indent=1))
    else:
        print("\n\n".join(render(layer) for layer in layers))
    if any(layer.error is not None for layer in layers):
        raise typer.Exit(1)


def _layers(message: bytes) -> list[Dissection[object]]:
    """The message and the one inside it: frame, wrapper PDU or APDU by how it begins."""
    if message[:1] == b"\x7e":
        frame = dissect(message, read_frame, "hdlc-frame")
        information = frame.value.information if frame.value is not None else b""
        for header in (COMMAND_HEADER, RESPONSE_HEADER):
            if information.startswith(header):
                return [frame, apdus.dissect(information[len(header) :])]
        return [frame]
    if message[:2] == b"\0\x01" and len(message) >= 8:
        pdu = dissect(message, read_pdu, "wrapper")
        return [pdu, *([apdus.dissect(pdu.value.data)] if pdu.value is not None else [])]
    return [apdus.dissect(message)]


def _opened(
    layer: Dissection[object], key: str | None, authentication_key: str | None, title: str | None
) -> list[Dissection[object]]:
    if key is None:
        return []
    value = layer.value
    if not isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated)):
        raise UsageProblem("decode: --key is given, but the APDU is not protected")
    carried = b"" if isinstance(value, ServiceCiphered) else value.system_title
    sender = _hex(title, "--title") if title is not None else carried
    if len(sender) != 8:
        raise UsageProblem("decode: --title is needed to open this APDU: the sender's system title, 8 octets")
    try:
        plain = gcm.unprotect(
            value.security_control,
            sender,
            value.invocation_counter,
            _hex(key, "--key"),
            _hex(authentication_key or "", "--authentication-key"),
            value.content,
        )
    except CipherError as error:
        raise UsageProblem(f"decode: the APDU does not open: {error}") from None
    return [apdus.dissect(plain)]


def _hex(text: str, name: str) -> bytes:
    digits = "".join(text.split()).removeprefix("0x").replace(":", "").replace("-", "")
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        bad = next((index for index, digit in enumerate(digits) if digit not in "0123456789abcdefABCDEF"), len(digits))
        what = (
            f"{digits[bad]!r} at digit {bad + 1} is no hexadecimal digit"
            if bad < len(digits)
            else "half an octet is missing"
        )
        raise UsageProblem(f"decode: {name}: {what}") from None
    if not octets and name == "HEX":
        raise UsageProblem("decode: HEX is empty")
    return octets


def _tree(layer: Dissection[object]) -> dict[str, object]:
    return {
        "octets": layer.octets.hex().upper(),
        "fields": _field(layer.root),
        "deviations": [str(deviation) for deviation in layer.deviations],
        "error": None if layer.error is None else str(layer.error),
    }


def _field(field: Field) -> dict[str, object]:
    value = field.value.hex().upper() if isinstance(field.value, bytes) else field.value
    node: dict[str, object] = {"name": field.name, "start": field.start, "end": field.end}
    if field.children:
        node["fields"] = [_field(child) for child in field.children]
    elif value is not None:
        node["value"] = value if isinstance(value, (int, str)) else str(value)
    return node
