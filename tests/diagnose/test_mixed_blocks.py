"""Mixed mechanisms of block transfer are told with the side that mixed them, and nothing else is."""

from __future__ import annotations

import pytest

from conformance.diagnose.reasoning.mixed_blocks import Said, explain_blocks
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetResponseWithDatablock
from conformance.dlms.xdlms.initiate import InitiateResponse

GET = Said("C>S", GetRequestNormal(0xC1, AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2)).encode())
GET_NEXT = Said("C>S", GetRequestNext(0xC1, 1).encode())
SERVICE_BLOCK = Said("S>C", GetResponseWithDatablock(0xC1, False, 1, b"abc").encode())
SERVICE_BLOCK_2 = Said("S>C", GetResponseWithDatablock(0xC1, False, 2, b"abc").encode())
REFUSED = Said("S>C", ExceptionResponse(1, 3).encode())


def block(number: int, data: bytes = b"abc", *, last: bool = False) -> Said:
    return Said("S>C", GeneralBlockTransfer(last, False, 1, number, 0, data).encode())


def acknowledged(number: int) -> Said:
    return Said("C>S", GeneralBlockTransfer(True, False, 1, number, number, b"").encode())


def told(*said: Said) -> list[tuple[str, int, str]]:
    return [
        (found.meaning.code, found.index, " ".join(found.meaning.message.split()[:3])) for found in explain_blocks(said)
    ]


def test_get_request_next_for_what_comes_in_general_blocks_is_the_clients_mix() -> None:
    """What loses load profiles in the field."""
    assert told(GET, block(1), GET_NEXT, REFUSED) == [("mixed-block-transfer", 2, "The client mixes")]


def test_a_general_block_for_what_comes_by_get_next_is_the_clients_mix() -> None:
    assert told(GET, SERVICE_BLOCK, acknowledged(1)) == [("mixed-block-transfer", 2, "The client mixes")]


def test_a_meter_that_goes_on_in_the_blocks_of_the_service_mixes() -> None:
    assert told(GET, block(1), acknowledged(1), SERVICE_BLOCK_2) == [("mixed-block-transfer", 3, "The meter mixes")]


def test_a_meter_that_goes_on_in_general_blocks_mixes() -> None:
    assert told(GET, SERVICE_BLOCK, GET_NEXT, block(1)) == [("mixed-block-transfer", 3, "The meter mixes")]


def test_what_follows_a_mix_is_not_told_again() -> None:
    once = (GET, block(1), GET_NEXT, REFUSED)

    assert len(told(*once, *once)) == 1


@pytest.mark.parametrize(
    "said",
    [
        (GET, block(1), acknowledged(1), block(2), acknowledged(2), block(3, last=True), GET_NEXT),
        (GET, SERVICE_BLOCK, GET_NEXT, SERVICE_BLOCK_2),
        (GET, block(1), acknowledged(1), REFUSED),
        (GET, block(1), GET, SERVICE_BLOCK, GET_NEXT),
        (GET, block(1), acknowledged(1), block(2, b""), acknowledged(2), block(3, last=True)),
        (Said("C>S", b"\xc0"), Said("S>C", b"")),
        (GET, block(1, last=True), GET_NEXT),
    ],
)
def test_one_mechanism_to_the_end_an_error_or_a_new_request_is_no_mix(said: tuple[Said, ...]) -> None:
    assert told(*said) == []


@pytest.mark.parametrize("negotiated", [True, False])
def test_a_general_block_that_was_not_negotiated_is_told(negotiated: bool) -> None:
    bits = frozenset({ConformanceBit.GET} | ({ConformanceBit.GENERAL_BLOCK_TRANSFER} if negotiated else set()))
    settled = Said("S>C", InitiateResponse(negotiated_conformance=bits, server_max_receive_pdu_size=1024).encode())

    found = told(settled, GET, block(1, last=True))

    assert [code for code, _, _ in found] == ([] if negotiated else ["general-block-not-negotiated"])


def test_what_an_aare_negotiates_counts_too() -> None:
    """The answer of a field meter: 40 3A DD holds general-protection, and not general-block-transfer."""
    field = (
        "614DA109060760857405080101A203020100A305A10302010EA40A0408454C5367713390FCAA1680140000000000000000000000000"
    )
    field += "000000000000000BE10040E0800065F1F0400403ADD04C80007"
    aare = Said("S>C", bytes.fromhex(field))

    assert told(aare, GET, block(1, last=True)) == [("general-block-not-negotiated", 2, "The meter sends")]
