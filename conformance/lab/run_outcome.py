"""How the run of a device ended, told from its journal and from the end of its process."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.lab.night_record import RowState
from conformance.lab.owned_process import end_in_words
from conformance.lab.run_progress import RunProgress
from conformance.record.duration import duration_text

STOPPED = "the night was stopped"
"""What the reason of a device begins with whose run was stopped with the night; a resumed night goes on with it."""


class Ending(StrEnum):
    """Who has ended a run."""

    ITSELF = "itself"
    STOPPED = "stopped"
    """It was told to stop with the night, and did."""
    KILLED = "killed"
    """It was killed with the night."""
    OVERDUE = "overdue"
    """It went on beyond its budget and was killed."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        state: of the device's row.
        reason: why it is not done; empty when it is.
        exit_code: of its process; None when that was killed by somebody else's doing or was not there to be seen.
        remark: what else somebody should know; empty for nothing.
    """

    state: RowState
    reason: str
    exit_code: int | None
    remark: str = ""


def outcome_of(
    run: RunProgress, code: int | None, ending: Ending, last_words: str, budget_s: float | None
) -> RunOutcome:
    """How a run ended.

    Args:
        run: what its journal says, looked at to its end.
        code: exit code of its process, negative for a signal; None when nobody was there to see it.
        ending: who has ended it.
        last_words: what its process printed last.
        budget_s: what it was given; None: no limit.
    """
    if run.complete:
        return _judged(run, code, last_words)
    judged = f"{run.done} of {run.planned} subtests were judged" if run.planned else "no subtest was judged"
    match ending:
        case Ending.STOPPED:
            return RunOutcome(RowState.OUT_OF_TIME, f"{STOPPED}: {judged}", code)
        case Ending.KILLED:
            return RunOutcome(RowState.OUT_OF_TIME, f"{STOPPED} at once and its run killed: {judged}", code)
        case Ending.OVERDUE:
            within = f"its budget of {duration_text(budget_s)}" if budget_s is not None else "its time"
            return RunOutcome(
                RowState.OUT_OF_TIME, f"its run did not end within {within} and was killed: {judged}", code
            )
    return _crashed(run, code, last_words, judged)


def _judged(run: RunProgress, code: int | None, last_words: str) -> RunOutcome:
    """Of a run whose journal says that everything was judged."""
    remark = ""
    if code is not None and code not in (0, 1, 3):
        remark = f"its process {end_in_words(code)} after everything was judged" + (
            f": {last_words}" if last_words else ""
        )
    if run.lost_link is not None:
        return RunOutcome(RowState.NO_LINK, run.lost_link, code, remark)
    if run.out_of_time is not None:
        count, why = run.out_of_time
        return RunOutcome(RowState.OUT_OF_TIME, f"{why}: {count} of {run.planned} subtests", code, remark)
    return RunOutcome(RowState.DONE, "", code, remark)


def _crashed(run: RunProgress, code: int | None, last_words: str, judged: str) -> RunOutcome:
    if code is None:
        return RunOutcome(RowState.CRASHED, f"the night was killed while it was tested: {judged}", None)
    said = f": {last_words}" if last_words and code > 0 else ""
    if not run.begun:
        return RunOutcome(
            RowState.CRASHED, f"its run could not start{said}" if said else f"its run {end_in_words(code)}", code
        )
    return RunOutcome(RowState.CRASHED, f"its run {end_in_words(code)}{said}; {judged}", code)
