"""No secret leaves the tool: not as octets, not as digits, not as text, not in two halves."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.security.secret import Secret
from conformance.record.redaction import MASK, Redactor, fingerprint, information_edges

PASSWORD = b"JuS66BCZ"
KEY = bytes.fromhex("5E168412318BA71848C99B2B2AB33294")
ZEROS = bytes(16)
AARQ = bytes.fromhex(
    "7EA0470002129D0310CF5EE6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80087852775062457847BE10040E"
    "01000000065F1F0400007E1F0100E64C7E"
)
"""With the password xRwPbExG in clear."""

secrets = st.binary(min_size=8, max_size=32).filter(lambda octets: len(set(octets)) >= 4)


def test_a_password_in_clear_is_masked_and_the_place_is_told() -> None:
    masked, spans = Redactor([b"xRwPbExG"]).octets(AARQ)
    assert spans == ((44, 52),)
    assert AARQ[44:52] == b"xRwPbExG"
    assert masked == AARQ[:44] + b"*" * 8 + AARQ[52:]


def test_octets_without_secrets_stay_as_they_are() -> None:
    assert Redactor([PASSWORD, KEY]).octets(AARQ) == (AARQ, ())


@given(secrets, st.binary(max_size=40), st.binary(max_size=40))
def test_no_secret_survives_among_any_octets(secret: bytes, before: bytes, after: bytes) -> None:
    masked, spans = Redactor([secret]).octets(before + secret + after)
    assert secret not in masked
    assert len(masked) == len(before + secret + after)
    assert any(start <= len(before) and len(before) + len(secret) <= end for start, end in spans)


@given(secrets, st.data())
def test_no_half_of_a_segmented_secret_survives(secret: bytes, data: st.DataObject) -> None:
    """The first frame's information field ends within the secret, the second one's begins with the rest."""
    cut = data.draw(st.integers(4, len(secret) - 4))
    redactor = Redactor([secret])
    first = bytes.fromhex("7EA81E0321329DA0E6E600C101") + secret[:cut] + bytes.fromhex("F0F17E")
    second = bytes.fromhex("7EA01E0321349DA0") + secret[cut:] + bytes.fromhex("0203F2F37E")
    assert secret[:cut] not in redactor.octets(first, information_edges(first))[0]
    assert secret[cut:] not in redactor.octets(second, information_edges(second))[0]


def test_the_middle_of_a_secret_alone_in_a_frame_is_masked() -> None:
    frame = bytes.fromhex("7EA81E0321329DA0") + KEY[5:11] + bytes.fromhex("F0F17E")
    masked, spans = Redactor([KEY]).octets(frame, information_edges(frame))
    assert spans == ((8, 14),)
    assert KEY[5:11] not in masked


def test_eight_octets_of_a_key_are_masked_anywhere() -> None:
    assert Redactor([KEY]).octets(b"\xc1" * 9 + KEY[3:11] + b"\xc1" * 9)[1] == ((9, 17),)


def test_a_key_of_one_repeated_octet_is_masked_only_whole() -> None:
    """Sixteen zeros are the key of many a meter on the bench: four zeros are not evidence of it."""
    redactor = Redactor([ZEROS])
    frame = bytes.fromhex("00000000C001") + bytes(15) + b"\x01"
    assert redactor.octets(frame, (0, 6)) == (frame, ())
    assert redactor.octets(b"\x01" + ZEROS + b"\x02")[1] == ((1, 17),)


def test_a_short_password_is_masked_only_behind_its_length() -> None:
    redactor = Redactor([b"1A"])
    assert redactor.octets(b"1A\xac\x04\x80\x021A") == (b"1A\xac\x04\x80\x02**", ((6, 8),))


@pytest.mark.parametrize(
    "said",
    [
        KEY.hex(), KEY.hex().upper(), KEY.hex(" "), KEY.hex(":").upper(), KEY.hex("-"), "0x" + KEY.hex(),
        base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode(),
        base64.b64encode(b"x" + KEY + b"tail").decode(), base64.b64encode(b"xy" + KEY + b"t").decode(),
        repr(KEY), ", ".join(f"0x{octet:02X}" for octet in KEY).replace(", ", ","),
    ],
)  # fmt: skip
def test_every_spelling_of_a_key_is_masked_in_text(said: str) -> None:
    text = Redactor([KEY]).text(f"opened with {said} at once")
    assert said not in text
    assert fingerprint(KEY) in text
    assert text.startswith("opened with ")
    assert text.endswith(" at once")


@given(secrets, st.text(max_size=20), st.text(max_size=20))
def test_no_spelling_of_any_secret_survives_in_any_text(secret: bytes, before: str, after: str) -> None:
    redactor = Redactor([secret])
    assert secret.hex() not in redactor.text(f"{before}-{secret.hex()}-{after}")
    assert secret.hex().upper() not in redactor.text(f"{before}-{secret.hex().upper()}-{after}")
    assert base64.b64encode(secret).decode() not in redactor.text(
        f"{before} {base64.b64encode(secret).decode()} {after}"
    )


def test_a_password_is_masked_as_text_and_in_a_dump() -> None:
    redactor = Redactor([PASSWORD])
    assert redactor.text("sent 'JuS66BCZ'") == f"sent '{fingerprint(PASSWORD)}'"
    assert "4A755336" not in redactor.text("AC0A8008" + PASSWORD.hex().upper() + "BE34")


def test_a_piece_of_a_key_at_the_edge_of_a_dump_is_crossed_out() -> None:
    assert Redactor([KEY]).text(f"ends with C101{KEY[:6].hex().upper()}") == "ends with C101XXXXXXXXXXXX"


def test_a_password_of_digits_is_not_taken_for_part_of_a_dump() -> None:
    """The octets 00000000 of an invocation counter are not the password of eight zeros."""
    redactor = Redactor([b"00000000"])
    assert redactor.text("C8 30 00000000AB") == "C8 30 00000000AB"
    assert redactor.text("password 00000000!") == f"password {fingerprint(b'00000000')}!"


def test_strings_in_nested_json_are_masked_and_names_stay() -> None:
    masked = Redactor([PASSWORD]).json({"JuS66BCZ": ["JuS66BCZ", 5, None], "kept": "JuS66BCZ"}, {"kept"})
    assert masked == {"JuS66BCZ": [fingerprint(PASSWORD), 5, None], "kept": "JuS66BCZ"}


def test_a_key_made_up_during_the_run_is_masked_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.text(KEY.hex()) == KEY.hex()
    redactor.add(Secret(KEY))
    assert redactor.text(KEY.hex()) == str(Secret(KEY))


def test_an_empty_secret_masks_nothing() -> None:
    assert Redactor([b""]).text("anything") == "anything"
    assert Redactor([b""]).octets(b"\x00\x01") == (b"\x00\x01", ())


@given(st.binary(max_size=64))
def test_any_octets_have_edges_within_them(octets: bytes) -> None:
    assert all(0 <= edge <= len(octets) for edge in information_edges(octets))


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
@pytest.mark.parametrize("before", [b"\x09\x20", b"\x09\x21A", b"key="])
def test_a_secret_that_a_meter_sends_in_hexadecimal_digits_is_masked_among_the_octets(spelled, before):
    """A report shows strings as text: digits in a frame would be digits in a report."""
    secret = bytes(range(0xD0, 0xE0))
    digits = spelled(secret.hex()).encode()
    masked, spans = Redactor([secret]).octets(before + digits + b"\x00")
    assert masked == before + bytes((MASK,)) * len(digits) + b"\x00"
    assert spans == ((len(before), len(before) + len(digits)),)
