"""What the user of `discover` knows of a client: where its secret and keys are, and which user it is. Never a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conformance.commands.problems import UsageProblem
from conformance.dlms.security.secret import Secret
from conformance.tester.discovery.plan import Given, KeyName, Reference

_WHOSE: Final = re.compile(r"(?:(\d{1,5})/)?(\d{1,5})=(.+)", re.ASCII | re.DOTALL)
_MOST_OCTETS: Final = 4096
_LARGEST_USER: Final = 255

Whose = tuple[int | None, int]
"""Server, None for every one, and client."""


def given_of(
    secrets: list[str] | None,
    keys: list[str] | None,
    authentication_keys: list[str] | None,
    users: list[str] | None,
    *,
    security_suite: int,
    environ: Mapping[str, str],
) -> dict[Whose, Given]:
    """What is known of each client.

    Raises:
        UsageProblem: an option that cannot be read, a secret that is not there, or a key of a wrong length.
    """
    made: dict[Whose, tuple[dict[KeyName, Secret], dict[KeyName, Reference]]] = {}
    length = 32 if security_suite == 2 else 16
    named: tuple[tuple[str, KeyName, list[str] | None], ...] = (
        ("--secret", "secret", secrets),
        ("--key", "encryption_key", keys),
        ("--authentication-key", "authentication_key", authentication_keys),
    )
    for option, name, texts in named:
        for text in texts or ():
            whose, where = _whose(option, text, "2=env:NAME or 2=file:PATH")
            reference = _reference(option, where)
            octets = _fetched(option, reference, environ)
            values, references = made.setdefault(whose, ({}, {}))
            values[name] = Secret(octets if name == "secret" else _key(option, octets, length))
            references[name] = reference
    who = {}
    for text in users or ():
        whose, user = _whose("--user", text, "2=1")
        if not user.isascii() or not user.isdecimal() or int(user) > _LARGEST_USER:
            raise UsageProblem(f"discover: --user {text}: a client user is a number from 0 to {_LARGEST_USER}")
        who[whose] = int(user)
    empty: tuple[dict[KeyName, Secret], dict[KeyName, Reference]] = ({}, {})
    return {
        whose: Given(secrets=made.get(whose, empty)[0], references=made.get(whose, empty)[1], user_id=who.get(whose))
        for whose in {**made, **who}
    }


def _whose(option: str, text: str, example: str) -> tuple[Whose, str]:
    match = _WHOSE.fullmatch(text)
    if match is None:
        # The text is not repeated: somebody may have put the secret itself there.
        raise UsageProblem(f"discover: {option}: say whose it is, CLIENT=… or SERVER/CLIENT=…, as in {example}")
    server = None if match[1] is None else int(match[1])
    return (server, int(match[2])), match[3]


def _reference(option: str, where: str) -> Reference:
    source, _, place = where.partition(":")
    if source not in ("env", "file") or not place:
        raise UsageProblem(f"discover: {option}: say where it is, env:NAME or file:PATH; never the secret itself")
    return source, place if source == "env" else str(Path(place).expanduser().resolve())


def _fetched(option: str, reference: Reference, environ: Mapping[str, str]) -> bytes:
    source, place = reference
    if source == "env":
        value = environ.get(place)
        if not value:
            raise UsageProblem(f"discover: {option}: environment variable {place} is not set, or empty")
        return value.encode("utf-8", "surrogateescape")
    try:
        with Path(place).open("rb") as file:
            octets = file.read(_MOST_OCTETS + 1).rstrip(b"\r\n")
    except OSError as error:
        raise UsageProblem(f"discover: {option}: file {place} cannot be read: {error.strerror or error}") from None
    if not octets or len(octets) > _MOST_OCTETS:
        raise UsageProblem(f"discover: {option}: file {place} is empty, or longer than {_MOST_OCTETS} octets")
    return octets


def _key(option: str, digits: bytes, octets: int) -> bytes:
    try:
        key = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        raise UsageProblem(f"discover: {option}: a key is written in hexadecimal digits, two for each octet") from None
    if len(key) != octets:
        raise UsageProblem(
            f"discover: {option}: the key has {len(key)} octets, in this security suite it has {octets}; "
            "see --security-suite"
        )
    return key
