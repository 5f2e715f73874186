"""Association objects and Security setup tell the truth of the association that asks."""

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from conformance.cosem.names import CURRENT_ASSOCIATION, SECURITY_SETUP
from conformance.cosem.obis import octets_of
from conformance.dlms.data.values import (
    array,
    bit_string,
    enum,
    integer,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
    visible_string,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.associations import HLS_MD5, MANAGEMENT, PUBLIC, READING
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.session import AssociationStatus, MethodOutcome, Session

MASTER = MANAGEMENT.keys.master
NEW_KEY = bytes(range(16, 32))


@pytest.fixture
def device():
    return logical_devices()[1]


@pytest.fixture
def session(device):
    opened = Session(
        READING,
        status=AssociationStatus.ASSOCIATED,
        conformance=frozenset((ConformanceBit.GET, ConformanceBit.ACTION)),
        client_max_receive_pdu_size=512,
        current_user=100,
    )
    device.sessions.append(opened)
    return opened


def get(device, session, attribute, name=CURRENT_ASSOCIATION):
    return device.read(AttributeDescriptor(15, name, attribute), None, session, 0.0)


def test_the_current_association_agrees_with_the_link(device, session):
    assert get(device, session, 3) == structure(integer(2), long_unsigned(1))
    assert get(device, session, 4).value[-2:] == (unsigned(1), unsigned(1))
    assert get(device, session, 6).value[-2:] == (unsigned(2), unsigned(1))
    bits = "0" * 19 + "1" + "000" + "1"
    assert get(device, session, 5) == structure(
        bit_string(bits), long_unsigned(1024), long_unsigned(512), unsigned(6), integer(0), octet_string(b"")
    )
    assert get(device, session, 8) == enum(2)
    assert get(device, session, 10).value[1] == structure(unsigned(100), visible_string("installer"))
    assert get(device, session, 11) == structure(unsigned(100), visible_string("installer"))


def test_the_secret_is_not_readable(device, session):
    assert get(device, session, 7) is DataAccessResult.READ_WRITE_DENIED


def test_an_instance_shows_its_own_association_whoever_asks(device, session):
    public = octets_of("0-0:40.0.1.255")
    assert get(device, session, 8, public) == enum(0)
    assert get(device, session, 3, public) == structure(integer(16), long_unsigned(1))
    manager = Session(MANAGEMENT, status=AssociationStatus.ASSOCIATED)
    reading = octets_of("0-0:40.0.2.255")
    assert get(device, manager, 8, reading) == enum(2)
    assert get(device, manager, 11, reading) == structure(unsigned(100), visible_string("installer"))
    assert get(device, manager, 9) == octet_string(SECURITY_SETUP)


def test_the_public_client_sees_no_association_but_its_own(device):
    assert get(device, Session(PUBLIC), 3, octets_of("0-0:40.0.3.255")) is DataAccessResult.OBJECT_UNDEFINED


class Hooks:
    def reply_to_hls_authentication(self, _session, reply, _now):
        return MethodOutcome(ActionResult.SUCCESS, octet_string(reply[::-1]))


def test_reply_to_hls_is_the_servers_business(device):
    method = MethodDescriptor(15, CURRENT_ASSOCIATION, 1)
    opened = Session(HLS_MD5, hooks=Hooks())
    assert device.invoke(method, octet_string(b"ab"), opened, 0.0) == MethodOutcome(
        ActionResult.SUCCESS, octet_string(b"ba")
    )
    assert device.invoke(method, None, opened, 0.0).result is ActionResult.TYPE_UNMATCHED
    lls = Session(READING, hooks=Hooks())
    assert device.invoke(method, octet_string(b"ab"), lls, 0.0).result is ActionResult.READ_WRITE_DENIED


def test_an_hls_secret_can_be_changed_by_its_own_association(device):
    method = MethodDescriptor(15, CURRENT_ASSOCIATION, 2)
    assert device.invoke(method, octet_string(b"short"), Session(HLS_MD5), 0.0).result is ActionResult.OTHER_REASON
    assert device.secret(HLS_MD5) == b"MD5-secret-16oct"
    assert device.invoke(method, octet_string(NEW_KEY), Session(HLS_MD5), 0.0).result is ActionResult.SUCCESS
    assert device.secret(HLS_MD5) == NEW_KEY
    denied = device.invoke(method, octet_string(NEW_KEY), Session(MANAGEMENT), 0.0)
    assert denied.result is ActionResult.READ_WRITE_DENIED


def transfer(device, *pairs):
    parameters = array(*(structure(enum(key_id), octet_string(wrapped)) for key_id, wrapped in pairs))
    return device.invoke(MethodDescriptor(64, SECURITY_SETUP, 2), parameters, Session(MANAGEMENT), 0.0).result


def test_keys_change_together_or_not_at_all(device):
    wrapped = aes_key_wrap(MASTER, NEW_KEY)
    damaged = bytes([wrapped[0] ^ 1]) + wrapped[1:]
    assert transfer(device, (0, wrapped), (2, damaged)) is ActionResult.OTHER_REASON
    assert device.security.global_unicast_key == MANAGEMENT.keys.global_unicast
    assert transfer(device, (9, wrapped)) is ActionResult.OTHER_REASON
    assert transfer(device, (0, aes_key_wrap(MASTER, bytes(32)))) is ActionResult.OTHER_REASON
    assert transfer(device, (0, b"")) is ActionResult.OTHER_REASON
    assert transfer(device) is ActionResult.TYPE_UNMATCHED
    assert transfer(device, (0, wrapped), (2, wrapped)) is ActionResult.SUCCESS
    assert device.security.global_unicast_key == device.security.authentication_key == NEW_KEY


def test_the_policy_is_strengthened_only(device):
    method = MethodDescriptor(64, SECURITY_SETUP, 1)

    def activate(policy):
        return device.invoke(method, enum(policy), Session(MANAGEMENT), 0.0).result

    assert device.security.required_of_requests.control == 0x30
    assert activate(1) is ActionResult.OTHER_REASON
    device.security.security_policy = 0
    assert activate(4) is ActionResult.OTHER_REASON
    assert activate(1) is ActionResult.SUCCESS
    assert activate(2) is ActionResult.OTHER_REASON
    assert activate(3) is ActionResult.SUCCESS
