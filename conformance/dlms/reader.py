"""The one way in which codecs take octets: bounded, named, and recorded when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation, Field, FieldKind, Recorder

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader:
    """A cursor over the octets of one message.

    Without a recorder nothing but the position is kept; `dissect` attaches one, and `decode` attaches one only after a
    failure, to say in which field it happened. After an error a reader must not be used again.

    Attributes:
        octets: the whole message.
        position: index of the next octet to be taken.
        end: index after the last octet that may be taken; `bound` narrows it.
        recorder: collects the tree of fields, or None.
        deviations: collects what is illegal but readable, or None: then a deviation is an error.
    """

    __slots__ = ("deviations", "end", "octets", "position", "recorder")

    def __init__(
        self, octets: bytes, *, recorder: Recorder | None = None, deviations: list[Deviation] | None = None
    ) -> None:
        self.octets = octets
        self.position = 0
        self.end = len(octets)
        self.recorder = recorder
        self.deviations = deviations

    @property
    def remaining(self) -> int:
        """Number of octets that may still be taken."""
        return self.end - self.position

    def u8(self, name: str) -> int:
        """Take an Unsigned8."""
        start = self.position
        if start >= self.end:
            self._short(name, 1)
        self.position = start + 1
        value = self.octets[start]
        if self.recorder is not None:
            self.recorder.leaf(name, start, start + 1, value)
        return value

    def unsigned(self, name: str, size: int) -> int:
        """Take a big-endian unsigned integer of `size` octets."""
        if self.recorder is None:
            return int.from_bytes(self._take(name, size), "big")
        return self._shown(name, size, False)

    def signed(self, name: str, size: int) -> int:
        """Take a big-endian two's complement integer of `size` octets."""
        if self.recorder is None:
            return int.from_bytes(self._take(name, size), "big", signed=True)
        return self._shown(name, size, True)

    def take(self, name: str, size: int) -> bytes:
        """Take `size` octets as they are."""
        start = self.position
        stop = start + size
        if not start <= stop <= self.end:
            self._short(name, size)
        self.position = stop
        taken = self.octets[start:stop]
        if self.recorder is not None:
            self.recorder.leaf(name, start, stop, taken)
        return taken

    def rest(self, name: str) -> bytes:
        """Take all octets up to the bound."""
        return self.take(name, self.end - self.position)

    def peek(self) -> int | None:
        """The next octet, left in place; None at the bound."""
        return self.octets[self.position] if self.position < self.end else None

    def length(self, name: str = "length", *, kind: FieldKind = FieldKind.LENGTH) -> int:
        """Take a definite length of BER or A-XDR (X.690 8.1.3, IEC 61334-6), at most 4 octets and minimal."""
        start = self.position
        if start >= self.end:
            self._short(name, 1)
        value = self.octets[start]
        if value >= 0x80:
            return self._long_length(name, start, value & 0x7F, kind)
        self.position = start + 1
        if self.recorder is not None:
            self.recorder.leaf(name, start, start + 1, value, kind)
        return value

    def sized(self, name: str) -> bytes:
        """Take an OCTET STRING of variable length: a definite length, then that many octets."""
        if self.recorder is None:
            return self._take(name, self.length(name))
        self.enter(name)
        size = self.length()
        taken = self.take("value", size)
        self.leave()
        return taken

    def enter(self, name: str) -> None:
        """Open a named group of fields. Close it with `leave`; an error in between needs no closing."""
        if self.recorder is not None:
            self.recorder.enter(name, self.position)

    def leave(self) -> None:
        """Close the group opened last."""
        if self.recorder is not None:
            self.recorder.leave(self.position)

    def meaning(self, value: object) -> None:
        """Say what the octets taken last mean, for whoever looks at the tree."""
        if self.recorder is not None:
            self.recorder.last().value = value

    def mark(self, kind: FieldKind) -> None:
        """Say how the field taken last follows from the others."""
        if self.recorder is not None:
            self.recorder.last().kind = kind

    def bound(self, size: int, name: str = "content") -> int:
        """Allow only the next `size` octets; give the bound to be handed back to `unbound`."""
        outer = self.end
        if not 0 <= size <= outer - self.position:
            self._fail(self._wanting(name, size), self.position, self.path_at(self.position))
        self.end = self.position + size
        return outer

    def unbound(self, outer: int) -> None:
        """Check that everything inside the bound was taken, and return to the outer one."""
        self.finish()
        self.end = outer

    def finish(self) -> None:
        """Fail unless every octet was taken."""
        if self.position != self.end:
            left = self.end - self.position
            self.fail(f"{left} octet{'s' if left > 1 else ''} left over", expected="the end")

    def fail(self, message: str, *, back: int = 0, expected: str = "") -> NoReturn:
        """Raise the error of a field that begins `back` octets before the cursor.

        The path is that of the field taken from there, or of the innermost open group when none was.
        """
        offset = self.position - back
        self._fail(message, offset, self.path_at(offset), expected)

    def path_at(self, offset: int) -> str:
        """Path of the recorded field that holds the octet at `offset`; of the innermost open group when none does."""
        return "" if self.recorder is None else self.recorder.path_at(offset)

    def deviation(self, code: str, message: str, *, back: int = 0) -> None:
        """Note something illegal that can be read all the same; without a list of deviations it is an error."""
        if self.deviations is None:
            self.fail(message, back=back)
        offset = self.position - back
        octets = self.octets[offset : min(self.end, offset + 16)]
        self.deviations.append(Deviation(code, message, self.path_at(offset), offset, octets))

    def _take(self, name: str, size: int) -> bytes:
        start = self.position
        stop = start + size
        if not start <= stop <= self.end:
            self._short(name, size)
        self.position = stop
        return self.octets[start:stop]

    def _shown(self, name: str, size: int, signed: bool) -> int:
        start = self.position
        value = int.from_bytes(self._take(name, size), "big", signed=signed)
        if self.recorder is not None:
            self.recorder.leaf(name, start, start + size, value)
        return value

    def _long_length(self, name: str, start: int, size: int, kind: FieldKind) -> int:
        """The length whose first octet, at `start`, says that `size` octets of it follow."""
        if size == 0 or size > 4:
            expected = "a definite length on 1 to 4 octets"
            self._fail(f"{name} on {size} octets", start, self._path_of(name), expected)
        stop = start + 1 + size
        if stop > self.end:
            self._short(name, 1 + size)
        value = int.from_bytes(self.octets[start + 1 : stop], "big")
        self.position = stop
        if self.recorder is not None:
            self.recorder.leaf(name, start, stop, value, kind)
        if value < 0x80 or value < 1 << 8 * (size - 1):
            self.deviation("length-not-minimal", f"length {value} coded on {size + 1} octets", back=size + 1)
        return value

    def _short(self, name: str, size: int) -> NoReturn:
        self._fail(self._wanting(name, size), self.position, self._path_of(name))

    def _wanting(self, name: str, size: int) -> str:
        left = self.end - self.position
        return f"{name} wants {size} octet{'s' if size != 1 else ''}, {left} left"

    def _path_of(self, name: str) -> str:
        """The path of a field of that name, not taken yet, in the innermost open group."""
        return "" if self.recorder is None else f"{self.recorder.path}.{self.recorder.next_name(name)}"

    def _fail(self, message: str, offset: int, path: str, expected: str = "") -> NoReturn:
        octets = self.octets[offset : min(self.end, offset + 16)]
        raise DecodeError(message, path=path, offset=offset, octets=octets, expected=expected)


