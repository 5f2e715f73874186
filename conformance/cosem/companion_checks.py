"""A companion profile held against the tables of interface classes and the rules of OBIS."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from conformance.cosem.class_file import Problem
from conformance.cosem.class_tables import class_ids, versions_of
from conformance.cosem.companion import CONTEXTS, MECHANISMS, Companion, ObjectRow
from conformance.cosem.obis_rules import classes_for, illegal_groups, units_for
from conformance.dlms.xdlms.conformance import ConformanceBit

_MOST_CODES = 64
"""Codes of a pattern that are looked at one by one."""
_WITH_UNIT = frozenset((3, 4, 5))


def faults_in(profile: Companion) -> list[Problem]:
    """What the profile says that the class tables or the rules of OBIS contradict."""
    return [
        Problem(profile.file, line, place, message)
        for line, place, message in (*_of_associations(profile), *_of_objects(profile))
    ]


def _of_associations(profile: Companion) -> Iterator[tuple[int, str, str]]:
    bits = {bit.label for bit in ConformanceBit}
    for row in profile.associations:
        for key, said, legal in (
            ("contexts", row.contexts, CONTEXTS.keys()),
            ("mechanisms", row.mechanisms, MECHANISMS.keys()),
            ("conformance", row.conformance, bits),
        ):
            for word in sorted(said - legal):
                yield row.line, f"association {row.role}", f"{key}: {word!r}; allowed: {', '.join(sorted(legal))}"


def _of_objects(profile: Companion) -> Iterator[tuple[int, str, str]]:
    seen: dict[tuple[object, ...], int] = {}
    for row in profile.objects:
        place = f"row {row.name}"
        for message in _faults_of(row):
            yield row.line, place, message
        key = (row.classes, row.instance, row.roles, row.when, row.mandatory)
        if key in seen:
            yield row.line, place, f"{row.instance} stands there already, in line {seen[key]}"
        seen.setdefault(key, row.line)


def _faults_of(row: ObjectRow) -> Iterator[str]:
    for class_id in row.classes:
        if class_id not in class_ids():
            yield f"no table has class {class_id}"
            continue
        unknown = row.versions - set(versions_of(class_id))
        if len(row.classes) == 1 and unknown:
            known = ", ".join(map(str, versions_of(class_id)))
            yield f"class {class_id} has no version {', '.join(map(str, sorted(unknown)))}; known: {known}"
    if (row.units or row.scaler is not None) and not set(row.classes) <= _WITH_UNIT:
        yield "units and scaler are for registers: classes 3, 4 and 5"
    for code in _codes(row):
        illegal = illegal_groups(code)
        if illegal is not None:
            yield illegal
        legal = classes_for(code)
        if legal is not None and not legal & set(row.classes):
            yield f"{row.instance} may be of class {', '.join(map(str, sorted(legal)))}, not of {row.kind}"
        units = units_for(code)
        if units is not None and row.units and not row.units <= units:
            yield f"{row.instance}: unit {_list(row.units - units)} is none of its quantity's, {_list(units)}"


def _list(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _codes(row: ObjectRow) -> Iterator[bytes]:
    """The codes of a row's pattern; none of a pattern with too many, which leaves a group open."""
    if prod(len(group) for group in row.codes.groups) <= _MOST_CODES:
        yield from map(bytes, product(*(sorted(group) for group in row.codes.groups)))
