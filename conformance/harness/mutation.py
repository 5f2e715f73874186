"""Mutations of valid messages as values: drawn from a seed, bounded, printed in words, and the same at every replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

from conformance.dlms.fields import Field, FieldKind

MOST_ADDED = 24
"""Octets by which a mutant may be longer than the message that it was made of."""
MOST_TOGETHER = 3
"""Mutations that are made to one message at most."""

_LONGEST_RUN = 8
_TELLING_OCTETS = bytes.fromhex("00 01 02 09 0A 7F 80 81 82 83 84 88 FE FF")
"""Edges of numbers, tags of A-XDR Data, forms of a length."""
_LIES = ("00", "7F", "80", "81FF", "82FFFF", "8300FFFF", "84FFFFFFFF")
"""Lengths, in hexadecimal, that programs stumble over."""
_LENGTH_KINDS = frozenset((FieldKind.LENGTH, FieldKind.LENGTH_U8, FieldKind.LENGTH_U16, FieldKind.COUNT))

Span = tuple[int, int]
"""First octet and the octet after the last."""


class Kind(Enum):
    """What is done to the octets."""

    FLIP = "one bit flipped"
    REPLACE = "one octet replaced"
    CUT = "the end cut off"
    DROP = "octets left out"
    REPEAT = "octets sent twice"
    INSERT = "octets inserted"
    LENGTH = "a length or count that lies"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change to octets, independent of what they mean.

    Attributes:
        kind: what is done.
        start: the octet that it begins at.
        end: the octet after the last one that it concerns; `start` for INSERT.
        octets: what comes in place of them, or what is inserted; the mask of a FLIP.
    """

    kind: Kind
    start: int
    end: int
    octets: bytes = b""

    def of(self, message: bytes) -> bytes:
        """The mutated message; where the message is too short for the place, nothing happens to it."""
        before, concerned, after = message[: self.start], message[self.start : self.end], message[self.end :]
        match self.kind:
            case Kind.FLIP:
                return before + bytes(octet ^ self.octets[0] for octet in concerned) + after
            case Kind.REPLACE | Kind.LENGTH:
                return before + self.octets + after if concerned else message
            case Kind.CUT:
                return before
            case Kind.DROP:
                return before + after
            case Kind.REPEAT:
                return before + concerned + concerned + after
            case Kind.INSERT:
                return before + self.octets + after

    def __str__(self) -> str:
        shown = self.octets.hex().upper()
        match self.kind:
            case Kind.FLIP:
                return f"octet {self.start} flipped by {shown}"
            case Kind.REPLACE:
                return f"octet {self.start} replaced by {shown}"
            case Kind.CUT:
                return f"cut after {self.start} octets"
            case Kind.DROP:
                return f"octets {self.start} to {self.end} left out"
            case Kind.REPEAT:
                return f"octets {self.start} to {self.end} twice"
            case Kind.INSERT:
                return f"{shown} inserted before octet {self.start}"
            case Kind.LENGTH:
                return f"length at octet {self.start} replaced by {shown}"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A message that was valid, and what was done to it.

    Attributes:
        number: within its series, from 1.
        seed: of the series.
        octets: as they are sent.
        mutations: in the order in which they were made; each sees what the ones before have left.
    """

    number: int
    seed: int
    octets: bytes
    mutations: tuple[Mutation, ...]

    def __str__(self) -> str:
        return f"mutant {self.number} of seed {self.seed}: {'; '.join(str(mutation) for mutation in self.mutations)}"


def mutants(
    message: bytes, seed: int, count: int, *, lengths: Sequence[Span] = (), untouched: int = 0
) -> Iterator[Mutant]:
    """`count` mutants of a valid message, each another message than it: the same ones for the same arguments.

    Args:
        message: at least one octet longer than `untouched`.
        seed: of the series, as `Mutant` prints it.
        count: how many.
        lengths: where the message has lengths and counts, see `length_spans`.
        untouched: octets at the beginning that stay as they are.

    Raises:
        ValueError: nothing of the message may be touched.
    """
    if len(message) <= untouched:
        raise ValueError(f"a message of {len(message)} octets with {untouched} untouched has nothing to mutate")
    random = Random(seed)  # noqa: S311 - must be repeatable
    touched = [span for span in lengths if span[0] >= untouched]
    for number in range(1, count + 1):
        made = [_draw(message, random, touched, untouched)]
        octets = made[0].of(message)
        for _ in range(random.choice((0, 0, 0, 1, MOST_TOGETHER - 1))):
            if len(octets) > untouched:
                made.append(_draw(octets, random, (), untouched))
                octets = made[-1].of(octets)
        if octets == message:
            made = [Mutation(Kind.FLIP, len(message) - 1, len(message), b"\x01")]
            octets = made[0].of(message)
        yield Mutant(number, seed, octets, tuple(made))


def length_spans(root: Field) -> tuple[Span, ...]:
    """Where the message whose tree is `root` has lengths and counts."""
    return tuple((field.start, field.end) for _, field in root.walk() if field.kind in _LENGTH_KINDS)


def _draw(octets: bytes, random: Random, lengths: Sequence[Span], untouched: int) -> Mutation:
    kinds = [kind for kind in Kind if kind is not Kind.LENGTH or lengths]
    kind = random.choice(kinds)
    place = random.randrange(untouched, len(octets))
    run_end = min(len(octets), place + random.randint(1, _LONGEST_RUN))
    match kind:
        case Kind.FLIP:
            return Mutation(kind, place, place + 1, bytes((1 << random.randrange(8),)))
        case Kind.REPLACE:
            return Mutation(kind, place, place + 1, bytes((random.choice(_TELLING_OCTETS),)))
        case Kind.CUT:
            return Mutation(kind, max(place, untouched, 1), len(octets))
        case Kind.DROP:
            # Something is left to be sent, whatever is left out.
            return Mutation(kind, place, run_end if run_end - place < len(octets) else run_end - 1)
        case Kind.REPEAT:
            return Mutation(kind, place, run_end)
        case Kind.INSERT:
            return Mutation(kind, place, place, random.randbytes(random.randint(1, _LONGEST_RUN)))
        case Kind.LENGTH:
            start, end = random.choice(lengths)
            return Mutation(kind, start, end, _lie(octets[start:end], random))


def _lie(length: bytes, random: Random) -> bytes:
    """Another length than `length`: one more, one less, or one of those that programs stumble over."""
    value = length[-1]
    near = (bytes((*length[:-1], (value + 1) % 256)), bytes((*length[:-1], (value - 1) % 256)))
    return random.choice([lie for lie in (*near, *map(bytes.fromhex, _LIES)) if lie != length])
