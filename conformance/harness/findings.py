"""The findings beside a verdict: what the exchange of an item shows, by the engine that diagnoses captures too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Final

from conformance.device.model import Device
from conformance.diagnose.intake.conversation import Conversation
from conformance.diagnose.intake.keys import NO_KEYS
from conformance.diagnose.intake.recorded import RecordedFrame, recorded
from conformance.diagnose.reasoning.diagnosis import stated
from conformance.diagnose.reasoning.on_purpose import tempered
from conformance.diagnose.reasoning.seal import Effort
from conformance.diagnose.reasoning.signs_opening import PENDING, REJECTED
from conformance.diagnose.reasoning.signs_run import REPLY_TOO_LONG, REQUEST_TOO_LONG
from conformance.diagnose.reasoning.statement import Statement
from conformance.harness.deciding import apdu_of
from conformance.harness.finding_frames import Run, recordings, runs_of
from conformance.harness.trial import Trial
from conformance.record.model import FindingRecord
from conformance.record.renumber import numbered
from conformance.record.verdict import Verdict
from conformance.tester.tape import TapedFrame

_MOST_FINDINGS: Final = 12
_MOST_OF_A_CODE: Final = 3
_MOST_ASIDE: Final = 3
"""Findings of severity `info`."""
_EFFORT: Final = 600
"""Computations that are spent on looking for keys: those of the config and of the exchange are tried first."""
_CACHED: Final = 256
_MOST_CHARACTERS: Final = 2_000
_AARE: Final = b"\x61"
_JUDGED_ELSEWHERE: Final = (REPLY_TOO_LONG.code, REQUEST_TOO_LONG.code)
"""The engine measures every APDU of the item against what was negotiated, also those that are not diagnosed."""
_OF_A_MISSING_BEGINNING: Final = (
    "association-lent-to-connection",
    "block-number-wrong",
    "new-connection-unanswered",
    "served-without-association",
)
_OF_A_MISSING_END: Final = ("block-transfer-incomplete", PENDING.code, "segments-incomplete")
"""Also told of a case that ends as soon as it has seen what fails it."""
_FRAME: Final = re.compile(r"\bframe (\d+)\b")
_REJECTING: Final = (b"\xa2\x03\x02\x01\x01", b"\xa2\x03\x02\x01\x02")
"""The component result of an AARE that rejects, permanently or transiently."""


def findings_of(trial: Trial, verdict: Verdict, first: int, worker: str) -> Iterator[FindingRecord]:
    """What the exchange of an item shows.

    Of FAILED, ERROR and INCONCLUSIVE all that is wrong; of any other verdict that an association was rejected, as
    something worth knowing. What the tester did on purpose is nobody's fault: it is `info`, and suggests nothing.

    Args:
        trial: the item, ended.
        verdict: of it.
        first: number of its first frame in the frame log.
        worker: that wrote the log.
    """
    frames = trial.tape.frames
    if not frames:
        return
    if not verdict.is_problem:
        yield from _rejection(frames, first)
        return
    decisive = trial.decisive.frame if trial.decisive is not None else None
    runs = runs_of(frames, decisive)
    taped, given = recordings(runs)
    if not given:
        return
    conversation = recorded(given)
    _, said = stated(conversation, NO_KEYS, _device_of(trial), Effort(_EFFORT))
    purposes = [frame.purpose for frame in taped]
    left_open = _OF_A_MISSING_END if verdict is Verdict.FAILED else ()
    said = [
        statement
        for statement in said
        if statement.code not in left_open and not _of_a_gap(statement, conversation, given, runs)
    ]
    for statement in _selected(tempered(said, conversation, purposes)):
        yield _record(statement, conversation, taped, first, worker)


def _device_of(trial: Trial) -> Device:
    """The device config with the keys and titles that the associations of the item really had."""
    device = trial.bench.device
    held = {made.settings.name: made.settings for made in trial.associations}
    own = tuple(held.get(item.name, item) for item in device.associations)
    return device if own == device.associations else replace(device, associations=own)


def _of_a_gap(
    statement: Statement, conversation: Conversation, given: Sequence[RecordedFrame], runs: Sequence[Run]
) -> bool:
    """Whether a statement only comes of frames that are left out before or behind those that were looked at."""
    if not 0 < statement.frame <= len(conversation.units):
        return False
    run = runs[given[conversation.units[statement.frame - 1].pieces[0]].stream]
    return (not run.begins and statement.code in _OF_A_MISSING_BEGINNING) or (
        not run.ends and statement.code in _OF_A_MISSING_END
    )


def _selected(statements: Iterable[tuple[Statement, bool]]) -> Iterator[Statement]:
    """The gravest statements, few of each kind; of what is worth knowing only what was done on purpose, and little."""
    counted: dict[str, int] = {}
    aside: dict[str, Statement] = {}
    said: set[tuple[str, str]] = set()
    left = _MOST_FINDINGS
    for statement, on_purpose in statements:
        if statement.code in _JUDGED_ELSEWHERE:
            continue
        if statement.severity == "info":
            if on_purpose:
                aside.setdefault(statement.code, statement)
            continue
        if (statement.code, statement.message) in said:
            continue
        said.add((statement.code, statement.message))
        counted[statement.code] = counted.get(statement.code, 0) + 1
        if left and counted[statement.code] <= _MOST_OF_A_CODE:
            left -= 1
            yield statement
    yield from islice(aside.values(), _MOST_ASIDE)


def _record(
    statement: Statement, conversation: Conversation, taped: Sequence[TapedFrame], first: int, worker: str
) -> FindingRecord:
    """A statement with the frames of the log in place of those that were diagnosed."""
    units = conversation.units

    def frame(number: int) -> int | None:
        pieces = units[number - 1].pieces if 0 < number <= len(units) else ()
        return first + taped[pieces[-1]].number if pieces else None

    def named(found: re.Match[str]) -> str:
        number = frame(int(found[1]))
        return found[0] if number is None else numbered(number, worker)

    return FindingRecord(
        code=statement.code,
        severity=statement.severity,
        evidence=statement.evidence.value,
        frame=frame(statement.frame),
        field=statement.field,
        octets=statement.octets.hex().upper(),
        message=_FRAME.sub(named, statement.message)[:_MOST_CHARACTERS],
        suggestion=_FRAME.sub(named, statement.suggestion)[:_MOST_CHARACTERS],
    )


def _rejection(frames: Sequence[TapedFrame], first: int) -> Iterator[FindingRecord]:
    """That an association was rejected, as an item expected it."""
    for at, frame in enumerate(frames):
        if frame.direction != "S>C" or not any(sign in frame.octets for sign in _REJECTING):
            continue
        said = _rejected(apdu_of(frame) or b"")
        if said is None:
            continue
        sent = next((other.purpose for other in reversed(frames[:at]) if other.purpose), "")
        why = f" What was sent before differs on purpose: {sent}." if sent else ""
        yield FindingRecord(
            code=REJECTED.code,
            severity="info",
            evidence=said.evidence.value,
            frame=first + frame.number,
            field=said.field,
            octets=said.octets.hex().upper(),
            message=f"{said.message}{why}",
        )
        return


@lru_cache(_CACHED)
def _rejected(aare: bytes) -> Statement | None:
    """What is stated of an AARE by itself that it rejects; meters send the same ones again and again."""
    if not aare.startswith(_AARE):
        return None
    conversation = recorded([RecordedFrame(1, "S>C", "apdu", aare, 0.0)])
    _, said = stated(conversation, NO_KEYS, None, Effort(0))
    return next((statement for statement in said if statement.sign is REJECTED), None)
