"""Mechanism 2: computations that manufacturers register by name."""

import hashlib
import hmac
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from conformance.dlms.errors import CipherError, EncodeError
from conformance.dlms.security import manufacturer
from conformance.dlms.security.manufacturer import AesChallenge, Exchange, UnknownMechanismError, WorkedExample, find
from conformance.dlms.security.mechanisms import reply_to_challenge, verify_reply

NOTHING = {"encryption_key": b"", "authentication_key": b"", "own_title": b"", "peer_title": b""}


class Reversed:
    """f(challenge) = SHA-1(challenge backwards ‖ secret)."""

    def reply(self, exchange):
        return hashlib.sha1(exchange.challenge[::-1] + exchange.secret).digest()

    def accepts(self, exchange, reply):
        return hmac.compare_digest(self.reply(exchange), reply)


def install(monkeypatch, *entries):
    found = EntryPoints(EntryPoint(name, value, manufacturer.ENTRY_POINTS) for name, value in entries)
    monkeypatch.setattr(manufacturer, "entry_points", lambda group: found.select(group=group))


def test_a_mechanism_given_by_name_answers_and_checks():
    mechanisms = {"acme": Reversed()}
    reply = reply_to_challenge(
        "acme",
        challenge=b"12345678",
        own_challenge=b"abcdefgh",
        secret=b"s",
        invocation_counter=0,
        manufacturers=mechanisms,
        **NOTHING,
    )
    assert reply == hashlib.sha1(b"87654321s").digest()
    arguments = {"challenge": b"12345678", "peer_challenge": b"abcdefgh", "secret": b"s", **NOTHING}
    verify_reply("acme", reply, manufacturers=mechanisms, **arguments)
    with pytest.raises(CipherError):
        verify_reply("acme", reply[::-1], manufacturers=mechanisms, **arguments)


def test_an_installed_package_adds_a_mechanism_by_an_entry_point(monkeypatch):
    install(monkeypatch, ("acme", f"{WorkedExample.__module__}:AesChallenge"))
    assert isinstance(find("acme"), AesChallenge)


def test_an_installed_package_cannot_replace_a_built_in_mechanism(monkeypatch):
    install(monkeypatch, ("worked-example", f"{WorkedExample.__module__}:AesChallenge"))
    assert isinstance(find("worked-example"), WorkedExample)


def test_an_unknown_name_gets_the_nearest_one_and_the_way_to_add_it(monkeypatch):
    install(monkeypatch, ("acme-hls", "acme:Mechanism"))
    with pytest.raises(UnknownMechanismError) as caught:
        find("acme_hls")
    message = str(caught.value)
    assert "did you mean 'acme-hls'?" in message
    assert "acme-hls, aes-ecb, worked-example" in message
    assert manufacturer.ENTRY_POINTS in message


def test_the_worked_example_answers_differently_in_each_direction():
    client = Exchange(b"12345678", b"12345678", b"secret", b"CLIENT01", b"METER001")
    meter = Exchange(b"12345678", b"12345678", b"secret", b"METER001", b"CLIENT01")
    example = WorkedExample()
    assert example.reply(client) == hmac.digest(b"secret", b"CLIENT0112345678", "sha256")
    assert example.accepts(client, example.reply(client))
    assert not example.accepts(client, example.reply(meter))


def test_aes_ecb_encrypts_the_challenge_under_the_secret():
    # FIPS 197, appendix B
    exchange = Exchange(
        bytes.fromhex("3243F6A8885A308D313198A2E0370734"), b"", bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    )
    answer = bytes.fromhex("3925841D02DC09FBDC118597196A0B32")
    assert AesChallenge().reply(exchange) == answer
    assert AesChallenge().accepts(exchange, answer)
    assert not AesChallenge().accepts(exchange, answer[:-1])


@pytest.mark.parametrize(("challenge", "secret"), [(8, 16), (0, 16), (17, 16), (16, 8)])
def test_aes_ecb_says_which_lengths_it_wants(challenge, secret):
    with pytest.raises(EncodeError, match="16"):
        AesChallenge().reply(Exchange(bytes(challenge), b"", bytes(secret)))


def test_an_exchange_shows_no_secret_and_no_key():
    shown = repr(Exchange(b"c", b"o", b"the-secret", b"", b"", b"the-ek", b"the-ak"))
    assert "the-" not in shown
