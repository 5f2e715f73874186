"""One capture object of the load profile, with the values that were captured of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import integer, long_unsigned, octet_string, structure
from conformance.meter.model.selective import ColumnName


@dataclass(frozen=True, slots=True)
class Column:
    """One capture object, and what was captured of it when a quarter of an hour began."""

    name: ColumnName
    captured: Callable[[int], Data]

    @property
    def definition(self) -> Data:
        """capture_object_definition."""
        return structure(
            long_unsigned(self.name.class_id),
            octet_string(self.name.logical_name),
            integer(self.name.attribute_index),
            long_unsigned(self.name.data_index),
        )
