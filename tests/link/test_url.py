"""Link URLs, and what is said about those that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.link.url import LinkUrl, LinkUrlError, parse_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("loopback:", LinkUrl("loopback")),
        ("tcp://192.0.2.1:4059", LinkUrl("tcp", "192.0.2.1", 4059)),
        ("tcp://meter.example:4059/", LinkUrl("tcp", "meter.example", 4059)),
        ("tcp://[2001:db8::1]:4059", LinkUrl("tcp", "2001:db8::1", 4059)),
    ],
)
def test_url_is_read_and_written_again(text: str, url: LinkUrl) -> None:
    assert parse_url(text) == url
    assert str(url) == text.removesuffix("/")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected loopback: or tcp://HOST:PORT"),
        ("192.0.2.1:4059", "expected loopback: or tcp://HOST:PORT"),
        ("serial:/dev/ttyUSB0", "unknown scheme 'serial'"),
        ("tcp://192.0.2.1", "host and port are needed"),
        ("tcp://:4059", "host and port are needed"),
        ("tcp://192.0.2.1:70000", "expected tcp://HOST:PORT"),
        ("tcp://192.0.2.1:port", "expected tcp://HOST:PORT"),
        ("tcp://192.0.2.1:4059/meter", "nothing may follow the port"),
        ("loopback:meter", "stands alone"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(text: str, words: str) -> None:
    with pytest.raises(LinkUrlError) as caught:
        parse_url(text)

    assert words in str(caught.value)


@given(st.text(max_size=40) | st.text(max_size=30).map("tcp://{}".format))
def test_any_text_is_a_url_or_a_clear_error(text: str) -> None:
    try:
        url = parse_url(text)
    except LinkUrlError:
        return
    assert parse_url(str(url)) == url
