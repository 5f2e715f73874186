"""Whatever is in the frame log can be drawn, and the deciding octets are found in it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.hdlc.fcs import fcs16
from conformance.record.frames import Layer
from conformance.record.redaction import Redactor, information_edges
from conformance.reporting.dissection import LONGEST_MESSAGE, MOST_ROWS, View, locate, view

AARE = bytes.fromhex(
    "7EA03A030002129D30FC5CE6E7006129A109060760857405080101A203020101A305A10302010DBE10040E0800065F1F040000181D01800007"
    "B2657E"
)
AARQ = bytes.fromhex(
    "7EA0470002129D0310CF5EE6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80087852775062457847BE10040E01"
    "000000065F1F0400007E1F0100E64C7E"
)
WRAPPED = bytes.fromhex(
    "000100010010002B6129A109060760857405080101A203020101A305A103020102BE10040E0800065F1F040000121008000007"
)
SNRM_PARAMETERS = bytes.fromhex("7EA0230002FEFF0393E4B0818014050207D0060207D00704000000010804000000013AF27E")
FRMR = bytes.fromhex("7EA00C2103973E211000016B5B7E")


def names(shown: View) -> set[str]:
    return {row.path for row in shown.rows}


def test_a_frame_is_read_down_to_the_initiate_response_of_its_aare() -> None:
    shown = view("hdlc", AARE)
    assert {"hdlc-frame.content.fcs", "aare.result.value", "initiate-response.vaa-name"} <= names(shown)
    assert shown.problem == ""
    assert "rejected-permanent (1)" in shown.summary


def test_a_wrapper_pdu_is_read_down_to_its_apdu() -> None:
    assert {"wrapper.source-wport", "aare.result-source-diagnostic.value"} <= names(view("wrapper", WRAPPED))


def test_link_parameters_and_frame_rejects_are_read() -> None:
    assert any(path.startswith("link-parameters.") for path in names(view("hdlc", SNRM_PARAMETERS)))
    assert "frmr.reasons" in names(view("hdlc", FRMR))


@pytest.mark.parametrize(("layer", "octets"), [("hdlc", AARE), ("wrapper", WRAPPED)])
def test_leaves_stand_in_the_order_of_the_octets_and_within_the_message(layer: Layer, octets: bytes) -> None:
    rows = view(layer, octets).rows
    assert [row.start for row in rows] == sorted(row.start for row in rows)
    assert all(0 <= row.start <= row.end <= len(octets) for row in rows)


def test_a_wrong_check_sequence_is_told_and_the_fields_are_shown_all_the_same() -> None:
    wrong = AARE[:-3] + b"\0\0\x7e"
    shown = view("hdlc", wrong)
    assert "should be B265" in shown.problem
    assert "aare.result.value" in names(shown)


def test_a_redacted_frame_still_decodes_and_does_not_claim_a_wrong_check_sequence() -> None:
    masked, spans = Redactor([b"xRwPbExG"]).octets(AARQ, information_edges(AARQ))
    shown = view("hdlc", masked, spans)
    assert shown.problem == ""
    assert "aarq.calling-authentication-value.value" in names(shown)
    assert shown.octets[-3:-1] == AARQ[-3:-1]
    assert {row.meaning for row in shown.rows if row.name == "fcs"} == {"not verifiable: octets are redacted"}


def test_a_segment_is_not_taken_for_an_apdu() -> None:
    content = b"\xa8" + AARE[2:-3]
    header = content[:8]
    content = header + fcs16(header) + content[10:]
    shown = view("hdlc", b"\x7e" + content + fcs16(content) + b"\x7e")
    assert shown.problem == ""
    assert "aare" not in names(shown)


def test_deciding_octets_in_an_apdu_are_found_in_its_frame() -> None:
    place = locate([view("hdlc", AARE)], "aare.result.value", 17, 18, "01")
    assert place == (0, 31, 32)
    assert AARE[31:32] == b"\x01"


def test_of_two_messages_of_one_name_the_one_that_holds_the_octets_is_taken() -> None:
    plain = bytes.fromhex("C40130000903010203")
    other = bytes.fromhex("C401C1000903010203")
    views = [view("apdu", other), view("apdu", plain)]
    assert locate(views, "get-response.invoke-id-and-priority", 2, 3, "30") == (1, 2, 3)


def test_deciding_octets_of_a_message_that_is_not_there_are_found_nowhere() -> None:
    assert locate([view("hdlc", AARE)], "get-response.result", 3, 4, "00") is None
    assert locate([view("hdlc", AARE)], "aare.result", 30_000, 30_001, "00") is None


def test_a_message_of_many_fields_is_bounded() -> None:
    rows = bytes.fromhex("C401C100") + b"\x01\x82\x03\xe8" + b"\x02\x01\x11\x05" * 1000
    shown = view("apdu", rows)
    assert shown.size == len(rows)
    assert len(shown.octets) == LONGEST_MESSAGE
    assert len(shown.rows) <= MOST_ROWS


@given(st.sampled_from(get_args(Layer)), st.binary(max_size=80))
def test_any_octets_can_be_drawn(layer: Layer, octets: bytes) -> None:
    shown = view(layer, octets, ((0, 1),) if octets else ())
    assert shown.octets == octets
    assert shown.summary
    assert all(0 <= row.start <= row.end <= len(octets) for row in shown.rows)


@given(st.binary(min_size=1, max_size=60), st.booleans())
def test_any_information_field_can_be_drawn(content: bytes, llc: bool) -> None:
    information = (b"\xe6\xe7\x00" if llc else b"") + content
    header = (0xA000 | 9 + len(information)).to_bytes(2, "big") + b"\x03\x21\x30"
    body = header + fcs16(header) + information
    shown = view("hdlc", b"\x7e" + body + fcs16(body) + b"\x7e")
    assert "hdlc-frame.content.information" in names(shown)
