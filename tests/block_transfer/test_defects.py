"""Each fault of the meter in general block transfer shows, by its name and at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance.meter
from conformance.device.model import Protection
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetResponseWithDatablock
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.meter.general_block_defects import GENERAL_BLOCK_DEFECTS
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import Losses, block, give_up, request
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.reaction import Silence
from conformance.tester.stimulus import apdu, rlrq
from tests.block_transfer.meters import client, meter
from tests.block_transfer.test_exchange import GET, GET_NEXT, IN_BLOCKS, LABEL, alive

NAMES = {defect.name for defect in GENERAL_BLOCK_DEFECTS}
SET = apdu(SetRequestNormal(0xC1, LABEL, None, octet_string(bytes(90))).encode(), "SET")
SHOWN_AT_ONCE = {
    "gbt-goes-on-in-service-blocks": FaultKind.MIXED,
    "gbt-last-block-never-said": FaultKind.LAST_BLOCK_MISSING,
    "gbt-last-block-lost": FaultKind.LAST_BLOCK_MISSING,
    "gbt-block-number-from-zero": FaultKind.BLOCK_NUMBER,
    "gbt-block-one-octet-too-long": FaultKind.TOO_LONG,
    "gbt-empty-blocks-without-end": FaultKind.NO_PROGRESS,
    "gbt-window-not-honoured": FaultKind.WINDOW_EXCEEDED,
    "gbt-own-window-zero": FaultKind.WINDOW_ZERO,
    "gbt-streaming-bit-always-set": FaultKind.STREAMING,
    "gbt-acknowledgement-always-zero": FaultKind.ACKNOWLEDGED_TOO_LOW,
    "gbt-request-answered-without-blocks": FaultKind.ANSWERED_OUTSIDE,
}


def shown(name: str) -> list[object]:
    sources = Path(conformance.meter.__path__[0]).rglob("*.py")
    text = "".join(path.read_text() for path in sources if not path.name.endswith("_defects.py"))
    return re.findall(f'"{name}"', text)


def lost_once(*numbers: int) -> Losses:
    gone = set(numbers)
    return Losses(received=lambda item: item.block_number in gone and not gone.discard(item.block_number))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_is_switched_on_at_one_point(name):
    assert len(shown(name)) == 1


def test_each_is_shown_here():
    text = Path(__file__).read_text()
    assert {name for name in NAMES if f'"{name}"' not in text} == set()


@pytest.mark.parametrize("protection", [Protection.NONE, Protection.GLO])
@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
@pytest.mark.parametrize("name", sorted(SHOWN_AT_ONCE))
def test_a_long_reply_shows_it_by_name_and_place(name, profile, protection):
    faulty = meter(name, profile=profile)

    done = request(client(faulty, protection=protection), GET, IN_BLOCKS)

    assert done.found(SHOWN_AT_ONCE[name]), done
    frame = done.found(SHOWN_AT_ONCE[name])[0].frame
    assert frame >= 0


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
def test_a_turn_after_each_block_amid_a_stream_shows(profile):
    """The client answers the first block; the others of the stream come behind its back."""
    done = request(client(meter("gbt-streaming-bit-never-set", profile=profile)), GET, IN_BLOCKS)

    assert done.faults


def test_numbers_that_go_on_from_the_transfer_before_show_in_the_second():
    association = client(meter("gbt-block-number-not-reset"))

    assert not request(association, GET, IN_BLOCKS).faults
    assert request(association, GET, IN_BLOCKS).found(FaultKind.BLOCK_MISSING)


def test_an_octet_lost_at_a_boundary_leaves_a_reply_that_does_not_open():
    done = request(client(meter("gbt-octet-lost-at-a-block-boundary"), protection=Protection.GLO), GET, IN_BLOCKS)

    assert done.reply.error is not None


def test_all_blocks_at_once_to_a_client_that_takes_none():
    done = request(client(meter("gbt-window-0-streams-without-end")), GET, BlockOptions(window=0, in_blocks=True))

    assert done.found(FaultKind.WINDOW_EXCEEDED)
    assert not request(client(meter()), GET, BlockOptions(window=0, in_blocks=True)).found(FaultKind.WINDOW_EXCEEDED)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gbt-acknowledged-number-ignored", FaultKind.WINDOW_EXCEEDED),
        ("gbt-resends-from-the-beginning", FaultKind.REPEATED_WITHOUT_NEED),
    ],
)
def test_recovery_shows_what_is_sent_in_place_of_the_lost_block(name, kind):
    options = BlockOptions(window=5, in_blocks=True, attempts=1)

    assert request(client(meter(name)), GET, options, lost_once(3)).found(kind)
    assert not request(client(meter()), GET, options, lost_once(3)).faults


def test_a_repeated_block_with_other_content_shows():
    association = client(meter("gbt-repeated-block-changed"), protection=Protection.GLO)
    options = BlockOptions(window=5, in_blocks=True, attempts=1)

    done = request(association, GET, options, lost_once(3))

    assert done.reply.protected.error is not None or done.found(FaultKind.REPEATED_CHANGED)


def test_an_impossible_acknowledgement_is_answered_by_giving_up():
    for faults, right in (((), True), (("gbt-impossible-acknowledgement-taken",), False)):
        association = client(meter(*faults))
        association.request(GET)
        told = block(association, number=1, acknowledged=9).value
        assert (told.last_block and not told.block_number) == right


def test_a_block_with_a_wrong_number_is_not_taken_for_the_next():
    for faults, right in (((), True), (("gbt-request-block-number-not-checked",), False)):
        association = client(meter(*faults))
        octets = SET.octets
        block(association, octets[:40], number=1, acknowledged=0, last=False)
        told = block(association, octets[40:], number=3, acknowledged=1).value
        assert (told.block_number_ack == 1 and not told.block_data) == right


def test_a_stray_block_is_refused():
    assert isinstance(block(client(meter()), number=5, acknowledged=4).value, ExceptionResponse)
    assert isinstance(block(client(meter("gbt-stray-block-unanswered")), number=5, acknowledged=4), Silence)


def test_a_transfer_given_up_does_not_go_on():
    for faults, right in (((), True), (("gbt-abort-ignored",), False)):
        association = client(meter(*faults))
        association.request(GET)
        give_up(association)
        assert isinstance(association.receive(), Silence) == right


def test_an_unconfirmed_request_in_blocks_is_not_answered():
    unconfirmed = apdu(SetRequestNormal(0x81, LABEL, None, octet_string(b"x")).encode(), "SET, unconfirmed")
    for faults, right in (((), True), (("gbt-unconfirmed-request-acknowledged",), False)):
        done = request(client(meter(*faults)), unconfirmed, IN_BLOCKS)
        assert bool(done.found(FaultKind.SILENT)) == right


def test_a_transfer_ends_with_its_association():
    for faults, right in (((), True), (("gbt-transfer-kept-over-release",), False)):
        association = client(meter(*faults), "reading")
        association.request(GET)
        association.release(rlrq())
        association.establish()
        told = block(association, number=1, acknowledged=1).value
        assert (not isinstance(told, GeneralBlockTransfer) or not told.block_data) == right


def test_without_the_bit_neither_side_uses_blocks():
    sound = client(meter(), negotiated=False)
    unasked = client(meter("gbt-used-though-not-negotiated"), negotiated=False)
    taken = client(meter("gbt-taken-though-not-negotiated"), negotiated=False)

    assert isinstance(sound.request(GET).value, GetResponseWithDatablock)
    assert request(unasked, GET).found(FaultKind.NOT_NEGOTIATED)
    assert request(taken, GET, IN_BLOCKS).found(FaultKind.NOT_NEGOTIATED)
    assert isinstance(request(sound, GET, IN_BLOCKS).reply.value, ExceptionResponse)


def test_get_next_amid_blocks_gets_nothing_of_the_reply_and_leaves_the_meter_alive():
    accepting = client(meter("gbt-get-next-accepted"))
    accepting.request(GET)
    assert isinstance(accepting.request(GET_NEXT).value.result, bytes)

    deaf = client(meter("gbt-deaf-after-mixed-mechanisms"))
    deaf.request(GET)
    deaf.request(GET_NEXT)
    assert isinstance(deaf.request(GET), Silence)

    sound = client(meter())
    sound.request(GET)
    assert sound.request(GET_NEXT).value.result == 16
    assert alive(sound)


def test_a_reply_in_blocks_is_protected_before_it_is_cut():
    sound = request(client(meter(), protection=Protection.GLO), GET, IN_BLOCKS)
    bare = request(client(meter("gbt-reply-in-blocks-not-protected"), protection=Protection.GLO), GET, IN_BLOCKS)

    assert sound.reply.protected is not None
    assert bare.reply.protected is None


def test_a_request_in_clear_that_comes_again_while_its_reply_goes_out_is_answered_alike():
    """What reads a register that counts would otherwise join two values into one."""
    association = client(meter())
    first = block(association, GET.octets, number=1, acknowledged=0).value
    again = block(association, GET.octets, number=1, acknowledged=0).value
    following = block(association, number=2, acknowledged=1).value

    assert again == first
    assert following.block_number == 2


def test_a_request_in_clear_that_comes_behind_the_whole_reply_is_a_new_one():
    association = client(meter(), limit=0)

    assert block(association, GET.octets, number=1, acknowledged=0).value.last_block
    assert block(association, GET.octets, number=1, acknowledged=0).value.block_number == 1
