"""How exactly a link tells when octets passed: from its URL alone."""

import pytest

from conformance.link.pace import baud_of, pace_of
from conformance.link.url import parse_url


@pytest.mark.parametrize(
    ("url", "baud", "character_ms"),
    [
        ("loopback:", None, None),
        ("loopback:?baud=9600", 9600, 10 / 9.6),
        ("tcp://192.0.2.1:4059", None, None),
        ("serial:/dev/ttyUSB0?baud=19200", 19200, 10 / 19.2),
        ("serial:/dev/ttyUSB0?baud=300&parity=even&stop_bits=2", 300, 12 / 0.3),
        ("rfc2217://192.0.2.1:2217?baud=4800", 4800, 10 / 4.8),
    ],
)
def test_a_character_takes_its_bits_at_the_baud_rate(url, baud, character_ms):
    parsed = parse_url(url)
    character_s = pace_of(parsed).character_s
    assert baud_of(parsed) == baud
    assert character_s == (None if character_ms is None else pytest.approx(character_ms / 1000))


def test_the_rate_of_an_opening_in_mode_e_is_not_known_before_the_meter_has_named_it():
    url = parse_url("serial:/dev/ttyUSB0?opening=mode-e&baud=19200")
    assert pace_of(url).character_s is None
    assert pace_of(url, 4800).character_s == pytest.approx(10 / 4800)


def test_pauses_are_not_seen_through_a_network():
    urls = ("tcp://192.0.2.1:1", "udp://192.0.2.1:1", "rfc2217://192.0.2.1:1?baud=9600", "socket://192.0.2.1:1")
    assert not any(pace_of(parse_url(url)).sees_pauses for url in urls)
    assert pace_of(parse_url("serial:COM3?baud=9600")).sees_pauses


def test_only_the_loopback_has_virtual_time():
    assert pace_of(parse_url("loopback:")).virtual
    assert not pace_of(parse_url("tcp://127.0.0.1:1")).virtual
