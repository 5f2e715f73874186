"""Opening and releasing associations: what the AARE says, and what is served in each state."""

import pytest

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse
from conformance.meter.meter import build
from conformance.meter.model.associations import (
    HLS_MD5,
    HLS_SHA256,
    MANAGEMENT,
    PROFILES,
    PUBLIC,
    READING,
    SN_PUBLIC,
    SN_READING,
)

GET = "C001C1000F0000280000FF0100"
NOT_ALLOWED = ExceptionResponse(1, 1)


def reason(aare):
    return aare.result, aare.diagnostic_source, aare.diagnostic


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_declared_association_opens_is_alive_and_is_released(bench, profile):
    client = bench.client(profile).establish(initiate={"proposed_conformance": profile.conformance})
    assert client.initiate == InitiateResponse(profile.conformance, 1024, 0xFA00 if profile.context.short_names else 7)
    assert client.aare.application_context_name == profile.context.oid
    assert client.alive()
    protected = client.protect(InitiateRequest(profile.conformance).encode(), "glo") if profile.keys else None
    reply = apdus.decode(client.send(Rlrq(0, protected).encode()))
    assert isinstance(reply, Rlre)
    assert reply.reason == 0
    assert isinstance(
        apdus.decode(client.send("050102FA00" if profile.context.short_names else GET)),
        ConfirmedServiceError | ExceptionResponse,
    )


@pytest.mark.parametrize("protection", ["glo", "ded", "general-glo", "general-ded"])
def test_replies_come_in_the_protection_of_their_requests(bench, protection):
    client = bench.client(MANAGEMENT, protection)
    client.establish(initiate={"dedicated_key": bytes(range(16))} if "ded" in protection else {})
    assert client.alive()
    tag = client.send(client.protect(bytes.fromhex(GET), protection))[0]
    assert tag == {"glo": 0xCC, "ded": 0xD4, "general-glo": 0xDB, "general-ded": 0xDC}[protection]


def test_the_plain_aare_has_the_shape_of_the_standard(bench):
    client = bench.client(PUBLIC)
    reply = client.send("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")
    assert (
        reply.hex().upper()
        == "6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F0400005214" + "04000007"
    )


def test_high_level_security_asks_for_passes_3_and_4(bench):
    client = bench.client(MANAGEMENT)
    aare = client.open()
    assert reason(aare) == (0, 1, 14)
    assert aare.mechanism is Mechanism.HLS_GMAC
    assert aare.responder_acse_requirements == "1"
    assert len(aare.responding_authentication_value) == 16
    assert aare.responding_ap_title == MANAGEMENT.server_system_title


def test_nothing_is_served_before_an_association(bench):
    assert apdus.decode(bench.client(PUBLIC).send(GET)) == NOT_ALLOWED
    assert bench.client(SN_PUBLIC).send("050102FA00").hex() == "0e050201"
    assert bench.client(SN_PUBLIC).send("060102FA00010900").hex() == "0e060201"


@pytest.mark.parametrize(
    ("bits", "expected"), [(None, (0, 1, 0)), ("100001", (0, 1, 0)), ("1", (0, 1, 0)), ("010001", (1, 2, 2))]
)
def test_protocol_version_must_offer_version_1(bench, bits, expected):
    assert reason(bench.client(PUBLIC).open(protocol_version=bits)) == expected


@pytest.mark.parametrize(
    "context", [ApplicationContext.SN, ApplicationContext.LN_CIPHERED, ApplicationContext.SN_CIPHERED]
)
def test_another_application_context_is_refused(bench, context):
    assert reason(bench.client(PUBLIC).open(application_context_name=context.oid)) == (1, 1, 2)


def test_an_unknown_application_context_is_refused(bench):
    client = bench.client(PUBLIC)
    assert reason(client.open(application_context_name=bytes.fromhex("60857405080163"))) == (1, 1, 2)
    assert apdus.decode(client.send(GET)) == NOT_ALLOWED


@pytest.mark.parametrize("title", [None, b"1", b"0123456789", b"ANOTHER!"])
def test_a_calling_title_that_ciphering_cannot_use_is_not_recognized(bench, title):
    assert reason(bench.client(MANAGEMENT).open(calling_ap_title=title)) == (1, 1, 3)


def test_unused_fields_are_ignored_and_not_echoed(bench):
    aare = bench.client(PUBLIC).open(
        called_ap_title=b"x" * 8, calling_ap_title=b"y", calling_ae_qualifier=b"z", calling_ae_invocation_id=77
    )
    assert aare == Aare(PUBLIC.context.oid, 0, 1, 0, user_information=aare.user_information)


