"""Every code that a diagnosis may state, explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Final

from conformance.diagnose.layers import hdlc_kinds, line_kinds, wrapper_kinds
from conformance.diagnose.layers.kind import Kind
from conformance.diagnose.reasoning import (
    acse,
    ciphering,
    comparison,
    intake_signs,
    meanings,
    mixed_blocks,
    rules,
    signs_opening,
    signs_protection,
    signs_run,
    signs_services,
)
from conformance.diagnose.reasoning.meanings import Meaning
from conformance.diagnose.reasoning.statement import Sign

_ROOMS: Final = (
    signs_opening,
    signs_protection,
    signs_services,
    signs_run,
    acse,
    ciphering,
    comparison,
    *rules.MODULES,
    line_kinds,
    hdlc_kinds,
    wrapper_kinds,
    intake_signs,
    meanings,
    mixed_blocks,
)
"""The modules that declare kinds of statement."""


@cache
def catalogue() -> Mapping[str, Sign]:
    """The kinds of statement by code, in alphabetical order; a code that two rooms use has one entry."""
    found: dict[str, Sign] = {}
    for sign in _signs():
        found.setdefault(sign.code, sign)
    return MappingProxyType(dict(sorted(found.items())))


def signs_in(module: ModuleType) -> Iterator[Sign]:
    """The kinds of statement that a module declares, by themselves, as meanings, or in tables and rows of them."""
    for value in vars(module).values():
        several = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else (value,)
        for item in several:
            if isinstance(item, Sign):
                yield item
            elif isinstance(item, Meaning | Kind):
                yield item.sign


def _signs() -> Iterator[Sign]:
    for module in _ROOMS:
        yield from signs_in(module)
