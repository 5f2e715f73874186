"""The frame log: every octet that passed between tester and meter, with its time and the subtest it belongs to.

Each process that talks to a meter writes its own file, `frames-<worker>.jsonl`, and numbers its frames from 1. When the
run is assembled they become one `frames.jsonl`, worker after worker, so that the frames of a subtest stay together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, NonNegativeInt, PositiveInt, StringConstraints, ValidationError

from conformance.record.frame_security import FrameSecurity
from conformance.record.lines import LineReader, LineWriter
from conformance.record.part import Record
from conformance.record.redaction import Redactor, Span, information_edges
from conformance.record.text import Text

MAIN = "main"
"""The worker of a run that is not distributed."""

Direction = Literal["C>S", "S>C"]
Layer = Literal["hdlc", "wrapper", "apdu", "octets"]
"""What the octets are; `octets` when they are neither frame nor wrapper PDU nor APDU."""
End = Literal["client", "server", "line"]
"""Who ended a connection; `line`: neither of the two, as far as can be told."""

_Hex = Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2})*$")]
_WORKER = re.compile(r"[A-Za-z0-9_]{1,32}")


class Frame(Record):
    """One line of the frame log."""

    n: PositiveInt
    """Number, counted from 1."""
    t: float
    """Seconds on the clock of the link, of the last octet; virtual on the loopback link."""
    began: float | None = None
    """Likewise, of the first octet; null in older logs."""
    longest_gap_s: float | None = None
    """Longest pause between two octets of a frame received; null where the link cannot tell."""
    utc: AwareDatetime
    """When the line was written."""
    dir: Direction
    """`C>S` from the client (the tester) to the server (the meter), `S>C` the other way."""
    device: Text = ""
    case: Text = ""
    association: Text = ""
    variant: Text = ""
    subtest: NonNegativeInt | None = None
    layer: Layer
    hex: _Hex
    """The octets. Redacted ones are replaced by 2A, one for one."""
    apdu: _Hex | None = None
    """The APDU that this frame completes, when it came in several."""
    plain: _Hex | None = None
    """The deciphered APDU; of an AARQ or AARE, the deciphered content of its user-information."""
    note: Text = ""
    redacted: tuple[Span, ...] = ()
    """Spans [start, end) of `hex` that were redacted."""
    apdu_redacted: tuple[Span, ...] = ()
    """Spans [start, end) of `apdu` that were redacted."""
    plain_redacted: tuple[Span, ...] = ()
    """Spans [start, end) of `plain` that were redacted."""
    worker: Text = MAIN
    """The process that wrote it."""
    security: FrameSecurity | None = None
    """What the APDU shows of security; null in older logs."""
    connection: PositiveInt | None = None
    """Which opening of a link within its subtest it passed over, counted from 1; null where that is not known."""
    datagrams: tuple[PositiveInt, PositiveInt] | None = None
    """The first and the last datagram that it passed in, counted from 1 for each direction of its connection; null
    where the link has none."""
    ended_by: End | None = None
    """Who ended the connection behind this frame, the last one of it; null elsewhere."""

    @property
    def octets(self) -> bytes:
        """The frame's octets."""
        return bytes.fromhex(self.hex)


@dataclass(frozen=True, slots=True)
class Place:
    """What the frames that follow belong to."""

    device: str = ""
    case: str = ""
    association: str = ""
    variant: str = ""
    subtest: int | None = None


