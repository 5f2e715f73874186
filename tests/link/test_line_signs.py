"""What octets that make no frame tell about how the line is set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.link import line_signs
from conformance.link.line_signs import line_sign
from conformance.link.parity import characters_of, with_even_parity

FRAME = bytes.fromhex("7EA0210002002303939A74818012050180060180070400000001080400000001 53 3B 7E")
IDENTIFICATION = b"/XDC5\\2EMBEDDED\r\n"


def seen_as_8n1(octets: bytes, parity: int) -> bytes:
    """A sender with parity (0 even, 1 odd): where its parity bit is no stop bit, the receiver gives 00."""
    return bytes(octet if (octet.bit_count() + parity) % 2 else 0 for octet in octets)


def test_even_parity_taken_for_none_leaves_octets_of_odd_weight() -> None:
    sign = line_sign(seen_as_8n1(FRAME, 0))

    assert sign is line_signs.ODD_WEIGHT
    assert "every octet received has odd weight: parity mismatch?" in str(sign).lower()
    assert "parity=even" in str(sign)


def test_odd_parity_taken_for_none_leaves_octets_of_even_weight() -> None:
    assert line_sign(seen_as_8n1(FRAME, 1)) is line_signs.EVEN_WEIGHT


def test_characters_with_parity_are_a_meter_that_waits_for_mode_e() -> None:
    sign = line_sign(with_even_parity(IDENTIFICATION))

    assert sign is line_signs.SEVEN_BITS
    assert "opening=mode-e" in str(sign)
    assert line_sign(IDENTIFICATION) is line_signs.TEXT


def test_seven_bits_taken_for_eight_have_the_stop_bit_on_top() -> None:
    assert line_sign(bytes(octet | 0x80 for octet in IDENTIFICATION)) is line_signs.TOP_BIT


def test_octets_without_a_flag_are_of_another_baud_rate() -> None:
    # 2400 baud seen at 9600: each bit is four.
    bits = [bit for octet in FRAME for bit in (0, *((octet >> place) & 1 for place in range(8)), 1) for _ in range(4)]
    garbage = bytearray()
    while bits:
        if bits.pop(0) == 0 and len(bits) >= 9:
            garbage.append(sum(bit << place for place, bit in enumerate(bits[:8])))
            del bits[:9]

    assert line_sign(bytes(garbage)) is line_signs.NO_FLAG


@given(st.binary(max_size=7))
def test_a_few_octets_tell_nothing(octets: bytes) -> None:
    assert line_sign(octets) is None


def test_a_frame_that_was_cut_tells_nothing_of_the_line() -> None:
    assert line_sign(FRAME[:-3]) is None
    assert line_sign(FRAME[4:]) is None


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_characters_survive_their_parity(text: str) -> None:
    octets = with_even_parity(text.encode())

    assert all(octet.bit_count() % 2 == 0 for octet in octets)
    assert characters_of(octets) == text.encode() == characters_of(text.encode())


def test_a_wrong_parity_is_no_character() -> None:
    assert characters_of(b"\x80") is None
    assert characters_of(with_even_parity(b"1") + b"1") is None
