"""Connections of one subtest are told apart, and what a meter does to one because of another is named."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.diagnose.intake.conversation import Passing
from conformance.diagnose.intake.reading import read
from conformance.diagnose.intake.recorded import RecordedFrame, recorded
from conformance.diagnose.layers.below_apdus import findings
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.record.frames import FrameLog, Place, frames_file
from conformance.record.redaction import Redactor

AARQ = bytes.fromhex("000100100001001F601DA109060760857405080101BE10040E01000000065F1F04000052140400")
AARE = bytes.fromhex(
    "000100010010002B6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000521404000007"
)
GET = bytes.fromhex("000100100001000DC001C1000F0000280000FF0100")
GOT = bytes.fromhex("000100010010000CC401C10009060000280000FF")
REFUSED = bytes.fromhex("0001000100100003D80101")
OTHER_GET, OTHER_GOT = (octets.replace(b"\x00\x10\x00", b"\x00\x02\x00", 1) for octets in (GET, GOT))
OPENED = ((1, AARQ), (-1, AARE), (1, GET), (-1, GOT))


def conversation(*frames: tuple[int, bytes], ended: dict[int, str] | None = None, **passing: tuple[int, int]):
    """Frames, each with its connection: a negative number is the meter's side of it."""
    last = {abs(connection): number for number, (connection, _) in enumerate(frames)}
    return recorded(
        [
            RecordedFrame(
                number + 1,
                "C>S" if connection > 0 else "S>C",
                "wrapper",
                octets,
                float(number),
                stream=abs(connection),
                connection=abs(connection),
                passing=Passing(datagrams=passing.get(f"f{number + 1}")),
                ended_by=(ended or {}).get(abs(connection)) if last[abs(connection)] == number else None,  # type: ignore[arg-type]
            )
            for number, (connection, octets) in enumerate(frames)
        ]
    )


def codes(*frames: tuple[int, bytes], **more) -> set[str]:
    """What is stated above `info`, by everything that looks at the exchange."""
    heard = conversation(*frames, **more)
    said: Iterable = (*findings(heard), *diagnose(heard).statements)
    return {statement.code for statement in said if statement.severity != "info"}


def logged(folder, *frames: tuple[int | None, bytes]):
    """A frame log; None for a frame of a log that does not tell connections apart."""
    log = FrameLog(folder, Redactor(()))
    log.place = Place("meter", "X_CASE", subtest=1)
    for number, (connection, octets) in enumerate(frames):
        direction = "S>C" if octets[2:4] == b"\x00\x01" else "C>S"
        log.write(direction, "wrapper", octets, t=float(number), connection=connection or 0)
    log.close()
    return frames_file(folder, "main").rename(folder / "frames.jsonl")


def test_each_connection_of_a_subtest_is_a_stream_of_its_own(tmp_path):
    """They are one group, and the second one says which it is."""
    heard = read(logged(tmp_path, (1, AARQ), (1, AARE), (2, AARQ), (2, AARE)))
    assert [(stream.connection, stream.group) for stream in heard.streams] == [(1, 1), (2, 1)]
    assert [stream.name for stream in heard.streams] == ["X_CASE, subtest 1", "X_CASE, subtest 1, connection 2"]
    assert [unit.stream for unit in heard.units] == [0, 0, 1, 1]


def test_a_log_that_does_not_tell_connections_apart_is_read_as_before(tmp_path):
    """One stream for the subtest, in no group: nothing is concluded across connections."""
    heard = read(logged(tmp_path, (None, AARQ), (None, AARE), (None, AARQ), (None, AARE)))
    assert [(stream.connection, stream.group) for stream in heard.streams] == [(0, 0)]


def test_what_the_meter_pushes_belongs_to_the_connection_in_use(tmp_path):
    """It passes over a connection of its own, which has no number; outside of subtests nothing is compared."""
    heard = read(logged(tmp_path, (1, AARQ), (1, AARE), (2, AARQ), (2, AARE), (None, GOT)))
    assert [unit.stream for unit in heard.units] == [0, 0, 1, 1, 1]
    (tmp_path / "outside").mkdir()
    log = FrameLog(tmp_path / "outside", Redactor(()))
    log.write("C>S", "wrapper", AARQ, t=0.0, connection=1)
    log.write("C>S", "wrapper", AARQ, t=0.0, connection=2)
    log.close()
    outside = read(frames_file(tmp_path / "outside", "main"))
    assert [(stream.connection, stream.group) for stream in outside.streams] == [(1, 0), (2, 0)]


