"""Sending long requests block by block, each acknowledgement judged; and blocks of requests that are out of place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.dlms.xdlms.datablock import DataBlock
from conformance.harness.long_replies import opened
from conformance.harness.misplaced_next import judge_between, reopened
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import acknowledges, continues_or_refuses
from conformance.tester.accepted_services import refused
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation
from conformance.tester.reaction import Reaction
from conformance.tester.service_blocks import LongRequest, acknowledged_block
from conformance.tester.stimulus import Stimulus


@dataclass(frozen=True, slots=True)
class LongSending:
    """A long request, and how it must end.

    Attributes:
        request: what is sent.
        done: accepted behind the last block, by the number of that block.
        nothing: accepted where no transfer is in progress.
        ended: accepted where a block has a wrong number.
        judge_done: judges what the request has done, once it has ended well.
        judge_undone: judges that nothing was done.
        block_octets: octets in a block, where the case does not say.
    """

    request: LongRequest
    done: Callable[[int], Expectation]
    nothing: Expectation
    ended: Expectation
    judge_done: Callable[[Association], None]
    judge_undone: Callable[[Association], None]
    block_octets: int

    @property
    def blocks(self) -> tuple[DataBlock, ...]:
        """The request in blocks."""
        return self.request.blocks(self.block_octets)


def send(trial: Trial, association: Association, sending: LongSending, blocks: Sequence[DataBlock]) -> Reaction:
    """Send blocks from the first on; each but the last must be acknowledged by its number. What answers the last one.

    Raises:
        Failed: a block is not acknowledged as it must be.
    """
    reaction = association.request(sending.request.opening(blocks[0]))
    for block in blocks[1:]:
        trial.judge(reaction, acknowledges(block.block_number - 1), association=association)
        reaction = association.request(sending.request.following(block))
    return reaction


def judge_sent(trial: Trial, association: Association, sending: LongSending, blocks: Sequence[DataBlock]) -> Reaction:
    """Send a whole request and judge its end and what it has done.

    Raises:
        Failed: it does not end as it must.
    """
    reaction = send(trial, association, sending, blocks)
    trial.judge(reaction, sending.done(blocks[-1].block_number), association=association)
    sending.judge_done(association)
    return reaction


def judge_wrong_number(trial: Trial, sending: LongSending, numbers: tuple[int, ...]) -> None:
    """Send blocks with these numbers, of which the last is wrong: nothing comes of them, and a new request is served.

    Args:
        trial: judges.
        sending: the request.
        numbers: of the blocks, in the order in which they are sent.
    """
    association = opened(trial)
    blocks = _enough(trial, sending, len(numbers) + 1)
    right, wrong = numbers[:-1], DataBlock(False, numbers[-1], blocks[len(numbers) - 1].raw)
    with trial.step(f"blocks numbered {', '.join(map(str, numbers))}"):
        if right:
            begin(trial, association, sending, blocks[: len(right)])
            reaction = association.request(sending.request.following(wrong))
        else:
            reaction = association.request(sending.request.opening(wrong))
        trial.judge(reaction, sending.ended, association=association)
    sending.judge_undone(association)
    with trial.step("the same request once more"):
        judge_sent(trial, association, sending, blocks)


def judge_nothing_in_progress(trial: Trial, sending: LongSending) -> None:
    """Send a further block before any first one."""
    association = opened(trial)
    stray = DataBlock(True, 2, sending.blocks[-1].raw)
    trial.judge(association.request(sending.request.following(stray)), sending.nothing, association=association)
    sending.judge_undone(association)


def judge_after_release(trial: Trial, sending: LongSending) -> None:
    """Send the rest of a request that began in the association before, on the same link."""
    association = opened(trial)
    blocks = _enough(trial, sending, 2)
    begin(trial, association, sending, blocks[:1])
    reopened(trial, association)
    reaction = association.request(sending.request.following(blocks[1]))
    trial.judge(reaction, sending.nothing, association=association)
    sending.judge_undone(association)


def judge_interrupted(trial: Trial, sending: LongSending, other: Stimulus) -> None:
    """Ask for another service amid a request; then it goes on and is carried out whole, or it is over."""
    association = opened(trial)
    blocks = _enough(trial, sending, 4)
    begin(trial, association, sending, blocks[:2])
    judge_between(trial, association, other)
    reaction = association.request(sending.request.following(blocks[2]))
    trial.judge(reaction, continues_or_refuses(sending.nothing | refused()), association=association)
    if acknowledged_block(reaction) is None:
        sending.judge_undone(association)
    else:
        with trial.step("the request goes on"):
            for block in blocks[3:]:
                trial.judge(reaction, acknowledges(block.block_number - 1), association=association)
                reaction = association.request(sending.request.following(block))
            trial.judge(reaction, sending.done(blocks[-1].block_number), association=association)
            sending.judge_done(association)
    with trial.step("the same request once more"):
        judge_sent(trial, association, sending, blocks)


def judge_restarted(trial: Trial, sending: LongSending) -> None:
    """Send the request anew amid itself: what came before is given up."""
    association = opened(trial)
    blocks = _enough(trial, sending, 3)
    begin(trial, association, sending, blocks[:2])
    with trial.step("the same request anew, amid itself"):
        judge_sent(trial, association, sending, blocks)


def judge_after_last(trial: Trial, sending: LongSending) -> None:
    """Send a block behind the last one, without data: were it taken, the request would be carried out once more."""
    association = opened(trial)
    blocks = sending.blocks
    # Nothing may come between the last block and the one behind it: another service would end a transfer left open.
    reaction = send(trial, association, sending, blocks)
    trial.judge(reaction, sending.done(blocks[-1].block_number), association=association)
    number = blocks[-1].block_number + 1
    with trial.step(f"block {number}, behind the last"):
        reaction = association.request(sending.request.following(DataBlock(True, number, b"")))
        trial.judge(reaction, sending.nothing, association=association)
    sending.judge_done(association)


def begin(trial: Trial, association: Association, sending: LongSending, blocks: Sequence[DataBlock]) -> None:
    """Send the first blocks of a request, each acknowledged, and leave the transfer there.

    Raises:
        Failed: one is not acknowledged.
    """
    reaction = send(trial, association, sending, blocks)
    trial.judge(reaction, acknowledges(blocks[-1].block_number), association=association)


def _enough(trial: Trial, sending: LongSending, wanted: int) -> tuple[DataBlock, ...]:
    blocks = sending.blocks
    if len(blocks) < wanted:
        trial.inconclusive(f"{sending.request.name} makes {len(blocks)} blocks; {wanted} are needed")
    return blocks
