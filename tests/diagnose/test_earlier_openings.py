"""An association that does not open because of what came before it."""

from __future__ import annotations

from conformance.diagnose.intake.recorded import RecordedFrame, recorded
from conformance.diagnose.reasoning.diagnosis import diagnose
from tests.diagnose.test_connections import AARE, AARQ
from tests.suites.hdlc_cases import SIMULATOR

RLRQ, RLRE = bytes.fromhex("00010010000100056203800100"), bytes.fromhex("00010001001000056303800100")
READER = "000100020001003D603BA109060760857405080101A9030201018A0207808B0760857405080201AC0A8008{}BE10040E0100000006"
REFUSED = bytes.fromhex("00010001000200196117A109060760857405080101A203020101A305A10302010D")
OPENED = bytes.fromhex(
    "000100010002002B6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F0400205E5D04000007"
)


def aarq(password: bytes) -> bytes:
    """Of the client `reading`, whose password is declared."""
    return bytes.fromhex(READER.format(password.hex()) + "5F1F0400205E5D0400")


def codes(*frames: bytes) -> set[str]:
    """What is stated above `info` of frames, each by its own source wPort the client's or the meter's."""
    sent = [RecordedFrame(at, _direction(octets), "wrapper", octets, float(at)) for at, octets in enumerate(frames, 1)]
    found = diagnose(recorded(sent), None, SIMULATOR).statements
    return {statement.code for statement in found if statement.severity != "info"}


def _direction(octets: bytes):
    return "S>C" if octets[2:4] == b"\x00\x01" else "C>S"


def test_an_aarq_that_gets_no_answer_after_it_was_accepted_several_times_is_named():
    """Once is not enough: the record may just end there."""
    turn = (AARQ, AARE, RLRQ, RLRE)
    assert "association-unanswered-after-many" in codes(*turn, *turn, *turn, AARQ)
    assert "association-unanswered-after-many" not in codes(*turn, AARQ)
    assert codes(*turn, *turn, *turn, AARQ, AARE) == set()


def test_the_right_password_that_is_refused_after_a_wrong_one_is_named():
    """The wrong one alone is refused rightly, and a right one that is accepted is nobody's fault."""
    (reading,) = (item for item in SIMULATOR.associations if item.name == "reading")
    assert reading.secret is not None
    right, wrong = aarq(reading.secret.reveal()), aarq(b"Conform0")
    named = "right-password-refused-after-wrong"
    assert named in codes(wrong, REFUSED, right, REFUSED)
    assert named not in codes(wrong, REFUSED, wrong, REFUSED)
    assert named not in codes(right, REFUSED)
    assert named not in codes(wrong, REFUSED, right, OPENED)
