"""The journal: what a run learns, line by line as it learns it, so that a killed run leaves all but its last line.

`journal.jsonl` holds one line of kind `run` first, then lines of the kinds `planned`, `identity`, `started`, `item` and
`note`, and one of kind `finished` last; a run that is resumed goes on behind a line of kind `resumed`. Only one process
writes it: with pytest-xdist the controller, from the items that its workers hand over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import JsonValue, NonNegativeInt

from conformance.record.frames import MAIN
from conformance.record.lines import LineWriter, read_lines
from conformance.record.model import CaseHead, RunHead, SubtestRecord
from conformance.record.part import Record
from conformance.record.redaction import Redactor
from conformance.record.text import Text

JOURNAL = "journal.jsonl"
RUN = "run.json"
FRAMES = "frames.jsonl"

_KEPT = frozenset(("schema", "started", "finished", "at", "verdict", "worker"))
"""Names whose strings are the tool's own; a password that reads like one of them must not break the record."""


ItemKey = tuple[str, str, str, str, int]
"""Device, case, association, variant, number of the subtest."""


class Item(Record):
    """A judged subtest on its way into the record. Its frames are numbered as its worker numbered them."""

    case: CaseHead
    subtest: SubtestRecord
    worker: Text = MAIN
    order: NonNegativeInt = 0
    """Place in the collection; cases and subtests are listed by it, whatever the order in which they ran."""
    nodeid: Text = ""
    """What `started` called it."""

    @property
    def key(self) -> ItemKey:
        """Which subtest it is."""
        return (*self.case.key, self.subtest.number)

    def redacted(self, redactor: Redactor) -> dict[str, JsonValue]:
        """The item in JSON's types without secrets: what a worker hands over."""
        content = redactor.json(self.to_json(), _KEPT)
        assert isinstance(content, dict)  # noqa: S101 - narrows the type: a record is an object
        return content


class Journal:
    """Writes the journal of a run into its directory.

    Everything passes through the redactor. The directory must not hold a journal yet: evidence is never overwritten.

    Attributes:
        directory: where it stands.
        part: 1 for a run in one go, one more for each time that it was resumed.

    Raises:
        FileExistsError: the directory holds the journal of another run.
    """

    __slots__ = ("_lines", "_redactor", "directory", "part")

    def __init__(self, directory: Path, head: RunHead, redactor: Redactor) -> None:
        self.directory = directory
        self.part = 1
        self._redactor = redactor
        self._lines = LineWriter(directory / JOURNAL)
        self._write("run", head.to_json())

    @classmethod
    def resumed(cls, directory: Path, redactor: Redactor, *, at: datetime | None = None) -> Journal:
        """Go on with the journal of a run that did not complete; what was assembled from it before is deleted.

        Ask `conformance.record.resume.judged` first what is left to do: it refuses a run that cannot be resumed.

        Args:
            directory: of the run.
            redactor: as for a new journal.
            at: aware; now when None.

        Raises:
            RecordError: there is no journal, or it is damaged.
        """
        lines = read_lines(directory / JOURNAL)
        journal = cls.__new__(cls)
        journal.directory = directory
        journal.part = 2 + sum(line.content.get("kind") == "resumed" for line in lines)
        journal._redactor = redactor
        journal._lines = LineWriter(directory / JOURNAL, resume=True)
        if lines.torn is not None:
            journal.note(f"{JOURNAL}, line {lines.torn}: torn when the run was killed; dropped")
        journal._write("resumed", {"part": journal.part, "at": (at or datetime.now(UTC)).isoformat(timespec="seconds")})
        for assembled in (RUN, FRAMES):
            (directory / assembled).unlink(missing_ok=True)
        return journal

    def planned(self, subtests: int) -> None:
        """Note how many subtests are to be judged."""
        self._write("planned", {"subtests": subtests})

    def identity(self, device: str, identity: dict[str, str]) -> None:
        """Note what the device of that name says of itself; adds to what was noted before."""
        self._write("identity", {"device": device, "identity": dict(identity)})

    def started(self, what: str) -> None:
        """Note that the item called `what` begins, so that a killed run says where it was."""
        self._write("started", {"item": what})

    def item(self, item: Item | dict[str, JsonValue]) -> None:
        """Note a judged subtest, as it is or as a worker handed it over.

        Raises:
            pydantic.ValidationError: what the worker handed over is no item.
        """
        if isinstance(item, Item):
            self._write("item", item.to_json())
        else:
            # A worker has redacted what it hands over: it alone knows the keys that it made up.
            self._lines.write({"kind": "item", **Item.model_validate(item).to_json()})

    def note(self, text: str) -> None:
        """Note what befell the run as a whole: a worker lost, a failed teardown."""
        self._write("note", {"text": text})

    def finish(self, *, complete: bool = True, finished: datetime | None = None) -> None:
        """Note that the run ended on its own, and close the journal.

        Args:
            complete: whether all that was planned was judged; False after an interruption.
            finished: aware; now when None.
        """
        self._write("finished", {"finished": (finished or datetime.now(UTC)).isoformat(), "complete": complete})
        self.close()

    def close(self) -> None:
        """Put the journal on the disk; a second call does nothing."""
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, kind: str, content: dict[str, JsonValue]) -> None:
        redacted = self._redactor.json(content, _KEPT)
        assert isinstance(redacted, dict)  # noqa: S101 - narrows the type: an object stays an object
        self._lines.write({"kind": kind, **redacted})
