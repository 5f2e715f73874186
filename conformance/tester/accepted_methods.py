"""Accepted reactions to a method that a client invokes: action-result success, or a refusal (IEC 62056-5-3)."""

from __future__ import annotations

from conformance.dlms.xdlms.action import ActionResponseNormal
from conformance.dlms.xdlms.enumerations import ActionResult, label_of
from conformance.tester.accepted_services import frame_reject, link_released, refused, silence
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu, tolerated
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen

_PATH = "action-response.result"


def method_succeeds() -> Expectation:
    """action-result success."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch, result = _result(reaction)
        if mismatch is None and result != ActionResult.SUCCESS:
            return Mismatch(f"action-result {_told(result)}", _PATH, closeness=3)
        return mismatch

    return expectation("action-result success", match, _PATH)


def method_fails() -> Expectation:
    """Any action-result but success; under the tolerant profile, any refusal at all."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch, result = _result(reaction)
        if mismatch is None and result == ActionResult.SUCCESS:
            return Mismatch("action-result success: the method was carried out", _PATH, closeness=3)
        return mismatch

    other = tolerated(refused() | silence() | frame_reject() | link_released())
    return expectation("an action-result other than success", match, _PATH) | other


def _result(reaction: Reaction) -> tuple[Mismatch | None, int]:
    mismatch = no_apdu(reaction, "action-response")
    if mismatch is not None:
        return mismatch, -1
    if isinstance(reaction, Reply) and isinstance(reaction.value, ActionResponseNormal):
        return None, reaction.value.result
    return Mismatch(f"no action-response: {seen(reaction)}", closeness=2), -1


def _told(result: int) -> str:
    return label_of(ActionResult, result)
