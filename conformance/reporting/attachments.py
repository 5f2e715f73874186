"""The files that a PDF carries: the run record inside the report."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator
from typing import Any, Final

_DEEPEST: Final = 8
_MOST: Final = 64
_MOST_OCTETS: Final = 1 << 30


class AttachmentError(Exception):
    """The files inside a PDF cannot be read; the message says why."""


def readable() -> bool:
    """Whether a PDF can be read here: that comes with the extra `sign`."""
    return importlib.util.find_spec("pyhanko") is not None


def attachments(document: bytes) -> dict[str, bytes]:
    """The embedded files of a PDF by name (ISO 32000-1, 7.11.4).

    Raises:
        AttachmentError: it is no readable PDF.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - comes with the extra

    try:
        root = PdfFileReader(io.BytesIO(document)).root
        names = root.get("/Names")
        tree = names.get("/EmbeddedFiles") if names is not None else None
        found: dict[str, bytes] = {}
        for name, specification in _entries(tree, 0):
            content = specification["/EF"]["/F"].data
            if len(found) == _MOST or len(content) > _MOST_OCTETS:
                raise AttachmentError("carries too many or too large files")
            found[name] = content
    except AttachmentError:
        raise
    except Exception as error:  # rubbish fails in many ways
        said = " ".join((str(error) or type(error).__name__).split())[:200]
        raise AttachmentError(f"is no readable PDF ({said})") from None
    return found


def _entries(node: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """The leaves of a name tree (ISO 32000-1, 7.9.6)."""
    if node is None or depth > _DEEPEST:
        return
    leaves = node.get("/Names", ())
    for at in range(0, len(leaves) - 1, 2):
        yield str(leaves[at]), leaves[at + 1]
    for kid in node.get("/Kids", ()):
        yield from _entries(kid.get_object(), depth + 1)
