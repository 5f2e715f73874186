"""What passes as a protected reply, as a refusal of a used counter, and as a refused release."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance, Protection
from conformance.dlms.acse.release import Rlre
from conformance.dlms.security.ciphered import GeneralGlobal, ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.tester.accepted_data_exchange import (
    REFUSED,
    protection_mismatch,
    release_refused,
    reply_form,
    stale_counter_refused,
    under_global_key,
)
from conformance.tester.expectation import Expectation, Situation
from conformance.tester.reaction import Protected, Reaction, Reply, Silence

SETTINGS = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml").association("management")
TITLE = bytes.fromhex("5844430000000001")
STRICT, TOLERANT = Acceptance.STRICT, Acceptance.TOLERANT
BOTH = SecurityControl.from_octet(0x30)
GLO = ServiceCiphered(0xCC, BOTH, 1, bytes(20)).encode()
GENERAL = GeneralGlobal(TITLE, BOTH, 1, bytes(20)).encode()


def exception(service: int, counter: int | None = None) -> Reply:
    value = ExceptionResponse(1, service, counter)
    return Reply(0, value.encode(), value.encode(), value)


def passes(expectation: Expectation, reaction: Reaction, profile: Acceptance) -> bool:
    return expectation.judge(reaction, Situation(SETTINGS, profile)).passed


@pytest.mark.parametrize("profile", [STRICT, TOLERANT])
def test_the_counter_that_the_meter_expects_is_the_one_after_the_last(profile: Acceptance) -> None:
    assert passes(stale_counter_refused(41), exception(6, 42), profile)
    assert not passes(stale_counter_refused(41), exception(6, 40), profile)
    assert not passes(stale_counter_refused(41), exception(6, 43), profile)


def test_meters_that_tell_the_counter_accepted_last_are_tolerated() -> None:
    assert passes(stale_counter_refused(41), exception(6, 41), TOLERANT)
    assert not passes(stale_counter_refused(41), exception(6, 41), STRICT)


def test_any_counter_may_be_told_where_the_tester_knows_of_none() -> None:
    assert passes(stale_counter_refused(None), exception(6, 3), STRICT)


@pytest.mark.parametrize("expectation", [REFUSED, stale_counter_refused(41), release_refused()])
def test_an_exception_refuses_and_silence_is_tolerated(expectation: Expectation) -> None:
    assert passes(expectation, exception(5), STRICT)
    assert passes(expectation, Silence(5.0), TOLERANT)
    assert not passes(expectation, Silence(5.0), STRICT)


def test_an_rlre_refuses_only_when_it_says_so() -> None:
    for reason, refuses in ((0, False), (None, False), (1, True)):
        value = Rlre(reason)
        reply = Reply(0, value.encode(), value.encode(), value)
        assert passes(release_refused(), reply, STRICT) is refuses


@pytest.mark.parametrize(
    ("octets", "control", "title", "path"),
    [
        (GLO, 0x10, None, "security-control"),
        (GLO, 0x20, None, "security-control"),
        (GLO, 0x31, None, "security-control"),
        (GLO, 0x70, None, "security-control"),
        (GENERAL, 0xB0, TITLE, "security-control"),
        (GENERAL, 0x30, bytes(8), "system-title"),
    ],
)
def test_less_protection_another_suite_and_another_name_are_told_with_the_field(
    octets: bytes, control: int, title: bytes | None, path: str
) -> None:
    given = Protected(octets[0], SecurityControl.from_octet(control), 1, title, dedicated=False, error=None)
    mismatch = protection_mismatch(octets, given, BOTH, TITLE)
    assert mismatch is not None
    assert mismatch.path.endswith(path)


@pytest.mark.parametrize(("octets", "title"), [(GLO, None), (GENERAL, TITLE), (GENERAL, b"")])
def test_more_protection_and_an_empty_title_are_no_fault(octets: bytes, title: bytes | None) -> None:
    given = Protected(octets[0], BOTH, 1, title, dedicated=False, error=None)
    assert protection_mismatch(octets, given, SecurityControl.from_octet(0x10), TITLE) is None


def test_the_form_of_a_reply_follows_the_declared_key() -> None:
    assert reply_form(SETTINGS, Protection.DED) is Protection.DED
    assert reply_form(replace(SETTINGS, reply_key="global"), Protection.GENERAL_DED) is Protection.GENERAL_GLO
    assert reply_form(replace(SETTINGS, reply_key="dedicated"), Protection.GLO) is Protection.DED
    assert (
        reply_form(replace(SETTINGS, reply_key="dedicated"), Protection.GENERAL_SIGNING) is Protection.GENERAL_SIGNING
    )


def test_under_the_global_key_a_form_stays_as_general_as_it_was() -> None:
    assert under_global_key(Protection.DED) is Protection.GLO
    assert under_global_key(Protection.GENERAL_DED) is Protection.GENERAL_GLO
    assert under_global_key(Protection.GENERAL_CIPHERING) is Protection.GENERAL_CIPHERING
