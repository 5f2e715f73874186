"""What a subtest has done to the meter as a whole: whether it still serves a fresh link."""

from __future__ import annotations

from conformance.harness.trial import Trial


def meter_gone(trial: Trial) -> str | None:
    """Why the meter serves no fresh link any more; None when it does, or was gone before.

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
    where = f"{trial.case.id} subtest {trial.number} in {trial.settings.name}"
    bench.dead_since = f"the meter does not answer since {where}: {reason}"
    recovery = bench.device.timing.recovery_time_s
    return f"afterwards the meter serves no fresh link within the recovery time of {recovery:g} s: {reason}"
