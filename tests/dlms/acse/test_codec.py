"""ACSE APDUs as values: what is built is read again, what is broken is refused where it is broken."""

from __future__ import annotations

import dataclasses
import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.dlms.acse import aare, aarq, ber, release
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import (
    ApplicationContext,
    AuthenticationChoice,
    Mechanism,
    ServiceUserDiagnostic,
    named,
)
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.reader import decode, dissect

LN = ApplicationContext.LN.oid
GMAC_REQUEST = bytes.fromhex(
    "605880020780A109060760857405080103A60A040848454300050000018A0207808B0760857405080205AC0A80080D7A76B77F42EB88"
    "BE220420211E300000000170C12E82E5BD9494FE83243FF289D911A252A0F32836897378"
)
LOWEST_RESPONSE = bytes.fromhex(
    "6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F0400601A9D05000007"
)

octet_strings = st.none() | st.binary(max_size=300)
numbers = st.none() | st.integers(-(2**40), 2**40)
bits = st.none() | st.text("01", max_size=20)
oids = st.sampled_from([context.oid for context in ApplicationContext] + [mechanism.oid for mechanism in Mechanism])
choices = st.sampled_from(list(AuthenticationChoice)).map(int)


@st.composite
def requests(draw: st.DrawFn) -> Aarq:
    request = Aarq(
        draw(oids),
        *draw(st.tuples(bits, octet_strings, octet_strings, numbers, numbers)),
        *draw(st.tuples(octet_strings, octet_strings, numbers, numbers, bits)),
        *draw(st.tuples(st.none() | oids, octet_strings, octet_strings, octet_strings)),
    )
    if request.calling_authentication_value is not None:
        request = dataclasses.replace(request, authentication_choice=draw(choices))
    if request.calling_ae_invocation_id is not None and draw(st.booleans()):
        request = dataclasses.replace(request, other_tags=(0x89,))
    return request


@st.composite
def responses(draw: st.DrawFn) -> Aare:
    return Aare(
        draw(oids),
        *draw(st.tuples(st.integers(0, 255), st.sampled_from((1, 2)), st.integers(0, 255))),
        *draw(st.tuples(bits, octet_strings, octet_strings, numbers, numbers, bits)),
        *draw(st.tuples(st.none() | oids, octet_strings, octet_strings, octet_strings)),
    )


@settings(max_examples=150, deadline=None)
@given(requests())
def test_any_request_is_read_as_built_looked_at_or_not(request: Aarq) -> None:
    octets = request.encode()

    assert decode(octets, aarq.read, "aarq") == request
    assert dissect(octets, aarq.read, "aarq", strict=True).value == request


@settings(max_examples=150, deadline=None)
@given(responses())
def test_any_response_is_read_as_built_looked_at_or_not(response: Aare) -> None:
    octets = response.encode()

    assert decode(octets, aare.read, "aare") == response
    assert dissect(octets, aare.read, "aare", strict=True).value == response


@settings(max_examples=50, deadline=None)
@given(st.none() | st.integers(-300, 300), octet_strings)
def test_any_release_is_read_as_built(reason: int | None, user_information: bytes | None) -> None:
    request, response = Rlrq(reason, user_information), Rlre(reason, user_information)

    assert decode(request.encode(), release.read_rlrq, "rlrq") == request
    assert decode(response.encode(), release.read_rlre, "rlre") == response


READS = (aarq.read, aare.read, release.read_rlrq, release.read_rlre)


def agrees_with_itself(octets: bytes) -> None:
    """Shortcuts for the plain case must not accept, refuse or read anything that the recorded way does not."""
    for read in READS:
        dissection = dissect(octets, read, "apdu", strict=True)
        try:
            value = decode(octets, read, "apdu")
        except DecodeError:
            assert dissection.error is not None
        else:
            assert value == dissection.value
        lenient = dissect(octets, read, "apdu")
        try:
            assert decode(octets, read, "apdu", deviations=[]) == lenient.value
        except DecodeError:
            assert lenient.error is not None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
@example(b"")
@example(b"\x60")
@example(bytes.fromhex("6080"))
@example(bytes.fromhex("60855555555555"))
def test_garbage_is_refused_with_a_decode_error_and_nothing_else(octets: bytes) -> None:
    agrees_with_itself(octets)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from((GMAC_REQUEST, LOWEST_RESPONSE)), st.data())
