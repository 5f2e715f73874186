"""Ciphered associations and high level authentication: what the meter opens, refuses, and how it answers."""

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.security.ciphered import GeneralGlobal, ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.gcm import protect
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.meter.model.associations import HLS_MANUFACTURER, HLS_MD5, HLS_SHA1, HLS_SHA256, MANAGEMENT

GET = bytes.fromhex("C001C1000F0000280000FF0100")
NOT_ALLOWED = ExceptionResponse(1, 1)
NOT_NEGOTIATED = ExceptionResponse(1, 2)
UNDECIPHERABLE = ExceptionResponse(1, 5)
HLS_PROFILES = (MANAGEMENT, HLS_MD5, HLS_SHA1, HLS_SHA256, HLS_MANUFACTURER)
KEY = bytes(range(32, 48))


@pytest.fixture
def management(bench):
    return bench.client(MANAGEMENT).establish()


def answer(client, octets):
    return apdus.decode(client.unprotect(client.send(octets)))


def sealed(client, control=0x30, **options):
    return client.protect(GET, "glo", control=control, **options)


def test_a_plain_request_is_refused(management):
    assert apdus.decode(management.send(GET)) == NOT_ALLOWED
    assert management.alive()


@pytest.mark.parametrize("control", [0x00, 0x10, 0x20, 0x31, 0x32, 0x3F, 0x70, 0xB0])
def test_a_request_that_is_not_protected_as_it_must_be_is_refused(management, control):
    reply = apdus.decode(management.send(sealed(management, control)))
    assert reply in (UNDECIPHERABLE, ExceptionResponse(2, 3))
    assert management.alive()


def test_a_request_under_a_wrong_key_tag_or_title_is_refused(management):
    wrong_tag = bytearray(sealed(management))
    wrong_tag[-1] ^= 1
    counter = management.next_counter()
    keys = MANAGEMENT.keys
    control = SecurityControl.from_octet(0x30)
    other_title = protect(control, b"OTHERTTL", counter, keys.global_unicast, keys.authentication, GET)
    for octets in (
        bytes(wrong_tag),
        sealed(management, key=keys.authentication),
        ServiceCiphered(0xC8, control, counter, other_title).encode(),
        GeneralGlobal(b"OTHERTTL", control, counter, other_title).encode(),
        ServiceCiphered(0xC8, control, counter, other_title[:11]).encode(),
    ):
        assert apdus.decode(management.send(octets)) in (UNDECIPHERABLE, ExceptionResponse(2, 3))
    assert management.alive()


def test_a_tag_must_announce_what_is_inside(management):
    for octets in (management.protect(b"\xc1" + GET[1:], "glo"), management.protect(GET, "glo")):
        forged = bytes((0xC9,)) + octets[1:]
        reply = apdus.decode(management.send(forged))
        assert reply in (UNDECIPHERABLE, ExceptionResponse(2, 3)) or reply.tag == 0xCD


def test_counters_only_rise(management):
    high = management.next_counter() + 50
    management.counter = high
    octets = sealed(management, counter=high)
    assert answer(management, octets).result == octet_string(GET[5:11])
    for again in (octets, sealed(management, counter=high - 1), sealed(management, counter=0)):
        assert apdus.decode(management.send(again)) == ExceptionResponse(1, 6, high + 1)
    assert management.alive()


def test_the_highest_counter_is_the_last(management):
    assert answer(management, sealed(management, counter=0xFFFF_FFFF)).result == octet_string(GET[5:11])
    reply = apdus.decode(management.send(sealed(management, counter=0xFFFF_FFFF)))
    assert reply == ExceptionResponse(1, 6, 0xFFFF_FFFF)


def test_counters_outlive_the_association(bench, management):
    used = management.counter
    again = bench.client(MANAGEMENT)
    again.counter = used - 1
    assert again.open().diagnostic == 13
    again.establish()
    sent = [apdu.invocation_counter for client in (management, again) for apdu in client.opened]
    assert sent == sorted(set(sent))


