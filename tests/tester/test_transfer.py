"""Reading whole attributes: blocks in their order, an end in any case, and faults told by their field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.dlms import apdu as apdus
from conformance.dlms.data.codec import encode
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseNormal, GetResponseWithDatablock
from conformance.dlms.xdlms.read import DataAccessError, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import BlockNumberAccess
from conformance.tester import transfer
from conformance.tester.association import Association
from conformance.tester.transfer import MOST_EMPTY_BLOCKS, TransferFailed, get, read
from tests.tester.far_side import FarSide, association, wrapped, wrapper_link

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
OBJECT_LIST = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2)
VALUE = octet_string(bytes(range(200)))
PARTS = [encode(VALUE)[start : start + 70] for start in range(0, 203, 70)]


def meter(name: str, serve: Callable[[object], bytes | None]) -> tuple[Association, FarSide]:
    """A meter that answers each request as `serve` says."""
    settings = SIMULATOR.association(name)
    ports = settings.logical_device, 16

    def answers(octets: bytes) -> list[bytes]:
        reply = serve(apdus.decode(octets[8:]))
        return [] if reply is None else [wrapped(reply)]

    far_side = FarSide(then=answers)
    assert ports[1] == settings.client_sap
    return association(SIMULATOR, settings, wrapper_link(far_side)), far_side


def blocks(*made: tuple[bool, int, bytes | int]) -> Callable[[object], bytes | None]:
    left = list(made)
    return lambda _: GetResponseWithDatablock(0xC1, *left.pop(0)).encode() if left else None


def test_a_short_value_comes_at_once() -> None:
    client, _ = meter("public", lambda _: GetResponseNormal(0xC1, VALUE).encode())

    assert get(client, OBJECT_LIST) == VALUE


def test_an_error_is_a_result() -> None:
    client, _ = meter("public", lambda _: GetResponseNormal(0xC1, 3).encode())

    assert get(client, OBJECT_LIST) == 3


def test_blocks_are_asked_for_one_by_one_and_joined() -> None:
    client, far_side = meter("public", blocks((False, 1, PARTS[0]), (False, 2, PARTS[1]), (True, 3, PARTS[2])))

    assert get(client, OBJECT_LIST) == VALUE
    asked = [apdus.decode(octets[8:]) for octets in far_side.received[1:]]
    assert asked == [GetRequestNext(0xC1, 1), GetRequestNext(0xC1, 2)]


def test_the_first_block_of_the_field_is_block_1() -> None:
    """Capture gxdlmsdirector_block_number_not_reset: a fresh GET begins with block 1, which is right."""
    first = bytes.fromhex("C402810000000001001C01010204120008110009060000010000FF0202010102030F01160100")
    client, far_side = meter("public", lambda _: first if len(far_side.received) == 1 else None)

    with pytest.raises(TransferFailed, match="silence"):
        get(client, OBJECT_LIST)

    assert apdus.decode(far_side.received[1][8:]) == GetRequestNext(0xC1, 1)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([(False, 2, PARTS[0])], "block number 2, expected 1"),
        ([(False, 0, PARTS[0])], "block number 0, expected 1"),
        ([(False, 1, PARTS[0]), (False, 1, PARTS[0])], "block number 1, expected 2"),
        ([(False, 1, PARTS[0]), (False, 3, PARTS[2])], "block number 3, expected 2"),
        ([(False, 1, PARTS[0])], "no get-response: silence"),
        ([(True, 1, PARTS[0])], "the joined blocks do not decode"),
        ([(True, 1, encode(VALUE) + b"\x00")], "the joined blocks do not decode"),
    ],
)
def test_a_transfer_that_breaks_a_rule_fails_with_the_rule(made: list[tuple[bool, int, bytes]], told: str) -> None:
    client, _ = meter("public", blocks(*made))

    with pytest.raises(TransferFailed, match=told):
        get(client, OBJECT_LIST)


def test_a_wrong_block_number_is_pointed_at() -> None:
    client, _ = meter("public", blocks((False, 2, PARTS[0])))

    with pytest.raises(TransferFailed) as caught:
        get(client, OBJECT_LIST)

    assert caught.value.path == "get-response.result.block-number"
    shown = apdus.dissect(GetResponseWithDatablock(0xC1, False, 2, PARTS[0]).encode())
    assert shown.root.find(caught.value.path) is not None


def test_an_error_amid_the_blocks_is_the_result() -> None:
    client, _ = meter("public", blocks((False, 1, PARTS[0]), (True, 2, 15)))

    assert get(client, OBJECT_LIST) == 15


def test_a_whole_value_amid_the_blocks_is_none_of_this_transfer() -> None:
    left = [GetResponseWithDatablock(0xC1, False, 1, PARTS[0]).encode(), GetResponseNormal(0xC1, VALUE).encode()]
    client, _ = meter("public", lambda _: left.pop(0))

    with pytest.raises(TransferFailed, match="no get-response of this transfer"):
        get(client, OBJECT_LIST)


def test_empty_blocks_without_end_are_cut_off() -> None:
    def empty(request: object) -> bytes:
        number = request.block_number + 1 if isinstance(request, GetRequestNext) else 1
        return GetResponseWithDatablock(0xC1, False, number, b"").encode()

    client, far_side = meter("public", empty)

    with pytest.raises(TransferFailed, match="no progress"):
        get(client, OBJECT_LIST)

    assert len(far_side.received) == MOST_EMPTY_BLOCKS + 1


def test_blocks_without_end_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "MOST_BLOCKS", 50)

    def short(request: object) -> bytes:
        number = request.block_number + 1 if isinstance(request, GetRequestNext) else 1
        return GetResponseWithDatablock(0xC1, False, number, b"x").encode()

    client, far_side = meter("public", short)

    with pytest.raises(TransferFailed, match="and no last one"):
        get(client, OBJECT_LIST)

    assert len(far_side.received) == 51


def sn_client(serve: Callable[[object], bytes | None]) -> Association:
    settings = SIMULATOR.association("sn-public")

    def answers(octets: bytes) -> list[bytes]:
        reply = serve(apdus.decode(octets[8:]))
        return [] if reply is None else [wrapped(reply)]

    return association(SIMULATOR, settings, wrapper_link(FarSide(then=answers)))


def test_a_short_name_is_read_in_blocks_that_carry_the_list_of_results() -> None:
    content = ReadResponse((VALUE,)).encode()[1:]
    asked: list[object] = []

    def serve(request: object) -> bytes:
        asked.append(request)
        number = len(asked)
        part = content[(number - 1) * 80 : number * 80]
        return ReadResponse((DataBlockResult(number == 3, number, part),)).encode()

    assert read(sn_client(serve), 0x0108) == VALUE
    assert asked[1:] == [ReadRequest((BlockNumberAccess(1),)), ReadRequest((BlockNumberAccess(2),))]


def test_blocks_that_hold_other_than_one_result_fail() -> None:
    content = ReadResponse((VALUE, DataAccessError(3))).encode()[1:]

    with pytest.raises(TransferFailed, match="other than one result"):
        read(sn_client(lambda _: ReadResponse((DataBlockResult(True, 1, content),)).encode()), 0x0108)


def test_a_refusal_by_short_name_is_a_result_and_a_wrong_number_is_none() -> None:
    assert read(sn_client(lambda _: ReadResponse((DataAccessError(3),)).encode()), 0x0108) == 3
    with pytest.raises(TransferFailed, match="block number 7, expected 1"):
        read(sn_client(lambda _: ReadResponse((DataBlockResult(False, 7, b"x"),)).encode()), 0x0108)
