"""Every kind of statement below the APDUs, by its code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conformance.diagnose.layers import hdlc_kinds, line_kinds, wrapper_kinds
from conformance.diagnose.layers.kind import Kind

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        **line_kinds.READ,
        **line_kinds.PROVEN,
        **line_kinds.INFERRED,
        **hdlc_kinds.READ,
        **hdlc_kinds.INFERRED,
        **wrapper_kinds.READ,
        **wrapper_kinds.INFERRED,
    }
)
