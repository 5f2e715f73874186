"""What every part of a record is: immutable, and closed against names it does not know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue


class Record(BaseModel):
    """A part of the record: immutable, and closed against names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)

    def to_json(self) -> dict[str, JsonValue]:
        """The part as it stands in the file: built-in types only."""
        return self.model_dump(mode="json", by_alias=True)
