"""InitiateRequest, InitiateResponse and their Conformance block."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.reader import Reader, decode, dissect
from conformance.dlms.xdlms.conformance import ConformanceBit, decode_bits, describe, encode_bits
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse, read_request, read_response

WITH_DEDICATED_KEY = bytes.fromhex("01011000112233445566778899AABBCCDDEEFF0000065F1F0400007E1F0000")
PLAIN_REQUEST = bytes.fromhex("01000000065F1F0400621E5DFFFF")
SHORT_TAG_REQUEST = bytes.fromhex("01000000065F0400000019FFFF")
PLAIN_RESPONSE = bytes.fromhex("0800065F1F040000381F00AC0007")

conformances = st.frozensets(st.sampled_from(ConformanceBit))
qualities = st.none() | st.integers(-128, 127)
sizes = st.integers(0, 0xFFFF)
requests = st.builds(
    InitiateRequest,
    conformances,
    st.none() | st.binary(max_size=140),
    st.booleans(),
    qualities,
    st.integers(0, 255),
    sizes,
    st.booleans(),
)
responses = st.builds(InitiateResponse, conformances, sizes, sizes, st.integers(0, 255), qualities, st.booleans())


def test_request_with_a_dedicated_key_of_a_real_client() -> None:
    request = decode(WITH_DEDICATED_KEY, read_request, "initiate-request")

    assert request.dedicated_key == bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    assert request.client_max_receive_pdu_size == 0
    assert request.proposed_dlms_version_number == 6
    assert request.encode() == WITH_DEDICATED_KEY


def test_conformance_tag_on_one_octet_is_read_and_kept() -> None:
    request = decode(SHORT_TAG_REQUEST, read_request, "initiate-request")

    assert request.short_conformance_tag
    assert request.proposed_conformance == {
        ConformanceBit.GET,
        ConformanceBit.SET,
        ConformanceBit.ACTION,
    }
    assert request.encode() == SHORT_TAG_REQUEST


def test_response_of_a_real_meter() -> None:
    response = decode(PLAIN_RESPONSE, read_response, "initiate-response")

    assert response.server_max_receive_pdu_size == 172
    assert response.vaa_name == 0x0007
    assert response.encode() == PLAIN_RESPONSE


def test_default_request_is_the_plain_one() -> None:
    assert InitiateRequest(decode_bits(bytes.fromhex("621E5D"))).encode() == PLAIN_REQUEST


@settings(max_examples=200, deadline=None)
@given(requests)
def test_any_request_is_read_as_built_looked_at_or_not(request_: InitiateRequest) -> None:
    octets = request_.encode()
    dissection = dissect(octets, read_request, "initiate-request", strict=True)

    assert decode(octets, read_request, "initiate-request") == request_ == dissection.value
    leaves = [field for _, field in dissection.root.walk() if not field.children]
    assert b"".join(octets[leaf.start : leaf.end] for leaf in leaves) == octets


@settings(max_examples=200, deadline=None)
@given(responses)
def test_any_response_is_read_as_built_looked_at_or_not(response: InitiateResponse) -> None:
    octets = response.encode()
    dissection = dissect(octets, read_response, "initiate-response", strict=True)

    assert decode(octets, read_response, "initiate-response") == response == dissection.value


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=24)
    | st.tuples(
        st.sampled_from((PLAIN_REQUEST, SHORT_TAG_REQUEST, PLAIN_RESPONSE)), st.integers(0, 13), st.binary()
    ).map(lambda parts: parts[0][: parts[1]] + parts[2][:2] + parts[0][parts[1] + 1 :])
)
def test_garbage_is_refused_in_the_same_way_looked_at_or_not(octets: bytes) -> None:
    for read in (read_request, read_response):
        dissection = dissect(octets, read, "initiate", strict=True)
        try:
            value = decode(octets, read, "initiate")
        except DecodeError:
            assert dissection.error is not None
            with pytest.raises(DecodeError):
                read_whole(octets, read)
        else:
            assert value == dissection.value


def read_whole(octets: bytes, read) -> None:
    reader = Reader(octets)
    read(reader)
    reader.finish()


@pytest.mark.parametrize(
    ("octets", "rendered"),
    [
        ("02", "initiate-request.tag, octet 0 [02]: not an InitiateRequest; expected tag 01"),
        ("0102", "initiate-request.dedicated-key-present, octet 1 [02]: flag 02"),
        ("010110AA", "initiate-request.dedicated-key.value, octet 3 [AA]: value wants 16 octets, 1 left"),
        ("01000000", "initiate-request.proposed-dlms-version-number, octet 4: proposed-dlms-version-number wants 1"),
        ("01000000066F1F0400000000FFFF", "initiate-request.proposed-conformance.tag, octet 5"),
        ("01000000065F1F0300000000FFFF", "initiate-request.proposed-conformance.bits, octet 9 [00 00]: Conformance"),
        ("01000000065F1F0401000000FFFF", "initiate-request.proposed-conformance.unused-bits, octet 8"),
        ("01000000065F1F0400000000FFFF00", "initiate-request, octet 14 [00]: 1 octet left over; expected the end"),
        ("010001010006", "initiate-request.response-allowed, octet 3 [01 00 06]: response-allowed TRUE"),
    ],
)
def test_an_illegal_request_is_refused_where_it_is_wrong(octets: str, rendered: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex(octets), read_request, "initiate-request")

    assert str(caught.value).startswith(rendered)


def test_default_that_is_sent_is_a_deviation() -> None:
    found: list = []
    request = decode(
        bytes.fromhex("0100010100065F1F0400000000FFFF"), read_request, "initiate-request", deviations=found
    )

    assert request.response_allowed
    assert [deviation.code for deviation in found] == ["default-sent"]


def test_stimuli_of_the_catalogue_are_single_alterations() -> None:
    root = dissect(WITH_DEDICATED_KEY, read_request, "initiate-request").root

    def altered(path: str, operation: Operation, octets: str = "", number: int = 0) -> bytes:
        change = Alteration(f"initiate-request.{path}", operation, bytes.fromhex(octets), number)
        return alter(WITH_DEDICATED_KEY, root, [change])

    version = altered("proposed-dlms-version-number", Operation.REPLACE, "05")
    assert decode(version, read_request, "initiate-request").proposed_dlms_version_number == 5
    key = altered("dedicated-key.value", Operation.CUT, number=15)
    assert decode(key, read_request, "initiate-request").dedicated_key == bytes.fromhex(
        "00112233445566778899AABBCCDDEE"
    )
    none = altered("proposed-conformance.bits", Operation.REPLACE, "000000")
    assert decode(none, read_request, "initiate-request").proposed_conformance == frozenset()
    small = altered("client-max-receive-pdu-size", Operation.REPLACE, "000B")
    assert decode(small, read_request, "initiate-request").client_max_receive_pdu_size == 11


@pytest.mark.parametrize(
    "request_",
    [
        InitiateRequest(frozenset(), proposed_quality_of_service=128),
        InitiateRequest(frozenset(), proposed_dlms_version_number=256),
        InitiateRequest(frozenset(), client_max_receive_pdu_size=0x10000),
        InitiateResponse(frozenset(), 0, vaa_name=-1),
    ],
)
def test_numbers_out_of_range_have_no_encoding(request_: InitiateRequest | InitiateResponse) -> None:
    with pytest.raises(EncodeError, match="out of range"):
        request_.encode()


def test_conformance_bits_are_counted_from_the_first_one_sent() -> None:
    assert encode_bits(frozenset((ConformanceBit.GET,))) == bytes.fromhex("000010")
    assert encode_bits(frozenset((ConformanceBit.GENERAL_BLOCK_TRANSFER,))) == bytes.fromhex("200000")
    assert decode_bits(bytes.fromhex("1C0320")) == {
        ConformanceBit.READ,
        ConformanceBit.WRITE,
        ConformanceBit.UNCONFIRMED_WRITE,
        ConformanceBit.MULTIPLE_REFERENCES,
        ConformanceBit.INFORMATION_REPORT,
        ConformanceBit.PARAMETERIZED_ACCESS,
    }
    assert len(decode_bits(bytes.fromhex("FFFFFF"))) == 24
    with pytest.raises(EncodeError, match="3 octets, not 2"):
        decode_bits(b"\0\0")


def test_conformance_reads_as_the_standard_spells_it() -> None:
    bits = frozenset((ConformanceBit.ACTION, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ))

    assert describe(bits) == "block-transfer-with-get-or-read, action"
    assert describe(frozenset()) == "none"