def test_no_counter_is_used_twice_for_passes_and_replies(bench):
    client = bench.client(MANAGEMENT).establish()
    reply_counters = [apdu.invocation_counter for apdu in client.opened]
    f_ctos = client.answer(client.ctos, own=False, counter=2)
    assert int.from_bytes(f_ctos[1:5], "big") not in reply_counters


def test_an_unverified_request_uses_no_counter_up(management):
    forged = bytearray(sealed(management, counter=0x7000_0000))
    forged[-1] ^= 1
    management.send(bytes(forged))
    assert management.alive()


def test_each_association_has_its_own_dedicated_key(bench):
    first = bench.client(MANAGEMENT, "ded").establish(initiate={"dedicated_key": KEY})
    assert first.alive()
    second = bench.client(MANAGEMENT, "ded").establish(initiate={"dedicated_key": KEY[::-1]})
    assert second.alive()
    old = second.protect(GET, "ded", key=KEY)
    assert apdus.decode(second.send(old)) == UNDECIPHERABLE
    assert apdus.decode(second.send(second.protect(GET, "ded", key=MANAGEMENT.keys.global_unicast))) == UNDECIPHERABLE
    assert second.alive()


def test_without_a_dedicated_key_nothing_is_opened_with_one(management):
    assert apdus.decode(management.send(management.protect(GET, "ded", key=KEY))) == UNDECIPHERABLE
    assert apdus.decode(management.send(management.protect(GET, "general-ded", key=KEY))) == UNDECIPHERABLE


def test_general_protection_must_be_negotiated(bench):
    client = bench.client(MANAGEMENT, "glo")
    client.establish(initiate={"proposed_conformance": MANAGEMENT.conformance - {ConformanceBit.GENERAL_PROTECTION}})
    assert apdus.decode(client.send(client.protect(GET, "general-glo"))) == NOT_NEGOTIATED
    assert client.alive()


def test_an_empty_title_is_answered_with_an_empty_title(management):
    control = SecurityControl.from_octet(0x30)
    counter = management.next_counter()
    keys = MANAGEMENT.keys
    content = protect(control, management.title, counter, keys.global_unicast, keys.authentication, GET)
    reply = management.send(GeneralGlobal(b"", control, counter, content).encode())
    assert apdus.decode(reply).system_title == b""
    titled = management.send(management.protect(GET, "general-glo"))
    assert apdus.decode(titled).system_title == MANAGEMENT.server_system_title


def test_what_stands_inside_general_protection_is_no_ciphered_apdu(management):
    inner = management.protect(GET, "glo")
    assert answer(management, management.protect(inner, "general-glo")) == ExceptionResponse(2, 2)


@pytest.mark.parametrize("profile", HLS_PROFILES, ids=lambda profile: profile.name)
@pytest.mark.parametrize("size", [8, 16, 17, 64])
def test_the_four_passes_of_each_mechanism(bench, profile, size):
    client = bench.client(profile)
    client.ctos = bytes(range(size))
    client.open()
    response = client.pass_3()
    f_ctos = response.return_parameters.value
    counter = int.from_bytes(f_ctos[1:5], "big") if profile is MANAGEMENT else None
    assert f_ctos == client.answer(client.ctos, own=False, counter=counter)
    assert client.alive()


@pytest.mark.parametrize("profile", HLS_PROFILES, ids=lambda profile: profile.name)
def test_a_wrong_pass_3_ends_the_association(bench, profile):
    client = bench.client(profile)
    client.open()
    right = client.answer(client.aare.responding_authentication_value)
    wrong = right[:-1] + bytes((right[-1] ^ 1,))
    assert client.pass_3(wrong).result == ActionResult.OTHER_REASON
    assert apdus.decode(client.send(GET)) == NOT_ALLOWED
    assert client.establish().alive()


