"""Mutants of a message with a password: what nearly is the password is hidden, and nothing else."""

import pytest

from conformance.harness.robustness import near_secrets

PASSWORD = b"12345678"
MESSAGE = bytes.fromhex("6036A109060760857405080101AC0A8008") + PASSWORD + bytes.fromhex("BE10040E01000000")


def test_a_message_that_keeps_its_password_has_nothing_more_to_hide():
    mutant = MESSAGE.replace(b"\xa1", b"\xa2")

    assert not list(near_secrets(mutant, MESSAGE, (PASSWORD,)))


@pytest.mark.parametrize(
    ("mutated", "hidden"),
    [
        (b"12x45678", b"12x45678"),
        (b"1245678", b"\x081245678"),
        (b"123x45678", b"23x45678"),
    ],
)
def test_a_mutated_password_is_hidden(mutated, hidden):
    mutant = MESSAGE.replace(PASSWORD, mutated)

    pieces = set(near_secrets(mutant, MESSAGE, (PASSWORD,)))

    assert hidden in pieces
    assert all(len(piece) == len(PASSWORD) for piece in pieces)


def test_a_secret_that_the_message_does_not_hold_hides_nothing():
    assert not list(near_secrets(MESSAGE, MESSAGE, (b"another password",)))
