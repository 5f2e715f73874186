"""A log is understood as people paste it, and what cannot be read is said rather than guessed."""

from __future__ import annotations

import pytest

from conformance.diagnose.intake.conversation import Damage, Layer
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.reading import read

SNRM = "7EA0070321930F017E"
UA = "7EA00721037301407E"
AARQ = "7EA02B032110FBAFE6E600601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFFC5E47E"
FRMR = "7EA00C2103973E211000016B5B7E"
EXCHANGE = [("C>S", SNRM), ("S>C", UA), ("C>S", AARQ), ("S>C", FRMR)]


def spaced(digits: str, separator: str = " ") -> str:
    return separator.join(digits[at : at + 2] for at in range(0, len(digits), 2))


@pytest.fixture
def understood(tmp_path):
    def of(text: str, **more):
        path = tmp_path / "paste.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read(path, **more)

    return of


def said(conversation) -> list[tuple[str | None, str]]:
    return [(unit.direction, unit.octets.hex().upper()) for unit in conversation.units]


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("TX: ", "RX: "),
        ("tx ", "rx "),
        ("Send: ", "Receive: "),
        ("Sent (9 bytes): ", "Received (9 bytes): "),
        ("-> ", "<- "),
        (">> ", "<< "),
        ("> ", "< "),
        ("C>S ", "S>C "),
        ("C->S: ", "S->C: "),
        ("Client: ", "Meter: "),
        ("Client -> Server: ", "Server -> Client: "),
        ("client TX: ", "client RX: "),
        ("Meter RX: ", "Meter TX: "),
        ("Sent to meter: ", "Received from meter: "),
        ("Request: ", "Response: "),
        ("[2024-01-02 12:34:56.789] TX: ", "[2024-01-02 12:34:56.889] RX: "),
        ("2024-01-02T12:34:56,000Z Send ", "2024-01-02T12:34:57+01:00 Recv "),
        ("02.01.2024 12:34:56 >> ", "02.01.2024 12:34:56 << "),
        ("1/2/2024 12:34:56 PM DEBUG [Serial] COM3 --> 9 bytes: ", "1/2/2024 12:34:57 PM DEBUG [Serial] COM3 <-- "),
        ("01-02 12:34:56.789 D/Serial(123): send: ", "01-02 12:34:56.989 D/Serial(123): recv: "),
        ("Jan  2 12:34:56 host app[17]: TX ", "Jan  2 12:34:57 host app[17]: RX "),
        ("12345 TX ", "12400 RX "),
        ("[   12.345678] TX len=9 ", "[   12.445678] RX len=9 "),
    ],
)
def test_who_said_it_is_read_from_words_arrows_and_behind_times(up, down, understood):
    """Each way of marking a direction gives the same conversation."""
    words = {"C>S": up, "S>C": down}
    for dress in (str, spaced, str.lower):
        text = "".join(f"{words[direction]}{dress(octets)}\n" for direction, octets in EXCHANGE)
        conversation = understood(text)
        assert said(conversation) == EXCHANGE, dress
        assert not any(unit.inferred for unit in conversation.units)


@pytest.mark.parametrize(
    "dress",
    [
        lambda digits: f"0x{spaced(digits, ' 0x')}",
        lambda digits: f"{{0x{spaced(digits, ', 0x')}}};",
        lambda digits: f"0x{spaced(digits, '; 0x')}",
        lambda digits: spaced(digits, ":"),
        lambda digits: spaced(digits, "-").lower(),
        lambda digits: spaced(digits, ", "),
        lambda digits: f"b'\\x{spaced(digits, chr(92) + 'x')}'",
        lambda digits: f"[{spaced(digits)}]",
        lambda digits: f"0x{digits}",
        lambda digits: f"{spaced(digits, 'h ')}h",
        lambda digits: spaced(digits)[3:-3],
    ],
)
def test_octets_are_read_in_any_dress(dress, understood):
    """Prefixes, separators, brackets, and frames shown without their flags."""
    words = {"C>S": "TX: ", "S>C": "RX: "}
    conversation = understood("".join(f"{words[direction]}{dress(octets)}\r\n" for direction, octets in EXCHANGE))
    assert said(conversation) == EXCHANGE


