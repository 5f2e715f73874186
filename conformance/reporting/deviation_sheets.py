"""Expected deviations in the PDF: what the device config announces, who answers for it, and what became of it."""

from __future__ import annotations

from typing import Any, Final

from conformance.record.deviation import DeviationState
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.printable import printable_line

_MOST: Final = 1_000
_STATES: Final = {
    DeviationState.SHOWN: "showed as announced",
    DeviationState.UNEXPECTED_PASS: "did not show: the run fails until it is withdrawn",
    DeviationState.EXPIRED: "expired and showed: it counts as a failure",
    DeviationState.LAPSED: "expired, and did not show",
    DeviationState.NOT_JUDGED: "not judged in this run",
}


def deviation_sheets(record: RunRecord) -> list[dict[str, Any]]:
    """Each deviation in the order of the device configs; `fails` where it makes the run fail."""
    several = len(record.devices) > 1
    return [
        {
            "place": printable_line(deviation.place, 160),
            "device": printable_line(deviation.device, 80) if several else "",
            "reason": printable_line(deviation.reason, 1_000) or "none given",
            "owner": printable_line(deviation.owner, 120) or "none named",
            "expires": printable_line(deviation.expires, 40) or "never",
            "state": _STATES[deviation.state],
            "fails": deviation.state.fails,
            "failed": deviation.totals.get(Verdict.FAILED, 0),
            "passed": deviation.totals.get(Verdict.PASSED, 0),
        }
        for deviation in record.deviations[:_MOST]
    ]
