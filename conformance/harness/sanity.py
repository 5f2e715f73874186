"""The sanity association: whether a meter answers at all, asked before and after each group of cases.

A dead meter must not be read as hundreds of failures: what follows on it is INCONCLUSIVE, and what killed it is named.
"""

from __future__ import annotations

from conformance.device.counters import CounterError
from conformance.device.model import Device
from conformance.harness.bench import Bench
from conformance.harness.case import Case
from conformance.harness.evidence import Evidence
from conformance.harness.line_check import check_line
from conformance.link.link import LinkError
from conformance.tester.tape import Tape


class Sanity:
    """Asks each meter of this process for a sign of life; every exchange goes into the frame log."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._group: dict[str, str] = {}
        self._asked_again: dict[str, str] = {}

    def before(self, bench: Bench, case: Case) -> str | None:
        """Why an item of `case` cannot be judged on this bench; None when the meter answers.

        A meter is asked when a group begins. One that has died is asked once more at each case, since it may come back
        later than it declares.
        """
        device = bench.device.name
        if self._group.get(device) != case.group:
            self._group[device] = case.group
            self._ask(bench, f"when the {_named(case.group)} began", patient=bench.dead_since is None)
        elif bench.dead_since is not None and self._asked_again.get(device) != case.id:
            self._ask(bench, f"before {case.id}", patient=False)
        self._asked_again[device] = case.id
        return bench.dead_since

    def watches(self, device: Device) -> bool:
        """Whether the device was asked in a group that has not ended yet."""
        return device.name in self._group

    def after(self, bench: Bench, group: str) -> str | None:
        """At the end of a group: a note when the meter, alive until then, no longer answers."""
        del self._group[bench.device.name]
        if bench.dead_since is not None:
            return None
        self._ask(bench, f"when the {_named(group)} ended", patient=True)
        return bench.dead_since

    def _ask(self, bench: Bench, moment: str, *, patient: bool) -> None:
        tape = Tape()
        known = bench.dead_since
        try:
            reason = bench.why_dead_for_good(tape) if patient else bench.why_dead(tape, recovers=known is None)
            if reason is not None and known is None and (check := check_line(bench, tape)) is not None:
                # Where some frames get through the meter is badly heard, and not gone: each case is judged for itself.
                reason = None if check.disturbed else reason
        except (LinkError, CounterError) as error:
            reason = str(error)
        self._evidence.beside(bench.device.name, f"sanity association {moment}", tape)
        if reason is None:
            bench.dead_since = None
            if known is not None:
                bench.notes.append(f"{bench.device.name}: the meter answers again {moment}")
        elif known is None:
            bench.dead_since = f"the meter did not answer {moment}: {reason}"


def _named(group: str) -> str:
    return f"{group} group" if group else "first group"