@pytest.mark.parametrize("user", [None, 2, 99])
def test_a_client_user_who_is_not_listed_is_refused(bench, user):
    assert reason(bench.client(READING).open(calling_ae_invocation_id=user)) == (1, 1, 6)


def test_the_field_form_of_the_invocation_id_is_taken(bench):
    assert reason(bench.client(READING).open(calling_ae_invocation_id=100, other_tags=(0x89,))) == (0, 1, 0)


@pytest.mark.parametrize("profile", [READING, SN_READING, HLS_MD5, MANAGEMENT], ids=lambda profile: profile.name)
@pytest.mark.parametrize(
    ("fields", "diagnostic"),
    [
        (
            {
                "sender_acse_requirements": None,
                "mechanism_name": None,
                "calling_authentication_value": None,
            },
            14,
        ),
        ({"sender_acse_requirements": None}, 14),
        ({"sender_acse_requirements": "0"}, 14),
        ({"mechanism_name": None}, 12),
        ({"mechanism_name": bytes.fromhex("60857405080263")}, 11),
        ({"mechanism_name": Mechanism.HLS_ECDSA.oid}, 11),
        ({"mechanism_name": Mechanism.LOWEST.oid}, 13),
        ({"calling_authentication_value": None}, 13),
    ],
)
def test_the_authentication_functional_unit_must_be_complete(bench, profile, fields, diagnostic):
    assert reason(bench.client(profile).open(**fields)) == (1, 1, diagnostic)


@pytest.mark.parametrize("password", [b"", b"Conform2", b"Conform", b"Conform11", b"x" * 100])
def test_a_wrong_password_is_refused_and_the_right_one_serves_afterwards(bench, password):
    client = bench.client(READING)
    assert reason(client.open(calling_authentication_value=password)) == (1, 1, 13)
    assert apdus.decode(client.send(GET)) == NOT_ALLOWED
    assert client.establish().alive()


@pytest.mark.parametrize(("size", "accepted"), [(7, False), (8, True), (16, True), (64, True), (65, False)])
def test_challenges_have_8_to_64_octets(bench, size, accepted):
    client = bench.client(HLS_SHA256)
    client.ctos = b"c" * size
    assert reason(client.open()) == ((0, 1, 14) if accepted else (1, 1, 13))
    if accepted:
        response = client.pass_3()
        assert response.return_parameters.value == client.answer(client.ctos, own=False)


@pytest.mark.parametrize(
    ("proposal", "error"),
    [
        ({"proposed_dlms_version_number": 5}, 1),
        ({"proposed_dlms_version_number": 0}, 1),
        ({"proposed_conformance": frozenset()}, 2),
        ({"proposed_conformance": frozenset((ConformanceBit.READ,))}, 2),
        ({"client_max_receive_pdu_size": 11}, 3),
        ({"client_max_receive_pdu_size": 1}, 3),
        ({"dedicated_key": bytes(16)}, 0),
    ],
)
def test_an_xdlms_context_that_cannot_be_is_refused_with_the_reason(bench, proposal, error):
    client = bench.client(PUBLIC)
    assert reason(client.open(initiate=proposal)) == (1, 1, 1)
    assert client.aare.user_information == bytes((0x0E, 1, 6, error))


def test_the_reason_is_protected_as_the_request_was(bench):
    client = bench.client(MANAGEMENT)
    assert reason(client.open(initiate={"client_max_receive_pdu_size": 11})) == (1, 1, 1)
    assert client.aare.user_information[0] == 0x2E
    assert client.initiate == ConfirmedServiceError(1, 6, 3)


@pytest.mark.parametrize("size", [15, 17, 32])
def test_a_dedicated_key_that_does_not_fit_the_suite_is_refused(bench, size):
    assert reason(bench.client(MANAGEMENT).open(initiate={"dedicated_key": bytes(size)})) == (1, 1, 1)


@pytest.mark.parametrize(
    "proposal",
    [
        {"proposed_dlms_version_number": 7},
        {"proposed_quality_of_service": 0},
        {"proposed_quality_of_service": 1},
        {"short_conformance_tag": True},
        {"client_max_receive_pdu_size": 0},
        {"client_max_receive_pdu_size": 12},
        {"proposed_conformance": frozenset(ConformanceBit)},
    ],
)
def test_what_is_unusual_but_legal_is_accepted(bench, proposal):
    client = bench.client(PUBLIC)
    assert reason(client.open(initiate=proposal)) == (0, 1, 0)
    assert client.initiate == InitiateResponse(PUBLIC.conformance, 1024)


