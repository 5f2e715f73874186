"""The grammar of the type language: words, parentheses, bounds, formats and alternatives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import NoReturn

from conformance.cosem.type_language import (
    INTEGERS,
    STRINGS,
    WORDS,
    ArrayType,
    Bounds,
    ChoiceType,
    CompactArrayType,
    EnumeratedType,
    Format,
    SimpleType,
    StructureType,
    TypeExpression,
    TypeLanguageError,
)
from conformance.dlms.data.types import DataType

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z][A-Za-z0-9_-]*)|(?P<number>-?(?:0x[0-9A-Fa-f]+|\d+))|(?P<sign>\.\.|[(),:|]))"
)
_NESTING_LIMIT = 16
_FORMAT_LENGTHS = {
    Format.LOGICAL_NAME: 6,
    Format.DATE_TIME: 12,
    Format.DATE: 5,
    Format.TIME: 4,
    Format.TITLE: 8,
}
_FORMATS = {format_.value: format_ for format_ in Format}


class Grammar:
    """One reading of one line; made, asked once, thrown away."""

    def __init__(
        self, text: str, names: Mapping[str, TypeExpression], enumerations: Mapping[str, Mapping[int, str]]
    ) -> None:
        self._text = text
        self._names = names
        self._enumerations = enumerations
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def parse(self) -> TypeExpression:
        """The type that the whole text says."""
        expression = self._choice()
        if self._peek():
            self._fail(f"{self._peek()!r} does not belong here; alternatives are joined by |")
        return expression

    def _split(self) -> list[tuple[str, int]]:
        tokens: list[tuple[str, int]] = []
        position, end = 0, len(self._text.rstrip())
        while position < end:
            match = _TOKEN.match(self._text, position)
            if match is None:
                column = position + 1 + len(self._text[position:]) - len(self._text[position:].lstrip())
                raise TypeLanguageError(self._text, column, f"{self._text[column - 1]!r} is no part of a type")
            tokens.append((match[0].strip(), match.end() - len(match[0].strip()) + 1))
            position = match.end()
        return tokens

    def _choice(self) -> TypeExpression:
        self._depth += 1
        if self._depth > _NESTING_LIMIT:
            self._fail(f"nested more than {_NESTING_LIMIT} deep")
        alternatives: list[TypeExpression] = []
        while True:
            alternative = self._one()
            alternatives += alternative.alternatives if isinstance(alternative, ChoiceType) else (alternative,)
            if self._peek() != "|":
                break
            self._next += 1
        self._depth -= 1
        return alternatives[0] if len(alternatives) == 1 else ChoiceType(tuple(alternatives))

    def _one(self) -> TypeExpression:
        word = self._word("a type")
        if self._peek() != "(":
            expression = self._plain(word)
        else:
            self._next += 1
            expression = self._with_arguments(word)
            self._take(")")
        return self._formatted(expression)

    def _plain(self, word: str) -> TypeExpression:
        known = WORDS.get(word)
        if known is None:
            known = self._names.get(word)
        if known is None:
            near = get_close_matches(word, [*WORDS, *self._names], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._fail(f"{word!r} is neither a type nor a named type of this file or of shared.toml{hint}", back=1)
        return known

    def _with_arguments(self, word: str) -> TypeExpression:
        match word:
            case "array":
                element = self._choice()
                return ArrayType(element, self._bounds_after_comma())
            case "compact-array":
                element = self._choice()
                return CompactArrayType(element, self._bounds_after_comma())
            case "structure":
                return StructureType(self._elements())
        known = WORDS.get(word)
        if not isinstance(known, SimpleType) or known.type not in INTEGERS | STRINGS:
            self._fail(f"{word!r} takes nothing in parentheses", back=2)
        if self._peek()[:1].isalpha():
            return self._enumerated(known.type)
        return SimpleType(known.type, self._bounds())

    def _elements(self) -> tuple[tuple[str, TypeExpression], ...]:
        elements: list[tuple[str, TypeExpression]] = []
        while True:
            name = self._word("an element's name")
            if name in (known for known, _ in elements):
                self._fail(f"two elements are called {name!r}", back=1)
            self._take(":")
            elements.append((name, self._choice()))
            if self._peek() != ",":
                return tuple(elements)
            self._next += 1

    def _enumerated(self, type_: DataType) -> EnumeratedType:
        if type_ not in INTEGERS and type_ is not DataType.BIT_STRING:
            self._fail(f"{type_.label} cannot be an enumeration; give its length")
        name = self._word("an enumeration")
        meanings = self._enumerations.get(name)
        if meanings is None:
            near = get_close_matches(name, [*self._enumerations], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._fail(f"{name!r} is no enumeration of this file or of shared.toml{hint}", back=1)
        return EnumeratedType(type_, name, meanings)

    def _bounds_after_comma(self) -> Bounds | None:
        if self._peek() != ",":
            return None
        self._next += 1
        return self._bounds()

    def _bounds(self) -> Bounds:
        ranges = [self._range()]
        while self._peek() == ",":
            self._next += 1
            ranges.append(self._range())
        return Bounds(tuple(ranges))

    def _range(self) -> tuple[int | None, int | None]:
        low = self._number()
        if self._peek() != "..":
            if low is None:
                self._fail(f"{self._peek() or 'the end'!r} is no bound; write 6, 0..16 or 8..")
            return low, low
        self._next += 1
        high = self._number()
        if low is not None and high is not None and low > high:
            self._fail(f"{low}..{high} runs backwards", back=1)
        return low, high

    def _number(self) -> int | None:
        token = self._peek()
        if not token.lstrip("-")[:1].isdigit():
            return None
        self._next += 1
        return int(token, 0) if "x" in token else int(token)

    def _formatted(self, expression: TypeExpression) -> TypeExpression:
        if self._peek() != "as":
            return expression
        self._next += 1
        word = self._word("a format")
        format_ = _FORMATS.get(word)
        if format_ is None:
            self._fail(f"{word!r} is no format; there are {', '.join(_FORMATS)}", back=1)
        if not isinstance(expression, SimpleType) or expression.type not in STRINGS - {DataType.BIT_STRING}:
            self._fail(f"{expression} has no format; octet-string, visible-string and utf8-string have", back=2)
        length = _FORMAT_LENGTHS.get(format_)
        bounds = expression.bounds
        if length is not None and bounds is None:
            bounds = Bounds(((length, length),))
        if length is not None and bounds is not None and not bounds.allows(length):
            self._fail(f"{word} has {length} octets, which ({bounds}) does not allow", back=1)
        return SimpleType(expression.type, bounds, format_)

    def _word(self, wanted: str) -> str:
        token = self._peek()
        if not token[:1].isalpha():
            self._fail(f"{wanted} is wanted, not {token!r}" if token else f"{wanted} is missing at the end")
        self._next += 1
        return token

    def _take(self, sign: str) -> None:
        token = self._peek()
        if token != sign:
            self._fail(f"{sign!r} is wanted, not {token!r}" if token else f"{sign!r} is missing at the end")
        self._next += 1

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _fail(self, fault: str, back: int = 0) -> NoReturn:
        index = self._next - back
        column = self._tokens[index][1] if 0 <= index < len(self._tokens) else len(self._text) + 1
        raise TypeLanguageError(self._text, column, fault)
