"""Scope and method in the PDF: what was selected and how much of it was judged, how, with which permissions."""

from __future__ import annotations

from typing import Any, Final

from conformance.device.model import Permission
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.outline import BARE_LINK
from conformance.reporting.printable import printable_line

_MOST_PLACES: Final = 60
_PERMISSIONS: Final = {
    Permission.READS: "associations are opened, attributes are read",
    Permission.WRITES: "attributes are written, methods are invoked",
    Permission.CHANGES_KEYS: "keys of the meter are replaced, and put back",
    Permission.CHANGES_POLICY: "the security policy is changed",
    Permission.LEAVES_POLICY: "a security policy may stay strengthened, as the standard has no way back",
    Permission.MAY_LOCK_OUT: "wrong secrets are presented, at which a meter may lock a client out",
    Permission.DISCONNECTS: "the supply or a load may be disconnected",
    Permission.UPDATES_FIRMWARE: "an image is transferred to the meter",
}
_ACCEPTANCE: Final = {
    "strict": "only the reactions that the standard gives are accepted",
    "tolerant": "reactions that the standard gives are accepted, and those in place of them that are known of meters "
    "in the field; each case names the latter, and a subtest that passed by one says so",
}


def method_sheets(record: RunRecord) -> dict[str, Any]:
    """What the section on scope and method shows.

    `suites` has rows of suite, device, cases, and subtests by verdict; `places` rows of device, association, variants;
    `permissions` rows of name, meaning, granted; `acceptance` rows of name and meaning; `links` rows of device,
    profile, link, virtual time.
    """
    several = len(record.devices) > 1
    return {
        "scope": printable_line(record.scope or "everything that applies", 2_000),
        "planned": record.planned,
        "suites": _suites(record, several=several),
        "places": _places(record, several=several),
        "permissions": _permissions(record),
        "acceptance": [
            [printable_line(name, 40), printable_line(_ACCEPTANCE.get(name, "as the run record names it"))]
            for name in (part.strip() for part in record.acceptance.split(","))
            if name
        ],
        "links": [
            [
                printable_line(device.name, 80),
                printable_line(device.profile, 40),
                printable_line(device.link),
                device.link.startswith("loopback"),
            ]
            for device in record.devices
        ],
        "tolerated": sum(
            subtest.verdict is Verdict.PASSED and "tolerated" in subtest.reason for _, subtest in record.subtests()
        ),
    }


def _suites(record: RunRecord, *, several: bool) -> list[list[Any]]:
    counted: dict[tuple[str, str], tuple[set[str], dict[str, int]]] = {}
    for case in record.cases:
        key = (case.device if several else "", case.group)
        ids, sums = counted.setdefault(key, (set(), {verdict.value: 0 for verdict in Verdict}))
        ids.add(case.id)
        for subtest in case.subtests:
            sums[subtest.verdict.value] += 1
    return [
        [printable_line(group or "cases", 40), printable_line(device, 80), len(ids), sums]
        for (device, group), (ids, sums) in counted.items()
    ]


def _places(record: RunRecord, *, several: bool) -> list[list[str]]:
    found: dict[tuple[str, str], dict[str, None]] = {}
    for case in record.cases:
        ran = any(subtest.verdict not in (Verdict.INAPPLICABLE, Verdict.SKIPPED) for subtest in case.subtests)
        if ran:
            key = (case.device if several else "", case.association)
            found.setdefault(key, {})[case.variant or "–"] = None
    rows = [
        [
            printable_line(device, 80),
            printable_line(association or BARE_LINK, 80),
            printable_line("; ".join(sorted(variants)), 1_000),
        ]
        for (device, association), variants in found.items()
    ]
    left = len(rows) - _MOST_PLACES
    return [*rows[:_MOST_PLACES], ["", f"and {left} more", ""]] if left > 0 else rows


def _permissions(record: RunRecord) -> list[list[Any]]:
    granted = set(record.permissions)
    rows = [[name.value, meaning, name.value in granted] for name, meaning in _PERMISSIONS.items()]
    unknown = sorted(granted - {name.value for name in _PERMISSIONS})
    return rows + [[printable_line(name, 60), "as the run record names it", True] for name in unknown[:20]]
