"""The tree of named fields that a decoder leaves behind when a recorder is attached.

Reports draw this tree, `decode` prints it, findings point into it, and a stimulus names by its path the field that it
breaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class FieldKind(Enum):
    """How the octets of a field follow from the others, so that an altered message can be made consistent again."""

    OCTETS = "octets"
    """Plain octets, which follow from nothing."""
    LENGTH = "length"
    """BER or A-XDR definite length, minimal: counts the octets of all later fields of its group."""
    LENGTH_U8 = "length-u8"
    """As LENGTH, on exactly one octet."""
    LENGTH_U16 = "length-u16"
    """As LENGTH, on exactly two octets, big-endian."""
    COUNT = "count"
    """A-XDR element count, coded as LENGTH: counts the later fields of its group."""
    HDLC_FORMAT = "hdlc-format"
    """HDLC frame format: its lower 11 bits count the octets of the whole group, itself included."""
    CHECK_SEQUENCE = "check-sequence"
    """FCS-16 (HCS or FCS) over all earlier fields of its group."""


@dataclass(slots=True)
class Field:
    """One named field: octets `start` to `end` (exclusive) of the message, with the fields it is made of.

    `value` is what the decoder read, ready to be shown with `str`; None for groups.
    """

    name: str
    start: int
    end: int
    kind: FieldKind = FieldKind.OCTETS
    value: object = None
    children: list[Field] = field(default_factory=list)

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Field]]:
        """Every field below and including this one with its dotted path, in the order of the octets."""
        path = f"{prefix}.{self.name}" if prefix else self.name
        yield path, self
        for child in self.children:
            yield from child.walk(path)

    def find(self, path: str) -> Field | None:
        """The field at `path`, whose first name is this field's own; None when there is none."""
        head, _, rest = path.partition(".")
        if head != self.name:
            return None
        if not rest:
            return self
        for child in self.children:
            found = child.find(rest)
            if found is not None:
                return found
        return None

    def at(self, offset: int) -> str:
        """The path of the innermost field that holds the octet at `offset`."""
        for child in self.children:
            if child.start <= offset < child.end:
                return f"{self.name}.{child.at(offset)}"
        return self.name


class Recorder:
    """Collects the fields that a `Reader` takes into one tree.

    Repeated names inside one group are told apart by an index: `row`, `row[1]`, `row[2]`.
    """

    __slots__ = ("_open", "_taken", "root")

    def __init__(self, name: str) -> None:
        self.root = Field(name, 0, 0)
        self._open: list[Field] = [self.root]
        self._taken: list[dict[str, int]] = [{}]

    @property
    def path(self) -> str:
        """Dotted path of the innermost open group."""
        return ".".join(group.name for group in self._open)

    def enter(self, name: str, start: int) -> None:
        """Open a group at octet `start`."""
        group = Field(self._unique(name, self._taken[-1]), start, start)
        self._open[-1].children.append(group)
        self._open.append(group)
        self._taken.append({})

    def leave(self, end: int) -> None:
        """Close the innermost group before octet `end`."""
        self._open.pop().end = end
        self._taken.pop()

    def leaf(self, name: str, start: int, end: int, value: object, kind: FieldKind = FieldKind.OCTETS) -> None:
        """Record a field without parts."""
        # As `_unique`, without a call: most fields of most messages come this way.
        names = self._taken[-1]
        taken = names.get(name, 0)
        names[name] = taken + 1
        given = f"{name}[{taken}]" if taken else name
        self._open[-1].children.append(Field(given, start, end, kind, value))

    def rename(self, name: str) -> None:
        """Give the innermost open group the name that its content turned out to deserve."""
        group = self._open[-1]
        if len(self._open) == 1:
            group.name = name
            return
        names = self._taken[-2]
        names[group.name.partition("[")[0]] -= 1
        group.name = self._unique(name, names)

    def next_name(self, name: str) -> str:
        """The name that a field called `name` would get in the innermost open group."""
        taken = self._taken[-1].get(name, 0)
        return f"{name}[{taken}]" if taken else name

    def path_at(self, offset: int) -> str:
        """Path of the innermost recorded field that holds the octet at `offset`; groups still open are endless."""
        depth = len(self._open)
        while depth > 1 and self._open[depth - 1].start > offset:
            depth -= 1
        names = [group.name for group in self._open[:depth]]
        for child in self._open[depth - 1].children:
            if child.start <= offset < child.end:
                names.append(child.at(offset))
                break
        return ".".join(names)

    def last(self) -> Field:
        """The field recorded last in the innermost open group, or that group while it has none."""
        group = self._open[-1]
        return group.children[-1] if group.children else group

    def close_all(self, end: int) -> None:
        """Close every group that is still open, as an error leaves them."""
        while len(self._open) > 1:
            self.leave(end)

    @staticmethod
    def _unique(name: str, names: dict[str, int]) -> str:
        taken = names.get(name, 0)
        names[name] = taken + 1
        return f"{name}[{taken}]" if taken else name


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something illegal that leaves the message readable all the same (components out of order, a length not minimal).

    `code` is stable kebab-case; `path` and `offset` say where; `octets` are the octets that show it.
    """

    code: str
    message: str
    path: str
    offset: int
    octets: bytes

    def __str__(self) -> str:
        return f"{self.path}, octet {self.offset}: {self.message}"
