"""A logo that can be put on a page without harm: a PNG of a sane size, or an SVG that only draws.

The file comes from whoever wrote the branding, and ends up in pages that others open: what could run, load or blow up
is refused, not removed, so that the logo on the page is the logo in the file.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from xml.parsers import expat

MOST_OCTETS: Final = 512 << 10
_MOST_PIXELS: Final = 4096
"""Along each side."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SVG: Final = "http://www.w3.org/2000/svg"
_DEEPEST: Final = 64
_MOST_ELEMENTS: Final = 20_000
_MOST_USES: Final = 32
"""Elements that show another once more: nested, n of them make up to 3 to the power of n / 3 copies."""
_REFUSED: Final = {
    "script": "runs code",
    "foreignObject": "holds what is no drawing",
    "image": "loads a picture; give the picture itself as a PNG",
    "feImage": "loads a picture",
    "iframe": "loads a page",
    "embed": "loads a file",
    "object": "loads a file",
    "audio": "loads a file",
    "video": "loads a file",
    "handler": "runs code",
    "text": "needs a font; convert text to paths",
    "filter": "is drawn pixel by pixel; flatten the drawing",
}
_REFERENCE: Final = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)", re.IGNORECASE)
_LOADS: Final = re.compile(r"@import|@font-face|expression\s*\(|\\", re.IGNORECASE)
_OWN_TAGS: Final = frozenset({"", _SVG})


class LogoError(Exception):
    """A logo that is refused; the message follows on its name."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo.

    Attributes:
        octets: of the file.
        media_type: `image/png` or `image/svg+xml`.
    """

    octets: bytes
    media_type: Literal["image/png", "image/svg+xml"]


def check(content: bytes) -> Logo:
    """The logo in `content`, which its first octets must show to be PNG or SVG.

    Raises:
        LogoError: it is neither, or would do more than draw.
    """
    if len(content) > MOST_OCTETS:
        raise LogoError(f"is larger than {MOST_OCTETS >> 10} KiB; make it smaller")
    if content.startswith(_PNG):
        _check_png(content)
        return Logo(content, "image/png")
    _SvgCheck().check(content)
    return Logo(content, "image/svg+xml")


def _check_png(content: bytes) -> None:
    """Chunk by chunk: order, check sequences and the size of the picture (ISO/IEC 15948, clauses 5 and 11.2)."""
    at = len(_PNG)
    kinds: list[bytes] = []
    while at < len(content):
        if at + 12 > len(content):
            raise LogoError("is a PNG that ends within a chunk; save it again")
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        if end + 4 > len(content):
            raise LogoError("is a PNG that ends within a chunk; save it again")
        if zlib.crc32(content[at + 4 : end]) != struct.unpack_from(">I", content, end)[0]:
            raise LogoError("is a PNG with a damaged chunk; save it again")
        if not kinds:
            _check_header(kind, content[at + 8 : end])
        kinds.append(kind)
        at = end + 4
        if kind == b"IEND":
            break
    if not kinds or kinds[-1] != b"IEND" or b"IDAT" not in kinds or at != len(content):
        raise LogoError("is no whole PNG; save it again")


def _check_header(kind: bytes, header: bytes) -> None:
    if kind != b"IHDR" or len(header) != 13:
        raise LogoError("is no PNG: it does not begin with its header")
    width, height = struct.unpack(">II", header[:8])
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise LogoError(f"has {width} by {height} pixels; at most {_MOST_PIXELS} along each side")


class _SvgCheck:
    """Reads an SVG and refuses what is more than a drawing."""

    def __init__(self) -> None:
        self._depth = 0
        self._elements = 0
        self._uses = 0
        self._style: list[str] | None = None

    def check(self, content: bytes) -> None:
        """Read all of it."""
        parser = expat.ParserCreate("UTF-8", " ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            content.decode("utf-8")
            parser.Parse(content, True)
        except UnicodeDecodeError:
            raise LogoError("is neither a PNG nor an SVG in UTF-8; convert it") from None
        except expat.ExpatError as error:
            raise LogoError(f"is neither a PNG nor an SVG ({error})") from None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if self._elements == 0 and (namespace, tag) != (_SVG, "svg"):
            raise LogoError(f'is XML, but no SVG: its root must be <svg xmlns="{_SVG}">')
        self._elements += 1
        self._depth += 1
        self._uses += tag == "use"
        if self._elements > _MOST_ELEMENTS or self._depth > _DEEPEST or self._uses > _MOST_USES:
            raise LogoError("is too intricate a drawing; simplify it")
        if namespace not in _OWN_TAGS:
            _require_metadata(namespace)
        for refused, why in _REFUSED.items():
            if tag.lower() == refused.lower():
                raise LogoError(f"has an element <{refused}>, which {why}")
        for key, value in attributes.items():
            _check_attribute(key.rpartition(" ")[2], value)
        if tag == "style":
            self._style = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._style is not None and name.rpartition(" ")[2] == "style":
            _check_style("<style>", "".join(self._style))
            self._style = None

    def _characters(self, words: str) -> None:
        if self._style is not None:
            self._style.append(words)

    def _instruction(self, target: str, _data: str) -> None:
        raise LogoError(f"has a processing instruction <?{target[:20]}?>; remove it")

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        if has_internal_subset:
            raise LogoError("declares entities in its DOCTYPE; remove that line")


def _require_metadata(namespace: str) -> None:
    """Editors leave elements of their own; those of HTML would be more than remarks."""
    if "xhtml" in namespace.lower() or "xml-events" in namespace.lower():
        raise LogoError("holds HTML; only a drawing is wanted")


def _check_attribute(key: str, value: str) -> None:
    if key.lower().startswith("on"):
        raise LogoError(f"has an attribute {key[:20]}, which runs code")
    if key.lower() in {"href", "src"} and not value.strip().startswith("#"):
        raise LogoError(f"refers to something outside itself ({key})")
    _check_style(f"attribute {key[:20]}", value)


def _check_style(where: str, words: str) -> None:
    if _REFERENCE.search(words):
        raise LogoError(f"refers to something outside itself ({where})")
    if where == "<style>" or where.endswith(" style"):
        found = _LOADS.search(words)
        if found:
            raise LogoError(f"has {found.group()!r} in its style ({where}); simplify it")
