"""The one error family of the wire language: a failed decoding says where, on what octets, and what would be legal."""

from __future__ import annotations


class DlmsError(Exception):
    """Anything that `conformance.dlms` raises on purpose."""


class EncodeError(DlmsError):
    """A value that has no encoding: out of range, of the wrong type, too long."""


class DecodeError(DlmsError):
    """Octets that are no legal encoding.

    Attributes:
        message: what is wrong, in words.
        path: names of the fields from the message's root to the one that failed, joined by dots; empty at the root.
        offset: index of the first octet that is wrong, counted in octets from the start of the message.
        octets: the octets at `offset` that decide it, at most 16; empty when octets are missing.
        expected: what would have been legal, in words; empty when `message` says it all.
    """

    def __init__(
        self, message: str, *, path: str = "", offset: int = 0, octets: bytes = b"", expected: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.offset = offset
        self.octets = octets[:16]
        self.expected = expected

    def __str__(self) -> str:
        where = f"{self.path or 'message'}, octet {self.offset}"
        seen = f" [{self.octets.hex(' ').upper()}]" if self.octets else ""
        legal = f"; expected {self.expected}" if self.expected else ""
        return f"{where}{seen}: {self.message}{legal}"


class CipherError(DlmsError):
    """A protected APDU that does not open: the tag does not verify, or its length is not the suite's.

    Attributes:
        reason: stable kebab-case word: `tag-invalid`, `tag-length`, `too-short`, `key-length`, `title-length`, `suite`,
            `security-control`, `reply-invalid`, `public-key`, `private-key`, `curve`, `signature-invalid`, `unwrap`.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