@pytest.mark.parametrize("profile", HLS_PROFILES, ids=lambda profile: profile.name)
def test_nothing_is_served_before_pass_3(bench, profile):
    client = bench.client(profile)
    client.open()
    assert client.exchange(GET) == NOT_ALLOWED
    assert client.pass_3().result == 0
    assert client.alive()


def test_pass_3_is_served_whatever_was_negotiated(bench):
    client = bench.client(HLS_MD5)
    client.establish(initiate={"proposed_conformance": frozenset((ConformanceBit.GET,))})
    assert client.alive()


def test_a_second_pass_3_proves_nothing(bench):
    client = bench.client(HLS_MD5).establish()
    assert client.pass_3().result == ActionResult.OTHER_REASON
    assert client.alive()


@pytest.mark.parametrize("parameters", ["00", "0100", "01090412345678", "01FF"])
def test_a_pass_3_of_another_type_is_refused(bench, parameters):
    client = bench.client(HLS_MD5)
    client.open()
    reply = apdus.decode(client.send(bytes.fromhex("C301C1000F0000280000FF01" + parameters)))
    assert reply.result if hasattr(reply, "result") else isinstance(reply, ExceptionResponse)
    client.connection.link_lost(None, None)
    assert client.establish().alive()


def test_pass_3_under_the_dedicated_key_is_refused(bench):
    client = bench.client(MANAGEMENT, "ded")
    client.open(initiate={"dedicated_key": KEY})
    reply = client.pass_3(protection="ded")
    assert reply == UNDECIPHERABLE
    assert client.pass_3().result == 0
    assert client.alive()


def test_a_gmac_with_a_used_counter_is_refused(bench):
    client = bench.client(MANAGEMENT)
    client.open()
    stale = client.answer(client.aare.responding_authentication_value, counter=client.counter)
    assert client.pass_3(stale).result == ActionResult.OTHER_REASON


def test_a_gmac_with_the_counter_of_its_request_is_accepted(bench):
    client = bench.client(MANAGEMENT)
    client.open()
    same = client.answer(client.aare.responding_authentication_value, counter=client.counter + 1)
    assert client.pass_3(same).result == 0


def test_challenges_differ_and_a_seed_repeats_them(faulty):
    def challenges():
        client = faulty().client(HLS_MD5)
        return [client.open().responding_authentication_value for _ in range(20)]

    drawn = challenges()
    assert len(set(drawn)) == 20
    assert challenges() == drawn


def release(client, octets):
    return apdus.decode(client.send(Rlrq(0, octets).encode()))


def test_a_protected_release_is_answered_protected(management):
    request = InitiateRequest(MANAGEMENT.conformance).encode()
    reply = release(management, management.protect(request, "glo"))
    assert isinstance(reply, Rlre)
    assert management.unprotect(reply.user_information) == management.initiate.encode()
    assert apdus.decode(management.send(sealed(management))) == NOT_ALLOWED


def test_a_release_that_is_not_protected_as_it_must_be_is_refused(management):
    request = InitiateRequest(MANAGEMENT.conformance).encode()
    right = management.protect(request, "glo")
    wrong_tag = right[:-1] + bytes((right[-1] ^ 1,))
    for octets in (None, b"", request, wrong_tag, management.protect(request, "glo", control=0x10)):
        assert release(management, octets) == UNDECIPHERABLE
    stale = management.protect(request, "glo", counter=1)
    assert release(management, stale).service_error == 6
    assert management.alive()


def test_a_key_that_is_replaced_still_protects_the_answer(bench, management):
    new = bytes(range(64, 80))
    wrapped = aes_key_wrap(MANAGEMENT.keys.master, new)
    parameters = array(structure(enum(0), octet_string(wrapped)))
    transfer = ActionRequestNormal(0xC1, MethodDescriptor(64, bytes.fromhex("00002B0000FF"), 2), parameters)
    assert management.exchange(transfer).result == 0
    assert apdus.decode(management.send(sealed(management))) == UNDECIPHERABLE
    reply = apdus.decode(management.send(sealed(management, key=new)))
    assert reply.tag == 0xCC
