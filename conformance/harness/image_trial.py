"""A firmware image that is transferred and never activated: blocks in order and out of order, wrong ones, a bad image.

What is sent is no image: random octets under a name of their own. The meter is to refuse it at the latest when it is
verified; image_activate is invoked on the embedded meter only. At the end the transfer is initiated once more, which
wipes what has come, and image_transfer_enabled is put back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import double_long_unsigned, integer, octet_string, structure
from conformance.harness.image_under_test import (
    ACTIVATE,
    ACTIVATED,
    BLOCK,
    BLOCK_SIZE,
    ENABLED,
    FIRST_MISSING,
    IDENTIFIER,
    INITIATE,
    INITIATED,
    STATUS,
    TO_ACTIVATE,
    TRANSFERRED,
    VERIFIED,
    VERIFY,
    VERIFYING,
    WHOLE_BLOCKS,
    ImageUnderTest,
    needed,
    prepared,
    reopened,
    write_enabled,
)
from conformance.harness.listed_values import ListedValues
from conformance.meter.model.image_transfer import sealed

ImageQuestion = Callable[["ImageUnderTest"], None]
VERIFYING_S = 30.0
"""So long a verification under way is waited for."""
_ASKED = 6
"""Times that its status is read meanwhile."""


def judge_states(values: ListedValues) -> None:
    """Read every Image transfer object: its attributes agree with one another.

    Raises:
        Inapplicable: there is none.
    """
    for listed in values.needed(ClassId.IMAGE_TRANSFER, "Image transfer"):
        with values.subtest.each(str(listed)):
            _judge_state(values, listed)


def judge_images(values: ListedValues, question: ImageQuestion) -> None:
    """Ask a question of every Image transfer object whose methods this client may invoke.

    Raises:
        Inapplicable: there is none.
    """
    wanted = [
        one
        for one in values.of_class(ClassId.IMAGE_TRANSFER)
        if all(values.may_invoke(one, method) for method in (INITIATE, BLOCK, VERIFY))
    ]
    if not wanted:
        values.subtest.inapplicable(
            f"association {values.survey.association}: the object_list lets no Image transfer be carried out"
        )
    for listed in wanted:
        with values.subtest.each(str(listed)), prepared(reopened(values), listed) as image:
            question(image)


def judge_initiated(image: ImageUnderTest) -> None:
    """Initiate: status initiated, no block there. A block, and initiate again: none is there once more."""
    image.succeeds(INITIATE, image.initiate())
    image.judge_status(INITIATED)
    image.judge_progress(())
    image.succeeds(BLOCK, image.block(0))
    image.succeeds(INITIATE, image.initiate())
    image.judge_progress(())


def judge_in_order(image: ImageUnderTest) -> None:
    """Transfer all blocks in order; after each, the status and the first missing block are right."""
    image.succeeds(INITIATE, image.initiate())
    for number in range(image.count):
        image.succeeds(BLOCK, image.block(number))
        image.judge_progress(range(number + 1))


def judge_out_of_order(image: ImageUnderTest) -> None:
    """Transfer blocks 3, 1 and 0, go on in a new association with what is missing."""
    image.succeeds(INITIATE, image.initiate())
    done: list[int] = []
    for number in (3, 1, 0):
        image.succeeds(BLOCK, image.block(number))
        done.append(number)
        image.judge_progress(done)
    resumed = image.resumed()
    resumed.judge_status(INITIATED)
    resumed.judge_progress(done)
    for number in (2, *range(WHOLE_BLOCKS, image.count)):
        resumed.succeeds(BLOCK, image.block(number))
        done.append(number)
    resumed.judge_progress(done)


def judge_missing_block(image: ImageUnderTest) -> None:
    """Transfer all blocks but 2 and verify: refused, and block 2 is still told as missing."""
    image.succeeds(INITIATE, image.initiate())
    done = [number for number in range(image.count) if number != 2]
    for number in done:
        image.succeeds(BLOCK, image.block(number))
    image.fails(VERIFY, integer(0))
    image.judge_progress(done)


def judge_block_sizes(image: ImageUnderTest) -> None:
    """Blocks of an octet more and an octet less than image_block_size are refused, and count as missing."""
    image.succeeds(INITIATE, image.initiate())
    whole = image.image[: image.block_size]
    for octets in (whole + b"\x00", whole[:-1]):
        image.fails(BLOCK, structure(double_long_unsigned(0), octet_string(octets)))
        image.judge_progress(())


def judge_block_beyond(image: ImageUnderTest) -> None:
    """A block behind the last is refused."""
    image.succeeds(INITIATE, image.initiate())
    beyond = structure(double_long_unsigned(image.count), octet_string(bytes(image.block_size)))
    image.fails(BLOCK, beyond)
    image.judge_progress(())


def judge_bad_image(image: ImageUnderTest) -> None:
    """Random octets do not verify: image_verify does not succeed, and the status does not become 3."""
    _transfer(image)
    image.fails(VERIFY, integer(0))
    _wait_for_verification(image)
    served = image.served(STATUS)
    image.values.check(served.data.value not in (VERIFIED, ACTIVATED), served, "an image that is not verified")


def judge_activation(image: ImageUnderTest) -> None:
    """Activating an image that did not verify is refused. Only for a meter that may be lost."""
    _transfer(image)
    image.invoke(VERIFY, integer(0))
    image.fails(ACTIVATE, integer(0))
    served = image.served(STATUS)
    image.values.check(served.data.value != ACTIVATED, served, "an image that is not activated")


def judge_good_image(image: ImageUnderTest) -> None:
    """An image that is good is verified, shown in image_to_activate_info, and activated. Only the embedded meter's."""
    good = replace(image, image=sealed(image.image))
    _transfer(good)
    good.succeeds(VERIFY, integer(0))
    good.judge_status(VERIFIED)
    served = good.served(TO_ACTIVATE)
    match served.data.value:
        case (Data(value=(Data(value=size), Data(value=identifier), _)),):
            told = (size, identifier)
        case _:
            told = (0, b"")
    expected = f"one image of {len(good.image)} octets, {IDENTIFIER.decode()}"
    good.values.check(told == (len(good.image), IDENTIFIER), served, expected)
    good.succeeds(ACTIVATE, integer(0))
    good.judge_status(ACTIVATED)