def test_one_wrong_octet_never_splits_the_two_ways_of_reading(octets: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(octets) - 1))
    agrees_with_itself(octets[:at] + bytes((data.draw(st.integers(0, 255)),)) + octets[at + 1 :])


@pytest.mark.parametrize("size", range(len(LOWEST_RESPONSE)))
def test_a_response_cut_anywhere_is_refused(size: int) -> None:
    with pytest.raises(DecodeError):
        decode(LOWEST_RESPONSE[:size], aare.read, "aare", deviations=[])


def test_a_request_is_built_as_the_standard_orders_it() -> None:
    request = Aarq(
        application_context_name=ApplicationContext.LN_CIPHERED.oid,
        protocol_version="1",
        called_ap_title=b"\x01",
        called_ae_qualifier=b"\x02",
        called_ap_invocation_id=3,
        called_ae_invocation_id=4,
        calling_ap_title=b"\x05",
        calling_ae_qualifier=b"\x06",
        calling_ap_invocation_id=7,
        calling_ae_invocation_id=8,
        sender_acse_requirements="1",
        mechanism_name=Mechanism.LLS.oid,
        calling_authentication_value=b"\x09",
        implementation_information=b"\x0a",
        user_information=b"\x0b",
    )

    assert request.encode() == bytes.fromhex(
        "6051 80020780 A109060760857405080103 A203040101 A303040102 A403020103 A503020104 A603040105 A703040106"
        "A803020107 A903020108 8A020780 8B0760857405080201 AC03800109 9D010A BE0304010B".replace(" ", "")
    )


def test_a_response_is_built_as_the_standard_orders_it() -> None:
    response = Aare(
        application_context_name=LN,
        result=1,
        diagnostic_source=2,
        diagnostic=2,
        protocol_version="1",
        responding_ap_title=b"\x05",
        responding_ae_qualifier=b"\x06",
        responding_ap_invocation_id=7,
        responding_ae_invocation_id=8,
        responder_acse_requirements="1",
        mechanism_name=Mechanism.HLS_GMAC.oid,
        responding_authentication_value=b"\x09",
        implementation_information=b"\x0a",
        user_information=b"\x0b",
    )

    assert response.encode() == bytes.fromhex(
        "6149 80020780 A109060760857405080101 A203020101 A305A203020102 A403040105 A503040106 A603020107 A703020108"
        "88020780 890760857405080205 AA03800109 9D010A BE0304010B".replace(" ", "")
    )


@pytest.mark.parametrize(
    ("octets", "rendered"),
    [
        ("6000", "aarq, octet 2: application-context-name is missing"),
        ("6100", "aarq.tag, octet 0 [61 00]: not this APDU; expected tag 60"),
        ("6005A109060760", "aarq.application-context-name, octet 4 [06 07 60]: content wants 9 octets, 3 left"),
        ("6006A104040760FF", "aarq.application-context-name.inner-tag, octet 4 [04 07 60 FF]: wrong type"),
        ("6005A103060185", "aarq.application-context-name.value, octet 6 [85]: OBJECT IDENTIFIER that ends within"),
        ("6002FF00", "aarq, octet 2 [FF 00]: component tag FF is unknown here"),
        ("60028000", "aarq.protocol-version, octet 4: BIT STRING without a count"),
        ("600480020880", "aarq.protocol-version.value, octet 4 [08 80]: BIT STRING without a count"),
        ("6004A9020200", "aarq.calling-AE-invocation-id, octet 6: INTEGER of 0 octets"),
        ("6004AC028500", "aarq.calling-authentication-value.choice, octet 4 [85 00]: unknown choice"),
        ("6010A109060760857405080101", "aarq.length, octet 1 [10 A1 09 06 07 60 85 74 05 08 01 01]: length 16"),
        ("600BA109060760857405080101FF", "aarq.length, octet 1"),
    ],
)
def test_an_illegal_request_is_refused_where_it_is_wrong(octets: str, rendered: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex(octets), aarq.read, "aarq")

    assert str(caught.value).startswith(rendered)


