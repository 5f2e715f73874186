"""Whatever octets come under whatever protection, the meter does not fall over, gives no key away and serves on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.device.model import Protection
from conformance.dlms.data import codec
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import MethodDescriptor
from tests.meter.suite_client import GET, SECURITY_SETUP, Meter

FORMS = tuple(form for form in Protection if form is not Protection.NONE)
quick = settings(max_examples=40, deadline=None)
identification = st.builds(
    lambda kind, entity, use, octets: structure(enum(kind), structure(enum(entity), enum(use), octet_string(octets))),
    *(st.integers(0, 3),) * 3,
    st.binary(max_size=9),
)
key_items = st.lists(
    st.builds(
        lambda number, octets: structure(enum(number), octet_string(octets)), st.integers(0, 4), st.binary(max_size=200)
    ),
    max_size=3,
).map(lambda items: array(*items))
parameters = st.one_of(
    identification, key_items, st.integers(0, 255).map(enum), st.binary(max_size=400).map(octet_string)
)


@st.composite
def mutants(draw, octets):
    """An APDU with a few octets changed, cut or added."""
    changed = bytearray(octets)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(changed) - 1))
        match draw(st.sampled_from(("replace", "cut", "insert"))):
            case "replace":
                changed[place] = draw(st.integers(0, 255))
            case "cut" if place:
                del changed[place:]
            case _:
                changed[place:place] = draw(st.binary(max_size=6))
    return bytes(changed)


def established(suite, association="management"):
    meter = Meter(suite)
    return meter.client(association).establish(dedicated=association == "management")


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize(
    "association", ["management", "management-wrapped", "management-one-pass", "management-static"]
)
@given(data=st.data())
@quick
def test_damaged_protection_does_no_harm(suite, association, data):
    client = established(suite, association)
    form = data.draw(st.sampled_from(FORMS)) if association == "management" else Protection.GENERAL_CIPHERING
    octets = data.draw(mutants(client.security.protect(GET, form)))
    reply = client.send(octets)
    assert reply is None or reply
    client.connection.link_lost(None, None)
    client.security.next_global_counter = iter(range(0x7FFF_0000, 0x7FFF_FFFF)).__next__
    client.establish()
    assert client.alive()


@pytest.mark.parametrize("suite", [0, 1, 2])
@given(inside=st.one_of(st.binary(max_size=80), mutants(GET)), data=st.data())
@quick
def test_whatever_stands_inside_right_protection_does_no_harm(suite, inside, data):
    client = Meter(suite, policy=0).client().establish(dedicated=True)
    forms = FORMS if suite else [form for form in FORMS if form.ciphered and not form.signed]
    form = data.draw(st.sampled_from([form for form in forms if form not in (Protection.GLO, Protection.DED)]))
    client.send(client.security.protect(inside, form))
    client.connection.link_lost(None, None)
    assert client.establish().alive()


@pytest.mark.parametrize("suite", [0, 1, 2])
@given(method=st.integers(0, 9), value=parameters)
@quick
def test_whatever_a_method_of_security_setup_is_given_it_answers(suite, method, value):
    client = established(suite)
    request = ActionRequestNormal(0xC1, MethodDescriptor(64, SECURITY_SETUP, method), value)
    keys = {client.settings.encryption_key.reveal(), client.settings.master_key.reveal()}
    octets, protected = client.security.open(client.send(client.security.protect(request.encode(), Protection.GLO)))
    assert protected is not None
    assert protected.error is None
    assert octets[0] in (0xC7, 0xD8)
    assert all(key not in octets for key in keys if key not in codec.encode(value))