@pytest.mark.parametrize("width", [17, 32, 33])
def test_octets_wrapped_over_lines_are_put_together(width, understood):
    """A line may end within an octet; lines from and to are told."""
    wrapped = "\n".join(AARQ[at : at + width] for at in range(0, len(AARQ), width))
    conversation = understood(f"TX: {wrapped}\nRX: {FRMR}\n")
    assert said(conversation) == [("C>S", AARQ), ("S>C", FRMR)]
    assert conversation.units[0].place.last == 1 + len(AARQ) // width


def test_a_bare_apdu_wrapped_over_lines_is_one(understood):
    """Its own lengths say that it goes on."""
    apdu = AARQ[22:-6]
    assert said(understood(f"-> {apdu[:20]}\n   {apdu[20:]}\n")) == [("C>S", apdu)]


def test_headings_say_who_sent_the_lines_below(understood):
    """A direction on a line of its own holds until the next one."""
    text = f"Send:\n{spaced(SNRM)}\n\nReceive:\n{spaced(UA)}\n\nSend\n{AARQ[:40]}\n{AARQ[40:]}\nReceive\n{FRMR}\n"
    assert said(understood(text)) == EXCHANGE


@pytest.mark.parametrize(
    "dump",
    [
        "0000  7e a0 07 03 21 93 0f 01 7e                        ~...!...~",
        "00000000: 7ea0 0703 2193 0f01 7e                   ~...!...~",
        "00000000  7e a0 07 03 21 93 0f 01  7e                       |~...!...~|",
        "0x0000:  7ea0 0703 2193 0f01 7e",
    ],
)
def test_hex_dumps_lose_their_offsets_and_text(dump, understood):
    """Offset and text beside the octets are none of them."""
    assert said(understood(f"TX\n{dump}\n")) == [("C>S", SNRM)]


def test_a_dump_of_several_lines_is_one_piece(understood):
    """Offsets count on, in hexadecimal."""
    octets = bytes.fromhex(AARQ)
    rows = [f"{at:04x}  {octets[at : at + 16].hex(' ')}" for at in range(0, len(octets), 16)]
    conversation = understood("Tx\n" + "\n".join(rows) + "\nRx\n0000  " + spaced(FRMR) + "\n")
    assert said(conversation) == [("C>S", AARQ), ("S>C", FRMR)]


def test_times_are_seconds_since_the_first_line(understood):
    """Dates make a point in time, and the times count from it."""
    text = f"2024-01-02T12:34:56.250Z TX {SNRM}\n2024-01-02T13:34:57.500+01:00 RX {UA}\n"
    conversation = understood(text)
    assert conversation.began == 1_704_198_896.25
    assert [unit.time for unit in conversation.units] == [0.0, 1.25]


def test_a_letter_for_a_digit_is_told_with_its_place_and_not_guessed_away(understood):
    """The octet stays unknown; that the frame would be sound with the likely digit is said."""
    conversation = understood("TX: 7E AO 07 03 21 93 0F 01 7E\n")
    finding = conversation.said("not-a-hex-digit")[0]
    assert (finding.severity, finding.where) == ("error", "line 1, column 9")
    assert "'O' stands where a hexadecimal digit belongs" in finding.message
    assert "read as 0, with the others likewise, the check sequence of the frame holds" in finding.message
    assert conversation.units[0].unknown == ((1, 2),)
    assert not conversation.units[0].whole


def test_a_letter_that_proves_nothing_is_said_to_look_like_a_digit(understood):
    """Where the check sequence does not hold either, nothing is claimed about it."""
    conversation = understood("TX: 7E A0 07 03 2l 93 0F 02 7E\n")
    message = conversation.said("not-a-hex-digit")[0].message
    assert message.endswith("the octet is not known; it looks like 1.")


