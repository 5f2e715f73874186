"""What protection shows: which key, title and counter an APDU was made with is proven, not guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.diagnose.reasoning.comparison import compare
from conformance.diagnose.reasoning.statement import Evidence
from conformance.dlms.security import gmac_reply
from conformance.dlms.security.ciphered import ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from tests.diagnose.exchanges import (
    AUTHENTICATION,
    CLIENT,
    CTOS,
    DEDICATED,
    ENCRYPTION,
    GET,
    METER,
    RESPONSE,
    SERVER,
    STOC,
    USER,
    aare,
    aarq,
    diagnosed,
    of,
    opened,
    pass_3,
    pass_4,
    request,
)


def answer(challenge: bytes, title: bytes, key: bytes = ENCRYPTION, counter: int = 101) -> bytes:
    return gmac_reply.reply(
        challenge,
        system_title=title,
        invocation_counter=counter,
        encryption_key=key,
        authentication_key=AUTHENTICATION,
    )


def test_a_sound_exchange_shows_no_fault(tmp_path):
    """All tags and both passes verify, and nothing is above info."""
    apdus = [
        *opened(),
        USER.sealed(pass_3(answer(STOC, CLIENT)), 102),
        METER.sealed(pass_4(answer(CTOS, SERVER, counter=501)), 502),
    ]
    found = diagnosed(tmp_path, apdus)
    assert found.healthy
    assert "all 4 of 4" in of(found, "tags-verified")[0].message
    assert [item.frame for item in of(found, "hls-verified")] == [3, 4]
    assert of(found, "no-fault-found")


def test_keys_that_are_swapped_are_told(tmp_path):
    """The client's request opens when encryption and authentication key change places."""
    swapped = replace(USER, key=AUTHENTICATION, authentication_key=ENCRYPTION)
    refused = aare(METER.sealed(RESPONSE, 500), 1, 13)
    found = diagnosed(tmp_path, [aarq(swapped.sealed(request(), 100)), refused])
    (statement,) = of(found, "keys-swapped")
    assert (statement.evidence, statement.severity, statement.frame) == (Evidence.PROVEN, "error", 1)
    assert {change.key for change in statement.changes} == {"encryption_key", "authentication_key"}
    assert of(found, "keys-agree") == of(found, "keys-agree")[:1]


@pytest.mark.parametrize(
    ("hand", "code"),
    [
        (replace(USER, title=SERVER), "titles-swapped"),
        (replace(USER, title=bytes(8)), "nonce-title-other"),
        (replace(USER, key=bytes(range(16))), "key-other"),
        (replace(USER, authentication_key=b""), "key-other"),
        (replace(USER, key=bytes(range(50, 66))), "tag-under-no-known-key"),
    ],
)
def test_what_a_request_was_made_with_is_proven(tmp_path, hand, code):
    """Another title or key that could have been meant is named; one that is not known is told as that."""
    found = diagnosed(tmp_path, [aarq(hand.sealed(request(), 100)), aare(METER.sealed(RESPONSE, 500), 1, 13)])
    (statement,) = of(found, code)
    assert (statement.evidence, statement.severity, statement.frame) == (Evidence.PROVEN, "error", 1)


def test_a_counter_reversed_in_the_nonce_is_told(tmp_path):
    """The octets of the counter are sent one way and used the other."""
    meter = METER.sealed(RESPONSE, 500, nonce_counter=int.from_bytes((500).to_bytes(4, "big"), "little"))
    found = diagnosed(tmp_path, [aarq(USER.sealed(request(), 100)), aare(meter)])
    assert of(found, "nonce-counter-reversed")[0].frame == 2


def test_the_global_key_under_a_dedicated_tag_is_told(tmp_path):
    """A ded-get-request that opens with the global key."""
    apdus = [*opened(key=DEDICATED), USER.sealed(GET, 101, dedicated=True), ExceptionResponse(1, 5).encode()]
    found = diagnosed(tmp_path, apdus)
    assert of(found, "global-key-in-dedicated")[0].frame == 3
    assert of(found, "deciphering-error")[0].frame == 4


def test_a_dedicated_key_under_a_global_tag_is_told(tmp_path):
    """A glo-get-request that opens with the dedicated key of the InitiateRequest."""
    hand = replace(USER, key=DEDICATED)
    apdus = [*opened(key=DEDICATED), hand.sealed(GET, 101), ConfirmedServiceError(5, 0, 6).encode()]
    assert of(diagnosed(tmp_path, apdus), "dedicated-key-in-global")[0].frame == 3


def test_pass_3_under_the_dedicated_key_is_told_as_the_cause(tmp_path):
    """It is refused with deciphering-error, and the config field is named."""
    hand = replace(USER, key=DEDICATED)
    third = hand.sealed(pass_3(answer(STOC, CLIENT)), 1, dedicated=True)
    found = diagnosed(tmp_path, [*opened(key=DEDICATED), third, ConfirmedServiceError(6, 0, 6).encode()])
    (statement,) = of(found, "pass3-under-dedicated-key")
    assert [(change.key, change.value) for change in statement.changes] == [("pass3_key", '"global"')]
    assert of(found, "hls-verified")[0].frame == 3


