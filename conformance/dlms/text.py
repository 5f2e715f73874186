"""A dissected message as text: one line for each field, with its offset, octets, name and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from conformance.dlms.fields import Field
from conformance.dlms.reader import Dissection

T = TypeVar("T")

LEAST_LINES = 8
_MEANING = 80
"""Characters of a meaning that are shown."""
_NOTE = 400
"""Characters of a deviation or an error that are shown."""


def render(dissection: Dissection[T], *, max_lines: int = 400, max_octets: int = 12) -> str:
    """The fields of a message as a tree, then its deviations and the error that ended the decoding.

    The text is bounded whatever the message holds: long octets and texts, and lines beyond `max_lines`, are left out in
    the middle, with a word about how much. What is not printable is escaped, so that nothing a meter sends reaches a
    terminal as it is.

    Args:
        dissection: of any message.
        max_lines: most lines of the whole text, at least 8.
        max_octets: most octets in one line, at least 2.
    """
    limit = max(max_lines, LEAST_LINES)
    width = max(max_octets, 2)
    notes = [_note("deviation", str(deviation)) for deviation in dissection.deviations]
    notes = _shortened(notes, limit // 4)
    if dissection.error is not None:
        notes.append(_note("error", str(dissection.error)))
    fields = list(_visited(dissection.root, 0))
    unread = _unread(dissection, fields)
    if unread is not None:
        fields.append((1, unread))
    room = limit - len(notes)
    if len(fields) <= room:
        shown = [_line(dissection.octets, depth, field, width) for depth, field in fields]
    else:
        head, tail = (room - 1) - (room - 1) // 3, (room - 1) // 3
        shown = [_line(dissection.octets, depth, field, width) for depth, field in fields[:head]]
        shown.append(_left_out(len(fields) - head - tail))
        shown += [_line(dissection.octets, depth, field, width) for depth, field in fields[len(fields) - tail :]]
    return "\n".join(shown + notes)


def printable(text: str, limit: int = _MEANING) -> str:
    """`text` with everything that is not printable as an escape, shortened in the middle to `limit` characters."""
    if len(text) > 2 * limit:
        text = text[:limit] + text[-limit:]
        cut = True
    else:
        cut = False
    escaped = "".join(_escaped(character) for character in text)
    if len(escaped) <= limit and not cut:
        return escaped
    head = (limit - 1) * 2 // 3
    return f"{escaped[:head]}…{escaped[len(escaped) - (limit - 1 - head) :]}"


def octets_text(octets: bytes, limit: int = 12) -> str:
    """`octets` in hexadecimal, those beyond `limit` left out in the middle: `01 02 … 0F`."""
    if len(octets) <= limit:
        return octets.hex(" ").upper()
    tail = limit // 3
    head = limit - tail
    last = " " + octets[-tail:].hex(" ").upper() if tail else ""
    return f"{octets[:head].hex(' ').upper()} …{last}"


def _visited(field: Field, depth: int) -> Iterator[tuple[int, Field]]:
    yield depth, field
    for child in field.children:
        yield from _visited(child, depth + 1)


def _unread(dissection: Dissection[T], fields: list[tuple[int, Field]]) -> Field | None:
    """What the error left undecoded, as a field of its own; None when nothing is."""
    if dissection.error is None:
        return None
    read = max((field.end for _, field in fields if not field.children), default=0)
    size = len(dissection.octets)
    return Field("not decoded", read, size) if read < size else None


def _line(octets: bytes, depth: int, field: Field, max_octets: int) -> str:
    column = 3 * max_octets + 1
    size = field.end - field.start
    if field.children or not depth:
        taken, meaning = "", _plural(size)
    else:
        taken = octets_text(octets[field.start : field.end], max_octets)
        meaning = _meaning(field.value)
        if size > max_octets:
            meaning = f"{_plural(size)}  {meaning}"
    return f"{field.start:>5}  {taken:<{column}}  {'  ' * depth}{printable(field.name)}  {meaning}".rstrip()


def _meaning(value: object) -> str:
    """What the octets mean, in words; nothing where the octets say it all."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        text = value.decode("ascii", "replace")
        return f'"{printable(text)}"' if value.isascii() and text.isprintable() and value else ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    label = getattr(value, "label", None)
    return printable(label if isinstance(label, str) else str(value))


def _note(kind: str, text: str) -> str:
    return f"{kind}  {printable(text, _NOTE)}"


def _shortened(lines: list[str], limit: int) -> list[str]:
    if len(lines) <= limit:
        return lines
    head = (limit - 1) - (limit - 1) // 2
    tail = (limit - 1) // 2
    return [*lines[:head], _left_out(len(lines) - head - tail), *lines[len(lines) - tail :]]


def _left_out(count: int) -> str:
    return f"    …  {count} lines left out"


def _plural(octets: int) -> str:
    return f"({octets} octet{'s' if octets != 1 else ''})"


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
