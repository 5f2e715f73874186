"""Families of findings: what a person sorts the failures of a run by."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Final

from conformance.diagnose.layers import hdlc_kinds, line_kinds, wrapper_kinds
from conformance.diagnose.reasoning import (
    aare_faults,
    challenges,
    ciphering,
    earlier_openings,
    general_blocks,
    intake_signs,
    meanings,
    mixed_blocks,
    opening_leniency,
    outlived,
    refusals_contradicted,
    repeated_segments,
    reply_forms,
    right_requests,
    service_blocks,
    signed_passes,
    signs_opening,
    signs_protection,
    signs_run,
    told_counters,
)
from conformance.diagnose.reasoning.catalogue import signs_in


class Family(StrEnum):
    """What findings are about; the value is the name of a category in a report."""

    LINE = "Line faults (not the meter)"
    LINK = "Link layer: HDLC, LLC, wrapper"
    CIPHERING = "Ciphering: keys, titles, counters"
    REJECTED = "Association rejected"
    OPENING = "Association: AARQ, AARE, initiate, HLS"
    BLOCKS = "Block transfer"
    SERVICES = "Services and their results"
    SET_UP = "Tool or set-up error"


_ROOMS: Final[tuple[tuple[Family, tuple[ModuleType, ...]], ...]] = (
    (Family.REJECTED, (meanings,)),
    (
        Family.OPENING,
        (signs_opening, aare_faults, challenges, earlier_openings, opening_leniency, refusals_contradicted),
    ),
    (Family.CIPHERING, (signs_protection, ciphering, told_counters, reply_forms, right_requests, signed_passes)),
    (Family.BLOCKS, (mixed_blocks, service_blocks, general_blocks)),
    (Family.SET_UP, (intake_signs,)),
    (Family.LINE, (signs_run,)),
    (Family.LINK, (line_kinds, hdlc_kinds, wrapper_kinds, outlived, repeated_segments)),
)
"""The room that a sign stands in says its family, where nothing else is said."""
_CODES: Final[Mapping[Family, tuple[str, ...]]] = MappingProxyType(
    {
        Family.REJECTED: (
            "association-rejected",
            "client-user-missing",
            "client-user-suspected",
            "client-user-unknown",
            "context-suspected",
            "protected-service-error",
            "refused-with-option",
            "reply-is-no-aare",
            "secret-wrong",
        ),
        Family.CIPHERING: (
            "clear-request-served",
            "other-suite-served",
            "other-title-served",
            "secret-disclosed",
            "stale-counter-served",
            "system-title-echoed",
        ),
        Family.BLOCKS: (
            "block-empty",
            "joined-blocks-not-readable",
            "block-number-wrong",
            "block-transfer-incomplete",
            "blocks-complete",
            "no-long-get-in-progress",
            "reply-longer-than-pdu-size",
            "request-longer-than-pdu-size",
        ),
        Family.LINE: (
            "cut-at-flag-in-fcs",
            "cut-at-flag-in-hcs",
            "echo",
            "echo-seven-data-bits",
            "flow-control-swallows-octets",
            "format-unreadable",
            "gap-within-frame",
            "no-flag",
            "noise",
            "octets-missing",
            "octets-too-many",
            "one-bit-changed",
            "parity-mismatch",
            "seven-data-bits",
            "text-in-7e1",
            "text-not-hdlc",
            "text-outside-frames",
        ),
        Family.SET_UP: ("keys-not-known", "no-reply"),
    }
)
"""Families that differ from those of their rooms."""


def family_of(code: str) -> Family:
    """The family of a finding; what no room of its own has is about services."""
    return _families().get(code, Family.SERVICES)


@cache
def _families() -> Mapping[str, Family]:
    found: dict[str, Family] = {}
    for family, modules in _ROOMS:
        for module in modules:
            for sign in signs_in(module):
                found.setdefault(sign.code, family)
    for family, codes in _CODES.items():
        found.update(dict.fromkeys(codes, family))
    return MappingProxyType(found)