def test_pass_3_under_a_wrong_key_or_challenge_is_told(tmp_path):
    """f(StoC) made with the client's own challenge, and with a key that nobody declared."""
    for made, code in (
        (answer(CTOS, CLIENT), "hls-reply-computed-otherwise"),
        (answer(STOC, CLIENT, bytes(range(16))), "hls-reply-computed-otherwise"),
        (answer(STOC, CLIENT, bytes(range(70, 86))), "hls-reply-wrong"),
    ):
        found = diagnosed(tmp_path, [*opened(), USER.sealed(pass_3(made), 102), METER.sealed(pass_4(b"", 3), 502)])
        assert of(found, code)[0].frame == 3
        assert of(found, code)[0].severity == "error"
        assert of(found, "hls-pass-3-refused")[0].frame == 4


def test_counters_that_repeat_or_fall_are_told_of_each_key_apart(tmp_path):
    """The dedicated key counts from its own beginning; that is no fault."""
    dedicated = replace(USER, key=DEDICATED)
    sound = [*opened(key=DEDICATED), dedicated.sealed(GET, 1, dedicated=True)]
    assert not {"counter-repeated", "counter-not-above"} & {item.code for item in diagnosed(tmp_path, sound).statements}
    again = [*opened(), USER.sealed(GET, 100), ExceptionResponse(1, 6, 101).encode()]
    found = diagnosed(tmp_path, again)
    assert (of(found, "counter-repeated")[0].frame, of(found, "counter-repeated")[0].severity) == (3, "error")
    assert "expected invocation counter 101" in of(found, "exception-response")[0].message
    below = [*opened(), USER.sealed(GET, 99), ExceptionResponse(1, 5).encode()]
    assert of(diagnosed(tmp_path, below), "counter-not-above")[0].frame == 3


def test_a_counter_that_begins_anew_in_the_next_association_is_told(tmp_path):
    """Counters go on from one association to the next."""
    found = diagnosed(tmp_path, [*opened(), *opened(counter=3)])
    assert [item.frame for item in of(found, "counter-not-above")] == [3]


def test_an_exchange_sent_twice_is_no_repeated_counter(tmp_path):
    """The same octets again are a retransmission."""
    first = opened()
    assert not of(diagnosed(tmp_path, [*first, first[0]], "><>"), "counter-repeated")


def test_suites_that_differ_are_told(tmp_path):
    """Request in suite 1, refusal in suite 0."""
    other = replace(USER, control=0x31)
    found = diagnosed(tmp_path, [aarq(other.sealed(request(), 100)), aare(METER.sealed(RESPONSE, 500), 1, 13)])
    assert of(found, "security-suite-differs")[0].changes[0].value == "0"


def test_without_keys_nothing_is_claimed_about_keys(tmp_path):
    """It is told that they are missing, and which."""
    found = diagnosed(tmp_path, opened(), keys={})
    assert found.healthy
    (statement,) = of(found, "keys-not-known")
    assert "the encryption key, the authentication key" in statement.message
    assert not of(found, "tag-under-no-known-key")


def test_no_key_stands_in_what_is_said(tmp_path):
    """Not even the dedicated key that the exchange reveals."""
    found = diagnosed(tmp_path, opened(key=DEDICATED))
    text = "".join(f"{item.message}{item.octets.hex()}{item!r}" for item in found.statements).lower()
    for key in (ENCRYPTION, AUTHENTICATION, DEDICATED):
        assert key.hex() not in text.replace(" ", "")


def test_a_tag_of_another_length_is_proven(tmp_path):
    """All sixteen octets of the tag were sent."""
    control = SecurityControl.from_octet(0x30)
    whole = AESGCM(ENCRYPTION).encrypt(SERVER + (500).to_bytes(4, "big"), RESPONSE, b"\x30" + AUTHENTICATION)
    found = diagnosed(tmp_path, [opened()[0], aare(ServiceCiphered(0x28, control, 500, whole).encode())])
    (statement,) = of(found, "tag-length")
    assert "has 16 octets" in statement.message
    assert not of(found, "tag-under-no-known-key")


def test_a_reply_under_another_key_or_in_clear_is_told(tmp_path):
    """A ded-get-request answered by glo-get-response, and by get-response."""
    asked = [*opened(key=DEDICATED), replace(USER, key=DEDICATED).sealed(GET, 1, dedicated=True)]
    plain = bytes.fromhex("C401C1001107")
    other = diagnosed(tmp_path, [*asked, METER.sealed(plain, 501)])
    assert of(other, "reply-under-other-key")[0].changes[0].value == '"global"'
    assert of(diagnosed(tmp_path, [*asked, plain]), "reply-unprotected")[0].frame == 4


def test_a_comparison_shows_no_secret_either(tmp_path):
    """A dedicated key in a clear InitiateRequest stands in the octets of the field that differs."""
    one = diagnosed(tmp_path, [aarq(request(DEDICATED)), aare(METER.sealed(RESPONSE, 500), 1, 13)])
    found = compare(one, diagnosed(tmp_path, opened()))
    assert [item for item in found if "form of the InitiateRequest: in clear here" in item.message]
    for statement in (*found, *one.statements):
        assert DEDICATED.hex()[:16] not in statement.octets.hex()
