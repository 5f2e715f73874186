"""Taking members of an information file by name, each once, so that what nobody took can be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.device.information_file.syntax import Block, Member, Number, Quoted, Value, Word

_MOST_TOLD: Final = 1000


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A member that the config does not hold.

    Attributes:
        path: names from the outside in.
        line: from 1.
        why: in words; empty where nothing in a device config stands for it.
    """

    path: str
    line: int
    why: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}" + (f": {self.why}" if self.why else "")


@dataclass(slots=True)
class Members:
    """The members of one block.

    Attributes:
        path: of the block; empty for the file.
        left: members that nobody has taken.
        unmapped: of the whole file; shared by all its blocks.
    """

    path: str
    left: list[Member]
    unmapped: list[Unmapped] = field(default_factory=list)

    def take(self, *names: str) -> Member | None:
        """The first member of one of these names, in whatever spelling: case, points and underscores do not count."""
        wanted = {plain(name) for name in names}
        for place, member in enumerate(self.left):
            if member.name is not None and plain(member.name) in wanted:
                return self.left.pop(place)
        return None

    def take_all(self, *names: str) -> Iterator[Member]:
        """Every member of one of these names."""
        while (member := self.take(*names)) is not None:
            yield member

    def inside(self, member: Member, block: Block) -> Members:
        """The members of a block in this one."""
        return Members(self.where(member), list(block.entries), self.unmapped)

    def where(self, member: Member) -> str:
        """The path of a member."""
        name = member.name if member.name is not None else "(unnamed)"
        return f"{self.path}.{name}" if self.path else name

    def refuse(self, member: Member, why: str) -> None:
        """Say why the value of a member cannot be taken."""
        self.unmapped.append(Unmapped(self.where(member), member.line, why))

    def give_up(self) -> None:
        """Tell every member that nobody has taken, each with what it holds as one."""
        self.unmapped += [Unmapped(self.where(member), member.line) for member in self.left]
        self.left.clear()

    def number(self, low: int, high: int, *names: str) -> int | None:
        """A whole number within bounds: written as one, or as octets."""
        member = self.take(*names)
        if member is None:
            return None
        value = whole(member.value)
        if value is not None and low <= value <= high:
            return value
        self.refuse(member, f"expected a whole number from {low} to {high}")
        return None

    def text(self, longest: int, *names: str) -> str | None:
        """A printable text."""
        member = self.take(*names)
        if member is None:
            return None
        found = text_of(member.value)
        if found is not None and found and len(found) <= longest:
            return found
        self.refuse(member, f"expected a text of 1 to {longest} printable characters")
        return None

    def octets(self, length: int, *names: str) -> bytes | None:
        """Octets of a length."""
        member = self.take(*names)
        if member is None:
            return None
        found = octets_of(member.value)
        if found is not None and len(found) == length:
            return found
        self.refuse(member, f"expected {length} octets in hexadecimal digits")
        return None


def told(unmapped: Iterable[Unmapped]) -> list[str]:
    """The lines that tell what was not mapped, by line, bounded."""
    ordered = sorted(unmapped, key=lambda item: item.line)
    lines = [str(item) for item in ordered[:_MOST_TOLD]]
    return [*lines, f"… and {len(ordered) - _MOST_TOLD} more"] if len(ordered) > _MOST_TOLD else lines


def plain(name: str) -> str:
    """A name as it is compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def whole(value: Value) -> int | None:
    """The whole number that a value is; None where it is none."""
    if isinstance(value, Number):
        return value.value if isinstance(value.value, int) else None
    octets = value.octets if isinstance(value, Quoted) else None
    return int.from_bytes(octets, "big") if octets and len(octets) <= 4 else None


def text_of(value: Value) -> str | None:
    """The printable text that a value is; None where it is none. Digits that are not marked as text stay digits."""
    match value:
        case Quoted(raw=raw):
            text = raw
        case Word(text=word):
            text = word
        case Number(value=number):
            text = str(number)
        case _:
            return None
    return text if text.isprintable() else None


def octets_of(value: Value) -> bytes | None:
    """The octets that a value holds: in digits, or as text that is marked so."""
    if not isinstance(value, Quoted):
        return None
    return value.raw.encode("utf-8", "replace") if value.marked else value.octets


def blocks_of(member: Member) -> Iterator[Member]:
    """The blocks that a member holds: itself, where its members have names, or those in it that have none."""
    if not isinstance(member.value, Block):
        return
    entries = member.value.entries
    nested = [item for item in entries if isinstance(item.value, Block)]
    if nested and len(nested) == len(entries):
        yield from nested
    else:
        yield member
