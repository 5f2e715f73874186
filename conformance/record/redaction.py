"""Keeping secrets out of everything that is written down.

Passwords pass in clear in an AARQ, dedicated keys in the InitiateRequest that the tester deciphers, new keys in a key
transfer. Every sink (frame log, journal, log files) writes through one `Redactor`, which replaces the octets of every
secret in every form in which they are likely to appear, and says where it did.
"""

from __future__ import annotations

import base64
import hashlib
import re
from bisect import insort
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Protocol

from conformance.record.text import stored

Span = tuple[int, int]
"""First octet, and octet after the last."""

MASK = 0x2A
"""What stands in the place of a redacted octet: an asterisk. Lengths and offsets stay true."""

_SHORTEST = 4
"""Octets of a secret that is redacted wherever it appears; a shorter one only behind its own length."""
_FRAGMENT = 4
"""Octets of a piece of a secret that is redacted at the edge of a frame, where a segmented secret was cut."""
_HEAD = 4
"""Characters of a secret's spelling by which a text is looked at closely."""
_RUN = 8
"""Octets of a piece of a secret that is redacted anywhere."""
_DIVERSE_OCTETS = 8
_DIVERSE_VALUES = 4
_HEX_RUN = re.compile(
    r"(?<![0-9A-Fa-f])(?:0[xX])?(?:[0-9A-Fa-f]{2}[ :\-,]{0,2}(?:0[xX])?){3,}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])"
)
_HEX_WORD = re.compile(r"0[xX]|[0-9A-Fa-f]{2}")
_SPELLED = re.compile(rb"[0-9A-Fa-f]{8,}")
_HEX_TEXT = re.compile(r"[0-9A-Fa-f]+")


class Revealing(Protocol):
    """A secret that gives its octets to who asks for them."""

    def reveal(self) -> bytes:
        """The octets."""


