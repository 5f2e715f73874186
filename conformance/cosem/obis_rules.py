"""What the standard says of a logical name: the quantity, legal value groups, classes and plausible units.

Sources: IEC 62056-6-1 (value groups, names) and IEC 62056-6-2 (relation of classes to OBIS), as far as the files in
`obis_codes/` hold them. What they do not hold is not restricted.
"""

from __future__ import annotations

from functools import lru_cache

from conformance.cosem.obis import LogicalName
from conformance.cosem.obis_table import Medium, ObjectRow, group_rules, media

_REMEMBERED = 4096
_DISTORTIONS = {
    0: "total",
    124: "total harmonic distortion",
    125: "total demand distortion",
    126: "all harmonics",
    127: "all harmonics to nominal value ratio",
}
_MOST_RECENT = 126
_CURRENT = 255


@lru_cache(_REMEMBERED)
def name_of(logical_name: bytes) -> str | None:
    """The quantity in words, such as `sum Li active power + (QI+QIV), time integral 1, rate 1`.

    Args:
        logical_name: six octets; anything else has no name.

    Returns:
        None when the rules hold no such code.
    """
    if len(logical_name) != 6:
        return None
    free = _free(logical_name)
    if free is not None:
        return free.name
    medium = media().get(logical_name[0])
    row = next((row for row in medium.objects if row.codes.fits(logical_name)), None) if medium else None
    if medium is None or row is None:
        return None
    name = row.name.format_map(_words(logical_name, medium))
    b = logical_name[1]
    return f"{name} (channel {b})" if b else name


@lru_cache(_REMEMBERED)
def illegal_groups(logical_name: bytes) -> str | None:
    """Why a value group is not legal for its medium; None when no rule says so.

    Codes that are manufacturer-, utility-, consortia- or country-specific are always legal.
    """
    if len(logical_name) != 6:
        return f"a logical name has 6 octets, not {len(logical_name)}"
    if _free(logical_name) is not None:
        return None
    row = next((row for row in group_rules().reserved if row.codes.fits(logical_name)), None)
    if row is None:
        return None
    value = logical_name["ABCDEF".index(row.group)]
    return f"{LogicalName(logical_name)}: value group {row.group} = {value} {row.why}"


@lru_cache(_REMEMBERED)
def classes_for(logical_name: bytes) -> frozenset[int] | None:
    """class_id of the classes that an object with this name may be of; None when that is not restricted."""
    if len(logical_name) != 6 or _free(logical_name) is not None:
        return None
    medium = media().get(logical_name[0])
    rows = [row.classes for row in medium.objects if row.codes.fits(logical_name)] if medium else []
    classes = [row for row in rows if row is not None]
    return frozenset[int]().union(*classes) if classes and len(classes) == len(rows) else None


@lru_cache(_REMEMBERED)
def units_for(logical_name: bytes) -> frozenset[int] | None:
    """Units (the enumeration `unit`) that a register with this name plausibly has; None when not restricted.

    Scaling is the scaler's: kWh is unit Wh with scaler 3.
    """
    if len(logical_name) != 6 or _free(logical_name) is not None:
        return None
    medium = media().get(logical_name[0])
    row = next((row for row in medium.units if row.codes.fits(logical_name)), None) if medium else None
    return row.units if row else None


def medium_of(logical_name: bytes) -> str | None:
    """The name of value group A, such as `electricity`; None for a value that is no medium."""
    return group_rules().media.get(logical_name[0]) if logical_name else None


def _free(logical_name: bytes) -> ObjectRow | None:
    return next((row for row in group_rules().free if row.codes.fits(logical_name)), None)


def _words(logical_name: bytes, medium: Medium) -> dict[str, str]:
    """What the placeholders of a name stand for."""
    _, b, c, d, e, f = logical_name
    named = {
        letter: medium.names.get(letter, {}).get(value, f"{letter} = {value}") for letter, value in (("C", c), ("D", d))
    }
    return {
        **named,
        **{letter: str(value) for letter, value in zip("bcdef", (b, c, d, e, f), strict=True)},
        "e1": str(e + 1),
        "rate": "total" if e in (0, 255) else f"rate {e}",
        "harmonic": _DISTORTIONS.get(e, f"harmonic {e}"),
        "period": _period(f),
    }


def _period(f: int) -> str:
    if f == _CURRENT:
        return ""
    if f == _MOST_RECENT:
        return ", most recent billing periods"
    if f > 100:
        return f", last {f - 100} billing period{'s' if f > 101 else ''}"
    return f", billing period {f}"