@dataclass(frozen=True, slots=True)
class Dissection(Generic[T_co]):
    """A decoded message with the tree of its fields.

    When the octets are illegal, `value` is None, `error` says where and why, and `root` holds the fields read up to
    there.
    """

    octets: bytes
    value: T_co | None
    root: Field
    deviations: tuple[Deviation, ...]
    error: DecodeError | None


Decoder = Callable[[Reader], T]


def decode(octets: bytes, decoder: Decoder[T], name: str, *, deviations: list[Deviation] | None = None) -> T:
    """Decode a whole message; trailing octets are an error.

    Args:
        octets: the message.
        decoder: reads the value.
        name: of the message, the first name of every path.
        deviations: takes what is illegal but readable; None makes each an error.

    Raises:
        DecodeError: with path, offset and octets.
    """
    reader = Reader(octets, deviations=deviations)
    found = 0 if deviations is None else len(deviations)
    try:
        value = decoder(reader)
        reader.finish()
    except DecodeError as error:
        dissection = dissect(octets, decoder, name, strict=deviations is None)
        if deviations is not None:
            deviations[found:] = dissection.deviations
        raise dissection.error or error from None
    if deviations is not None and len(deviations) > found:
        deviations[found:] = dissect(octets, decoder, name).deviations
    return value


def dissect(octets: bytes, decoder: Decoder[T], name: str, *, strict: bool = False) -> Dissection[T]:
    """Decode a whole message and keep the tree of its fields; never raises on any octets."""
    deviations: list[Deviation] = []
    recorder = Recorder(name)
    reader = Reader(octets, recorder=recorder, deviations=None if strict else deviations)
    value: T | None = None
    failure: DecodeError | None = None
    try:
        value = decoder(reader)
        reader.finish()
    except DecodeError as error:
        # Its traceback holds this frame, which holds it: without, nothing waits for the garbage collector.
        failure = error.with_traceback(None)
        value = None
        recorder.close_all(reader.position)
    recorder.root.end = len(octets) if failure is None else reader.position
    return Dissection(octets, value, recorder.root, tuple(deviations), failure)
