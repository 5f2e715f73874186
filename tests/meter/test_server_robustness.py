"""Whatever octets come, in whatever state, the meter does not fall over and still opens an association."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.dlms.xdlms.variable_access import ParameterisedAccess, VariableName
from conformance.dlms.xdlms.write import WriteRequest
from conformance.meter.association_state import TRANSITIONS, Event, State
from conformance.meter.model.associations import HLS_MD5, MANAGEMENT, PUBLIC, READING, SN_READING

PROFILES = (PUBLIC, READING, HLS_MD5, MANAGEMENT, SN_READING)
OWN_NAME = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 1)
BUFFER = AttributeDescriptor(7, bytes.fromhex("0100630100FF"), 2)
WRITEABLE = AttributeDescriptor(1, bytes.fromhex("000060010AFF"), 2)
SEEDS = [
    GetRequestNormal(0xC1, OWN_NAME).encode(),
    GetRequestNormal(0xC1, BUFFER, SelectiveAccess(2, octet_string(b"x"))).encode(),
    GetRequestNext(0xC1, 1).encode(),
    GetRequestWithList(0xC1, ((OWN_NAME, None), (WRITEABLE, None))).encode(),
    SetRequestNormal(0xC1, WRITEABLE, None, octet_string(b"value")).encode(),
    ActionRequestNormal(0xC1, MethodDescriptor(15, OWN_NAME.instance_id, 1), octet_string(bytes(4))).encode(),
    ReadRequest((VariableName(0xFA00), ParameterisedAccess(0xFA08, 1, octet_string(b"")))).encode(),
    WriteRequest((VariableName(0x0208),), (octet_string(b"value"),)).encode(),
    bytes.fromhex("6203800100"),
]
STAGES = ("idle", "opened", "established")


@st.composite
def mutants(draw):
    """A valid request with a few octets changed, cut or added."""
    octets = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(octets) - 1))
        match draw(st.sampled_from(("replace", "cut", "insert"))):
            case "replace":
                octets[place] = draw(st.integers(0, 255))
            case "cut" if place:
                del octets[place:]
            case _:
                octets[place:place] = draw(st.binary(max_size=6))
    return bytes(octets)


garbage = st.one_of(st.binary(min_size=0, max_size=64), mutants())
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def brought_to(bench, profile, stage):
    client = bench.client(profile)
    if stage == "opened":
        client.open()
    elif stage == "established":
        client.establish()
    return client


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
@given(st.lists(garbage, min_size=1, max_size=4))
@quick
def test_garbage_does_no_harm(bench, profile, stage, messages):
    client = brought_to(bench, profile, stage)
    for octets in messages:
        reply = client.send(octets)
        assert reply is None or (reply and (not octets or octets[0] != 0x16))
    client.counter = max(client.counter, 0 if profile is not MANAGEMENT else received(bench))
    client.connection.link_lost(None, None)
    assert client.establish().alive()


@pytest.mark.parametrize("protection", ["glo", "general-glo", "ded"])
@given(st.lists(garbage.filter(bool), min_size=1, max_size=4))
@quick
def test_garbage_under_protection_does_no_harm(bench, protection, messages):
    client = bench.client(MANAGEMENT, protection)
    client.establish(initiate={"dedicated_key": bytes(16)} if protection == "ded" else {})
    for octets in messages:
        if protection == "general-glo" or octets[0] in (0xC0, 0xC1, 0xC3):
            client.send(client.protect(octets, protection))
    assert client.alive()


@given(st.binary(max_size=80))
@quick
def test_a_user_information_of_any_octets_does_no_harm(bench, octets):
    client = bench.client(PUBLIC)
    client.open(user_information=octets)
    assert client.establish().alive()


@given(st.data())
@quick
def test_a_mutated_aarq_does_no_harm(bench, data):
    client = bench.client(data.draw(st.sampled_from(PROFILES)))
    octets = bytearray(client.aarq())
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    client.send(bytes(octets))
    client.connection.link_lost(None, None)
    assert client.establish().alive()


@given(st.integers(0, 0xFFFF), st.sampled_from(SEEDS[:4]))
@quick
def test_no_reply_is_longer_than_the_client_takes(bench, size, request_):
    if size == 0 or size >= 12:
        client = bench.client(READING).establish(initiate={"client_max_receive_pdu_size": size})
        reply = client.send(request_)
        assert size == 0 or len(reply) <= size


@given(st.integers(12, 300))
@quick
def test_no_protected_reply_is_longer_than_the_client_takes(bench, size):
    client = bench.client(MANAGEMENT)
    client.open(initiate={"client_max_receive_pdu_size": size})
    if size >= 64:
        assert client.pass_3().result == 0
    for request in SEEDS[:5]:
        assert len(client.send(client.protect(request, "glo"))) <= size


def received(bench):
    return bench.server.devices[1].security.received_invocation_counter


def test_every_event_has_its_row_in_every_state():
    assert set(TRANSITIONS) == {(state, event) for state in State for event in Event}


def test_an_initiate_request_in_place_of_an_aarq_is_refused(bench):
    client = bench.client(PUBLIC)
    assert client.send(InitiateRequest(PUBLIC.conformance).encode()).hex() == "d80101"
