"""What happens below the APDUs, and what it means."""

from __future__ import annotations

import pytest

from conformance.diagnose.finding import Finding
from conformance.diagnose.link_signs import LinkPdu, explain_link
from conformance.dlms.hdlc.control import FrameType
from tests.tester.far_side import UA, answer, from_meter, ready, wrapped
from tests.tester.field_exchanges import EXCHANGES

SNRM = bytes.fromhex("7EA0070321930F017E")
DISC = bytes.fromhex("7EA00703215303C77E")
AARQ = bytes.fromhex("7EA02B032110FBAFE6E600601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFFC5E47E")


def of_the_field(name: str) -> list[Finding]:
    return list(explain_link([LinkPdu(*frame) for frame in EXCHANGES[name]]))  # type: ignore[arg-type]


def found(*frames: bytes | tuple[bytes, ...]) -> list[Finding]:
    """Findings of HDLC frames; those of the meter stand in tuples."""
    pdus: list[LinkPdu] = []
    for frame in frames:
        if isinstance(frame, tuple):
            pdus += [LinkPdu("S>C", "hdlc", octets) for octets in frame]
        else:
            pdus.append(LinkPdu("C>S", "hdlc", frame))
    return list(explain_link(pdus))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        ("ctl_hes_gmac_auth_only", []),
        ("ctl_lls_right_password", []),
        ("hexing_hls_gmac_accepted", []),
        ("wasion_hls_gmac_accepted", []),
        ("genus_dedicated_key_pass3", []),
        ("hexing_hls_gmac_garbled", ["llc-header-missing"]),
        ("saral_echo_of_snrm", ["echo"]),
        ("elster_wrong_wrapper_port", ["no-reply"]),
        ("tpc_frmr_w", ["frame-rejected-w"]),
    ],
)
def test_signs_of_the_field(exchange: str, expected: list[str]) -> None:
    assert codes(of_the_field(exchange)) == expected


def test_silence_towards_a_broken_frame_is_no_fault_of_the_meter() -> None:
    findings = of_the_field("gxconf_test9_stale_hcs")

    assert [finding.code for finding in findings if finding.severity == "error"] == ["disconnected-mode"] * 4
    (broken,) = (finding for finding in findings if finding.code == "own-frame-broken")
    assert (broken.index, broken.severity) == (6, "info")
    assert "is 724F, should be CD3B" in broken.message
    assert "request-unanswered" not in codes(findings)


def test_a_meter_that_says_nothing_is_told_once_with_the_likely_causes() -> None:
    findings = found(SNRM, DISC)

    assert codes(findings) == ["no-reply"]
    assert "address" in findings[0].message
    assert "wPort" in next(iter(explain_link([LinkPdu("C>S", "wrapper", wrapped(b"\x60"))]))).message


def test_one_request_without_an_answer_is_told_from_a_dead_meter() -> None:
    findings = found(SNRM, (UA,), AARQ, DISC, (UA,))

    assert [(finding.code, finding.severity, finding.index) for finding in findings] == [
        ("request-unanswered", "warning", 2)
    ]


def test_a_link_that_is_closed_without_a_word_is_no_sign() -> None:
    assert found(SNRM, (UA,), AARQ, (answer(b"\x61", nr=1),), DISC) == []


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("01", ["frame-rejected-w"]),
        ("03", ["frame-rejected-w", "frame-rejected-x"]),
        ("04", ["frame-rejected-y"]),
        ("08", ["frame-rejected-z"]),
        ("00", []),
    ],
)
def test_each_reason_of_a_frame_reject_is_explained(bits: str, expected: list[str]) -> None:
    reject = from_meter(FrameType.FRMR, bytes.fromhex("1000" + bits))

    assert codes(found(AARQ, (reject,))) == expected


def test_frame_reject_without_its_information_is_told() -> None:
    assert codes(found(AARQ, (from_meter(FrameType.FRMR),))) == ["frame-rejected"]


def test_reply_without_the_llc_of_a_response_is_told() -> None:
    naked = from_meter(FrameType.I, b"\x61\x01", nr=1)

    assert codes(found(AARQ, (naked,))) == ["llc-header-wrong"]


def test_broken_frame_of_the_meter_is_told_with_what_is_wrong() -> None:
    (finding,) = found(AARQ, (ready(1)[:-2] + b"\x00\x7e",))

    assert (finding.code, finding.field) == ("frame-broken", "hdlc-frame.content.fcs")


def test_reply_between_other_ports_is_told() -> None:
    request = LinkPdu("C>S", "wrapper", wrapped(b"\x60", 16, 1))

    assert codes(list(explain_link([request, LinkPdu("S>C", "wrapper", wrapped(b"\x61", 1, 16))]))) == []
    assert codes(list(explain_link([request, LinkPdu("S>C", "wrapper", wrapped(b"\x61", 2, 16))]))) == [
        "wrapper-ports-not-swapped"
    ]
    assert codes(list(explain_link([request, LinkPdu("S>C", "wrapper", b"\x00")]))) == ["wrapper-pdu-broken"]


def test_a_line_that_is_set_wrong_is_told_from_a_meter_that_is() -> None:
    sent = LinkPdu("C>S", "hdlc", bytes.fromhex("7EA0070321930F017E"))
    # Even parity taken for none: octets of even weight are lost.
    garbage = LinkPdu("S>C", "octets", bytes.fromhex("A1 00 07 02 23 00 73 1F 80 00 01 80"))

    codes = {finding.code: finding for finding in explain_link([sent, garbage])}

    assert "parity=even" in codes["parity-mismatch"].suggestion
    answered = LinkPdu("S>C", "hdlc", bytes.fromhex("7EA00721037301407E"))
    assert "parity-mismatch" not in {item.code for item in explain_link([sent, garbage, answered])}
