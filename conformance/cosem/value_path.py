"""Where in a value a place lies that `value_check` names: the numbers of the elements that lead to it."""

from __future__ import annotations

import re

from conformance.cosem.type_language import (
    ArrayType,
    ChoiceType,
    CompactArrayType,
    StructureType,
    TypeExpression,
)

_TOKEN = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")


def elements_to(path: str, type_: TypeExpression) -> tuple[int, ...]:
    """The element of each array or structure that leads to a place, as far as the type tells; none for the whole value.

    Args:
        path: of a `ValueFault`, its first name that of the whole value: `capture_objects[3].attribute_index`.
        type_: of the whole value.
    """
    found: list[int] = []
    types: tuple[TypeExpression, ...] = (type_,)
    for match in list(_TOKEN.finditer(path))[1:]:
        number, name = match.groups()
        types = _flat(types)
        if number is not None:
            if any(isinstance(one, CompactArrayType) for one in types):
                # Its elements have no octets of their own that a field could name.
                break
            found.append(int(number))
            types = tuple(one.element for one in types if isinstance(one, ArrayType))
            continue
        named = [
            (position, element)
            for one in types
            if isinstance(one, StructureType)
            for position, (own, element) in enumerate(one.elements)
            if own == name
        ]
        if not named:
            break
        found.append(named[0][0])
        types = tuple(element for position, element in named if position == named[0][0])
    return tuple(found)


def field_path(base: str, elements: tuple[int, ...]) -> str:
    """The path of a field of the decoded APDU: below the group `base`, which holds the whole value."""
    return base + "".join(f".element[{number}]" if number else ".element" for number in elements)


def _flat(types: tuple[TypeExpression, ...]) -> tuple[TypeExpression, ...]:
    flat: list[TypeExpression] = []
    for one in types:
        flat += _flat(one.alternatives) if isinstance(one, ChoiceType) else (one,)
    return tuple(flat)
