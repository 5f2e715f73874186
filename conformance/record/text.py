"""Text of a record: whatever a meter or a library says, made safe to store and bounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

MAXIMUM_CHARACTERS = 20_000
_ROOM_FOR_REMARK = 40


def stored(value: object) -> object:
    """A string without lone surrogates and cut after `MAXIMUM_CHARACTERS`; any other value as it is."""
    if not isinstance(value, str):
        return value
    text = value
    if len(text) > MAXIMUM_CHARACTERS:
        kept = MAXIMUM_CHARACTERS - _ROOM_FOR_REMARK
        text = f"{text[:kept]} … ({len(text) - kept} more characters)"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


Text = Annotated[str, BeforeValidator(stored)]
"""A string field of the record: any `str` can be stored in it."""