@pytest.mark.parametrize(
    ("octets", "code", "path"),
    [
        ("60810BA109060760857405080101", "length-not-minimal", "aarq.length"),
        ("6016A109060760857405080101A109060760857405080102", "component-repeated", "aarq.application-context-name[1]"),
        ("600FBE020400A109060760857405080101", "component-order", "aarq.application-context-name"),
        ("600FA10906076085740508010180020481", "padding-not-zero", "aarq.protocol-version.value"),
        ("6011A109060760857405080101A90402020008", "integer-not-minimal", "aarq.calling-AE-invocation-id.value"),
        ("6010A109060760857405080101AC03830100", "tag-form", "aarq.calling-authentication-value.choice"),
        ("600CA10A06810760857405080101", "length-not-minimal", "aarq.application-context-name.inner-length"),
    ],
)
def test_what_is_illegal_but_readable_is_a_deviation_and_an_error_when_strict(
    octets: str, code: str, path: str
) -> None:
    found: list = []
    decode(bytes.fromhex(octets), aarq.read, "aarq", deviations=found)

    assert (code, path) in [(deviation.code, deviation.path) for deviation in found]
    with pytest.raises(DecodeError):
        decode(bytes.fromhex(octets), aarq.read, "aarq")


def test_a_meter_that_codes_an_invocation_identifier_implicitly_deviates() -> None:
    octets = bytes.fromhex("611AA109060760857405080101A203020100A305A103020100860101")
    found: list = []

    response = decode(octets, aare.read, "aare", deviations=found)

    assert response.responding_ap_invocation_id == 1
    assert [deviation.code for deviation in found] == ["tag-implicit"]
    assert response.encode() == octets


def test_an_implementation_information_is_read_in_both_forms_and_kept() -> None:
    for component in ("9D0141", "BD03040141"):
        content = "A109060760857405080101" + component
        octets = bytes.fromhex(f"60{len(content) // 2:02X}{content}")

        request = decode(octets, aarq.read, "aarq")

        assert request.implementation_information == b"A"
        assert request.encode() == octets


@pytest.mark.parametrize("number", [0, 127, 128, 255, 256, -1, -128, -129, 2**31, -(2**63), 2**63 - 1])
def test_integers_take_as_few_octets_as_they_need(number: int) -> None:
    content = ber.encode_integer(number)

    assert int.from_bytes(content, "big", signed=True) == number
    assert len(content) == 1 or (content[0], content[1] >> 7) not in ((0, 0), (0xFF, 1))


def test_what_has_no_encoding_is_refused() -> None:
    with pytest.raises(EncodeError, match="needs 9 octets"):
        ber.encode_integer(2**63)
    with pytest.raises(EncodeError, match="'12' is no bit string"):
        Aarq(LN, protocol_version="12").encode()


def test_stimuli_break_one_component_and_recompute_the_lengths_around_it() -> None:
    valid = Aarq(LN, calling_ap_title=b"ABCDEFGH", user_information=b"\x01").encode()
    root = dissect(valid, aarq.read, "aarq").root

    def altered(path: str, operation: Operation, octets: bytes = b"", number: int = 0) -> Aarq:
        changed = alter(valid, root, [Alteration(f"aarq.{path}", operation, octets, number)])
        return decode(changed, aarq.read, "aarq")

    assert altered("calling-AP-title", Operation.DROP).calling_ap_title is None
    assert altered("calling-AP-title.value", Operation.REPLACE, bytes(200)).calling_ap_title == bytes(200)
    assert altered("user-information.value", Operation.CUT, number=0).user_information == b""
    assert (
        altered("user-information", Operation.INSERT_BEFORE, bytes.fromhex("8A020780")).sender_acse_requirements == "1"
    )
    unknown = altered("application-context-name.value", Operation.REPLACE, bytes.fromhex("60857405080109"))
    assert unknown.application_context is None


def test_names_and_numbers_are_those_of_the_standard() -> None:
    assert ApplicationContext.SN_CIPHERED.oid == bytes.fromhex("60857405080104")
    assert [context.ciphered for context in ApplicationContext] == [False, False, True, True]
    assert [context.short_names for context in ApplicationContext] == [False, True, False, True]
    assert Mechanism.from_oid(bytes.fromhex("60857405080207")) is Mechanism.HLS_ECDSA
    assert Mechanism.from_oid(None) is None
    assert not Mechanism.LLS.high_level
    assert Mechanism.HLS.high_level
    assert [diagnostic.value for diagnostic in ServiceUserDiagnostic] == list(range(15))
    assert named(ServiceUserDiagnostic, 13) == "authentication-failure (13)"
    assert named(ServiceUserDiagnostic, 99) == "unknown (99)"


def test_values_can_be_pickled_for_workers() -> None:
    response = decode(LOWEST_RESPONSE, aare.read, "aare")

    assert pickle.loads(pickle.dumps(response)) == response
    assert pickle.loads(pickle.dumps(Mechanism.HLS)) is Mechanism.HLS
