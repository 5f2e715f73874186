"""Text that the fonts of the PDF can set.

PDF/A refuses a character for which no font has a glyph. The fonts are those that come with Typst; what they cover is
Latin, Greek, Cyrillic, punctuation, arrows, mathematical operators and box drawing. Any other character is printed as
its code point, and stands as it is in the attached record.
"""

from __future__ import annotations

import re
import unicodedata

from conformance.reporting.legible import LONGEST_LINE, LONGEST_TEXT, legible

_UNSETTABLE = re.compile(
    "[^"
    "\t\n -~\u00a0-\u00ac\u00ae-\u02af"
    "\u0370-\u0373\u0374-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"
    "\u0400-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff"
    "\u2010-\u2027\u2030-\u2040\u2042\u2044-\u2052\u2054-\u205e"
    "\u2070\u2071\u2074-\u208e\u2090-\u209c\u20a0-\u20bf"
    "\u2100-\u211e\u2120\u2122\u2124\u2126-\u214f\u2150\u2151\u2153-\u2184\u2189"
    "\u2190-\u23ff\u2500-\u25ff"
    "]"
)
_LONG_WORD = re.compile(r"[^\s\-\u200b]{25,}")
_PIECE = 20
_BREAK = "\u200b"
"""Zero-width space: a line may end there."""


def printable(value: object, limit: int = LONGEST_TEXT) -> str:
    """As `legible`, of characters that can be set, and with places to break in very long words."""
    text = legible(value, limit)
    if not text.isascii():
        text = _UNSETTABLE.sub(_code_point, unicodedata.normalize("NFC", text))
    return _LONG_WORD.sub(_breakable, text)


def printable_line(value: object, limit: int = LONGEST_LINE) -> str:
    """As `printable`, on one line."""
    return " ".join(printable(value, limit).split())


def _code_point(match: re.Match[str]) -> str:
    return f"‹U+{ord(match.group()):04X}›"


def _breakable(match: re.Match[str]) -> str:
    word = match.group()
    return _BREAK.join(word[start : start + _PIECE] for start in range(0, len(word), _PIECE))
