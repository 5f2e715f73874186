"""The frames of a report, packed for the page's own script: every text and every message once, however often it occurs.

The script draws an exchange when its subtest is opened, so that a page with thousands of frames opens at once. Field
trees are packed until `BUDGET` characters are used, those of frames that matter most first; messages beyond have their
octets and one line of meaning.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any, Protocol

from conformance.record.frames import Frame, Layer
from conformance.record.model import DecidingOctets
from conformance.record.redaction import Span
from conformance.reporting.dissection import View, locate, view
from conformance.reporting.legible import line

BUDGET = 12_000_000
"""Characters of packed frames in one page, before they are deflated."""

_BEYOND_BUDGET = "fields left out to keep this page small; see the frame log"
_DIRECTIONS = ("C>S", "S>C")
"""A direction that is neither is not known."""


class Packable(Protocol):
    """What can be packed: a frame of a log, or one of a capture, whose time and direction may not be known."""

    @property
    def n(self) -> int:
        """Number."""
        ...

    @property
    def t(self) -> float | None:
        """Seconds; None where they are not known."""
        ...

    @property
    def dir(self) -> str:
        """`C>S`, `S>C`, or empty where it is not known."""
        ...

    @property
    def layer(self) -> Layer:
        """What the octets are."""
        ...

    @property
    def note(self) -> str:
        """Anything said of it."""
        ...

    @property
    def hex(self) -> str:
        """The octets."""
        ...

    @property
    def apdu(self) -> str | None:
        """The APDU that it completes."""
        ...

    @property
    def plain(self) -> str | None:
        """The deciphered APDU."""
        ...

    @property
    def redacted(self) -> tuple[Span, ...]:
        """Spans of `hex` that are not shown."""
        ...

    @property
    def apdu_redacted(self) -> tuple[Span, ...]:
        """Spans of `apdu`."""
        ...

    @property
    def plain_redacted(self) -> tuple[Span, ...]:
        """Spans of `plain`."""
        ...


class Packer:
    """Collects frames and gives what the script reads.

    The result has `strings`, a table of texts; `messages`, each [octets in hex, size, summary, problem, masked spans,
    rows], where rows are flat runs of depth (negative for a message within the message), name, start, length, meaning;
    and `frames` by number, each [seconds, direction (0 to the meter, 1 from it, 2 not known), layer, note, message of
    the frame, of the APDU it completes, of the deciphered APDU]. Texts are indices into `strings`, messages indices
    into `messages`, -1 stands for none.
    """

    def __init__(self, budget: int = BUDGET, beyond: str = _BEYOND_BUDGET) -> None:
        """`beyond` stands where the fields of a message were left out."""
        self._left = budget
        self._beyond = beyond
        self._strings: dict[str, int] = {}
        self._messages: list[list[Any]] = []
        self._known: dict[tuple[str, str, tuple[Span, ...]], int] = {}
        self._frames: dict[int, list[Any]] = {}

    def add(self, frames: Iterable[Packable]) -> None:
        """Pack `frames` unless they are already; call first for those that matter most."""
        for frame in frames:
            if frame.n not in self._frames:
                self._frames[frame.n] = [
                    frame.t,
                    _DIRECTIONS.index(frame.dir) if frame.dir in _DIRECTIONS else 2,
                    self._string(frame.layer),
                    self._string(line(frame.note)) if frame.note else -1,
                    self._message(frame.layer, frame.hex, frame.redacted),
                    self._message("apdu", frame.apdu, frame.apdu_redacted),
                    self._message("apdu", frame.plain, frame.plain_redacted),
                ]

    def json(self) -> str:
        """What was packed, safe inside a script element."""
        return self._text().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    def deflated(self) -> str:
        """What was packed, deflated (RFC 1951) and in base64: a fifth of the size, for pages with many frames."""
        deflating = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
        packed = deflating.compress(self._text().encode("ascii")) + deflating.flush()
        return base64.b64encode(packed).decode("ascii")

    def _text(self) -> str:
        packed = {"strings": list(self._strings), "messages": self._messages, "frames": self._frames}
        return json.dumps(packed, separators=(",", ":"), ensure_ascii=True)

    def _string(self, text: str) -> int:
        index = self._strings.setdefault(text, len(self._strings))
        if index == len(self._strings) - 1:
            self._left -= len(text) + 3
        return index

    def _message(self, layer: Layer, digits: str | None, masked: tuple[Span, ...]) -> int:
        if digits is None:
            return -1
        key = (layer, digits, masked)
        index = self._known.get(key)
        if index is None:
            index = self._known[key] = len(self._messages)
            self._messages.append(self._packed(view(layer, bytes.fromhex(digits), masked)))
        return index

    def _packed(self, message: View) -> list[Any]:
        problem = message.problem
        rows: list[int] = []
        if self._left > 0:
            known, new = self._strings.get, self._string
            for depth, path, name, start, end, meaning, _ in message.rows:
                # Hundreds of thousands of rows, and few texts: most are known.
                named, meant = known(name), known(meaning) if meaning else -1
                rows += (
                    -depth if path == name else depth,
                    new(name) if named is None else named,
                    start,
                    end - start,
                    new(meaning) if meant is None else meant,
                )
        elif message.rows:
            problem = "; ".join(filter(None, (problem, self._beyond)))
        digits = message.octets.hex().upper()
        self._left -= len(digits) + 3 * len(rows) + 30
        summary = self._string(message.summary)
        return [digits, message.size, summary, self._string(problem) if problem else -1, message.masked, rows]


def mark_of(frame: Frame, deciding: DecidingOctets) -> str:
    """Where the deciding octets are drawn, as `frame:view:start:end` with views as in `Packer`; empty when nowhere."""
    views = views_of(frame)
    indices = [index for index, shown in enumerate(views) if shown is not None]
    shown_views = [shown for shown in views if shown is not None]
    place = locate(shown_views, deciding.path, deciding.start, deciding.end, deciding.octets)
    return f"{frame.n}:{indices[place[0]]}:{place[1]}:{place[2]}" if place is not None else ""


def views_of(frame: Packable) -> tuple[View, View | None, View | None]:
    """The frame, the APDU that it completes, and the deciphered APDU."""
    return (
        view(frame.layer, bytes.fromhex(frame.hex), frame.redacted),
        view("apdu", bytes.fromhex(frame.apdu), frame.apdu_redacted) if frame.apdu is not None else None,
        view("apdu", bytes.fromhex(frame.plain), frame.plain_redacted) if frame.plain is not None else None,
    )