def test_odd_digits_are_told_and_the_octets_not_trusted(understood):
    """A missing digit may be missing anywhere."""
    conversation = understood(f"TX: {SNRM[:-1]}\nRX: {UA}\n")
    assert conversation.said("odd-digits")[0].where == "line 1"
    assert conversation.units[0].unknown
    assert said(conversation)[1] == ("S>C", UA)


def test_octets_of_one_digit_are_believed_only_when_the_check_sequence_holds(understood):
    """7 for 07 is a way of printing, proven by the FCS; without proof it is a digit too few."""
    proven = understood("TX: 7E A0 7 3 21 93 F 1 7E\n")
    assert said(proven) == [("C>S", SNRM)]
    assert proven.units[0].whole
    assert proven.said("digits-not-padded")
    assert understood("TX: 7E A0 7 3 21 93 F 2 7E\n").said("odd-digits")


def test_translated_xml_is_told_and_not_read(understood):
    """Names and values of a translation are no octets."""
    xml = '<AARQ>\n  <ApplicationContextName Value="LN" />\n  <Secret Value="3132333435363738" />\n</AARQ>\n'
    conversation = understood(f"{xml}TX: {SNRM}\n")
    assert said(conversation) == [("C>S", SNRM)]
    finding = conversation.said("xml-instead-of-octets")[0]
    assert finding.where == "lines 1 to 4"
    assert "<AARQ>" in finding.message
    with pytest.raises(IntakeError, match="it holds XML, but no octets"):
        understood(xml)


def test_keys_in_a_log_are_used_and_never_shown(understood):
    """A key is no frame, and no text holds it."""
    text = (
        "EK: 000102030405060708090A0B0C0D0E0F\nAuthentication key = D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 DA DB DC DD DE DF\n"
        f"password: hunter22\nServer system title: 4142434445464748\ndedicated key: 0102\nTX: {SNRM}\n"
    )
    conversation = understood(text)
    assert said(conversation) == [("C>S", SNRM)]
    keys = conversation.keys
    assert keys.global_unicast_encryption_key is not None
    assert keys.global_unicast_encryption_key.reveal() == bytes(range(16))
    assert keys.authentication_key is not None
    assert keys.password is not None
    assert keys.password.reveal() == b"hunter22"
    assert keys.server_system_title == b"ABCDEFGH"
    assert "dedicated_key has 2 octets" in conversation.said("key-unreadable")[0].message
    assert "hunter22" not in repr(conversation)
    assert "D0D1D2" not in repr(conversation).upper()


def test_a_log_kept_by_the_meter_is_turned_and_that_is_told(understood):
    """The meter's TX is what the client receives."""
    conversation = understood(f"RX: {SNRM}\nTX: {UA}\nRX: {AARQ}\nTX: {FRMR}\n")
    assert said(conversation) == EXCHANGE
    assert conversation.said("directions-turned")
    assert all(piece.inferred for piece in conversation.heard)


def test_an_echo_does_not_turn_the_directions(understood):
    """A line that hears itself is believed to do so."""
    conversation = understood(f"TX: {SNRM}\nRX: {SNRM}\n")
    assert said(conversation) == [("C>S", SNRM), ("S>C", SNRM)]
    assert not conversation.said("directions-turned")
    assert not conversation.said("direction-contradicted")


def test_a_side_that_the_octets_contradict_is_believed_and_told(understood):
    """Where sides are named, the log is right and the contradiction is worth a look."""
    conversation = understood(f"Client: {SNRM}\nClient: {UA}\n")
    assert said(conversation) == [("C>S", SNRM), ("C>S", UA)]
    assert "the response UA is sent S>C" in conversation.said("direction-contradicted")[0].message


