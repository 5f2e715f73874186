"""Breaking one field of a valid message, with everything around it recomputed unless told otherwise.

An alteration names its field by the path that the decoder gave it. Lengths, counts and check sequences that enclose the
altered field follow by themselves; an altered length, count or check sequence stays as altered.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from conformance.dlms import axdr
from conformance.dlms.errors import DlmsError
from conformance.dlms.fields import Field, FieldKind

CheckSequence = Callable[[bytes], bytes]


class AlterationError(DlmsError):
    """An alteration that the message does not allow: no such field, or octets that do not fit."""


class Operation(Enum):
    """What is done to a field."""

    REPLACE = "replaced by"
    DROP = "dropped"
    REPEAT = "repeated"
    INSERT_BEFORE = "preceded by"
    INSERT_AFTER = "followed by"
    CUT = "cut to"
    ADD = "increased by"
    FLIP = "flipped by"


@dataclass(frozen=True, slots=True)
class Alteration:
    """One named change to one field of a message.

    Attributes:
        path: dotted path of the field, from the message's name on.
        operation: what is done.
        octets: for REPLACE, INSERT_BEFORE and INSERT_AFTER, the octets; for FLIP, the mask that is exclusive-ored over
            the recomputed field's last octets.
        number: for CUT, how many octets of the field remain (lengths around it follow); for ADD, what is added to a
            recomputed length, COUNT or HDLC_FORMAT; for REPEAT, how many copies are sent in all.

    REPLACE and CUT pin a length, count or check sequence: it is sent as altered, and nothing is recomputed in it.
    """

    path: str
    operation: Operation
    octets: bytes = b""
    number: int = 0

    def __str__(self) -> str:
        match self.operation:
            case Operation.DROP:
                return f"{self.path} dropped"
            case Operation.REPEAT:
                return f"{self.path} sent {self.number} times"
            case Operation.CUT:
                return f"{self.path} cut to {self.number} octets"
            case Operation.ADD:
                return f"{self.path} {self.number:+d}"
            case _:
                return f"{self.path} {self.operation.value} {self.octets.hex().upper() or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Truncation:
    """The whole message cut after its first `octets` octets (from its end when negative); nothing is recomputed."""

    octets: int

    def __str__(self) -> str:
        return f"cut after octet {self.octets}" if self.octets >= 0 else f"last {-self.octets} octets cut off"


@dataclass(frozen=True, slots=True)
class Trailer:
    """Octets that follow the whole message; nothing is recomputed."""

    octets: bytes

    def __str__(self) -> str:
        return f"followed by {self.octets.hex().upper()}"


Change = Alteration | Truncation | Trailer


def alter(
    octets: bytes, root: Field, changes: Sequence[Change], *, check_sequence: CheckSequence | None = None
) -> bytes:
    """The message `octets`, whose fields are `root`, with `changes` made in their order.

    Lengths and counts whose content keeps its size stay as they are coded; without changes the message stays the same.

    Args:
        octets: a valid message.
        root: its tree, as `dissect` gives it.
        changes: alterations of fields first, then what befalls the whole message.
        check_sequence: computes the FCS-16 for CHECK_SEQUENCE fields; required when the tree has any.

    Raises:
        AlterationError: a path that the message does not have (the nearest ones are named), or a change that does not
            fit its field.
    """
    by_field: dict[int, list[Alteration]] = {}
    for change in changes:
        if isinstance(change, Alteration):
            target = root.find(change.path)
            if target is None:
                raise AlterationError(
                    f"no field {change.path!r} in {root.name}; it has {', '.join(_near(change, root))}"
                )
            by_field.setdefault(id(target), []).append(change)
            _check(change, target, by_field[id(target)])
    altered = b"".join(_parts(octets, root, by_field, check_sequence))
    for change in changes:
        if isinstance(change, Truncation):
            altered = altered[: change.octets]
        elif isinstance(change, Trailer):
            altered += change.octets
    return altered


def _near(change: Alteration, root: Field) -> list[str]:
    """The paths that look most like the one asked for, or the first ones when none does."""
    paths = [path for path, _ in root.walk()]
    return difflib.get_close_matches(change.path, paths, n=8, cutoff=0.5) or paths[:40]


_COMPUTED = frozenset((FieldKind.LENGTH, FieldKind.LENGTH_U8, FieldKind.LENGTH_U16, FieldKind.COUNT))


def _check(change: Alteration, target: Field, changes: list[Alteration]) -> None:
    """Refuse what could only be ignored, so that no stimulus is weaker than it reads."""
    if change.operation in (Operation.CUT, Operation.REPEAT) and change.number < 0:
        raise AlterationError(f"{change}: {change.number} is no number of octets or copies")
    if change.operation is Operation.ADD and not (target.kind in _COMPUTED or target.kind is FieldKind.HDLC_FORMAT):
        raise AlterationError(f"{change.path} is neither length nor count: nothing can be added to it")
    if target.kind is not FieldKind.OCTETS and _pinned(changes):
        for other in changes:
            if other.operation in (Operation.ADD, Operation.FLIP):
                raise AlterationError(f"{change.path} is pinned by being replaced or cut: {other} would be lost")


def _parts(
    octets: bytes, field: Field, by_field: dict[int, list[Alteration]], check_sequence: CheckSequence | None
) -> list[bytes]:
    """The occurrences of `field` in the altered message: none when dropped, several when repeated or joined."""
    built = _content(octets, field, by_field, check_sequence)
    before: list[bytes] = []
    after: list[bytes] = []
    copies = 1
    for change in by_field.get(id(field), ()):
        match change.operation:
            case Operation.REPLACE:
                built = change.octets
            case Operation.CUT:
                built = built[: change.number]
            case Operation.FLIP if field.kind is FieldKind.OCTETS:
                built = _flipped(built, change.octets)
            case Operation.DROP:
                copies = 0
            case Operation.REPEAT:
                copies = change.number
            case Operation.INSERT_BEFORE:
                before.append(change.octets)
            case Operation.INSERT_AFTER:
                after.append(change.octets)
            case _:
                pass  # additions and flips of a recomputed field are made when it is recomputed
    return [*before, *[built] * copies, *after]


def _content(
    octets: bytes, field: Field, by_field: dict[int, list[Alteration]], check_sequence: CheckSequence | None
) -> bytes:
    if not field.children:
        return octets[field.start : field.end]
    occurrences = [_parts(octets, child, by_field, check_sequence) for child in field.children]
    for index in range(len(field.children) - 1, -1, -1):
        child = field.children[index]
        changes = by_field.get(id(child), [])
        if child.kind in _COMPUTED and not _pinned(changes):
            computed = _following(octets, child, field.children[index + 1 :], occurrences[index + 1 :], changes)
            occurrences[index] = _again(computed, occurrences[index], changes)
    for index, child in enumerate(field.children):
        changes = by_field.get(id(child), [])
        if _pinned(changes):
            continue
        if child.kind is FieldKind.HDLC_FORMAT:
            size = sum(len(part) for parts in occurrences for part in parts)
            occurrences[index] = _again(_format(octets, child, size, changes), occurrences[index], changes)
        elif child.kind is FieldKind.CHECK_SEQUENCE:
            if check_sequence is None:
                raise AlterationError(f"{child.name} cannot be recomputed without a check sequence")
            computed = check_sequence(b"".join(part for parts in occurrences[:index] for part in parts))
            occurrences[index] = _again(_flips(computed, changes), occurrences[index], changes)
    return b"".join(part for parts in occurrences for part in parts)


def _pinned(changes: list[Alteration]) -> bool:
    return any(change.operation in (Operation.REPLACE, Operation.CUT) for change in changes)


def _again(computed: bytes, parts: list[bytes], changes: list[Alteration]) -> list[bytes]:
    """The recomputed field in place of what stood there, keeping what was dropped, repeated or put around it."""
    if not changes:
        return [computed]
    before = sum(change.operation is Operation.INSERT_BEFORE for change in changes)
    after = sum(change.operation is Operation.INSERT_AFTER for change in changes)
    copies = len(parts) - before - after
    return [*parts[:before], *[computed] * copies, *parts[len(parts) - after :]]


def _following(
    octets: bytes, child: Field, later: list[Field], parts: list[list[bytes]], changes: list[Alteration]
) -> bytes:
    """The length or count `child` over `parts`, which the `later` fields of its group have become."""
    if child.kind is FieldKind.COUNT:
        before = len(later)
        size = sum(len(occurrences) for occurrences in parts)
    else:
        before = sum(field.end - field.start for field in later)
        size = sum(len(part) for occurrences in parts for part in occurrences)
    added = sum(change.number for change in changes if change.operation is Operation.ADD)
    if size == before and not added:
        return _flips(octets[child.start : child.end], changes)
    size += added
    width = {FieldKind.LENGTH_U8: 1, FieldKind.LENGTH_U16: 2}.get(child.kind)
    if width is None:
        return _flips(axdr.length(max(size, 0)), changes)
    return _flips((size % (1 << 8 * width)).to_bytes(width, "big"), changes)


def _format(octets: bytes, child: Field, size: int, changes: list[Alteration]) -> bytes:
    added = sum(change.number for change in changes if change.operation is Operation.ADD)
    upper = int.from_bytes(octets[child.start : child.end], "big") & 0xF800
    return _flips((upper | (size + added) & 0x07FF).to_bytes(2, "big"), changes)


def _flips(computed: bytes, changes: list[Alteration]) -> bytes:
    for change in changes:
        if change.operation is Operation.FLIP:
            computed = _flipped(computed, change.octets)
    return computed


def _flipped(octets: bytes, mask: bytes) -> bytes:
    """`octets` with `mask` exclusive-ored over their last octets."""
    size = len(octets)
    return (int.from_bytes(octets, "big") ^ int.from_bytes(mask[max(0, len(mask) - size) :], "big")).to_bytes(
        size, "big"
    )