class FrameLog:
    """Writes the frames of one worker, redacted, in the order in which they pass.

    Attributes:
        place: what the next frames belong to.
        last: number of the frame written last; 0 before the first.
    """

    __slots__ = ("_lines", "_now", "_redactor", "_worker", "last", "place")

    def __init__(
        self,
        directory: Path,
        redactor: Redactor,
        *,
        worker: str = MAIN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not _WORKER.fullmatch(worker):
            raise ValueError(f"worker {worker!r}: 1 to 32 letters, digits and underscores are allowed")
        self._lines = LineWriter(frames_file(directory, worker))
        self._redactor = redactor
        self._worker = worker
        self._now = now
        self.place = Place()
        self.last = 0

    def write(
        self,
        direction: Direction,
        layer: Layer,
        octets: bytes,
        *,
        t: float,
        apdu: bytes | None = None,
        plain: bytes | None = None,
        note: str = "",
        began: float | None = None,
        longest_gap_s: float | None = None,
        security: FrameSecurity | None = None,
        connection: int = 0,
        datagrams: tuple[int, int] | None = None,
        ended_by: End | None = None,
    ) -> int:
        """Append a frame and give its number within this worker.

        Args:
            direction: `C>S` or `S>C`.
            layer: what the octets are.
            octets: as they passed.
            t: seconds on the clock of the link, of the last octet.
            apdu: the APDU that the frame completes, when it came in several.
            plain: the deciphered APDU, where there is one.
            note: anything worth saying, for instance a decoding error.
            began: seconds on the clock of the link, of the first octet.
            longest_gap_s: longest pause between two octets; None where the link cannot tell.
            security: what the APDU shows of security.
            connection: which opening of a link it passed over, counted from 1; 0 where that is not known.
            datagrams: the first and the last one that it passed in; None on a link without datagrams.
            ended_by: who ended the connection behind it; None where it goes on.
        """
        shown, redacted = self._redactor.octets(octets, information_edges(octets))
        shown_apdu, apdu_redacted = self._optional(apdu)
        shown_plain, plain_redacted = self._optional(plain)
        self.last += 1
        frame = Frame(
            n=self.last,
            t=round(t, 6),
            began=None if began is None else round(began, 6),
            longest_gap_s=None if longest_gap_s is None else round(longest_gap_s, 6),
            utc=self._now(),
            dir=direction,
            device=self.place.device,
            case=self.place.case,
            association=self.place.association,
            variant=self.place.variant,
            subtest=self.place.subtest,
            layer=layer,
            hex=shown.hex().upper(),
            apdu=shown_apdu,
            plain=shown_plain,
            note=self._redactor.text(note),
            redacted=redacted,
            apdu_redacted=apdu_redacted,
            plain_redacted=plain_redacted,
            worker=self._worker,
            security=security,
            connection=connection or None,
            datagrams=datagrams,
            ended_by=ended_by,
        )
        self._lines.write(frame.to_json())
        return self.last

    def _optional(self, octets: bytes | None) -> tuple[str | None, tuple[Span, ...]]:
        if octets is None:
            return None, ()
        shown, redacted = self._redactor.octets(octets)
        return shown.hex().upper(), redacted

    def close(self) -> None:
        """Put the log on the disk; a second call does nothing."""
        self._lines.close()


def frames_file(directory: Path, worker: str) -> Path:
    """Where a worker writes its frames."""
    return directory / f"frames-{worker}.jsonl"


class FrameReader:
    """Reads a frame log frame after frame.

    Raises:
        RecordError: while reading: the log is missing or damaged.
    """

    __slots__ = ("_lines",)

    def __init__(self, path: Path) -> None:
        self._lines = LineReader(path)

    @property
    def torn(self) -> int | None:
        """After the last frame, the number of a torn last line; None when the log is whole."""
        return self._lines.torn

    def __iter__(self) -> Iterator[Frame]:
        for line in self._lines:
            try:
                frame = Frame.model_validate(line.content)
            except ValidationError as error:
                raise self._lines.damaged(line, f"is no frame ({first_problem(error)})") from None
            if frame.n != line.number:
                raise self._lines.damaged(line, f"has frame {frame.n} where frame {line.number} belongs")
            yield frame


def read_frames(path: Path) -> tuple[tuple[Frame, ...], int | None]:
    """Read a frame log, all at once.

    Returns:
        The frames, and the number of a torn last line, which is left out; None when the log is whole.

    Raises:
        RecordError: the log is missing or damaged.
    """
    reader = FrameReader(path)
    frames = tuple(reader)
    return frames, reader.torn


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong, in one clause."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else problem["msg"]
