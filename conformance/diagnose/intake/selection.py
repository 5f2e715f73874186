"""Which part of a file is meant: `FILE#3`, `DIR#CASE`, `DIR#CASE/SUBTEST`, `DIR#CASE/association/variant/SUBTEST`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a file; the whole file where all is empty.

    Attributes:
        number: of a stream, counted from 1; 0 where streams are not chosen by number.
        names: case, then association, then variant.
        subtest: its number; None for all.
    """

    number: int = 0
    names: tuple[str, ...] = ()
    subtest: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.number and not self.names

    def takes(self, number: int, names: tuple[str, ...], subtest: int | None) -> bool:
        """Whether a stream of that number and place is meant."""
        if self.number:
            return number == self.number
        if not self.names:
            return True
        return names[: len(self.names)] == self.names and self.subtest in (None, subtest)

    def __str__(self) -> str:
        if self.number:
            return str(self.number)
        parts = self.names if self.subtest is None else (*self.names, str(self.subtest))
        return "/".join(parts)


EVERYTHING = Selection()


def split(name: str) -> tuple[Path, Selection]:
    """The file, and what of it; a file whose own name holds a # is taken as it is."""
    whole = Path(name)
    file, mark, rest = name.rpartition("#")
    if not mark or not rest.strip("/") or _exists(whole):
        return whole, EVERYTHING
    parts = tuple(part for part in rest.split("/") if part)
    if len(parts) == 1 and _is_number(parts[0]):
        return Path(file), Selection(number=int(parts[0]))
    if len(parts) > 1 and _is_number(parts[-1]):
        return Path(file), Selection(names=parts[:-1], subtest=int(parts[-1]))
    return Path(file), Selection(names=parts)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 10


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
