r"""The text syntax of conformance-test information files: `Name = value`, blocks, quoted octets, text and comments.

A file is members, `Name = value`; a value is a block `{ … }` of members and values, a list `[ … ]`, a number, a word,
or a string. A string holds octets in hexadecimal digits, or text: always where it begins with an escaped quotation
mark (`"\"text"`), otherwise where it is no hexadecimal digits. `//` begins a comment. Commas and semicolons separate;
they may be left out. This is the general form as it is described in public; nothing rests on a confidential document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 1 << 20
MOST_VALUES: Final = 50_000
DEEPEST: Final = 32
_LONGEST_TOKEN: Final = 64 << 10
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*)|(?P<string>"(?:[^"\\\n]|\\[^\n])*")|(?P<marked>\\"[^"\n]*"?)"""
    r"""|(?P<number>[+-]?(?:0[xX][0-9A-Fa-f]+|\d+(?:\.\d+)?)(?![\w.]))|(?P<word>\w[\w.:\-/+]*)|(?P<sign>[={}\[\],;])""",
    re.ASCII,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_DIGITS: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*", re.ASCII)


class SyntaxFault(ValueError):
    """A file that is not of this syntax: the message says where, and what was expected.

    Attributes:
        line: from 1.
        column: from 1.
    """

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Quoted:
    """A string.

    Attributes:
        raw: what stands between the quotation marks, escapes undone.
        marked: it is text, for it began with an escaped quotation mark.
    """

    raw: str
    marked: bool = False

    @property
    def octets(self) -> bytes | None:
        """The octets that it holds; None where it is text."""
        digits = "".join(self.raw.split())
        return bytes.fromhex(digits) if not self.marked and _DIGITS.fullmatch(digits) else None


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Word:
    """An identifier: a name that stands for something."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Members, and values without a name, in their order; the same for a list."""

    entries: tuple[Member, ...]


Value = Quoted | Number | Word | Block


@dataclass(frozen=True, slots=True)
class Member:
    """A value with its name and place.

    Attributes:
        name: None for a value that has none.
        line: where it begins, from 1.
    """

    name: str | None
    value: Value
    line: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int
    column: int


def parse(text: str) -> tuple[Member, ...]:
    """The members of a file.

    Raises:
        SyntaxFault: it is not of this syntax, too large, or nested too deeply.
    """
    if len(text) > MOST_CHARACTERS:
        raise SyntaxFault(1, 1, f"longer than {MOST_CHARACTERS} characters: no information file is")
    return _Parser(text).file()


def _tokens(text: str) -> Iterator[_Token]:
    place, line, start = 0, 1, 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        column = place - start + 1
        if match is None or match.lastgroup is None:
            raise SyntaxFault(line, column, _unexpected(text, place))
        found = match.group()
        if len(found) > _LONGEST_TOKEN:
            raise SyntaxFault(line, column, f"a word or string of more than {_LONGEST_TOKEN} characters")
        if match.lastgroup != "space":
            yield _Token(match.lastgroup, found, line, column)
        if newlines := found.count("\n"):
            line, start = line + newlines, place + found.rindex("\n") + 1
        place = match.end()
    yield _Token("end", "", line, place - start + 1)


def _unexpected(text: str, place: int) -> str:
    if text[place] == '"':
        return 'a string that does not end on its line, expected a closing quotation mark (")'
    character = text[place]
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return f"unexpected {shown}, expected a name, a value, or one of = {{ }} [ ] , ;"


class _Parser:
    """Takes tokens one by one, with one looked at ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._ahead = next(self._tokens)
        self._values = 0

    def file(self) -> tuple[Member, ...]:
        """All members, to the end."""
        found: list[Member] = []
        while True:
            self._skip_separators()
            if self._ahead.kind == "end":
                return tuple(found)
            if self._ahead.kind != "word":
                raise self._fault("the name of a member")
            found.append(self._entry(0, named=True))

    def _entry(self, depth: int, *, named: bool = False) -> Member:
        token = self._ahead
        if token.kind == "word":
            self._take()
            if self._ahead.text == "=":
                self._take()
                return Member(token.text, self._value(depth), token.line)
            if named:
                raise self._fault(f"= after {_shown(token.text)}")
            self._count(token)
            return Member(None, Word(token.text), token.line)
        return Member(None, self._value(depth), token.line)

    def _value(self, depth: int) -> Value:
        token = self._ahead
        self._count(token)
        match token.kind:
            case "string":
                return _quoted(self._take().text[1:-1])
            case "marked":
                return Quoted(self._take().text[2:].rstrip('"').rstrip("\\"), marked=True)
            case "number":
                return Number(_number(self._take().text))
            case "word":
                return Word(self._take().text)
            case "sign" if token.text in "{[":
                return self._block(depth)
        raise self._fault("a value: {, [, a string, a number or a word")

    def _block(self, depth: int) -> Block:
        opening = self._take()
        if depth >= DEEPEST:
            raise SyntaxFault(opening.line, opening.column, f"blocks nest more than {DEEPEST} deep")
        closing = "}" if opening.text == "{" else "]"
        found: list[Member] = []
        while True:
            self._skip_separators()
            if self._ahead.text == closing and self._ahead.kind == "sign":
                self._take()
                return Block(tuple(found))
            if self._ahead.kind == "end":
                raise self._fault(f"{closing} for the {opening.text} of line {opening.line}")
            found.append(self._entry(depth + 1))

    def _skip_separators(self) -> None:
        while self._ahead.kind == "sign" and self._ahead.text in ",;":
            self._take()

    def _take(self) -> _Token:
        token = self._ahead
        self._ahead = next(self._tokens, token)
        return token

    def _count(self, token: _Token) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise SyntaxFault(token.line, token.column, f"more than {MOST_VALUES} values")

    def _fault(self, expected: str) -> SyntaxFault:
        token = self._ahead
        found = "the end of the file" if token.kind == "end" else _shown(token.text)
        return SyntaxFault(token.line, token.column, f"{found}, expected {expected}")


def _quoted(inside: str) -> Quoted:
    text = _ESCAPED.sub(r"\1", inside)
    if not inside.startswith('\\"'):
        return Quoted(text)
    return Quoted(text[1:-1] if inside.endswith('\\"') and len(text) > 1 else text[1:], marked=True)


def _number(text: str) -> int | float:
    if "." in text:
        return float(text)
    return int(text, 16) if "x" in text.lower() else _decimal(text)


def _decimal(text: str) -> int:
    # Longer numbers mean nothing here, and int() refuses some of them.
    return int(text) if len(text) <= 40 else (1 << 128)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
