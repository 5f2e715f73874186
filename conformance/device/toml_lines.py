"""Where each key of a TOML file stands: `tomllib` tells no lines, and an error without a line is half an error."""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_END_OF_SCALAR = ",]}#\r\n"


class LineIndex:
    """The place of every table header, key and array element of a TOML text that `tomllib` has accepted.

    Paths are as in the parsed document: keys, and indices for arrays, also for arrays of tables.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._line = 1
        self._line_start = 0
        self._last_element: dict[Path, int] = {}
        self.places: dict[Path, Place] = {}
        self._scan()

    def locate(self, path: Path) -> Place:
        """Return (line, column), both from 1, of the path or of the nearest table around it that stands in the file."""
        for length in range(len(path), 0, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return (1, 1)

    def _peek(self) -> str:
        return self._source[self._position : self._position + 1]

    def _place(self) -> Place:
        return (self._line, self._position - self._line_start + 1)

    def _advance(self, count: int = 1) -> None:
        for _ in range(count):
            if self._peek() == "\n":
                self._line += 1
                self._line_start = self._position + 1
            self._position += 1

    def _skip_blank(self) -> None:
        """Skip white space, line ends and comments."""
        while char := self._peek():
            if char == "#":
                while self._peek() not in ("\n", ""):
                    self._advance()
            elif char in " \t\r\n":
                self._advance()
            else:
                return

    def _record(self, path: Path, place: Place) -> None:
        self.places.setdefault(path, place)

    def _scan(self) -> None:
        table: Path = ()
        while True:
            self._skip_blank()
            if not self._peek():
                return
            table = self._header() if self._peek() == "[" else self._pair(table, table)

    def _header(self) -> Path:
        place = self._place()
        of_array = self._source.startswith("[[", self._position)
        self._advance(2 if of_array else 1)
        keys = self._keys()
        self._advance(2 if of_array else 1)
        path = self._inside((), keys[:-1])
        path = (*path, keys[-1])
        self._record(path, place)
        if of_array:
            index = self._last_element.get(path, -1) + 1
            self._last_element[path] = index
            path = (*path, index)
            self._record(path, place)
        return path

    def _inside(self, path: Path, keys: list[str]) -> Path:
        """Follow keys; one that names an array of tables means its newest element."""
        for key in keys:
            path = (*path, key)
            if path in self._last_element:
                path = (*path, self._last_element[path])
        return path

    def _pair(self, table: Path, result: Path) -> Path:
        place = self._place()
        keys = self._keys()
        self._advance()  # the equals sign
        path = table
        for key in keys:
            path = (*path, key)
            self._record(path, place)
        self._skip_blank()
        self._value(path)
        return result

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip_blank()
            if self._peek() in ('"', "'"):
                keys.append(self._string())
            else:
                start = self._position
                while self._peek() not in ("", ".", "=", "]", " ", "\t"):
                    self._advance()
                keys.append(self._source[start : self._position])
            self._skip_blank()
            if self._peek() != ".":
                return keys
            self._advance()

    def _value(self, path: Path) -> None:
        char = self._peek()
        if char in ('"', "'"):
            self._string()
        elif char == "[":
            self._advance()
            self._elements(path)
        elif char == "{":
            self._advance()
            self._inline_table(path)
        else:
            while self._peek() and self._peek() not in _END_OF_SCALAR:
                self._advance()

    def _elements(self, path: Path) -> None:
        index = 0
        while True:
            self._skip_blank()
            if self._peek() in ("]", ""):
                self._advance()
                return
            self._record((*path, index), self._place())
            self._value((*path, index))
            index += 1
            self._comma()

    def _inline_table(self, path: Path) -> None:
        while True:
            self._skip_blank()
            if self._peek() in ("}", ""):
                self._advance()
                return
            self._pair(path, path)
            self._comma()

    def _comma(self) -> None:
        self._skip_blank()
        if self._peek() == ",":
            self._advance()

    def _string(self) -> str:
        """Skip a string of any of the four kinds and return its text, as far as a key can need it."""
        quote = self._peek()
        close = quote * 3 if self._source.startswith(quote * 3, self._position) else quote
        self._advance(len(close))
        text: list[str] = []
        while self._peek() and not self._source.startswith(close, self._position):
            if quote == '"' and self._peek() == "\\":
                self._advance()
                text.append(_ESCAPES.get(self._peek(), self._peek()))
            else:
                text.append(self._peek())
            self._advance()
        # A multi-line string may end in one or two quotes of its own before the closing three.
        while len(close) == 3 and self._source.startswith(quote, self._position + 3):
            self._advance()
        self._advance(len(close))
        return "".join(text)