class Redactor:
    """Replaces every occurrence of the secrets it knows.

    A secret of 4 octets or more is replaced wherever it appears: as octets, in hexadecimal digits of either case with
    or without separators, in base64, as text. A shorter one, too common to be told from other octets, only where its
    length precedes it. Of a secret of at least 8 octets with at least 4 distinct values, runs of 8 octets are replaced
    anywhere, and runs of 4 octets that touch an edge of the frame or of its information field, where segmentation cuts.
    """

    __slots__ = ("_expressions", "_fragments", "_heads", "_known", "_plain", "_runs", "_secrets", "_short_literals")

    def __init__(self, secrets: Iterable[Revealing | bytes] = ()) -> None:
        self._secrets: list[bytes] = []
        self._known: set[bytes] = set()
        self._plain: list[bytes] = []
        self._heads: dict[str, list[tuple[str, bytes]]] = {}
        self._short_literals: list[tuple[str, bytes]] = []
        self._expressions: dict[tuple[bytes, ...], re.Pattern[str]] = {}
        self._runs: dict[bytes, list[bytes]] = {}
        self._fragments: dict[bytes, list[bytes]] = {}
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Revealing | bytes) -> None:
        """Redact `secret` from now on, as for a key that is made up during the run."""
        octets = secret if isinstance(secret, bytes) else secret.reveal()
        if not octets or octets in self._known:
            return
        self._known.add(octets)
        # The longest first: one secret may be part of another.
        insort(self._secrets, octets, key=lambda known: -len(known))
        if len(octets) >= _DIVERSE_OCTETS and len(set(octets)) >= _DIVERSE_VALUES:
            _index(octets, _RUN, self._runs)
            _index(octets, _FRAGMENT, self._fragments)
        else:
            # A diverse secret is found by its runs; the others are searched for one by one.
            self._plain.append(octets)
        for literal in _literals(octets):
            if len(literal) >= _HEAD:
                self._heads.setdefault(literal[:_HEAD], []).append((literal, octets))
            else:
                self._short_literals.append((literal, octets))

    def octets(self, octets: bytes, edges: Iterable[int] = ()) -> tuple[bytes, tuple[Span, ...]]:
        """`octets` with every secret masked, and the spans that were.

        Args:
            octets: a frame, an APDU, anything.
            edges: offsets, beside the begin and the end, at which a segmented secret may have been cut.
        """
        spans = [*self._whole(octets), *self._pieces(octets, (0, len(octets), *edges)), *self._spelled(octets)]
        if not spans:
            return octets, ()
        merged = _merged(spans)
        masked = bytearray(octets)
        for start, end in merged:
            masked[start:end] = bytes((MASK,)) * (end - start)
        return bytes(masked), merged

    def text(self, text: str) -> str:
        """`text` with every secret replaced by its fingerprint, and pieces of secrets in hexadecimal dumps by XX."""
        if not self._secrets or not text:
            return text
        suspects = self._suspects(text)
        if suspects:
            expression = self._expressions.get(suspects)
            if expression is None:
                expression = self._expressions[suspects] = _text_forms(suspects)
            text = expression.sub(self._fingerprint, text)
        return _HEX_RUN.sub(self._dump, text)

    def _suspects(self, text: str) -> tuple[bytes, ...]:
        """The secrets of which a literal form stands in the text, found by their heads: there may be thousands."""
        heads = self._heads
        found = {text[start : start + _HEAD] for start in range(len(text) - _HEAD + 1)} & heads.keys()
        suspects = {secret for head in found for literal, secret in heads[head] if literal in text}
        suspects.update(secret for literal, secret in self._short_literals if literal in text)
        return tuple(secret for secret in self._secrets if secret in suspects) if suspects else ()

    def json(self, value: object, kept: Container[str] = ()) -> object:
        """`value`, made of JSON's types, every string in it redacted but keys and what `kept` keys hold."""
        if isinstance(value, str):
            return self.text(str(stored(value)))
        if isinstance(value, Mapping):
            return {
                key: item if key in kept and isinstance(item, str) else self.json(item, kept)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.json(item, kept) for item in value]
        return value

    def _whole(self, octets: bytes) -> list[Span]:
        spans = []
        for secret in self._plain:
            prefix = 0
            wanted = secret
            if len(secret) < _SHORTEST:
                prefix = 1
                wanted = bytes((len(secret),)) + secret
            found = octets.find(wanted)
            while found >= 0:
                spans.append((found + prefix, found + len(wanted)))
                found = octets.find(wanted, found + 1)
        return spans

    def _spelled(self, octets: bytes) -> list[Span]:
        """Secrets that stand among the octets in hexadecimal digits, as in a string that a meter sends."""
        spans = []
        for run in _SPELLED.finditer(octets):
            for start in (run.start(), run.start() + 1):
                end = run.end() - (run.end() - start) % 2
                inside = bytes.fromhex(octets[start:end].decode("ascii"))
                for first, last in (*self._whole(inside), *self._pieces(inside, ())):
                    spans.append((start + 2 * first, start + 2 * last))
        return spans

    def _pieces(self, octets: bytes, edges: Iterable[int]) -> list[Span]:
        spans = []
        if self._runs:
            for start in range(len(octets) - _RUN + 1):
                for secret in self._runs.get(octets[start : start + _RUN], ()):
                    spans.append((start, start + _common_prefix(octets[start:], secret, _RUN)))
        if self._fragments:
            for edge in edges:
                for secret in self._fragments.get(octets[edge : edge + _FRAGMENT], ()):
                    spans.append((edge, edge + _common_prefix(octets[edge:], secret, _FRAGMENT)))
                for secret in self._fragments.get(octets[max(0, edge - _FRAGMENT) : edge], ()):
                    spans.append((edge - _common_suffix(octets[:edge], secret, _FRAGMENT), edge))
        return spans

    def _fingerprint(self, match: re.Match[str]) -> str:
        return f"<secret sha256:{(match.lastgroup or '')[1:]}>"

    def _dump(self, match: re.Match[str]) -> str:
        """A hexadecimal dump with a whole secret replaced by its fingerprint, the digits of a part of one by XX."""
        dump = match.group()
        places = [word.start() for word in _HEX_WORD.finditer(dump) if word.group() not in ("0x", "0X")]
        octets = bytes(int(dump[place : place + 2], 16) for place in places)
        _, spans = self.octets(octets, information_edges(octets))
        if not spans:
            return dump
        shown = list(dump)
        for start, end in reversed(spans):
            if octets[start:end] in self._known:
                shown[places[start] : places[end - 1] + 2] = fingerprint(octets[start:end])
            else:
                for place in places[start:end]:
                    shown[place : place + 2] = "XX"
        return "".join(shown)


