"""The exchange of a subtest as plain text: what an attachment, a log or a printed page shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.record.frames import Frame
from conformance.record.model import SubtestRecord
from conformance.record.redaction import Span
from conformance.reporting.legible import line
from conformance.reporting.packing import views_of

REDACTED = "••"
"""What stands for a redacted octet in a hexadecimal dump."""

_OCTETS_PER_LINE = 32
_LONGEST_DUMP = 2_048
"""Octets of a message that a text shows."""


def exchanged(subtest: SubtestRecord, frames: Sequence[Frame]) -> Sequence[Frame]:
    """The frames of `subtest`, as many of them as the frame log holds.

    Args:
        subtest: of the record.
        frames: the whole frame log, numbered from 1 without gaps.
    """
    if subtest.frames is None:
        return ()
    first, last = subtest.frames
    return frames[first - 1 : last]


def digits(octets: bytes, masked: Sequence[Span] = ()) -> list[str]:
    """Two hexadecimal digits for each octet; `REDACTED` within the spans of `masked`."""
    shown = octets.hex(" ").upper().split()
    for start, end in masked:
        shown[start:end] = [REDACTED] * len(shown[start:end])
    return shown


def described(frame: Frame) -> str:
    """What the frame says in a few words: that of the deciphered APDU where there is one."""
    message, completed, deciphered = views_of(frame)
    said = [message.summary]
    if deciphered is not None:
        said.append(f"deciphered: {deciphered.summary}")
    elif completed is not None:
        said.append(f"completes: {completed.summary}")
    return " · ".join(said)


def transcript(frames: Sequence[Frame], *, decoded: bool = True) -> str:
    """The exchange line by line, each message with its number, time, direction and octets.

    Args:
        frames: of the exchange.
        decoded: whether to say of each message what it is.
    """
    return "".join(f"{text}\n" for frame in frames for text in _lines(frame, decoded=decoded))


def _lines(frame: Frame, *, decoded: bool) -> Iterator[str]:
    size = len(frame.hex) // 2
    yield f"#{frame.n}  {frame.t:.6f} s  {frame.dir}  {frame.layer}, {size} octet{'' if size == 1 else 's'}"
    if decoded:
        yield f"    {described(frame)}"
    yield from _dump(frame.hex, frame.redacted)
    if frame.apdu is not None:
        yield "    APDU that it completes:"
        yield from _dump(frame.apdu, frame.apdu_redacted)
    if frame.plain is not None:
        yield "    deciphered:"
        yield from _dump(frame.plain, frame.plain_redacted)
    if frame.note:
        yield f"    note: {line(frame.note)}"


def _dump(hexadecimal: str, masked: Sequence[Span]) -> Iterator[str]:
    octets = bytes.fromhex(hexadecimal[: 2 * _LONGEST_DUMP])
    shown = digits(octets, masked)
    for start in range(0, len(shown), _OCTETS_PER_LINE):
        yield f"    {' '.join(shown[start : start + _OCTETS_PER_LINE])}"
    left = len(hexadecimal) // 2 - len(octets)
    if left:
        yield f"    … {left} more octets, in frames.jsonl"
