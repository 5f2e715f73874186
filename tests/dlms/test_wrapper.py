"""Wrapper PDUs (IEC 62056-47): header, lengths, and PDUs out of a stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.reader import decode, dissect
from conformance.dlms.wrapper import WrapperDatagrams, WrapperPdu, WrapperStream, read

# From the exchange `elster_wrong_wrapper_port`: client 1 to logical device 145.
AARQ = bytes.fromhex(
    "00010001009100446042A109060760857405080102A60A0408454C5311111111118A0207808B0760857405080205AC0A8008DC7D5449CCFBED71"
    "BE10040E01000000065F1F04001C0320FFFF"
)
PDUS = st.builds(WrapperPdu, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=60))


def test_pdu_of_a_real_client() -> None:
    pdu = decode(AARQ, read, "wrapper")

    assert (pdu.source, pdu.destination, pdu.version, len(pdu.data)) == (1, 0x91, 1, 68)
    assert pdu.encode() == AARQ


@given(PDUS)
def test_every_pdu_comes_back_and_every_octet_is_in_one_field(pdu: WrapperPdu) -> None:
    octets = pdu.encode()
    dissection = dissect(octets, read, "wrapper")

    assert dissection.value == pdu == decode(octets, read, "wrapper")
    assert b"".join(octets[field.start : field.end] for field in dissection.root.children) == octets


def test_another_version_is_noted_and_refused_when_strict() -> None:
    octets = WrapperPdu(16, 1, b"\x01", version=2).encode()

    assert [deviation.code for deviation in dissect(octets, read, "wrapper").deviations] == ["wrapper-version"]
    with pytest.raises(DecodeError, match="wrapper version 2, expected 1"):
        decode(octets, read, "wrapper")


@pytest.mark.parametrize("change", [-1, 1])
def test_length_that_counts_other_octets_is_an_error_at_the_length(change: int) -> None:
    root = dissect(AARQ, read, "wrapper").root
    altered = alter(AARQ, root, [Alteration("wrapper.length", Operation.ADD, number=change)])

    with pytest.raises(DecodeError) as caught:
        decode(altered, read, "wrapper")

    assert (caught.value.path, caught.value.offset) == ("wrapper.length", 6)


def test_altered_data_brings_its_length_along() -> None:
    root = dissect(AARQ, read, "wrapper").root
    altered = alter(AARQ, root, [Alteration("wrapper.data", Operation.REPLACE, b"\x62\x00")])

    assert decode(altered, read, "wrapper") == WrapperPdu(1, 0x91, b"\x62\x00")


@pytest.mark.parametrize("pdu", [WrapperPdu(0x10000, 1, b""), WrapperPdu(1, -1, b""), WrapperPdu(1, 1, bytes(0x10000))])
def test_what_has_no_encoding_is_refused(pdu: WrapperPdu) -> None:
    with pytest.raises(EncodeError):
        pdu.encode()


@given(st.lists(PDUS, max_size=6), st.data())
def test_pieces_give_the_same_pdus_as_the_whole(pdus: list[WrapperPdu], data: st.DataObject) -> None:
    octets = b"".join(pdu.encode() for pdu in pdus)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    stream = WrapperStream()
    found: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
        found += stream.feed(octets[start:end])

    assert [decode(pdu, read, "wrapper") for pdu in found] == pdus
    assert stream.pending == b""


def test_pdu_that_stopped_coming_does_not_swallow_the_next_once_discarded() -> None:
    stream = WrapperStream()

    assert stream.feed(AARQ[:20]) == []
    assert stream.discard() == AARQ[:20]
    assert stream.feed(AARQ) == [AARQ]


def test_datagrams_have_nothing_to_do_with_one_another() -> None:
    datagrams = WrapperDatagrams()

    assert datagrams.feed(AARQ[:20]) == [AARQ[:20]]
    assert datagrams.feed(AARQ + AARQ) == [AARQ + AARQ]
    assert datagrams.pending == datagrams.discard() == b""


@given(st.binary(max_size=40))
def test_garbage_raises_nothing_but_decode_errors(octets: bytes) -> None:
    dissect(octets, read, "wrapper")
    WrapperStream().feed(octets)