def test_an_association_that_serves_another_connection_is_named():
    """The request comes without an AARQ on its connection, and is served."""
    assert "association-lent-to-connection" in codes(*OPENED, (2, GET), (-2, GOT))


def test_a_refused_request_on_another_connection_is_right():
    """The association belongs to the first one."""
    assert codes(*OPENED, (2, GET), (-2, REFUSED)) & {"association-lent-to-connection"} == set()


def test_a_connection_with_an_association_of_its_own_lends_nothing():
    """Two associations of one client beside one another are each served."""
    assert codes(*OPENED, (2, AARQ), (-2, AARE), (2, GET), (-2, GOT), (1, GET), (-1, GOT)) == set()


def test_silence_since_another_connection_was_opened_is_named():
    """The first was served until the second one came."""
    found = codes(*OPENED, (2, AARQ), (-2, AARE), (1, GET))
    assert "silent-since-another-connection" in found
    assert "connection-ended-by-another" not in found


def test_a_connection_that_the_meter_closes_for_another_one_is_named():
    """The log says who ended it."""
    found = codes(*OPENED, (2, AARQ), (-2, AARE), (1, GET), ended={1: "server"})
    assert "connection-ended-by-another" in found
    assert "silent-since-another-connection" not in found


def test_silence_before_the_other_connection_was_opened_is_not_its_doing():
    """The client asked, and opened the second connection without waiting."""
    found = codes(*OPENED, (1, GET), (2, AARQ), (-2, AARE))
    assert found & {"silent-since-another-connection", "connection-ended-by-another"} == set()


def test_a_reply_that_comes_on_another_connection_is_named():
    """Its wPorts are those of the request on the first one."""
    other = (2, AARQ.replace(b"\x00\x10\x00", b"\x00\x02\x00", 1)), (-2, AARE.replace(b"\x00\x10", b"\x00\x02", 1))
    assert "reply-on-another-connection" in codes(*OPENED, *other, (1, GET), (-2, GOT))
    beside = (*OPENED, *other, (1, GET), (2, OTHER_GET), (-1, GOT), (-2, OTHER_GOT))
    assert "reply-on-another-connection" not in codes(*beside)


def test_a_partial_pdu_that_holds_up_another_connection_is_named():
    """Nothing is answered on the second one while the first one is not whole."""
    assert "silent-since-partial-pdu" in codes(*OPENED, (1, GET[:12]), (2, AARQ))
    assert "silent-since-partial-pdu" not in codes(*OPENED, (1, GET[:12]), (2, AARQ), (-2, AARE))


def test_a_new_connection_that_gets_no_answer_is_told_from_an_unknown_wport():
    """The one before it was served."""
    assert "new-connection-unanswered" in codes(*OPENED, (2, AARQ))
    assert "new-connection-unanswered" not in codes((1, AARQ))


def test_two_replies_in_one_datagram_are_named_and_in_one_read_of_a_stream_are_not():
    """Only a link with datagrams has bounds that mean something."""
    twice = (*OPENED, (1, GET), (1, GET), (-1, GOT + GOT))
    assert "datagram-of-two-pdus" in codes(*twice, f5=(3, 3), f6=(3, 3), f7=(3, 3))
    assert "datagram-of-two-pdus" not in codes(*twice)


def test_a_pdu_in_two_datagrams_that_is_served_is_named():
    """The two have nothing to do with one another."""
    assert "pdu-in-two-datagrams-served" in codes(*OPENED, (1, GET), (-1, GOT), f5=(3, 4), f6=(3, 3))
    assert "pdu-in-two-datagrams-served" not in codes(*OPENED, (1, GET), (-1, GOT), f5=(3, 3), f6=(3, 3))
    assert "pdu-in-two-datagrams-served" not in codes(*OPENED, (1, GET), f5=(3, 4))
