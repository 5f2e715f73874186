"""Blocks that are lost on purpose, and what each side sent because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.harness.trial import Trial
from conformance.tester.block_transfer.exchange import Transferred

_SHOWN = 8
Which = Callable[[GeneralBlockTransfer], bool]


@dataclass(slots=True)
class Loss:
    """What becomes of the blocks of one direction.

    Attributes:
        which: whether a block is to be lost.
        most: how many are lost at most.
        passed: how often the block with a number was sent, lost or not.
        lost: how often of that it was lost.
    """

    which: Which
    most: int = 1
    passed: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)

    def __call__(self, block: GeneralBlockTransfer) -> bool:
        """Whether this block is lost."""
        number = block.block_number
        self.passed[number] += 1
        gone = self.lost.total() < self.most and self.which(block)
        self.lost[number] += gone
        return gone

    def repeated(self, *, behind: bool) -> list[int]:
        """The numbers of blocks that were sent more often than they were lost, and once.

        Args:
            behind: also those behind the first that was lost; else they may be sent again with it.
        """
        first = min((number for number, times in self.lost.items() if times), default=None)
        return sorted(
            number
            for number, times in self.passed.items()
            if times > 1 + self.lost[number] and (behind or first is None or number < first)
        )


def numbered(number: int) -> Which:
    """The block with a number."""
    return lambda block: block.block_number == number


def gives_the_turn(block: GeneralBlockTransfer) -> bool:
    """The last block of a window, which is neither the first nor the last of all."""
    return not block.streaming and not block.last_block and block.block_number > 1 and bool(block.block_data)


def is_last(block: GeneralBlockTransfer) -> bool:
    """The last block of a transfer."""
    return block.last_block and bool(block.block_data)


def judge_repetition(subtest: Trial, done: Transferred, own: Loss, theirs: Loss) -> None:
    """Judge that something was lost, and that no block was sent or asked for again that had not been lost.

    A meter may let go of what stands behind a lost block of the client, and ask for it once more.

    Raises:
        Failed: a block was repeated without need.
        Inconclusive: nothing was lost: the transfer is too short.
    """
    if not own.lost.total() and not theirs.lost.total():
        subtest.inconclusive("the block to be lost was never sent: the transfer is too short")
    sent_twice = theirs.repeated(behind=True)
    # The client sends a block again where nothing of what answers it has come.
    asked_twice = own.repeated(behind=False) if not theirs.lost.total() else []
    counted = done.counted
    subtest.check(
        not sent_twice and not asked_twice,
        expected="every block once, and a lost one once more",
        observed=_told("the meter sends again", sent_twice)
        or _told("the meter asks again for", asked_twice)
        or f"{own.lost.total() + theirs.lost.total()} lost, {counted.asked_again} asked for again, "
        f"{counted.sent_again} sent again",
        reaction=done.reply,
    )


def _told(what: str, numbers: list[int]) -> str:
    return f"{what} block {', '.join(map(str, numbers[:_SHOWN]))}, which was not lost" if numbers else ""
