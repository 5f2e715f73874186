"""Cases of firmware images: what Image transfer shows, and a transfer that never ends in an activation."""

from collections.abc import Callable
from typing import cast

from conformance.device.model import Device, Permission
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition, always
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.image_trial import (
    VERIFYING_S,
    ImageQuestion,
    judge_activation,
    judge_bad_image,
    judge_block_beyond,
    judge_block_sizes,
    judge_disabled,
    judge_good_image,
    judge_images,
    judge_in_order,
    judge_initiated,
    judge_missing_block,
    judge_out_of_order,
    judge_states,
)
from conformance.harness.key_conditions import embedded
from conformance.harness.listed_values import ListedValues
from conformance.harness.object_judging import serves_reads
from conformance.harness.trial import Trial

_CLAUSE = "IEC 62056-6-2, Image transfer, class_id 18"


def _invokes(claim: Claim) -> bool:
    wanted = ConformanceBit.WRITE if claim.association.short_names else ConformanceBit.ACTION
    return wanted in claim.association.conformance


_INVOKES = serves_reads & Condition("conformance action, or write with short names", _invokes)
_PROGRESS = "image_transferred_blocks_status and image_first_not_transferred_block_number are those of what has come"


@case("X_IMAGE_STATE", title="State of an Image transfer", clause=_CLAUSE, applies=serves_reads, negative=False)
@subtests(
    Subtest(
        1,
        "attributes that agree",
        procedure="of every Image transfer: reads attributes 2, 3, 4, 6 and 7",
        accepts="image_block_size above 0; the first missing block is that of the blocks' status while initiated; "
        "image_to_activate_info tells of an image that was verified",
    )
)
def test_image_state(subtest: Trial) -> None:
    """The attributes of an Image transfer agree with one another."""
    judge_states(ListedValues.of(subtest))


def _waits(_: Device) -> float | None:
    return VERIFYING_S


def _image(
    number: int,
    title: str,
    done: str,
    accepts: str,
    question: ImageQuestion,
    *,
    applies: Condition = always,
    waits: Callable[[Device], float | None] | None = None,
) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"of every Image transfer whose methods may be invoked: {done}",
        accepts=accepts,
        applies=applies,
        permission=Permission.UPDATES_FIRMWARE,
        argument=question,
        waits=waits,
    )


@case("X_IMAGE_TRANSFER", title="Transferring an image", clause=_CLAUSE, applies=_INVOKES)
@subtests(
    _image(
        1,
        "initiated, and again",
        "initiates, transfers a block, and initiates again",
        f"success, status 1; {_PROGRESS}; initiating wipes what has come",
        judge_initiated,
    ),
    _image(2, "in order", "transfers five blocks in order", f"success; after each, {_PROGRESS}", judge_in_order),
    _image(
        3,
        "out of order, and resumed",
        "transfers blocks 3, 1 and 0, and the others in a new association",
        f"success; after each, and in the new association, {_PROGRESS}",
        judge_out_of_order,
    ),
    _image(
        4,
        "a block missing",
        "transfers all blocks but one, and verifies",
        f"the verification is refused; {_PROGRESS}",
        judge_missing_block,
    ),
    _image(
        5,
        "a good image",
        "transfers an image that the embedded meter takes for good, verifies and activates it",
        "success; status 3 and image_to_activate_info after the verification, status 6 after the activation",
        judge_good_image,
        applies=embedded,
    ),
)
def test_image_transfer(subtest: Trial) -> None:
    """Blocks of an image are taken in any order, also over two associations, and what is missing is told.

    The image is five blocks of random octets, which nothing activates; afterwards a last initiation wipes it, and
    image_transfer_enabled is as before. An image that was under way is lost.
    """
    judge_images(ListedValues.of(subtest), cast("ImageQuestion", subtest.argument))


@case("X_IMAGE_REFUSED", title="Images and blocks that must be refused", clause=_CLAUSE, applies=_INVOKES)
@subtests(
    _image(
        1,
        "blocks of other sizes",
        "transfers a first block of an octet more and of an octet less than image_block_size",
        f"refused; {_PROGRESS}",
        judge_block_sizes,
    ),
    _image(
        2, "a block beyond the image", "transfers a block behind the last", f"refused; {_PROGRESS}", judge_block_beyond
    ),
    _image(
        3,
        "a bad image",
        "transfers random octets, and verifies them",
        "no success, and a status that is not 3",
        judge_bad_image,
        waits=_waits,
    ),
    _image(
        4,
        "activation of a bad image",
        "transfers random octets, verifies and activates them; only with the embedded meter",
        "the activation is refused",
        judge_activation,
        applies=embedded,
    ),
    _image(
        5,
        "not enabled",
        "writes image_transfer_enabled FALSE and initiates; puts it back",
        "the initiation is refused",
        judge_disabled,
    ),
)
def test_image_refused(subtest: Trial) -> None:
    """Blocks that are not the image's, and an image that is none, are refused.

    image_activate is never sent to a real meter: one that activates what it could not verify would be lost.
    """
    judge_images(ListedValues.of(subtest), cast("ImageQuestion", subtest.argument))
