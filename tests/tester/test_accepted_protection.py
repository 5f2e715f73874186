"""A reply is held against its request: same form, same key, same transaction, titles in each other's place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.device.model import Acceptance, KeyEstablishment, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.data.values import octet_string
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.xdlms.get import GetResponseNormal
from conformance.tester.accepted_protection import answered_alike, counter_of, inside, kind_of, protected_at_least
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.expectation import Judgement, Situation
from conformance.tester.general_request import Heading, ciphered, content_key, heading, signed
from conformance.tester.high_level import ASSOCIATION_LN
from conformance.tester.key_in_use import key_in_use
from conformance.tester.reaction import Reply
from conformance.tester.reply import read_reply
from tests.tester.test_general_protection import CLIENT, GET, METER, side

SERVED = GetResponseNormal(0xC1, octet_string(ASSOCIATION_LN)).encode()
DEDICATED = b"D" * 16


def parties(how: KeyEstablishment = KeyEstablishment.IDENTIFIED):
    made = side(1, how=how)[0], side(1, meter=True, how=how)[0]
    for party in made:
        party.renew_dedicated_key(DEDICATED)
    return made


def judged(client, request: bytes, answer: bytes) -> Judgement:
    reply = read_reply(ApduReceived(answer, 0), client)
    return answered_alike(request, client).judge(reply, Situation(client.settings, Acceptance.STRICT))


FORMS = [
    Protection.GLO,
    Protection.DED,
    Protection.GENERAL_GLO,
    Protection.GENERAL_DED,
    Protection.GENERAL_CIPHERING,
    Protection.GENERAL_SIGNING,
]


def answer(meter, request: bytes, form: Protection, **changes: bytes) -> bytes:
    """The meter's reply to a request, with fields of its heading changed."""
    value = apdus.decode(request, deviations=[])
    transaction = getattr(value, "transaction_id", b"")
    head = replace(Heading(transaction, METER, CLIENT), **changes)
    if form is Protection.GENERAL_CIPHERING:
        return ciphered(meter, SERVED, head, content_key(meter, head))
    if form is Protection.GENERAL_SIGNING:
        return signed(meter, SERVED, head)
    return meter.protect(SERVED, form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("asked", FORMS)
def test_a_reply_passes_in_the_form_of_its_request_and_in_no_other(asked: Protection, form: Protection) -> None:
    client, meter = parties()
    request = client.protect(GET, asked)
    judgement = judged(client, request, answer(meter, request, form))

    assert judgement.passed is (asked is form), judgement.reason


@pytest.mark.parametrize("form", FORMS)
def test_a_reply_in_clear_fails(form: Protection) -> None:
    client, _ = parties()
    judgement = judged(client, client.protect(GET, form), SERVED)

    assert not judgement.passed
    assert judgement.reason == "the reply is in clear"


@pytest.mark.parametrize("form", [Protection.GENERAL_CIPHERING, Protection.GENERAL_SIGNING])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"transaction_id": b"another1"}, "transaction-id"),
        ({"transaction_id": b""}, "transaction-id"),
        ({"recipient": METER}, "recipient-system-title"),
        ({"recipient": b""}, "recipient-system-title"),
        ({"originator": b""}, "originator-system-title"),
    ],
)
def test_a_heading_that_does_not_follow_from_the_request_fails_with_its_field(
    form: Protection, changes: dict[str, bytes], field: str
) -> None:
    client, meter = parties()
    request = client.protect(GET, form)
    judgement = judged(client, request, answer(meter, request, form, **changes))

    assert not judgement.passed
    assert field in judgement.reason
    assert judgement.path == f"{form.value}.{field}"


def test_titles_that_the_request_left_out_may_be_left_out_of_the_reply() -> None:
    client, meter = parties()
    head = replace(heading(client), recipient=b"")
    request = ciphered(client, GET, head, content_key(client, head))
    short = answer(meter, request, Protection.GENERAL_CIPHERING, originator=b"")

    assert judged(client, request, short).passed
    assert judged(client, request, answer(meter, request, Protection.GENERAL_CIPHERING)).passed


