"""Reading in an association that is open, by logical or by short name: bounded, and what fails becomes a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.cosem.obis import text_of
from conformance.device.config_text import one_line
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.tester.association import Association
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import LinkLost, Silence
from conformance.tester.seen import access_result
from conformance.tester.transfer import TransferFailed, get, read

MOST_OCTETS: Final = 4 << 20
"""A longer value is cut off: an object_list of 20,000 objects has less."""
_MOST_FAILURES: Final = 3
_NEXT_ATTRIBUTE: Final = 8
CURRENT_ASSOCIATION: Final = bytes.fromhex("0000280000FF")
SAP_ASSIGNMENT: Final = bytes.fromhex("0000290000FF")
LOGICAL_DEVICE_NAME: Final = bytes.fromhex("00002A0000FF")
RESERVED_NAMES: Final = {CURRENT_ASSOCIATION: SN_VAA_NAME, SAP_ASSIGNMENT: 0xFC00, LOGICAL_DEVICE_NAME: 0xFD00}
"""Base names that IEC 62056-6-2 reserves."""


class Reading:
    """Reads attributes; after three failures of the association nothing is asked any more.

    Attributes:
        base_names: of the objects, by logical name, once they are known.
        notes: what could not be read, and why.
    """

    def __init__(self, association: Association) -> None:
        self.base_names: Mapping[bytes, int] = dict(RESERVED_NAMES)
        self.notes: list[str] = []
        self._association = association
        self._failures = 0

    @property
    def over(self) -> bool:
        """Whether nothing is asked any more."""
        return self._failures >= _MOST_FAILURES

    def value(self, attribute: AttributeDescriptor, *, noted: bool = True) -> Data | None:
        """The value of an attribute; None where there is none to be had.

        Args:
            attribute: whose value is asked for.
            noted: a refusal is worth a note.
        """
        if self.over:
            return None
        name = self.short_name(attribute)
        if self._association.settings.short_names and name is None:
            return None
        try:
            if name is None:
                result = get(self._association, attribute, most_octets=MOST_OCTETS)
            else:
                result = read(self._association, name, most_octets=MOST_OCTETS)
        except (TransferFailed, NotDeclared) as failed:
            reaction = getattr(failed, "reaction", None)
            self._failures = _MOST_FAILURES if isinstance(reaction, LinkLost) else self._failures + 1
            if noted or isinstance(reaction, (LinkLost, Silence)):
                self.note(attribute, str(failed))
            return None
        if isinstance(result, Data):
            self._failures = 0
            return result
        if noted:
            self.note(attribute, access_result(result))
        return None

    def short_name(self, attribute: AttributeDescriptor) -> int | None:
        """The short name of an attribute; None with logical names, or where its base name is not known."""
        if not self._association.settings.short_names:
            return None
        base = self.base_names.get(attribute.instance_id)
        return None if base is None else base + _NEXT_ATTRIBUTE * (attribute.attribute_id - 1)

    def note(self, attribute: AttributeDescriptor, why: str) -> None:
        """Note that an attribute could not be read."""
        where = f"{text_of(attribute.instance_id)} attribute {attribute.attribute_id}"
        self.notes.append(one_line(f"{where} was not read: {why}", 200))
