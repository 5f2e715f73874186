"""The octets of a line of text: hexadecimal digits in any dress, and what among them is not a digit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_CLEAN: Final = re.compile(r"[0-9A-Fa-f]{2}(?: ?[0-9A-Fa-f]{2})*")
_TOKEN: Final = re.compile(r"[^\s,;:\-_|{}\[\]()\"'<>=`/]+")
_PREFIX: Final = re.compile(r"(?:0[xX]|\\x|\$|&[hH])")
_DIGITS: Final = re.compile(r"[0-9A-Fa-f]+")
LOOKS_LIKE: Final = {"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "i": "1", "S": "5", "s": "5", "Z": "2", "z": "2"}
"""Characters that are taken for digits where a page is read by eye or machine, with the digit that was meant."""
_HEXLIKE: Final = re.compile(r"[0-9A-Fa-fOoQlIiSsZzGgqT|!?]+")
_JOINING: Final = re.compile(r"[ \t]*[,;][ \t]*|[ \t]+|[:\-_]")
_LENGTHS: Final = re.compile(
    r"\b(?:len|length|size|count|seq|id)\s{0,3}[=:]\s{0,3}\d{1,9}\b|"
    r"\b(?:len|length|size|count|bytes|octets|id|no|seq|port|baud|frame|packet|line)\b\.?\s{0,3}[=:#]?\s{0,3}\d{1,9}\b"
    r"(?![ :-][0-9A-Fa-f]{2}\b)|\b\d{1,9}\s{0,3}(?:bytes?|octets?|bits?)\b|\bCOM\d{1,3}\b",
    re.IGNORECASE,
)
BLANK: Final = "§"
"""What stands in the place of characters that are known to be something else than octets."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something among the digits that is none, or a digit too few.

    Attributes:
        digit: index of the digit in the run that it spoils.
        column: in the line, counted from 1.
        message: what is wrong.
        reading: the digit that was likely meant; empty where none is likely.
        padded: a digit that stands alone and may be an octet below 10.
    """

    digit: int
    column: int
    message: str
    reading: str = ""
    padded: bool = False


@dataclass(slots=True)
class HexRun:
    """A run of octets in a line.

    Attributes:
        digits: two for each octet, 0 where one could not be read.
        start: index of its first character in the line.
        end: index behind its last one.
        flaws: in the order of the digits.
        joined: it is one word without separators, so that the next line may go on within an octet.
    """

    digits: str
    start: int
    end: int
    flaws: list[Flaw] = field(default_factory=list)
    joined: bool = False

    @property
    def octets(self) -> int:
        """How many octets it has."""
        return len(self.digits) // 2


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    prefixed: bool
    flawed: bool


def find(line: str) -> HexRun | None:
    """The longest run of octets in a line; None where there is none."""
    stripped = line.strip()
    if _CLEAN.fullmatch(stripped):
        start = len(line) - len(line.lstrip())
        return HexRun(stripped.replace(" ", ""), start, start + len(stripped), joined=" " not in stripped)
    line = _LENGTHS.sub(lambda found: BLANK * len(found[0]), line)
    best: list[_Word] = []
    size = 0
    for words in _runs(line):
        length = sum(len(word.text) for word in words)
        if length > size:
            best, size = words, length
    return _run(best) if best else None


def _runs(line: str) -> list[list[_Word]]:
    """Words of digits with nothing but separators between them."""
    runs: list[list[_Word]] = []
    current: list[_Word] = []
    behind = 0
    for found in _TOKEN.finditer(line):
        word = _word(found, line)
        if word is None:
            behind = -1
            continue
        continued = bool(current) and behind == current[-1].end and _joins(line, behind, found.start())
        if not continued:
            current = []
            runs.append(current)
        current.append(word)
        behind = word.end
    return [_trimmed(words) for words in runs]


def _joins(line: str, start: int, end: int) -> bool:
    return end - start < 40 and _JOINING.fullmatch(line, start, end) is not None


def _word(found: re.Match[str], line: str) -> _Word | None:
    text = found[0]
    start, end = found.span()
    prefix = _PREFIX.match(text)
    if prefix is not None:
        text = text[prefix.end() :]
    elif len(text) == 3 and text[2] in "hH":
        text = text[:2]
    if _DIGITS.fullmatch(text):
        return _Word(text, start, end, prefix is not None, False)
    if "\\x" in text:
        text = text.replace("\\x", "")
        return _Word(text, start, end, False, False) if _DIGITS.fullmatch(text) else None
    if not _HEXLIKE.fullmatch(text):
        return None
    good = sum(1 for digit in text if digit in "0123456789ABCDEFabcdef")
    alone = len(text) <= 2
    if (alone and _between_octets(line, start, end)) or (len(text) >= 8 and good * 4 >= len(text) * 3):
        return _Word(text, start, end, prefix is not None, True)
    return None


_OCTET_BEFORE: Final = re.compile(r"(?:^|[\s,;:\-xX])[0-9A-Fa-f]{2}[\s,;:\-]{1,3}(?:0[xX])?$")
_OCTET_BEHIND: Final = re.compile(r"[\s,;:\-]{1,3}(?:0[xX])?[0-9A-Fa-fOolI]{2}(?:[\s,;:\-]|$)")


def _between_octets(line: str, start: int, end: int) -> bool:
    """Whether a short word stands among octets, so that it must be one."""
    return bool(_OCTET_BEFORE.search(line[max(start - 12, 0) : start])) and (
        bool(_OCTET_BEHIND.match(line[end : end + 12])) or not line[end:].strip()
    )


def _trimmed(words: list[_Word]) -> list[_Word]:
    """Without numbers that stand before octets of another dress: `31 0x7E 0xA0`."""
    prefixed = sum(1 for word in words if word.prefixed)
    if prefixed >= 2:
        while words and not words[0].prefixed:
            words = words[1:]
    return words


def _run(words: list[_Word]) -> HexRun:
    single = len(words) == 1
    run = HexRun("", words[0].start, words[-1].end, joined=single)
    parts: list[str] = []
    count = 0
    for word in words:
        text = word.text
        column = word.end - len(text) + 1
        if len(text) % 2 and not single:
            alone = len(text) == 1
            told = f"{word.text!r} is one digit" if alone else f"{len(text)} digits are no whole octets"
            run.flaws.append(Flaw(count, column, told, padded=alone))
            text = f"0{text}"
        if word.flawed:
            text = _mended(run, text, count, column - (len(text) - len(word.text)))
        parts.append(text)
        count += len(text)
    run.digits = "".join(parts)
    return run


def _mended(run: HexRun, text: str, count: int, column: int) -> str:
    digits = []
    for index, digit in enumerate(text):
        if digit in "0123456789ABCDEFabcdef":
            digits.append(digit)
            continue
        digits.append("0")
        message = f"{digit!r} stands where a hexadecimal digit belongs"
        run.flaws.append(Flaw(count + index, column + index, message, LOOKS_LIKE.get(digit, "")))
    return "".join(digits)