@pytest.mark.parametrize("form", [Protection.GLO, Protection.GENERAL_GLO])
@pytest.mark.parametrize("control", [0x11, 0x21])
def test_a_reply_that_is_protected_less_than_its_request_fails(form: Protection, control: int) -> None:
    client, meter = parties()
    weaker = meter.protect(SERVED, form, control=SecurityControl.from_octet(control))
    judgement = judged(client, client.protect(GET, form), weaker)

    assert not judgement.passed
    assert f"security control {control:02X}" in judgement.reason


def test_a_reply_that_is_protected_more_than_its_request_passes() -> None:
    client, meter = parties()
    request = client.protect(GET, Protection.GLO, control=SecurityControl.from_octet(0x11))

    assert judged(client, request, meter.protect(SERVED, Protection.GLO)).passed


@pytest.mark.parametrize("how", list(KeyEstablishment))
def test_a_key_of_another_kind_fails(how: KeyEstablishment) -> None:
    client, _ = parties(how)
    request = client.protect(GET, Protection.GENERAL_CIPHERING)
    for other in KeyEstablishment:
        made = answer(parties(other)[1], request, Protection.GENERAL_CIPHERING)
        assert judged(client, request, made).passed is (other is how), other


def test_what_is_served_is_judged_too() -> None:
    client, meter = parties()
    other = GetResponseNormal(0xC1, 4).encode()
    judgement = judged(client, client.protect(GET, Protection.GLO), meter.protect(other, Protection.GLO))

    assert not judgement.passed
    assert "no data" in judgement.reason


def test_a_policy_asks_for_bits_of_the_security_control() -> None:
    client, meter = parties()
    reply = read_reply(
        ApduReceived(meter.protect(SERVED, Protection.GLO, control=SecurityControl.from_octet(0x11)), 0), client
    )
    situation = Situation(client.settings, Acceptance.STRICT)

    assert protected_at_least(0x10).judge(reply, situation).passed
    assert not protected_at_least(0x30).judge(reply, situation).passed


def test_the_signature_within_is_found() -> None:
    client, meter = parties()
    head = Heading(b"transact", METER, CLIENT)
    octets = ciphered(meter, signed(meter, SERVED, head), head, content_key(meter, head))
    found = inside(octets, client)

    assert found is not None
    assert (found.transaction_id, found.content) == (b"transact", SERVED)
    assert inside(octets[:-1], client) is None


@pytest.mark.parametrize(
    ("form", "key"),
    [
        (Protection.GLO, "global"),
        (Protection.GENERAL_GLO, "global"),
        (Protection.DED, "dedicated"),
        (Protection.GENERAL_DED, "dedicated"),
    ],
)
def test_the_key_in_use_is_found(form: Protection, key: str) -> None:
    client, meter = parties()

    assert key_in_use(meter.protect(SERVED, form), client) == key
    assert key_in_use(meter.protect(SERVED, form, key=b"X" * 16), client) is None


def test_the_key_in_use_is_told_whatever_the_tag_says() -> None:
    client, meter = parties()

    assert key_in_use(meter.protect(SERVED, Protection.DED, key=meter.encryption_key), client) == "global"
    assert key_in_use(meter.protect(SERVED, Protection.GLO, key=DEDICATED), client) == "dedicated"
    assert key_in_use(SERVED, client) is None
    assert key_in_use(b"", client) is None


def test_counters_and_kinds_of_key_are_read_from_the_apdu() -> None:
    client, meter = parties(KeyEstablishment.WRAPPED)
    octets = answer(meter, client.protect(GET, Protection.GENERAL_CIPHERING), Protection.GENERAL_CIPHERING)
    reply = read_reply(ApduReceived(octets, 0), client)
    value = apdus.decode(octets)
    assert isinstance(value, GeneralCiphering)

    assert counter_of(reply) == 0
    assert kind_of(value.key_info) == "wrapped-key under 0"
    assert counter_of(Reply(0, SERVED, SERVED, None)) is None
