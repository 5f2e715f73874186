"""What is asked to see that an association is served, and what answers it."""

from dataclasses import replace

import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Acceptance
from conformance.dlms import apdu
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.tester.expectation import Situation
from conformance.tester.liveness import ALIVE, asked_for
from conformance.tester.reaction import Reply

NAME = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 1)
REGISTER = AttributeDescriptor(3, bytes.fromhex("0100010800FF"), 2)


@pytest.fixture(scope="module")
def device():
    return load(find_device_config("simulator"))


def with_alive(settings, attribute):
    return replace(settings, targets=replace(settings.targets, alive=attribute))


def test_the_logical_name_of_the_current_association_is_asked_for(device):
    assert asked_for(device.association("public")) == NAME
    assert asked_for(device.association("sn-public")) == VariableName(0xFA00)


def test_what_the_device_config_names_is_asked_for_instead_by_short_names_too(device):
    assert asked_for(with_alive(device.association("public"), REGISTER)) == REGISTER
    assert asked_for(with_alive(device.association("sn-public"), REGISTER)) == VariableName(0x0100 + 8)


@pytest.mark.parametrize(
    ("octets", "by_default", "declared"),
    [
        ("C401C10009060000280000FF", True, True),
        ("C401C1000600000001", False, True),
        ("C401C1010B", False, False),
        ("D80101", False, False),
    ],
)
def test_its_name_answers_and_any_data_where_something_else_is_declared(device, octets, by_default, declared):
    raw = bytes.fromhex(octets)
    reply = Reply(frame=0, apdu=raw, plain=raw, value=apdu.decode(raw))
    public = device.association("public")

    assert ALIVE.judge(reply, Situation(public, Acceptance.STRICT)).passed is by_default
    assert ALIVE.judge(reply, Situation(with_alive(public, REGISTER), Acceptance.STRICT)).passed is declared
