"""Judging a selection: the rows that came are those of the buffer, as it was read in the same subtest."""

from __future__ import annotations

from conformance.device.model import Acceptance
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import SelectiveAccess
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.harness.profile_buffer import offered_selectors, profile_attribute, read_buffer
from conformance.harness.selection import SMALL_PDU_OCTETS, Asked, CannotSelect, Mechanism, Selection
from conformance.harness.trial import Trial
from conformance.tester.profile_rows import Buffer, NoRows, Row, difference, rows_of
from conformance.tester.reaction import Reply
from conformance.tester.seen import access_result, seen
from conformance.tester.stimulus import aarq
from conformance.tester.transfer import TransferFailed

_MEASUREMENTS = 3
"""A buffer that has changed while its part was read is read again, but not more often."""
_MOST_OCTETS = 0x10_0000
"""Of a selection: a meter that sends its whole memory in place of a part is cut off here."""


def judge_selection(trial: Trial) -> None:
    """Read the buffer, then the declared selection, and judge the one by the other.

    Where they differ, the buffer is read again: when it has changed meanwhile, by a row that was captured, nothing is
    decided, and all is read once more.

    Raises:
        Failed: rows that are not accepted, or a refusal that is not.
        Inconclusive: the buffer cannot be read, holds too little, or changes faster than it can be read.
        Inapplicable: the selection is refused, and the object_list says that its selector is not offered.
    """
    selection = trial.argument
    assert isinstance(selection, Selection)  # noqa: S101 - so the cases declare it
    _establish(trial, selection.mechanism)
    buffer = read_buffer(trial)
    tolerant = trial.bench.device.acceptance is Acceptance.TOLERANT
    for _ in range(_MEASUREMENTS):
        try:
            asked = selection.make(buffer)
        except CannotSelect as missing:
            trial.inconclusive(str(missing))
        answer = _answer(trial, asked, selection.mechanism)
        fault = _fault(answer, asked, tolerant=tolerant)
        if fault is None:
            observed = f"refused: {answer}" if isinstance(answer, str) else f"{len(answer)} rows, as in the buffer"
            trial.check(True, expected=asked.words(tolerant=tolerant), observed=observed)
            return
        if isinstance(answer, str):
            _rule_out_unoffered(trial, asked.selector)
        again = read_buffer(trial)
        if _same(again, buffer):
            trial.check(False, expected=asked.words(tolerant=tolerant), observed=fault)
        buffer = again
    trial.inconclusive(f"the buffer changed {_MEASUREMENTS} times while a part of it was read: nothing to judge by")


def _establish(trial: Trial, mechanism: Mechanism) -> None:
    if mechanism is Mechanism.SMALL_PDU:
        octets = max(SMALL_PDU_OCTETS, trial.settings.smallest_pdu_size)
        trial.association.establish(aarq(client_max_receive_pdu_size=octets))
    else:
        trial.association.establish()


def _answer(trial: Trial, asked: Asked, mechanism: Mechanism) -> tuple[Row, ...] | str:
    """The rows that come, or the refusal in words."""
    access = SelectiveAccess(asked.selector, asked.parameters)
    try:
        answer = profile_attribute(trial, access=access, mechanism=mechanism, most_octets=_MOST_OCTETS)
    except TransferFailed as failed:
        value = failed.reaction.value if isinstance(failed.reaction, Reply) else None
        if isinstance(value, (ExceptionResponse, ConfirmedServiceError)):
            return seen(failed.reaction)
        trial.check(False, expected="rows, or an error", observed=str(failed), reaction=failed.reaction)
        raise
    if not isinstance(answer, Data):
        return access_result(answer)
    try:
        return rows_of(answer, asked.columns, asked.capture_period_s)
    except NoRows as wrong:
        trial.fail(f"the selection has come, and is not what was asked for: {wrong}")


def _fault(answer: tuple[Row, ...] | str, asked: Asked, *, tolerant: bool) -> str | None:
    if isinstance(answer, str):
        return None if asked.refusable(tolerant=tolerant) else f"refused: {answer}"
    return asked.fault(answer, tolerant=tolerant)


def _rule_out_unoffered(trial: Trial, selector: int) -> None:
    offered = offered_selectors(trial)
    if offered is not None and selector not in offered:
        told = ", ".join(map(str, sorted(offered))) or "none"
        trial.inapplicable(f"refused, and the object_list offers the access selectors {told}: {selector} is not there")


def _same(one: Buffer, other: Buffer) -> bool:
    return one.entries == other.entries and difference(one.rows, other.rows) is None
