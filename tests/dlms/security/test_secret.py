"""Secrets stay secret wherever a report, a log or a failing assertion would show them."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import pytest

from conformance.dlms.security.secret import Secret

pytest_plugins = ["pytester"]

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


@dataclasses.dataclass(frozen=True)
class Holder:
    name: str
    key: Secret


def test_the_octets_are_given_to_whoever_asks_for_them():
    assert Secret(KEY).reveal() == KEY
    assert Secret(KEY).size == 16


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(KEY)),
        str(Secret(KEY)),
        f"{Secret(KEY)}",
        f"{Secret(KEY)!r}",
        "%s" % Secret(KEY),  # noqa: UP031
        ascii(Secret(KEY)),
    ],
)
def test_every_way_of_showing_gives_the_fingerprint_only(shown):
    assert shown == f"<secret sha256:{Secret(KEY).fingerprint}>"


def test_the_fingerprint_is_the_beginning_of_sha_256():
    assert Secret(b"").fingerprint == "e3b0c442"
    assert Secret(b"abc").fingerprint == "ba7816bf"


def test_a_format_width_pads_the_mask_and_uncovers_nothing():
    assert f"{Secret(b''):>30}" == "<secret sha256:e3b0c442>".rjust(30)


def test_a_dataclass_a_log_line_and_a_traceback_show_the_mask(caplog):
    holder = Holder("global", Secret(b"password"))
    with caplog.at_level(logging.INFO):
        logging.getLogger(__name__).info("using %s", holder)
    try:
        raise ValueError(holder)
    except ValueError as error:
        trace = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    for text in (caplog.text, trace, repr([holder]), repr(dataclasses.asdict(holder))):
        assert "b'password'" not in text
        assert "<secret sha256:5e884898>" in text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_not_pickled(protocol):
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Holder("global", Secret(KEY)), protocol)


def test_a_secret_is_not_written_as_json():
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(KEY)})


def test_a_secret_is_no_octets_by_accident():
    for accident in (bytes, list, len, iter, vars):
        with pytest.raises(TypeError):
            accident(Secret(KEY))
    with pytest.raises(TypeError):
        b"%b" % Secret(KEY)


def test_a_secret_equals_a_secret_of_the_same_octets_and_nothing_else():
    assert Secret(KEY) == Secret(bytearray(KEY))
    assert Secret(KEY) != Secret(KEY[:-1])
    assert Secret(KEY) != KEY
    assert KEY != Secret(KEY)  # noqa: SIM300 - the reflected comparison
    assert Secret(KEY) != repr(Secret(KEY))
    assert len({Secret(KEY), Secret(KEY), Secret(b"")}) == 2


def test_an_empty_password_is_still_a_declared_one():
    assert bool(Secret(b""))


def test_a_secret_cannot_be_changed_but_copied():
    secret = Secret(KEY)
    with pytest.raises(AttributeError):
        secret._octets = b"other"
    with pytest.raises(AttributeError):
        del secret._octets
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_a_failing_assertion_shows_no_secret(pytester):
    # The keys are computed, so that the source lines in the traceback do not hold them either.
    pytester.makepyfile(
        """
        import dataclasses
        from conformance.dlms.security.secret import Secret

        @dataclasses.dataclass
        class Holder:
            key: Secret

        LEFT, RIGHT = Secret(b"".join((b"left", b"-key"))), Secret(b"".join((b"right", b"-key")))

        def test_plain():
            assert LEFT == RIGHT

        def test_mixed():
            assert LEFT == "other"

        def test_in_a_dataclass():
            assert Holder(LEFT) == Holder(RIGHT)

        def test_in_containers():
            assert {"a": [LEFT]} == {"a": [RIGHT]}

        def test_membership():
            assert LEFT in [RIGHT]

        def test_local():
            secret = LEFT
            assert not secret
        """
    )
    result = pytester.runpytest_inprocess("-vv", "--showlocals", "-p", "no:cacheprovider", "--assert=rewrite")
    result.assert_outcomes(failed=6)
    output = result.stdout.str()
    assert "<secret sha256:" in output
    for octets in (b"left-key", b"right-key"):
        assert octets.decode() not in output
        assert octets.hex() not in output.lower()