def fingerprint(octets: bytes) -> str:
    """What stands in a text in the place of a secret; equal for equal secrets."""
    return f"<secret sha256:{_digest(octets)}>"


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:8]


def information_edges(octets: bytes) -> tuple[int, ...]:
    """Where the information field of an HDLC frame begins, with and without LLC header, and where it ends.

    Judged from the octets alone, so that it holds for frames that do not decode; empty for what is no HDLC frame.
    """
    if len(octets) < 9 or octets[0] != 0x7E:
        return ()
    position = 3
    for _ in range(2):
        while position < len(octets) and not octets[position] & 1:
            position += 1
        position += 1
    begin = position + 3
    end = len(octets) - (3 if octets[-1] == 0x7E else 2)
    return tuple(edge for edge in (begin, begin + 3, end) if begin <= edge <= end)


def _index(secret: bytes, size: int, table: dict[bytes, list[bytes]]) -> None:
    """Enter every run of `size` octets of `secret` in `table`, with the secret that it is part of."""
    for start in range(len(secret) - size + 1):
        holders = table.setdefault(secret[start : start + size], [])
        if secret not in holders:
            holders.append(secret)


def _common_prefix(octets: bytes, secret: bytes, known: int) -> int:
    """How many of the first octets are a run of `secret`; the first `known` are."""
    size = known
    while size < min(len(octets), len(secret)) and octets[: size + 1] in secret:
        size += 1
    return size


def _common_suffix(octets: bytes, secret: bytes, known: int) -> int:
    """How many of the last octets are a run of `secret`; the last `known` are."""
    size = known
    while size < min(len(octets), len(secret)) and octets[len(octets) - size - 1 :] in secret:
        size += 1
    return size


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _text_forms(secrets: Iterable[bytes]) -> re.Pattern[str]:
    """One expression for the forms that each secret takes in a text; each has a group, named by its fingerprint."""
    told = {f"s{_digest(secret)}": secret for secret in secrets if len(secret) >= _SHORTEST}
    groups = [f"(?P<{name}>{'|'.join(_forms(secret))})" for name, secret in told.items()]
    return re.compile("|".join(groups) or r"(?!)")


def _forms(secret: bytes) -> list[str]:
    """Expressions for `secret` in a text, the longest first."""
    forms = ["(?i:" + r"[ :\-,]?".join(f"(?:0x)?{octet:02x}" for octet in secret) + ")"]
    forms += [_anywhere(re.escape(literal), literal) for literal in _literals(secret)]
    return list(dict.fromkeys(forms))


def _literals(secret: bytes) -> list[str]:
    """How `secret` may be spelt in a text other than in hexadecimal digits; none for one too short to be told apart."""
    if len(secret) < _SHORTEST:
        return []
    literals = _base64_cores(secret)
    for codec in ("utf-8", "latin-1"):
        try:
            said = secret.decode(codec)
        except UnicodeDecodeError:
            continue
        shown = repr(secret)[2:-1]
        # Once more escaped where an exception shows what shows the octets.
        literals += dict.fromkeys((said, said.encode("unicode_escape").decode(), shown, shown.replace("\\", "\\\\")))
        break
    return literals


def _anywhere(expression: str, said: str) -> str:
    """`expression`, matched on its own only where it might be part of a hexadecimal dump that means something else."""
    return rf"(?<![0-9A-Za-z]){expression}(?![0-9A-Za-z])" if _HEX_TEXT.fullmatch(said) else expression


def _base64_cores(secret: bytes) -> list[str]:
    """The digits that `secret` leaves in base64 at each of the three alignments, in both alphabets."""
    cores: list[str] = []
    encoders: tuple[Callable[[bytes], bytes], ...] = (base64.b64encode, base64.urlsafe_b64encode)
    for encode in encoders:
        for shift in range(3):
            digits = encode(b"\0" * shift + secret).decode().rstrip("=")
            surplus = (shift + len(secret)) % 3
            core = digits[(0, 2, 3)[shift] : len(digits) - (1 if surplus else 0)]
            if len(core) >= 6:
                cores.append(core)
    return cores
