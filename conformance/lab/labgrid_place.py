"""A place of labgrid as `labgrid-client -p PLACE show` prints it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any, Final

from conformance.dlms.text import printable
from conformance.lab.broker import Port
from conformance.link.url import LinkUrlError, parse_url

_SERIAL_PORT: Final = "NetworkSerialPort"
_SCHEMES: Final = {"rfc2217": "rfc2217", "raw": "socket"}
"""Of the attribute `protocol` of a NetworkSerialPort."""
_PLACE: Final = re.compile(r"Place '(.*)':")
_ACQUIRED: Final = re.compile(r"  acquired: (.*)")
_RESERVATION: Final = re.compile(r"  reservation: (.*)")
_RESOURCE: Final = re.compile(r"Acquired resource '(.*)' \(.*\):")
_LONGEST_RESOURCE: Final = 1 << 16
_FASTEST_BAUD: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a place.

    Attributes:
        name: its own name, not the pattern that it was asked for by.
        holder: `HOST/USER` who has acquired it; None for nobody.
        reservation: token of the reservation that it is kept for; None for none.
        ports: serial ports behind the network, known while it is acquired.
    """

    name: str
    holder: str | None
    reservation: str | None
    ports: tuple[Port, ...]


def read_place(text: str) -> Place | None:
    """The place that is shown; None when the text shows none."""
    lines = text.splitlines()
    head = _PLACE.fullmatch(lines[0]) if lines else None
    if head is None:
        return None
    holder = reservation = None
    ports: list[Port] = []
    for number, line in enumerate(lines):
        if found := _ACQUIRED.fullmatch(line):
            holder = None if found[1] == "None" else printable(found[1])
        elif found := _RESERVATION.fullmatch(line):
            reservation = found[1]
        elif found := _RESOURCE.fullmatch(line):
            port = _port(found[1], _attributes(lines, number + 1))
            if port is not None:
                ports.append(port)
    return Place(head[1], holder, reservation, tuple(ports))


def _attributes(lines: list[str], first: int) -> dict[str, Any]:
    """The dictionary that is printed below the head of a resource; empty when it cannot be read."""
    after = next((number for number in range(first, len(lines)) if not lines[number].startswith("  ")), len(lines))
    text = "\n".join(lines[first:after]).strip()
    if len(text) > _LONGEST_RESOURCE:
        return {}
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _port(name: str, attributes: dict[str, Any]) -> Port | None:
    """A port, or None for a resource of another kind."""
    if attributes.get("cls") != _SERIAL_PORT:
        return None
    name = printable(name)
    params = attributes.get("params")
    if not isinstance(params, dict):
        return Port(name, "", problem=f"port {name}: labgrid says nothing of where it is")
    extra = params.get("extra")
    if isinstance(extra, dict) and extra.get("proxy_required"):
        return Port(
            name,
            "",
            problem=f"port {name} is only reached through an SSH proxy, {printable(str(extra.get('proxy')))}; forward "
            "it (ssh -L) and write the forwarded port into the device's link",
        )
    protocol = str(params.get("protocol", "rfc2217"))
    if protocol not in _SCHEMES:
        return Port(name, "", problem=f"port {name} speaks {printable(protocol)}; rfc2217 and raw are known")
    host = str(params.get("host"))
    host = f"[{host}]" if ":" in host else host
    try:
        url = str(parse_url(f"{_SCHEMES[protocol]}://{host}:{params.get('port')}"))
    except LinkUrlError as error:
        return Port(name, "", problem=f"port {name}: {printable(str(error))}")
    speed = params.get("speed")
    known = isinstance(speed, int) and not isinstance(speed, bool) and 0 < speed <= _FASTEST_BAUD
    return Port(name, url, speed=speed if known else None)
