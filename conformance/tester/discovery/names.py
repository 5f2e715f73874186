"""Names in a written config: of the device, of its associations, of the variables that are to hold its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from conformance.tester.discovery.findings import AssociationFound
from conformance.tester.discovery.plan import MANAGEMENT_CLIENT, PUBLIC_CLIENT

UNKNOWN_MAKER: Final = "unknown"
_USUAL: Final = {PUBLIC_CLIENT: "public", MANAGEMENT_CLIENT: "management"}
_FLAG: Final = re.compile(rb"[A-Z]{3}")


def device_name(wanted: str) -> str:
    """A name that a device config takes: letters, digits, points and dashes, at most 64."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-._")[:64]
    return kept or "discovered"


def association_names(associations: Iterable[AssociationFound]) -> Mapping[tuple[int, int], str]:
    """A name for each pair of server and client; those of the first server stand alone."""
    items = list(associations)
    first = items[0].server if items else 0
    return {
        (item.server, item.client): _USUAL.get(item.client, f"client-{item.client}")
        if item.server == first
        else f"ld{item.server}-{_USUAL.get(item.client, f'client-{item.client}')}"
        for item in items
    }


def variable(device: str, association: str, key: str) -> str:
    """The environment variable that is to hold a secret which was not given."""
    return re.sub(r"[^A-Z0-9]+", "_", f"DLMS_{device}_{association}_{key}".upper())


def maker(logical_device_name: bytes | None) -> str:
    """The FLAG identifier with which a logical device name begins; where it has none, that it is not known."""
    found = _FLAG.match(logical_device_name or b"")
    return found.group().decode() if found else UNKNOWN_MAKER


def as_text(logical_device_name: bytes | None) -> str | None:
    """A logical device name that can be written as text; None for one that is empty or not printable."""
    if not logical_device_name:
        return None
    text = logical_device_name.decode("ascii", "replace")
    return text if text.isascii() and text.isprintable() else None
