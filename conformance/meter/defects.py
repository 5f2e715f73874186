"""The catalogue of the faults that the embedded meter can be given, and the way names of them are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from conformance.meter.access_defects import ACCESS_DEFECTS
from conformance.meter.authentication_defects import AUTHENTICATION_DEFECTS
from conformance.meter.companion_defects import COMPANION_DEFECTS
from conformance.meter.content_defects import CONTENT_DEFECTS
from conformance.meter.data_exchange_defects import DATA_EXCHANGE_DEFECTS
from conformance.meter.defect import Defect, table
from conformance.meter.general_block_defects import GENERAL_BLOCK_DEFECTS
from conformance.meter.general_protection_defects import GENERAL_PROTECTION_DEFECTS
from conformance.meter.hdlc_frame_defects import HDLC_FRAME_DEFECTS
from conformance.meter.hdlc_transfer_defects import HDLC_TRANSFER_DEFECTS
from conformance.meter.hygiene_defects import HYGIENE_DEFECTS
from conformance.meter.instance_defects import INSTANCE_DEFECTS
from conformance.meter.key_defects import KEY_DEFECTS
from conformance.meter.key_use_defects import KEY_USE_DEFECTS
from conformance.meter.link_defects import LINK_DEFECTS
from conformance.meter.list_defects import LIST_DEFECTS
from conformance.meter.mode_e_defects import MODE_E_DEFECTS
from conformance.meter.object_defects import OBJECT_DEFECTS
from conformance.meter.opening_defects import OPENING_DEFECTS
from conformance.meter.pdu_size_defects import PDU_SIZE_DEFECTS
from conformance.meter.push_defects import PUSH_DEFECTS
from conformance.meter.security_defects import SECURITY_DEFECTS
from conformance.meter.selective_defects import SELECTIVE_DEFECTS
from conformance.meter.service_block_defects import SERVICE_BLOCK_DEFECTS
from conformance.meter.service_defects import SERVICE_DEFECTS
from conformance.meter.suite_defects import SUITE_DEFECTS
from conformance.meter.wrapper_defects import WRAPPER_DEFECTS

DEFECTS: Final[Mapping[str, Defect]] = table(
    *OPENING_DEFECTS,
    *AUTHENTICATION_DEFECTS,
    *SERVICE_DEFECTS,
    *SERVICE_BLOCK_DEFECTS,
    *GENERAL_BLOCK_DEFECTS,
    *SELECTIVE_DEFECTS,
    *LIST_DEFECTS,
    *ACCESS_DEFECTS,
    *SECURITY_DEFECTS,
    *DATA_EXCHANGE_DEFECTS,
    *KEY_DEFECTS,
    *HYGIENE_DEFECTS,
    *KEY_USE_DEFECTS,
    *GENERAL_PROTECTION_DEFECTS,
    *SUITE_DEFECTS,
    *LINK_DEFECTS,
    *MODE_E_DEFECTS,
    *HDLC_FRAME_DEFECTS,
    *HDLC_TRANSFER_DEFECTS,
    *WRAPPER_DEFECTS,
    *PUSH_DEFECTS,
    *PDU_SIZE_DEFECTS,
    *OBJECT_DEFECTS,
    *CONTENT_DEFECTS,
    *COMPANION_DEFECTS,
    *INSTANCE_DEFECTS,
)
"""All defects by name."""


class UnknownDefectError(ValueError):
    """A name that no defect has.

    Attributes:
        names: all such names that were given.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__("; ".join(map(_hint, names)))
        self.names = names


def checked(names: Iterable[str]) -> frozenset[str]:
    """The names, once every one is known to be a defect's.

    Raises:
        UnknownDefectError: with all that are not, each with the nearest spelling.
    """
    wanted = frozenset(names)
    unknown = tuple(sorted(wanted - DEFECTS.keys()))
    if unknown:
        raise UnknownDefectError(unknown)
    return wanted


def _hint(name: str) -> str:
    near = get_close_matches(name, DEFECTS, n=1)
    return f"no defect is called {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
