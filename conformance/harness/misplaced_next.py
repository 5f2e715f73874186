"""Requests for the next block that are out of place: the procedures that GET, ACTION and Read share."""

from __future__ import annotations

from collections.abc import Callable

from conformance.device.model import Protection
from conformance.harness.long_replies import Fetched, LongReading, begin, fetch, least_room, opened, overhead
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import continues_or_refuses
from conformance.tester.accepted_services import refused
from conformance.tester.association import Association, State
from conformance.tester.expectation import no_apdu
from conformance.tester.service_blocks import reply_block
from conformance.tester.stimulus import Stimulus, aarq

Reading = Callable[[Trial, int], LongReading]
"""Makes the request with a long reply, for PDUs that hold so many octets of plain reply."""

_LONGEST = 1 << 20
"""Octets; a reply that goes on beyond has no last block."""
_SHORT_ROOM = 24
"""Octets of plain reply that a short PDU holds: so few that a reply of 60 octets needs several."""


def short(trial: Trial, octets: int = 0) -> tuple[Association, int]:
    """An association in which long replies come in blocks, and how many octets of plain reply a PDU holds in it.

    Args:
        trial: judges.
        octets: of the PDU; it is never smaller than the meter declares to serve, or than protection and HLS need.
    """
    room = max(_SHORT_ROOM, least_room(trial.settings))
    protected = trial.protection is not Protection.NONE
    more = overhead(trial, opened(trial)) if protected else 0
    size = max(octets, room + more, trial.settings.smallest_pdu_size)
    return opened(trial, size), size - more


def judge_wrong_number(trial: Trial, make: Reading, octets: int, wrong: int) -> None:
    """After two blocks, acknowledge a block that is not the last one sent.

    Args:
        trial: judges.
        make: makes what is asked for.
        octets: as for `short`.
        wrong: the number that is acknowledged.
    """
    association, room = short(trial, octets)
    reading = make(trial, room)
    begin(trial, association, reading, 2)
    reaction = association.request(reading.service.next(wrong))
    with trial.step(f"block {wrong} acknowledged, block 2 was sent"):
        trial.judge(reaction, reading.ended, association=association)
    trial.alive(association)
    with trial.step("the same request once more"):
        _judge_whole(trial, fetch(trial, association, reading, most_octets=_LONGEST))


def judge_nothing_in_progress(trial: Trial, make: Reading, octets: int) -> None:
    """Ask for the next block before any was sent."""
    association, room = short(trial, octets)
    reading = make(trial, room)
    for number in (1, 0):
        trial.judge(association.request(reading.service.next(number)), reading.nothing, association=association)
    trial.alive(association)


def judge_after_release(trial: Trial, make: Reading, octets: int) -> None:
    """Ask for the next block of a transfer that began in the association before, on the same link."""
    association, room = short(trial, octets)
    reading = make(trial, room)
    begin(trial, association, reading, 1)
    reopened(trial, association)
    trial.judge(association.request(reading.service.next(1)), reading.nothing, association=association)
    trial.alive(association)


def judge_interrupted(trial: Trial, make: Reading, octets: int, other: Stimulus) -> None:
    """Ask for another service amid a transfer; then it goes on and is whole, or it is over."""
    association, room = short(trial, octets)
    reading = make(trial, room)
    whole = fetch(trial, association, reading, most_octets=_LONGEST)
    begun = begin(trial, association, reading, 2)
    judge_between(trial, association, other)
    reaction = association.request(reading.service.next(begun.blocks))
    trial.judge(reaction, continues_or_refuses(reading.nothing | refused()), association=association)
    if reply_block(reaction) is not None:
        with trial.step("the transfer goes on"):
            go_on = (reaction, begun.octets, begun.blocks)
            _judge_same(trial, whole, fetch(trial, association, reading, begun=go_on, most_octets=_LONGEST))
    trial.alive(association)
    with trial.step("the same request once more"):
        _judge_same(trial, whole, fetch(trial, association, reading, most_octets=_LONGEST))


def judge_restarted(trial: Trial, make: Reading, octets: int) -> None:
    """Ask anew amid a transfer: the first one is given up, and the new one is whole from block 1 on."""
    association, room = short(trial, octets)
    reading = make(trial, room)
    whole = fetch(trial, association, reading, most_octets=_LONGEST)
    begin(trial, association, reading, 2)
    with trial.step("the same request anew, amid the transfer"):
        _judge_same(trial, whole, fetch(trial, association, reading, most_octets=_LONGEST))


def judge_after_last(trial: Trial, make: Reading, octets: int) -> None:
    """Ask for a block behind the last one."""
    association, room = short(trial, octets)
    reading = make(trial, room)
    begin(trial, association, reading, 1)
    fetched = fetch(trial, association, reading, most_octets=_LONGEST)
    reaction = association.request(reading.service.next(fetched.blocks))
    with trial.step(f"the block behind block {fetched.blocks}, the last"):
        trial.judge(reaction, reading.nothing, association=association)
    trial.alive(association)


def judge_between(trial: Trial, association: Association, other: Stimulus) -> None:
    """Ask for another service amid a transfer: it must be answered, whatever it says.

    Raises:
        Failed: it is not.
    """
    with trial.step(f"{other.name or other} amid the transfer"):
        between = association.request(other)
        mismatch = no_apdu(between, "an answer")
        trial.check(
            mismatch is None,
            expected="an answer to the other service",
            observed="it is answered" if mismatch is None else mismatch.reason,
            reaction=between,
        )


def reopened(trial: Trial, association: Association) -> None:
    """Release an association and establish it again on the same link, as it was proposed.

    Raises:
        Inconclusive: the meter does not confirm the release.
        PreambleFailed: it cannot be established again.
    """
    proposed = association.proposed_initiate
    association.release()
    if association.state is not State.IDLE:
        trial.inconclusive("the release is not confirmed: whether the association has ended cannot be told")
    values: dict[str, object] = {}
    if proposed is not None:
        values["proposed_conformance"] = proposed.proposed_conformance
        values["client_max_receive_pdu_size"] = proposed.client_max_receive_pdu_size
    association.establish(aarq(**values))


def _judge_whole(trial: Trial, fetched: Fetched) -> None:
    trial.check(
        fetched.whole,
        expected="all blocks, from number 1 to the last",
        observed=f"{fetched.blocks} blocks" + (", the last among them" if fetched.whole else ""),
        reaction=fetched.reaction,
    )


def _judge_same(trial: Trial, whole: Fetched, again: Fetched) -> None:
    same = again.octets == whole.octets
    found = f"{len(again.octets)} octets in {again.blocks} blocks"
    trial.check(
        same,
        expected=f"the {len(whole.octets)} octets that came undisturbed",
        observed=f"the same {found}" if same else f"other {found}",
        reaction=again.reaction,
    )
