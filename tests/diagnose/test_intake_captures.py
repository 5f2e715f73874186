"""A capture of the field is read octet for octet, with its keys kept out of sight."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.diagnose.intake.conversation import Damage, Layer
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.frame_look import look
from conformance.diagnose.intake.reading import read
from tests.diagnose.capture_files import CAPTURES, captured, frames, text_log

FOLDER = Path(__file__).parent / "captures"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_gives_its_frames_as_they_are(path):
    """Every frame is one unit, octet for octet, and nothing is said about the file."""
    conversation = read(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [(unit.direction, unit.octets) for unit in conversation.units] == frames(path)
    assert conversation.layer == Layer(content["transport"])
    assert all(unit.damage is Damage.NONE and not unit.inferred for unit in conversation.units)
    assert conversation.kind == content["kind"]
    assert conversation.findings == ()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_the_same_exchange_as_text_without_directions_is_understood(path, tmp_path):
    """Octets alone tell layer and directions, but for frames that say nothing of who sent them."""
    exchange = frames(path)
    log = tmp_path / "log.txt"
    log.write_text("".join(f"{octets.hex()}\n" for _, octets in exchange), encoding="utf-8")
    conversation = read(log)
    assert conversation.layer == read(path).layer
    assert [unit.octets for unit in conversation.units] == [octets for _, octets in exchange]
    assert all(unit.inferred for unit in conversation.units)
    assert conversation.said("direction-inferred")
    if path.stem not in ("saral_echo_of_snrm",):
        assert [unit.direction for unit in conversation.units] == [direction for direction, _ in exchange]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_log_and_a_network_capture_give_the_same_apdus(path, tmp_path):
    """However an exchange is handed over, the same APDUs come out of it."""
    (tmp_path / "log.txt").write_text(text_log(frames(path)), encoding="utf-8")
    (tmp_path / "net.pcap").write_bytes(captured(frames(path)))
    wanted = [(apdu.direction, apdu.octets) for apdu in read(path).apdus]
    for name in ("log.txt", "net.pcap"):
        assert [(apdu.direction, apdu.octets) for apdu in read(tmp_path / name).apdus] == wanted, name


def test_keys_are_known_and_not_shown():
    """The keys open what was ciphered, and no representation of the conversation holds them."""
    conversation = read(FOLDER / "ctl_ded_key_session.json")
    assert conversation.keys.password is not None
    assert conversation.keys.password.reveal() == b"JuS66BCZ"
    assert conversation.keys.client_system_title == bytes.fromhex("4349520000000001")
    shown = repr(conversation) + str(conversation.findings)
    for secret in ("00112233445566778899AABBCCDDEEFF", "5E168412318BA71848C99B2B2AB33294", "JuS66BCZ"):
        assert secret.lower() not in shown.lower()


def test_a_stale_header_check_sequence_can_be_told_from_a_stale_frame_check_sequence():
    """Both check sequences are there as they stand and as they should be."""
    stale = look(read(FOLDER / "gxconf_test9_stale_hcs.json").units[6].octets)
    assert stale is not None
    assert stale.hcs is not None
    assert (stale.hcs.found.hex(), stale.hcs.right.hex()) == ("724f", "cd3b")
    assert (stale.fcs.found.hex(), stale.fcs.right.hex()) == ("533b", "9eb3")
    typed = look(read(FOLDER / "snrm_hcs_wrong_and_dm.json").units[0].octets)
    assert typed is not None
    assert typed.hcs is not None
    assert (typed.hcs.found.hex(), typed.hcs.right.hex()) == ("a169", "a269")
    assert typed.fcs.good


def test_blocks_without_llc_header_are_apdus_like_the_one_with_it():
    """The push of three frames, of which the first alone has an LLC header, gives three block transfers."""
    apdus = read(FOLDER / "ctl_e450_gbt_plain_push.json").apdus
    assert [(apdu.llc.hex(), apdu.octets[:1].hex()) for apdu in apdus] == [("e6e700", "e0"), ("", "e0"), ("", "e0")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"transport": "hdlc"}', "frames is missing"),
        ('{"frames": [{"dir": "C>S"}]}', "frames[1].hex is missing"),
        ('{"frames": [{"dir": "up", "hex": "7E"}]}', "frames[1].dir is 'up'; expected C>S or S>C"),
        ('{"frames": [{"dir": "C>S", "hex": "7EO0"}]}', "has 'O' as digit 3"),
        ('{"frames": [{"dir": "C>S", "hex": "7E0"}]}', "an odd number of digits"),
        ('{"frames": [], "transport": "udp"}', "transport is 'udp'; expected hdlc, wrapper, apdu"),
        (
            '{"frames": [], "keys": {"authentication_key": "0102"}}',
            "authentication_key has 2 octets; expected 16 or 32",
        ),
        ('{"frames": [], "keys": {"key": "0102"}}', "no key is called 'key'"),
        ('{"frames": []}', "holds no exchange"),
        ('{"frames": [', "line 1, column 13"),
        ('{"a": ' + "[" * 100_000, "is no JSON"),
    ],
)
def test_a_capture_that_is_none_says_what_is_wrong_and_where(content, message, tmp_path):
    """One message names the place and what to do."""
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(IntakeError) as caught:
        read(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_a_transport_that_every_octet_speaks_against_is_not_believed(tmp_path):
    """A capture of HDLC frames that says wrapper is read as HDLC, and that is told."""
    path = tmp_path / "wrong.json"
    content = {"transport": "wrapper", "frames": [{"dir": "C>S", "hex": "7EA0070321930F017E"}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    conversation = read(path)
    assert conversation.layer is Layer.HDLC
    assert conversation.said("transport-contradicted")[0].severity == "warning"
