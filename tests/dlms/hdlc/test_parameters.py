"""Link parameters of SNRM and UA, and the reasons of FRMR."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr, parameters
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode, dissect

DEFAULTS = "818012050180060180070400000001080400000001"


def parameters_of(octets: str, found: list | None = None) -> LinkParameters:
    return decode(bytes.fromhex(octets), parameters.read, "parameters", deviations=found)


def test_defaults_are_encoded_as_in_the_standard() -> None:
    assert LinkParameters().encode().hex() == DEFAULTS
    assert parameters_of(DEFAULTS) == LinkParameters()


def test_absent_parameters_have_their_defaults_and_unknown_ones_are_skipped() -> None:
    assert parameters_of("818008" + "05020400" + "090201FF") == LinkParameters(1024)


@pytest.mark.parametrize("octets", ["818003050164", "81800405020064", "818006050400000064"])
def test_value_may_stand_on_one_two_or_four_octets(octets: str) -> None:
    assert parameters_of(octets).max_information_transmit == 100


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("818014050180060180070400000001080400000001", "group-length"),
        ("81800307" + "0108", "parameter-value"),
        ("8180030501" + "00", "parameter-value"),
        ("818006050180050180", "parameter-repeated"),
    ],
)
def test_what_is_illegal_but_readable_is_noted_and_refused_when_strict(octets: str, code: str) -> None:
    found: list = []
    parameters_of(octets, found)

    assert [deviation.code for deviation in found] == [code]
    with pytest.raises(DecodeError):
        parameters_of(octets)


@pytest.mark.parametrize("octets", ["", "80", "8281", "8180", "818003050280", "8180020500", "81800705050000000001"])
def test_what_cannot_be_read_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        parameters_of(octets)


def test_server_never_answers_more_than_the_client_proposed_nor_than_it_can() -> None:
    can = LinkParameters(512, 256, 7, 3)

    assert can.answer_to(LinkParameters(1024, 200, 1, 4)) == LinkParameters(200, 256, 4, 1)


@given(st.builds(LinkParameters, *[st.integers(1, 2030)] * 2, *[st.integers(1, 7)] * 2))
def test_all_parameters_come_back(link_parameters: LinkParameters) -> None:
    assert decode(link_parameters.encode(), parameters.read, "parameters") == link_parameters


@given(st.binary(max_size=40).map(lambda octets: b"\x81\x80" + octets))
def test_garbage_raises_nothing_but_decode_errors(octets: bytes) -> None:
    dissect(octets, parameters.read, "parameters")


@given(st.builds(FrameReject, st.integers(0, 255), st.integers(0, 7), st.integers(0, 7), *[st.booleans()] * 5))
def test_every_reject_comes_back(reject: FrameReject) -> None:
    assert decode(reject.encode(), frmr.read, "frmr") == reject


def test_reserved_bits_of_frmr_are_noted() -> None:
    found: list = []
    decode(bytes.fromhex("100110"), frmr.read, "frmr", deviations=found)

    assert [deviation.code for deviation in found] == ["reserved-bit", "reserved-bit"]
