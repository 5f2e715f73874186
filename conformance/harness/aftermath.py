"""What a subtest has done to the meter as a whole: whether it still serves a fresh link."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.harness.bench import Bench
from conformance.harness.judging import Failed, Inconclusive
from conformance.harness.settling import check_of, line_to_blame, note_recoveries
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.link.url import parse_url


@dataclass(frozen=True, slots=True)
class Gone:
    """A meter that serves no fresh link any more.

    Attributes:
        reason: in words.
        meters_fault: whether nothing but the meter can be the cause; where a real line lies between, that may be.
    """

    reason: str
    meters_fault: bool


def look_after(trial: Trial | None, ended_with: BaseException | None) -> None:
    """After what might have hurt the meter, and after whatever went wrong, see whether it still serves a fresh link.

    A meter that is gone for good has failed where nothing but itself can be the cause. Where a real line lies between,
    that may as well be the cause: then only what the meter has sent can fail it. Nothing fails it for which a line that
    is disturbed can be blamed.

    Args:
        trial: the subtest; None when there was none yet.
        ended_with: what ended it; None when it passed.

    Raises:
        Failed: it passed, but the meter is gone, and that is the meter's fault.
        Inconclusive: the meter is gone, and neither passing nor silence can be held against it; or the line failed.
    """
    fault = trial.bench.line_fault if trial is not None and isinstance(ended_with, Failed | None) else None
    if trial is not None and fault is not None:
        _gone(trial)
        raise Inconclusive(f"the line failed: {fault}") from ended_with
    if trial is None or not (trial.tape.frames or isinstance(ended_with, LinkError)):
        return
    note_recoveries(trial)
    if ended_with is None and not trial.case.negative:
        if (blamed := line_to_blame(trial, None)) is not None:
            raise blamed
        return
    nothing_heard = isinstance(ended_with, Failed) and _unheard(trial)
    gone = _gone(trial)
    blamed = line_to_blame(trial, ended_with, gone=None if gone is None else gone.reason)
    if blamed is not None:
        raise blamed from ended_with
    if gone is None:
        return
    if ended_with is None:
        raise Failed(gone.reason) if gone.meters_fault else Inconclusive(gone.reason)
    if nothing_heard and not gone.meters_fault:
        raise Inconclusive(f"{ended_with}; {gone.reason}") from ended_with
    if isinstance(ended_with, Failed):
        raise Failed(f"{ended_with}; {gone.reason}") from ended_with


def _gone(trial: Trial) -> Gone | None:
    """How the meter is gone for good; None when it serves a fresh link, or was gone before.

    When it does not come back within the declared recovery time, all that follows on this bench is inconclusive, and
    the trial that it died of is named.
    """
    bench = trial.bench
    if bench.dead_since is not None:
        return None
    trial.close()
    with trial.step("afterwards: a fresh link, the least demanding association, its logical name"):
        reason = bench.why_dead_for_good(trial.tape)
    if reason is None:
        return None
    trial.steps[-1].passed = False
    trial.steps[-1].detail = reason
    check = check_of(trial)
    if check is not None and check.disturbed:
        # Some frames get through: the meter is badly heard, and not gone.
        return Gone(reason, meters_fault=False)
    where = f"{trial.case.id} subtest {trial.number} in {trial.settings.name}"
    bench.dead_since = f"the meter does not answer since {where}: {reason}"
    recovery = bench.device.timing.recovery_time_s
    told = f"afterwards the meter serves no fresh link within the recovery time of {recovery:g} s: {reason}"
    if _has_perfect_line(bench):
        return Gone(told, meters_fault=True)
    if bench.line_fault is not None:
        return Gone(f"the line failed: {bench.line_fault}; {told}", meters_fault=False)
    return Gone(f"{told}; whether the meter or the line to it is the cause cannot be told from here", False)


def _unheard(trial: Trial) -> bool:
    """Whether what failed was that nothing came from the meter: its silence, or a link that broke."""
    return bool(trial.judgements) and trial.judgements[-1].frame is None and trial.tape.frames[-1].direction == "C>S"


def _has_perfect_line(bench: Bench) -> bool:
    url = parse_url(bench.device.link)
    return url.scheme == "loopback" and url.model is None
