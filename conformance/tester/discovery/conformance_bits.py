"""The conformance that is proposed to learn what a meter negotiates, and what of its answer fits a context."""

from __future__ import annotations

from typing import Final

from conformance.dlms.acse.enumerations import ApplicationContext
from conformance.dlms.xdlms.conformance import Conformance, ConformanceBit

_RESERVED: Final = frozenset((ConformanceBit.RESERVED_ZERO, ConformanceBit.RESERVED_SEVEN))
LN_ONLY: Final = frozenset(
    (
        ConformanceBit.GET,
        ConformanceBit.SET,
        ConformanceBit.ACTION,
        ConformanceBit.ACCESS,
        ConformanceBit.EVENT_NOTIFICATION,
        ConformanceBit.ATTRIBUTE0_SUPPORTED_WITH_GET,
        ConformanceBit.ATTRIBUTE0_SUPPORTED_WITH_SET,
        ConformanceBit.BLOCK_TRANSFER_WITH_ACTION,
        ConformanceBit.SELECTIVE_ACCESS,
        ConformanceBit.PRIORITY_MGMT_SUPPORTED,
    )
)
SN_ONLY: Final = frozenset(
    (
        ConformanceBit.READ,
        ConformanceBit.WRITE,
        ConformanceBit.UNCONFIRMED_WRITE,
        ConformanceBit.INFORMATION_REPORT,
        ConformanceBit.PARAMETERIZED_ACCESS,
    )
)


def everything(context: ApplicationContext) -> Conformance:
    """All that a client of this context may propose."""
    return frozenset(ConformanceBit) - _RESERVED - (LN_ONLY if context.short_names else SN_ONLY)


def fitting(context: ApplicationContext, negotiated: Conformance) -> tuple[Conformance, Conformance]:
    """What of a negotiated conformance belongs to the context, and what does not."""
    fits = negotiated & everything(context)
    return fits, negotiated - fits


def assumed(context: ApplicationContext) -> Conformance:
    """What nearly every meter serves, where nothing was negotiated."""
    block = ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ
    if context.short_names:
        return frozenset((ConformanceBit.READ, block))
    return frozenset((ConformanceBit.GET, ConformanceBit.SET, ConformanceBit.ACTION, block))
