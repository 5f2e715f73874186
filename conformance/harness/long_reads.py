"""Read in blocks of its request: read-data-block-access, answered block by block."""

from __future__ import annotations

from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.read import ReadResponse
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.long_sending import LongSending
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_GET_ENDED, NO_LONG_GET
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.liveness import asked_for
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.service_blocks import long_read

_NAMES = 4
_BLOCK_OCTETS = 3


def read_sending(trial: Trial) -> LongSending:
    """Read of the association's name, four times in one request, in blocks of three octets."""
    name = asked_for(trial.settings)
    assert isinstance(name, VariableName)  # noqa: S101 - the case applies with short names only
    return LongSending(
        long_read((name,) * _NAMES),
        lambda _: _alike(_NAMES),
        NO_LONG_GET,
        # The block numbered 1 is the first: any other, with none before it, belongs to no transfer.
        LONG_GET_ENDED | NO_LONG_GET,
        trial.alive,
        trial.alive,
        _BLOCK_OCTETS,
    )


def _alike(count: int) -> Expectation:
    """A ReadResponse with the same data so many times."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "read-response")
        if mismatch is not None:
            return mismatch
        value = reaction.value if isinstance(reaction, Reply) else None
        results = value.results if isinstance(value, ReadResponse) else ()
        if len(results) != count or not all(isinstance(item, Data) and item == results[0] for item in results):
            return Mismatch(f"not {count} times the same data: {seen(reaction)}", "read-response", closeness=2)
        return None

    return expectation(f"a ReadResponse with the same data {count} times", match, "read-response")