@pytest.mark.parametrize("bit", sorted(READING.conformance))
def test_no_more_is_negotiated_than_was_proposed(bench, bit):
    client = bench.client(READING)
    client.open(initiate={"proposed_conformance": frozenset((bit,))})
    assert client.initiate.negotiated_conformance == {bit}


@pytest.mark.parametrize("control", [0x00, 0x10, 0x20, 0x31, 0x70, 0xB0])
def test_an_initiate_request_protected_otherwise_than_the_policy_wants_is_refused(bench, control):
    client = bench.client(MANAGEMENT)
    client.control = control
    assert reason(client.open()) == (1, 1, 13)


def test_a_plain_initiate_request_is_refused_in_a_ciphered_context(bench):
    plain = InitiateRequest(MANAGEMENT.conformance).encode()
    assert reason(bench.client(MANAGEMENT).open(user_information=plain)) == (1, 1, 13)


@pytest.mark.parametrize("octets", ["", "00", "01000000065F1F04000000", "C001C1"])
def test_a_user_information_that_is_no_initiate_request_is_refused(bench, octets):
    aare = bench.client(PUBLIC).open(user_information=bytes.fromhex(octets))
    assert (reason(aare), aare.user_information.hex()) == ((1, 1, 1), "0e010600")


@pytest.mark.parametrize("octets", ["60", "6000", "6080", "6002A100", "601DA109060760857405080101BE10040E0100000006"])
def test_an_aarq_that_is_none_is_refused_by_the_provider(bench, octets):
    client = bench.client(PUBLIC)
    assert reason(apdus.decode(client.send(octets))) == (1, 2, 1)
    assert client.establish().alive()


def test_an_initiate_request_with_a_used_counter_is_refused(bench):
    client = bench.client(MANAGEMENT)
    octets = client.aarq()
    assert reason(apdus.decode(client.send(octets))) == (0, 1, 14)
    assert reason(apdus.decode(client.send(octets))) == (1, 1, 13)


def test_an_aarq_replaces_the_association(bench):
    client = bench.client(READING).establish()
    assert reason(client.open(calling_authentication_value=b"wrong")) == (1, 1, 13)
    assert apdus.decode(client.send(GET)) == NOT_ALLOWED


def test_an_unconfirmed_association_is_silent(bench):
    client = bench.client(SN_PUBLIC)
    assert client.open(initiate={"response_allowed": False}) is None
    assert client.send("050102FA00") is None
    assert client.send("6203800100") is None
    assert client.establish().alive()


def test_an_unconfirmed_association_that_is_refused_is_silent_too(bench):
    client = bench.client(READING)
    assert client.open(initiate={"response_allowed": False}, calling_authentication_value=b"wrong") is None


def test_a_link_that_is_lost_takes_its_associations_along(bench):
    client = bench.client(PUBLIC).establish()
    client.connection.link_lost(PUBLIC.client_sap, PUBLIC.server_sap)
    assert apdus.decode(client.send(GET)) == NOT_ALLOWED
    client.establish()
    client.connection.link_lost(None, None)
    assert apdus.decode(client.send(GET)) == NOT_ALLOWED
    assert bench.server.devices[1].sessions == []


def test_a_lost_link_leaves_other_associations(bench):
    public = bench.client(PUBLIC).establish()
    reading = bench.client(READING, connection=public.connection).establish()
    other = bench.client(PUBLIC).establish()
    public.connection.link_lost(PUBLIC.client_sap, None)
    assert reading.alive()
    assert other.alive()


def test_twenty_associations_one_after_the_other(bench):
    client = bench.client(MANAGEMENT)
    for _ in range(20):
        client.establish()
        assert client.alive()
        client.connection.link_lost(None, None)


@pytest.mark.parametrize("client_sap", [0, 5, 127])
def test_a_client_without_an_association_gets_no_answer(bench, client_sap):
    connection = bench.server.connect()
    assert connection.request(client_sap, 1, bytes.fromhex(GET), 0.0) is None
    assert connection.request(16, 2, bytes.fromhex(GET), 0.0) is None
    assert connection.request(16, 1, b"", 0.0) is None


@pytest.mark.parametrize(("profile", "result"), [("hdlc", 0), ("wrapper", 1)])
def test_a_conformance_block_tagged_on_one_octet_is_taken_over_hdlc_only(bench, profile, result):
    meter = build(profile=profile)
    client = bench.client(PUBLIC, connection=meter.server.connect())
    assert client.open(initiate={"short_conformance_tag": True}).result == result
