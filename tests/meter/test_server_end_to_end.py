"""The meter behind its data link, reached over a link in virtual time."""

import pytest

from conformance.dlms.wrapper import WrapperPdu
from conformance.link.loopback import LoopbackLink
from conformance.meter.meter import build

AARQ = bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")
AARE = bytes.fromhex("6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F04000052140400" + "0007")
GET = bytes.fromhex("C001C1000F0000280000FF0100")
NAME = bytes.fromhex("C401C10009060000280000FF")
REFUSED = bytes.fromhex("D80101")


def wrapper(**options):
    link = LoopbackLink(build(profile="wrapper", **options).endpoint)
    link.open()
    return link


def ask(link, octets, server=1, client=16):
    link.send(WrapperPdu(client, server, octets).encode())
    reply = link.receive(link.clock.now() + 5)
    return reply[8:]


def test_an_association_over_the_wrapper():
    link = wrapper()
    assert ask(link, GET) == REFUSED
    assert ask(link, AARQ) == AARE
    assert ask(link, GET) == NAME
    assert ask(link, bytes.fromhex("6203800100")) == bytes.fromhex("6303800100")
    assert ask(link, GET) == REFUSED


def test_a_new_connection_begins_without_an_association():
    link = wrapper()
    ask(link, AARQ)
    link.open()
    assert ask(link, GET) == REFUSED


def test_a_kept_association_outlives_its_connection():
    link = wrapper(defects={"link-drop-keeps-association"})
    ask(link, AARQ)
    link.open()
    assert ask(link, GET) == NAME


def test_connections_share_the_meter_but_not_its_associations():
    meter = build(profile="wrapper")
    first, second = LoopbackLink(meter.endpoint), LoopbackLink(meter.endpoint)
    first.open()
    second.open()
    assert ask(first, AARQ) == AARE
    assert ask(second, GET) == REFUSED
    assert ask(second, AARQ) == AARE
    second.close()
    assert ask(first, GET) == NAME


def test_an_unknown_client_or_device_gets_no_answer():
    link = wrapper()
    assert ask(link, AARQ, client=99) == b""
    assert ask(link, AARQ, server=99) == b""
    assert ask(link, AARQ) == AARE


def test_the_link_is_set_up_and_idles_out_over_hdlc():
    link = LoopbackLink(build(inactivity_timeout_s=60).endpoint)
    link.open()
    snrm, receive_ready = bytes.fromhex("7EA0070321930F017E"), bytes.fromhex("7EA00703211115A67E")
    link.send(snrm)
    assert link.receive(5).startswith(bytes.fromhex("7EA007210373"))
    link.receive(link.clock.now() + 50)
    link.send(receive_ready)
    assert link.receive(link.clock.now() + 5)[5] == 0x11
    link.receive(link.clock.now() + 61)
    link.send(receive_ready)
    assert link.receive(link.clock.now() + 5)[5] == 0x1F


def test_an_unknown_communication_profile_is_named():
    with pytest.raises(ValueError, match="'serial'; the meter speaks 'hdlc' or 'wrapper'"):
        build(profile="serial")


def test_the_same_seed_makes_the_same_meter():
    def stoc(seed):
        connection = build(seed=seed).server.connect()
        aarq = bytes.fromhex(
            "6036A1090607608574050801018A0207808B0760857405080203AC0A80083132333435363738BE10040E01000000065F1F0400"
            "1C1BFF0400"
        )
        return connection.request(3, 1, aarq, 0.0)

    assert stoc(1) == stoc(1) != stoc(2)
