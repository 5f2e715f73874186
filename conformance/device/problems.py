"""What is wrong with a device config: every problem with its place, its legal values and the way out, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend.

    Attributes:
        file: path as the user gave it.
        line: from 1; 0 when the problem is the file itself.
        column: from 1; 0 when unknown.
        where: the key, as `association[management].mechanism`; empty for the file.
        message: what is wrong and what to do, in words; never the value of a secret.
        value: what stands there, shown short; empty when missing or secret.
        allowed: the legal values, when they can be listed.
        nearest: the legal value that was probably meant; empty when nothing is near.
    """

    file: str
    message: str
    line: int = 0
    column: int = 0
    where: str = ""
    value: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column}" if self.column else f":{self.line}"
        subject = f"{self.where} = {self.value}" if self.where and self.value else self.where
        text = f"{place}: {subject}: {self.message}" if subject else f"{place}: {self.message}"
        if self.nearest:
            text += f"\n    did you mean: {self.nearest}"
        if self.allowed:
            text += f"\n    allowed: {', '.join(self.allowed)}"
        return text


class UnusableFileError(Exception):
    """A file of a lab's own making that cannot be used.

    Attributes:
        problems: all of them, in the order of the file; never empty.
    """

    WHAT: ClassVar[str] = "file"
    """What the file describes."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"1 problem in the {self.WHAT}" if count == 1 else f"{count} problems in the {self.WHAT}"
        return "\n".join([f"{head}:", *(str(problem) for problem in self.problems)])


class ConfigError(UnusableFileError):
    """A device config that cannot be used."""

    WHAT = "device config"


def nearest(value: str, candidates: Sequence[str]) -> str:
    """Return the candidate that is spelt most like `value`, upper and lower case alike; empty when none is near."""
    folded = {candidate.casefold().replace("_", "-"): candidate for candidate in candidates}
    close = get_close_matches(value.casefold().replace("_", "-"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""
