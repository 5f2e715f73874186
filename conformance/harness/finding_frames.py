"""Which frames of an item are diagnosed: how each connection opened, and what led to the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Passing
from conformance.diagnose.intake.recorded import RecordedFrame
from conformance.harness.deciding import apdu_of
from conformance.tester.tape import TapedFrame

_WHOLE: Final = 64
"""Frames of a connection that are all looked at."""
_LAST: Final = 40
"""Frames before the end of a longer connection that are looked at besides its opening."""
_BEHIND: Final = 12
"""Frames behind the one that decides."""
_OPENING: Final = 24
"""Frames within which the meter answers the AARQ."""
_MOST_CONNECTIONS: Final = 4
_MOST_OCTETS: Final = 64 * 1024
_AARE: Final = b"\x61"


@dataclass(frozen=True, slots=True)
class Run:
    """Frames of one connection that follow one another.

    Attributes:
        frames: them.
        begins: with the connection; else frames before them were left out.
        ends: with the connection; else frames behind them were left out.
    """

    frames: list[TapedFrame]
    begins: bool = True
    ends: bool = True


def runs_of(frames: Sequence[TapedFrame], decisive: int | None) -> list[Run]:
    """What is diagnosed of an item, within bounds.

    A long connection gives two runs, its opening and its end: nothing is concluded from numbers and replies across the
    gap between them.

    Args:
        frames: of the item.
        decisive: number of the frame that decided; None where none did.
    """
    connections: dict[int, list[TapedFrame]] = {}
    for frame in frames:
        connections.setdefault(frame.connection, []).append(frame)
    latest = sorted(connections.values(), key=lambda part: part[-1].number)
    if decisive is not None and decisive < len(frames):
        own = connections[frames[decisive].connection]
        latest = [*(part for part in latest if part is not own), own]
    found: list[Run] = []
    left = _MOST_OCTETS
    for run in (part for connection in reversed(latest[-_MOST_CONNECTIONS:]) for part in _parts(connection, decisive)):
        left -= sum(len(frame.octets) for frame in run.frames)
        if left < 0:
            break
        found.append(run)
    return found


def recordings(runs: Sequence[Run]) -> tuple[list[TapedFrame], list[RecordedFrame]]:
    """The frames of all runs in their order, and the same as the diagnosis takes them: the stream is the run."""
    ordered = sorted(
        ((frame, number) for number, run in enumerate(runs) for frame in run.frames), key=lambda it: it[0].number
    )
    return [frame for frame, _ in ordered], [
        RecordedFrame(
            at,
            frame.direction,
            frame.layer,
            frame.octets,
            frame.time_s,
            frame.plain,
            stream,
            frame.connection,
            Passing(frame.began_s, frame.longest_gap_s, frame.datagrams),
            frame.ended_by,
        )
        for at, (frame, stream) in enumerate(ordered, 1)
    ]


def _parts(frames: list[TapedFrame], decisive: int | None) -> Iterator[Run]:
    """The end of a connection, and its opening where that is not part of the end."""
    if len(frames) <= _WHOLE:
        yield Run(frames)
        return
    end = len(frames)
    if decisive is not None and frames[0].number <= decisive <= frames[-1].number:
        behind = (at for at, frame in enumerate(frames) if frame.number > decisive + _BEHIND)
        end = _after_a_reply(frames, next(behind, end))
    start = next((at for at in range(max(0, end - _LAST), end) if frames[at].direction == "C>S"), end)
    opened = _opening(frames)
    start = 0 if start <= opened else start
    yield Run(frames[start:end], begins=not start, ends=end == len(frames))
    if start and opened:
        yield Run(frames[:opened], ends=False)


def _after_a_reply(frames: list[TapedFrame], end: int) -> int:
    """The first place from `end` on behind which the client speaks, so that no request is left without its answer."""
    return next((at for at in range(end, len(frames)) if frames[at].direction == "C>S"), len(frames))


def _opening(frames: list[TapedFrame]) -> int:
    """How many frames it takes until the meter has answered the AARQ; 0 where it does not, or not soon."""
    for at, frame in enumerate(frames[:_OPENING], 1):
        if frame.direction == "S>C" and (apdu_of(frame) or b"").startswith(_AARE):
            return at
    return 0