def judge_disabled(image: ImageUnderTest) -> None:
    """With image_transfer_enabled FALSE a transfer cannot be initiated."""
    if not image.values.may_write(image.listed, ENABLED):
        image.values.subtest.inapplicable(f"{image.listed}: image_transfer_enabled may not be written")
    write_enabled(image.values, image.listed, False)
    image.fails(INITIATE, image.initiate())


def _transfer(image: ImageUnderTest) -> None:
    image.succeeds(INITIATE, image.initiate())
    for number in range(image.count):
        image.succeeds(BLOCK, image.block(number))


def _wait_for_verification(image: ImageUnderTest) -> None:
    for _ in range(_ASKED):
        if image.served(STATUS).data.value != VERIFYING:
            return
        image.values.subtest.wait(VERIFYING_S / _ASKED, "the verification of the image")


def _judge_state(values: ListedValues, listed: ListedObject) -> None:
    size = needed(values, listed, BLOCK_SIZE)
    fits_ = isinstance(size.data.value, int) and size.data.value > 0
    values.check(fits_, size, "image_block_size above 0")
    status, bits = needed(values, listed, STATUS), needed(values, listed, TRANSFERRED)
    first, told = needed(values, listed, FIRST_MISSING), needed(values, listed, TO_ACTIVATE)
    blocks = bits.data.value if bits.data.type is DataType.BIT_STRING else ""
    if status.data.value == INITIATED and blocks:
        missing = blocks.find("0") if "0" in blocks else len(blocks)
        right = first.data.value == missing
        values.check(right, first, f"image_first_not_transferred_block_number {missing}, the first bit that is not set")
    if status.data.value == VERIFIED:
        values.check(bool(told.data.value), told, "image_to_activate_info of the image that was verified")
    values.check(True, status, "attributes that agree with one another")
