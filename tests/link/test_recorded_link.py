"""A link to a record: what was sent then gets what came then, at its time; anything else is named, and gets nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.link.clock import VirtualClock
from conformance.link.link import LineFault, LinkClosed
from conformance.link.recorded_link import (
    DAMAGED,
    MASKED,
    OTHER_OCTETS,
    UNANSWERED,
    Divergence,
    RecordedLink,
    RecordedListener,
    Recording,
)
from conformance.link.url import parse_url
from conformance.record.frames import Frame

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def frame(n, direction, octets, t=0.0, **particulars):
    given = {"connection": 1, "layer": "octets", "began": t} | particulars
    return Frame(n=n, t=t, utc=_MOMENT, dir=direction, hex=octets.hex().upper(), **given)


def playing(*frames, **options) -> tuple[Recording, RecordedLink]:
    recording = Recording(frames, VirtualClock(), **options)
    link = RecordedLink(recording)
    link.open()
    return recording, link


def test_what_was_sent_then_gets_what_came_then_at_its_time():
    """Also where a frame is handed over in segments."""
    recording, link = playing(frame(1, "C>S", b"abcd", 1.0), frame(2, "S>C", b"xyz", 3.0))
    link.send(b"ab")
    link.send(b"cd")
    assert link.clock.now() == 1.0
    assert link.receive(2.0) == b""
    assert link.clock.now() == 2.0
    assert link.receive(9.0) == b"xyz"
    assert link.clock.now() == 3.0
    assert recording.unplayed() is None
    assert recording.end() is None


def test_the_first_other_octet_is_named_and_nothing_is_answered_any_more():
    """Nobody knows what a meter would have said to it."""
    recording, link = playing(frame(7, "C>S", b"abcd"), frame(8, "S>C", b"xyz"))
    with pytest.raises(Divergence, match=r"frame 7 has 6364 from octet 2 on, 6564 is sent") as left:
        link.send(b"abed")
    assert left.value.kind == OTHER_OCTETS
    with pytest.raises(Divergence, match="frame 7"):
        link.receive(9.0)
    assert recording.end() is left.value


def test_sending_where_the_meter_spoke_or_the_log_ends_is_no_replay():
    """As when the code of a case has become another one."""
    _, link = playing(frame(1, "S>C", b"xyz"))
    with pytest.raises(Divergence, match="where frame 1 came, 61 is sent"):
        link.send(b"a")
    _, link = playing()
    with pytest.raises(Divergence, match="where the log of the subtest ends"):
        link.send(b"a")


def test_masked_octets_of_a_request_may_be_any():
    """A password that was sent is in no log; beside it, every octet counts."""
    _, link = playing(frame(1, "C>S", b"a**d", redacted=((1, 3),)))
    link.send(b"aSSd")
    _, link = playing(frame(1, "C>S", b"a**d", redacted=((1, 3),)))
    with pytest.raises(Divergence, match="from octet 3 on"):
        link.send(b"aSSe")


def test_one_masked_octet_of_a_reply_is_told_by_the_check_sequence():
    """A secret of one octet is masked wherever its length precedes it."""
    sound = bytes.fromhex("7EA00703035380D77E")
    masked = bytearray(sound)
    masked[4] = 0x2A
    _, link = playing(frame(1, "S>C", bytes(masked), layer="hdlc", redacted=((4, 5),)))
    assert link.receive(1.0) == sound


def test_a_masked_secret_is_put_back_where_it_is_known_and_fits():
    """A secret that does not fit is not guessed at."""
    particulars = {"layer": "wrapper", "redacted": ((1, 4),)}
    _, link = playing(frame(1, "S>C", b"a***", **particulars), secrets=lambda octets: [b"key"] if octets == 3 else [])
    assert link.receive(1.0) == b"akey"
    _, link = playing(frame(1, "S>C", b"a***", **particulars))
    with pytest.raises(Divergence) as left:
        link.receive(1.0)
    assert left.value.kind == MASKED
    _, link = playing(frame(1, "S>C", b"a***", **particulars), secrets=lambda _: [b"key", b"yek"])
    with pytest.raises(Divergence):
        link.receive(1.0)


def test_pauses_within_a_frame_come_again():
    """The longest one, and the time from the first octet to the last."""
    _, link = playing(frame(1, "S>C", b"abcdef", 1.0, began=0.0, longest_gap_s=0.4))
    came = []
    while link.clock.now() < 1.0:
        came.append((link.receive(5.0), link.clock.now()))
    assert b"".join(octets for octets, _ in came) == b"abcdef"
    assert [round(at, 6) for _, at in came] == [0.0, 0.4, 0.8, 1.0]


@pytest.mark.parametrize(("who", "kind"), [("server", LinkClosed), ("line", LineFault)])
def test_a_connection_that_was_closed_is_closed_again(who, kind):
    """What was put on the line behind that has never left; another connection goes on."""
    recording, link = playing(
        frame(1, "C>S", b"a", 1.0, ended_by=who),
        frame(2, "C>S", b"never left", 1.0),
        frame(3, "C>S", b"b", 2.0, connection=2),
        closed="as then",
    )
    link.send(b"a")
    with pytest.raises(kind, match="as then"):
        link.receive(5.0)
    link.open()
    link.send(b"b")
    assert recording.unplayed() is None


def test_a_push_comes_to_its_listener_only():
    """And what is answered is held against what was answered."""
    url = parse_url("tcp://192.0.2.1:4059")
    frames = (
        frame(1, "S>C", b"pushed", 2.0, connection=None, note="pushed to tcp://192.0.2.1:4059"),
        frame(2, "C>S", b"confirmed", 2.0, connection=None),
    )
    recording, link = playing(*frames)
    listener = RecordedListener(recording, url)
    other = RecordedListener(recording, parse_url("tcp://192.0.2.1:4060"))
    assert link.receive(1.0) == b""
    assert other.receive(2.5) is None
    assert listener.receive(2.5).octets == b"pushed"
    with pytest.raises(Divergence):
        listener.answer(0, b"refused")


def test_waiting_for_ever_and_times_that_are_none_end_the_replay():
    """A log may hold anything."""
    _, link = playing()
    with pytest.raises(Divergence) as left:
        link.receive(float("inf"))
    assert left.value.kind == UNANSWERED
    _, link = playing(frame(1, "S>C", b"a", float("nan")))
    with pytest.raises(Divergence) as left:
        link.receive(1.0)
    assert left.value.kind == DAMAGED