def test_octets_logged_one_by_one_make_frames(understood):
    """A log of single octets is a stream."""
    text = "".join(f"TX: {octet}\n" for octet in spaced(SNRM).split()) + "".join(
        f"RX: {octet}\n" for octet in spaced(UA).split()
    )
    assert said(understood(text)) == [("C>S", SNRM), ("S>C", UA)]


def test_prose_and_numbers_are_no_octets(understood):
    """A text without frames is refused with advice; numbers in sentences beside frames are passed over."""
    prose = "The meter with serial 12345678 sent nothing on 2024-01-02.\nVersion 10 20 30 of the tool\n"
    with pytest.raises(IntakeError, match="no line holds octets"):
        understood("The meter with serial 12345678 does not answer, ask the maker.\n")
    assert said(understood(f"{prose}TX: {SNRM}\nchallenge was 4142434445464748\n")) == [("C>S", SNRM)]


def test_windows_encodings_are_read(understood):
    """UTF-16 with its mark, and UTF-8 with one."""
    text = f"TX: {SNRM}\r\nRX: {UA}\r\n"
    assert said(understood(text.encode("utf-16"))) == EXCHANGE[:2]
    assert said(understood(b"\xef\xbb\xbf" + text.encode())) == EXCHANGE[:2]


def test_wrapper_pdus_are_told_by_version_and_length(understood):
    """Without a word about the transport."""
    pdu = "000100100001001F601DA109060760857405080101BE10040E01000000065F1F0400621E5DFFFF"
    conversation = understood(f"{pdu}\n")
    assert conversation.layer is Layer.WRAPPER
    assert "wrapper header whose length fits" in conversation.streams[0].evidence
    assert conversation.apdus[0].octets.hex().upper() == pdu[16:]
    assert conversation.units[0].direction == "C>S"
    assert "the tag of aarq" in conversation.said("direction-inferred")[0].message


def test_what_is_beyond_the_bounds_is_counted_and_told(understood):
    """Long lines, long logs and many pieces end in a finding, not in silence."""
    many = f"TX: {SNRM}\n" * 20
    limited = understood(many, limits=Limits(pieces=5))
    assert len(limited.heard) == 5
    assert limited.streams[0].left_out == 15
    assert limited.said("capture-left-out")[0].where == "line 6"
    assert understood(many, limits=Limits(text_octets=100)).said("log-left-out")
    long_line = understood(f"TX: {SNRM}\nTX: {AARQ * 20}\n", limits=Limits(line_characters=1000))
    assert long_line.said("line-too-long")[0].where == "line 2"
    many_flaws = understood("".join(f"TX: 7E AO 07 03 21 93 0F 0{n} 7E\n" for n in range(8)), limits=Limits(findings=3))
    assert "× not-a-hex-digit" in many_flaws.said("findings-left-out")[0].message


def test_a_frame_cut_at_a_flag_in_its_check_sequence_is_recognised(understood):
    """FCS 7E B8 and 24 7E, HCS 7E 16 and 9F 7E: the octets up to that flag say so themselves."""
    cut = {
        "7EA0070569737E": Damage.FLAG_IN_FCS,
        "7EA007034B73247E": Damage.FLAG_IN_FCS,
        "7EA00D0549107E": Damage.FLAG_IN_HCS,
        "7EA00D0553109F7E": Damage.FLAG_IN_HCS,
    }
    for digits, damage in cut.items():
        conversation = understood(f"TX: {SNRM}\nRX: {digits}\nTX: {SNRM}\n")
        assert [unit.damage for unit in conversation.units] == [Damage.NONE, damage, Damage.NONE], digits
        assert conversation.said(damage.value)[0].where == "line 2"


def test_a_frame_cut_at_such_a_flag_is_whole_where_the_rest_follows(understood):
    """The length subfield leads over the flag inside."""
    conversation = understood("RX: 7E A0 07 05 69 73 7E\nRX: B8 7E\n")
    assert said(conversation) == [("S>C", "7EA0070569737EB87E")]
    assert conversation.units[0].damage is Damage.NONE
    assert conversation.units[0].pieces == (0, 1)
