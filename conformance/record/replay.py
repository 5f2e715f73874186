"""Reading a journal back, line by line, as far as it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from conformance.record.errors import RecordError
from conformance.record.frames import first_problem
from conformance.record.journal import Item
from conformance.record.lines import Line, read_lines
from conformance.record.model import SCHEMA, RunHead

_TIME = TypeAdapter(datetime)


@dataclass(slots=True)
class Replay:
    """What a journal says so far.

    Attributes:
        head: what was known when the run started, with what was planned.
        items: the judged subtests, in the order in which they were judged.
        identities: by device, what it says of itself.
        notes: what befell the run.
        running: what began and did not end, in the order in which it began.
        finished: None while the run has not ended on its own.
        complete: whether all that was planned was judged.
        resumptions: for each part of the run but the first, how many items preceded it.
    """

    head: RunHead
    items: list[Item] = field(default_factory=list)
    identities: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    finished: datetime | None = None
    complete: bool = False
    resumptions: list[int] = field(default_factory=list)

    def ended(self) -> str:
        """How a run that is not complete came to its end."""
        if self.finished is not None:
            return "the run was interrupted"
        were = "was" if len(self.running) == 1 else "were"
        return "the run was killed" + (f" while {' and '.join(self.running)} {were} running" if self.running else "")


def standing(items: Iterable[Item]) -> list[Item]:
    """The last item of each subtest, which stands for it: what could not be judged is tried again by a resumed run."""
    return list({item.key: item for item in items}.values())


def check_schema(path: Path, content: object, line: int | None) -> None:
    """Refuse what names no schema, or another than this version reads.

    Raises:
        RecordError: naming the schema found.
    """
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema == SCHEMA and not isinstance(schema, bool):
        return
    if schema is None:
        raise RecordError(path, "is no run record: it names no schema", line=line, remedy="Give a file of a run")
    raise RecordError(
        path,
        f"has schema {str(schema)[:40]}, this version reads schema {SCHEMA}",
        line=line,
        remedy="Read it with the version of the tool that it names",
    )


def read_journal(path: Path) -> Replay:
    """Read a journal, also one whose writer was killed.

    Raises:
        RecordError: it is missing, damaged, or of another schema.
    """
    lines = read_lines(path)
    first, *rest = lines.lines or (None,)
    if first is None:
        raise RecordError(path, "is empty", remedy="The run was killed before it began: run again")
    head = dict(first.content)
    if head.pop("kind", None) != "run":
        raise lines.damaged(first, "is not the line of kind run that a journal begins with")
    check_schema(path, head, first.number)
    try:
        run = Replay(RunHead.model_validate(head))
    except ValidationError as error:
        raise lines.damaged(first, f"is no head of a run ({first_problem(error)})") from None
    for line in rest:
        try:
            _take(run, line)
        except ValidationError as error:
            raise lines.damaged(line, f"has a wrong content ({first_problem(error)})") from None
        except (KeyError, TypeError, ValueError) as error:
            raise lines.damaged(line, f"has a wrong content ({error})") from None
    if lines.torn is not None:
        run.notes.append(f"{path.name}, line {lines.torn}: torn when the run was killed; dropped")
    if not run.complete:
        run.notes.append(run.ended())
    return run


def _take(run: Replay, line: Line) -> None:
    content = dict(line.content)
    kind = content.pop("kind")
    if run.finished is not None and kind != "resumed":
        raise ValueError("something follows the end of the run")
    match kind:
        case "item":
            item = Item.model_validate(content)
            run.items.append(item)
            # Several workers run at a time; what has no name ends whatever ran.
            run.running = [name for name in run.running if item.nodeid and name != item.nodeid]
        case "started":
            run.running.append(str(content["item"]))
        case "identity":
            run.identities.setdefault(content["device"], {}).update(content["identity"])
        case "planned":
            run.head = RunHead.model_validate({**run.head.to_json(), "planned": content["subtests"]})
        case "resumed":
            how = "some subtests could not be judged; the run was" if run.complete else f"{run.ended()}, and"
            run.notes.append(f"{how} resumed at {content['at']}")
            run.resumptions.append(len(run.items))
            run.finished, run.complete = None, False
            run.running.clear()
        case "note":
            run.notes.append(str(content["text"]))
        case "finished":
            run.finished = _TIME.validate_python(content["finished"])
            run.complete = bool(content["complete"])
        case _:
            raise ValueError(f"kind {kind!r}")
