"""Secrets come from where the device config says, and appear in no message."""

from __future__ import annotations

import sys

import pytest

from conformance.device.problems import Problem
from tests.device.conftest import ASSOCIATION, CIPHERED, KEYS, METER, Bench

GUEK = bytes.fromhex(KEYS["GUEK"])
PASSWORD = METER + ASSOCIATION.replace('"none"', '"lls"\nsecret = SOURCE')


def _with_key(source: str) -> str:
    return METER + CIPHERED.replace('{ env = "GUEK" }', source)


def _key(bench: Bench, source: str, **options: object) -> bytes:
    secret = bench.load(_with_key(source), **options).associations[0].encryption_key
    assert secret is not None
    return secret.reveal()


def _told(problem: Problem, *secrets: str) -> str:
    text = str(problem)
    assert not any(secret in text for secret in secrets)
    return text


def test_a_key_comes_from_the_environment_a_file_or_a_command(bench: Bench) -> None:
    (bench.directory / "guek.hex").write_text(KEYS["GUEK"] + "\r\n")
    command = [sys.executable, "-c", f"print('{KEYS['GUEK']}')"]

    assert _key(bench, '{ env = "GUEK" }') == GUEK
    assert _key(bench, '{ file = "guek.hex" }') == GUEK
    assert _key(bench, f"{{ command = {command!r} }}") == GUEK


def test_a_password_is_text_unless_told_otherwise(bench: Bench) -> None:
    text = bench.load(PASSWORD.replace("SOURCE", '{ env = "P" }'), environ={"P": "12345678"}).associations[0].secret
    octets = (
        bench.load(PASSWORD.replace("SOURCE", '{ env = "P", encoding = "hex" }'), environ={"P": "12345678"})
        .associations[0]
        .secret
    )

    assert text is not None
    assert text.reveal() == b"12345678"
    assert octets is not None
    assert octets.reveal() == bytes.fromhex("12345678")


def test_a_missing_variable_is_named(bench: Bench) -> None:
    problem = bench.problem(METER + CIPHERED, environ={"GUEK": KEYS["GUEK"], "GAKK": KEYS["GAK"]})

    assert "GAK is not set (there is GAKK)" in _told(problem, *KEYS.values())
    assert problem.where == "association[management].authentication_key.env"


def test_a_missing_file_is_named(bench: Bench) -> None:
    problem = bench.problem(_with_key('{ file = "nowhere.hex" }'))

    assert "nowhere.hex" in problem.message


def test_a_key_of_the_wrong_length_is_told_without_the_key(bench: Bench) -> None:
    problem = bench.problem(METER + CIPHERED, environ={**KEYS, "GUEK": "A1B2C3D4"})

    assert "must be 16 octets" in _told(problem, "A1B2C3D4")
    assert "it has 4" in problem.message


def test_a_key_that_is_no_hexadecimal_is_told_without_the_key(bench: Bench) -> None:
    problem = bench.problem(METER + CIPHERED, environ={**KEYS, "GUEK": "hunter2hunter2"})

    assert "hexadecimal" in _told(problem, "hunter2")


def test_an_empty_password_is_refused(bench: Bench) -> None:
    assert "is empty" in bench.problem(PASSWORD.replace("SOURCE", '{ env = "P" }'), environ={"P": ""}).message


def test_a_command_that_fails_cannot_be_started_or_never_ends_is_told(bench: Bench) -> None:
    fails = [sys.executable, "-c", "import sys; print('s3cret-value'); sys.exit(3)"]
    hangs = [sys.executable, "-c", "import sys; sys.stdin = None; import threading; threading.Event().wait()"]
    endless = [sys.executable, "-c", "while True: print('s3cret-value' * 99)"]

    failed = bench.problem(_with_key(f"{{ command = {fails!r} }}"))
    assert "exit status 3" in _told(failed, "s3cret-value")
    assert "cannot be started" in bench.problem(_with_key('{ command = ["no-such-program-here"] }')).message
    assert "within 0.2 s" in bench.problem(_with_key(f"{{ command = {hangs!r} }}"), command_timeout_s=0.2).message
    bench.problem(_with_key(f"{{ command = {endless!r} }}"))


def test_a_command_runs_once_however_many_keys_name_it(bench: Bench) -> None:
    log = bench.directory / "log"
    command = [sys.executable, "-c", f"open({str(log)!r}, 'a').write('x'); print('{KEYS['GUEK']}')"]
    source = f"{{ command = {command!r} }}"
    bench.load(_with_key(source).replace('{ env = "GAK" }', source))

    assert log.read_text() == "x"


def test_a_key_in_the_file_is_refused_for_a_real_meter(bench: Bench) -> None:
    problem = bench.problem(_with_key(f'{{ hex = "{KEYS["GUEK"]}" }}'))

    assert "published_keys" in _told(problem, KEYS["GUEK"])


def test_a_key_in_the_file_is_taken_when_it_is_public_for_a_reason(bench: Bench) -> None:
    text = 'published_keys = "test keys of the manual"\n' + _with_key(f'{{ hex = "{KEYS["GUEK"]}" }}')

    assert bench.load(text).associations[0].encryption_key is not None


@pytest.mark.parametrize(
    "written",
    [
        'encryption_key = "AABBCCDDEEFF00112233445566778899"',
        'encryption_key = { hexx = "AABBCCDDEEFF00112233445566778899" }',
        'encryption_key = { env = "GUEK", hex = "AABBCCDDEEFF00112233445566778899" }',
        'encryption_key = ["AABBCCDDEEFF00112233445566778899"]',
        'encryption_kye = "AABBCCDDEEFF00112233445566778899"',
        'dedicated_key = "AABBCCDDEEFF00112233445566778899"',
        'secret = "AABBCCDDEEFF00112233445566778899"',
        'secret = { text = 5, hex = "AABBCCDDEEFF00112233445566778899" }',
        'invocation_counter = { start = { hex = "AABBCCDDEEFF00112233445566778899" } }',
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated_in_the_message(bench: Bench, written: str) -> None:
    line = 'encryption_key = { env = "GUEK" }'
    replaced = line if "encryption_k" not in written else ""
    problems = bench.problems(METER + CIPHERED.replace(line, f"{replaced}\n{written}"))

    for problem in problems:
        _told(problem, "AABBCCDD")


def test_a_reference_names_exactly_one_source(bench: Bench) -> None:
    assert "names 2" in bench.problem(_with_key('{ env = "GUEK", file = "x" }')).message
    assert "names none" in bench.problem(_with_key("{ }")).message


def test_stand_ins_make_a_config_loadable_without_its_secrets(bench: Bench) -> None:
    device = bench.load(METER + CIPHERED, environ={}, secrets="placeholder")
    key = device.associations[0].encryption_key

    assert device.placeholders
    assert key is not None
    assert len(key.reveal()) == 16
    assert key != device.associations[0].authentication_key


def test_a_config_without_references_has_no_stand_ins(bench: Bench) -> None:
    assert not bench.load(METER + ASSOCIATION, environ={}, secrets="placeholder").placeholders


def test_a_loaded_device_shows_no_secret(bench: Bench) -> None:
    assert KEYS["GUEK"].lower() not in repr(bench.load(METER + CIPHERED)).lower()


def test_every_secret_of_a_device_is_listed_for_redaction(bench: Bench) -> None:
    names = [name for name, _ in bench.load(METER + CIPHERED).secrets()]

    assert names == ["management.encryption_key", "management.authentication_key"]
