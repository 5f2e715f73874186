"""The text of a dissected message: readable, bounded, and harmless whatever a meter sent."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms import apdu
from conformance.dlms.data.values import array, octet_string, unsigned, visible_string
from conformance.dlms.text import octets_text, printable, render
from conformance.dlms.xdlms.get import GetResponseNormal


def text_of(octets: bytes | str, **limits: int) -> str:
    return render(apdu.dissect(bytes.fromhex(octets) if isinstance(octets, str) else octets), **limits)


def test_a_message_is_drawn_as_a_tree_of_its_fields() -> None:
    assert text_of("C401C10103") == "\n".join(
        (
            "    0                                         get-response  (5 octets)",
            "    0  C4                                       tag  get-response",
            "    1  01                                       choice  get-response-normal",
            "    2  C1                                       invoke-id-and-priority  invoke-id 1, confirmed, "
            "high priority",
            "    3                                           result  (2 octets)",
            "    3  01                                         choice  data-access-result",
            "    4  03                                         data-access-result  read-write-denied (3)",
        )
    )


def test_an_error_is_told_last_with_the_octets_that_were_not_decoded() -> None:
    lines = text_of("C004C1AABB").splitlines()
    assert lines[-2].split() == ["2", "C1", "AA", "BB", "not", "decoded"]
    assert lines[-1].startswith("error  get-request.choice, octet 1")


def test_deviations_are_told_after_the_fields() -> None:
    assert text_of("0E010605").splitlines()[-1] == (
        "deviation  confirmed-service-error.value, octet 3: initiate has no value 5"
    )


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = text_of(GetResponseNormal(0xC1, visible_string("\x1b[2J\r\n\x07ok")).encode())
    assert r"\x1b[2J\r\n\x07ok" in text
    assert text.replace("\n", "").isprintable()


def test_long_octets_are_left_out_in_the_middle() -> None:
    text = text_of(GetResponseNormal(0xC1, octet_string(bytes(range(200)))).encode())
    assert "00 01 02 03 04 05 06 07 … C4 C5 C6 C7" in text
    assert "(200 octets)" in text


def test_lines_beyond_the_limit_are_left_out_in_the_middle_and_counted() -> None:
    octets = GetResponseNormal(0xC1, array(*(unsigned(n % 256) for n in range(300)))).encode()
    whole = text_of(octets, max_lines=10_000).splitlines()
    short = text_of(octets, max_lines=20).splitlines()
    assert len(short) == 20
    assert short[0] == whole[0]
    assert short[-1] == whole[-1]
    assert f"{len(whole) - 19} lines left out" in "\n".join(short)


def test_an_error_is_told_even_where_lines_are_left_out() -> None:
    octets = GetResponseNormal(0xC1, array(*(unsigned(n % 256) for n in range(300)))).encode()
    lines = text_of(octets + b"\x00", max_lines=8).splitlines()
    assert len(lines) == 8
    assert lines[-1].startswith("error  get-response, octet")


def test_a_message_without_octets_has_a_text() -> None:
    assert text_of("").splitlines()[-1] == "error  apdu, octet 0: no octets; expected the tag of an APDU"


def test_octets_and_texts_are_shortened_in_the_middle() -> None:
    assert octets_text(b"\x01\x02") == "01 02"
    assert octets_text(bytes(range(10)), 4) == "00 01 02 … 09"
    assert printable("a" * 10, 10) == "a" * 10
    assert printable("a" * 5 + "b" * 5 + "c" * 5, 10) == "aaaaab…ccc"


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=60), st.sampled_from(sorted(apdu.TAGS)).flatmap(
    lambda tag: st.binary(max_size=60).map(lambda rest: bytes((tag,)) + rest))), st.integers(0, 40))  # fmt: skip
def test_any_octets_have_a_text_that_is_bounded_and_printable(octets: bytes, max_lines: int) -> None:
    lines = text_of(octets, max_lines=max_lines).splitlines()
    assert 0 < len(lines) <= max(max_lines, 8)
    assert all(line.isprintable() and len(line) < 600 for line in lines)


@given(st.text(max_size=300), st.integers(10, 100))
def test_any_text_is_made_printable_within_its_limit(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
