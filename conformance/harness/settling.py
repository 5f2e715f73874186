"""Whether the line, and not the meter, is to blame for how an item ended."""

from __future__ import annotations

from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.line_check import PROVEN_PAIRS, THOROUGH_PAIRS, LineCheck, check_line
from conformance.harness.tape_signs import tape_signs
from conformance.harness.trial import Step, Trial
from conformance.record.model import LINE_CHECK
from conformance.tester.association import PreambleFailed
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.transfer import TransferFailed


def line_to_blame(trial: Trial, ended_with: BaseException | None, *, gone: str | None = None) -> Inconclusive | None:
    """What is to be said in place of how an item ended, because its line is disturbed; None when that stands.

    A failure stands when the line is found in order right after it: then it is the meter's own. Silence that a case
    accepts proves nothing where the stimulus may not have arrived: with signs of damage on the item's tape, or once the
    line was found to lose frames in this run, it is trusted only when the line is found in order.

    Args:
        trial: of the item; its links are closed.
        ended_with: what ended it; None when it passed.
        gone: why the meter seems to serve no fresh link any more; None when it does.
    """
    if trial.bench.dead_since is not None or not trial.tape.frames:
        return None
    if gone is None and not _in_doubt(trial, ended_with):
        return None
    check = check_of(trial)
    if check is None or not (check.disturbed or (check.mute and gone is None)):
        return None
    # Nothing at all comes back from a meter that has just shown to be alive.
    told = f"the line is {'disturbed' if check.disturbed else 'dead'}: {check}"
    if trial.line_signs:
        told += f"; on the tape of this subtest: {trial.line_signs}"
    if isinstance(ended_with, (Failed, PreambleFailed, TransferFailed, Inconclusive, Inapplicable)):
        return Inconclusive(f"{told}; so the meter is not to be blamed for: {ended_with}")
    if ended_with is not None:
        return None
    if gone is not None:
        return Inconclusive(f"{told}; so it is not known whether the meter serves a fresh link: {gone}")
    if trial.passed_on_silence and check.loses:
        return Inconclusive(f"{told}; so silence does not show that the meter has got what it must not answer")
    return None


def check_of(trial: Trial) -> LineCheck | None:
    """The line check of an item, made when it is first asked for, as a step of the item; None over other profiles."""
    if trial.line_check is None:
        trial.close()
        signs = trial.line_signs = tape_signs(trial.tape.frames)
        step = Step(LINE_CHECK, trial.tape.next_number, judges=False)
        bench = trial.bench
        unproven = bench.line_trouble is not None or bench.line_pairs_well < THOROUGH_PAIRS
        pairs = THOROUGH_PAIRS if unproven or signs else PROVEN_PAIRS
        trial.line_check = check_line(bench, trial.tape, pairs=pairs)
        if trial.line_check is not None:
            step.last_frame, step.passed = trial.tape.next_number - 1, True
            step.detail = str(trial.line_check)
            trial.steps.append(step)
    return trial.line_check


def note_recoveries(trial: Trial) -> None:
    """Tell in the evidence of an item how often its links had to make up for the line."""
    links = [item.data_link for item in trial.associations if isinstance(item.data_link, HdlcDataLink)]
    recoveries = sum(link.recoveries for link in links)
    if recoveries:
        last = max(0, trial.tape.next_number - 1)
        detail = f"{recoveries} times something was asked for or sent again, or dropped; each is noted with its frame"
        trial.steps.append(Step("recovered from losses on the line", 0, last, passed=True, detail=detail, judges=False))


def _in_doubt(trial: Trial, ended_with: BaseException | None) -> bool:
    """Whether how an item ended may be the line's doing."""
    if isinstance(ended_with, (Failed, PreambleFailed, TransferFailed)):
        return True
    signs = tape_signs(trial.tape.frames)
    if isinstance(ended_with, (Inconclusive, Inapplicable)):
        # What the meter holds or lacks is no matter of the line, unless it was badly heard.
        return bool(signs) or signs.unanswered > 0
    trouble = trial.bench.line_trouble
    return ended_with is None and trial.passed_on_silence and (signs.loses or (trouble is not None and trouble.loses))
