"""Link URLs, and what is said about those that are none."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.link.line_model import LineModel
from conformance.link.url import SCHEMES, LinkUrl, LinkUrlError, SerialSettings, parse_url, unreachable


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("loopback:", LinkUrl("loopback")),
        ("tcp://192.0.2.1:4059", LinkUrl("tcp", "192.0.2.1", 4059)),
        ("tcp://meter.example:4059/", LinkUrl("tcp", "meter.example", 4059)),
        ("tcp://[2001:db8::1]:4059", LinkUrl("tcp", "2001:db8::1", 4059)),
        ("udp://192.0.2.1:4059", LinkUrl("udp", "192.0.2.1", 4059)),
        ("loopback:?transport=udp", LinkUrl("loopback", transport="udp")),
        ("serial:/dev/ttyUSB0", LinkUrl("serial", path="/dev/ttyUSB0", serial=SerialSettings(baud=9600))),
        ("serial:COM3?baud=19200", LinkUrl("serial", path="COM3", serial=SerialSettings(baud=19200))),
        (
            "serial:/dev/ttyUSB0?baud=2400&parity=even&stop_bits=2&echo=true",
            LinkUrl("serial", path="/dev/ttyUSB0", serial=SerialSettings(2400, 8, "even", 2, True)),
        ),
        (
            "serial:/dev/ttyUSB0?opening=mode-e",
            LinkUrl("serial", path="/dev/ttyUSB0", serial=SerialSettings(opening="mode-e")),
        ),
        (
            "rfc2217://192.0.2.1:4001?baud=4800&ign_set_control=true",
            LinkUrl("rfc2217", "192.0.2.1", 4001, serial=SerialSettings(baud=4800, ign_set_control=True)),
        ),
        ("socket://192.0.2.1:4001?echo=true", LinkUrl("socket", "192.0.2.1", 4001, serial=SerialSettings(echo=True))),
        ("pty:?baud=9600", LinkUrl("pty", model=LineModel(baud=9600))),
        (
            "loopback:?baud=9600&turnaround_ms=20&octet_loss=0.01&bit_errors=0.001&duplicates=0.5&noise=1e-05&seed=7",
            LinkUrl("loopback", model=LineModel(9600, 0.02, 0.01, 0.001, 0.5, 1e-05, 7)),
        ),
    ],
)
def test_url_is_read_and_written_again(text: str, url: LinkUrl) -> None:
    assert parse_url(text) == url
    assert str(url) == text.removesuffix("/")


def test_defaults_may_be_written_out() -> None:
    plain = parse_url("serial:/dev/ttyUSB0")

    assert parse_url("serial:/dev/ttyUSB0?baud=9600&data_bits=8&parity=none&stop_bits=1&echo=false") == plain
    assert parse_url("serial:///dev/ttyUSB0") == plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected one of loopback:, tcp://HOST:PORT, udp://HOST:PORT, serial:PORT"),
        ("192.0.2.1:4059", "unknown scheme '192.0.2.1'"),
        ("/dev/ttyUSB0", "no scheme; expected one of"),
        ("tcp://192.0.2.1", "host and port are needed"),
        ("tcp://:4059", "host and port are needed"),
        ("udp:192.0.2.1:4059", "host and port are needed, as in udp://"),
        ("tcp://192.0.2.1:70000", "expected tcp://HOST:PORT"),
        ("tcp://192.0.2.1:port", "expected tcp://HOST:PORT"),
        ("tcp://192.0.2.1:4059/meter", "nothing but options may stand beside host and port"),
        ("tcp://192.0.2.1:4059?baud=9600", "tcp:// takes no options"),
        ("udp://192.0.2.1:4059?", "udp:// takes no options"),
        ("loopback:meter", "stands alone"),
        ("loopback:?transport=tcp", "expected transport=udp"),
        ("loopback:?transport=udp&baud=9600", "leave out what models a line"),
        ("loopback:?bit_error=0.1", "unknown option 'bit_error'; did you mean bit_errors?"),
        ("loopback:?noise=2", "noise='2' cannot be; expected noise=0.01"),
        ("loopback:?parity=even", "unknown option 'parity'; loopback: takes baud, turnaround_ms"),
        ("serial:", "the name of a port follows serial: as in serial:/dev/ttyUSB0 or serial:COM3"),
        ("serial://host/dev", "the name of a port follows serial:"),
        ("serial:COM3?baude=9600", "unknown option 'baude'; did you mean baud?"),
        ("serial:COM3?baud=fast", "baud='fast' cannot be; expected baud=9600"),
        ("serial:COM3?baud=0", "baud='0' cannot be"),
        ("serial:COM3?baud", "baud='' cannot be"),
        ("serial:COM3?baud=9600&baud=9600", "option baud stands twice"),
        ("serial:COM3?parity=E", "parity='E' cannot be; expected parity=none, even or odd"),
        ("serial:COM3?data_bits=7", "the 7E1 of IEC 62056-21 is opening=mode-e"),
        ("serial:COM3?stop_bits=3", "expected stop_bits=1 or 2"),
        ("serial:COM3?echo=yes", "expected echo=true or false"),
        ("serial:COM3?opening=mode-c", "expected opening=mode-e"),
        ("serial:COM3?opening=mode-e&parity=even", "after an opening in mode E the line is 8N1"),
        ("serial:COM3?ign_set_control=true", "unknown option 'ign_set_control'"),
        ("socket://192.0.2.1:4001?parity=even", "unknown option 'parity'; socket: takes baud, echo"),
        ("socket://192.0.2.1:4001?opening=mode-e", "unknown option 'opening'"),
        ("serial:COM3?" + "x" * 500, "…"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, words: str) -> None:
    with pytest.raises(LinkUrlError) as caught:
        parse_url(text)

    assert words in str(caught.value)


@given(
    st.text(max_size=40)
    | st.builds("{}:{}".format, st.sampled_from(SCHEMES), st.text(max_size=30))
    | st.builds("{}://{}".format, st.sampled_from(SCHEMES), st.text(max_size=30))
    | st.builds("serial:COM1?{}={}".format, st.sampled_from(["baud", "echo", "parity"]), st.text(max_size=10))
)
def test_any_text_is_a_url_or_a_clear_error(text: str) -> None:
    try:
        url = parse_url(text)
    except LinkUrlError:
        return
    assert parse_url(str(url)) == url


def test_whatever_is_spoken_to_it_a_port_is_one_line() -> None:
    lines = {parse_url(f"{scheme}://Gateway.example:4001").line for scheme in ("tcp", "rfc2217", "socket")}

    assert lines == {"tcp://gateway.example:4001"}
    assert parse_url("udp://gateway.example:4001").line == "udp://gateway.example:4001"
    assert parse_url("serial:com3?baud=300").line == parse_url("serial:COM3").line == "serial:COM3"
    assert parse_url("loopback:?baud=9600").line is None


@pytest.mark.skipif(sys.platform == "win32", reason="aliases of serial ports are symbolic links of POSIX systems")
def test_an_alias_of_a_serial_port_is_the_same_line(tmp_path) -> None:
    port, alias = tmp_path / "ttyUSB0", tmp_path / "by-id"
    port.touch()
    os.symlink(port, alias)

    assert parse_url(f"serial:{alias}").line == parse_url(f"serial:{port}").line


def test_datagrams_are_told_from_streams() -> None:
    assert parse_url("udp://192.0.2.1:4059").datagrams
    assert parse_url("loopback:?transport=udp").datagrams
    assert not parse_url("loopback:?baud=9600").datagrams
    assert not parse_url("tcp://192.0.2.1:4059").datagrams


@pytest.mark.parametrize("text", ["udp://192.0.2.1:4059", "loopback:?transport=udp"])
def test_hdlc_does_not_go_in_datagrams(text: str) -> None:
    assert "HDLC is a stream" in str(unreachable(parse_url(text), "hdlc"))
    assert unreachable(parse_url(text), "wrapper") is None
