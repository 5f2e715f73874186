"""Every code that a diagnosis may state, explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from conformance.diagnose import link_signs, meanings, mixed_blocks
from conformance.diagnose.finding import Meaning
from conformance.diagnose.layers.signs import KINDS
from conformance.diagnose.reasoning import (
    acse,
    ciphering,
    comparison,
    intake_signs,
    signs_opening,
    signs_protection,
    signs_services,
)
from conformance.diagnose.reasoning.acse import sign_of
from conformance.diagnose.reasoning.statement import Sign


@cache
def catalogue() -> Mapping[str, Sign]:
    """The kinds of statement by code, in alphabetical order; a code that two rooms use has one entry."""
    found: dict[str, Sign] = {}
    for sign in _signs():
        found.setdefault(sign.code, sign)
    return MappingProxyType(dict(sorted(found.items())))


def _signs() -> Iterator[Sign]:
    for module in (signs_opening, signs_protection, signs_services, acse, ciphering, comparison):
        yield from (value for value in vars(module).values() if isinstance(value, Sign))
    yield from (kind.sign for kind in KINDS.values())
    yield from intake_signs.SIGNS
    for module in (meanings, link_signs, mixed_blocks):
        for value in vars(module).values():
            if isinstance(value, Meaning):
                yield sign_of(value)
            elif isinstance(value, Mapping):
                yield from (sign_of(item) for item in value.values() if isinstance(item, Meaning))
