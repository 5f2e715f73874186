"""Clients that were not written beside the embedded meter associate with it, read it and release it."""

import json
import subprocess
from dataclasses import replace

import pytest

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.reader import decode
from conformance.link.server import TcpServer
from conformance.meter.meter import build
from conformance.meter.model.associations import (
    CLIENT_SYSTEM_TITLE,
    HLS_MD5,
    HLS_SHA1,
    HLS_SHA256,
    MANAGEMENT,
    MANAGEMENT_KEYS,
    PUBLIC,
    READING,
    SN_PUBLIC,
    SN_READING,
)
from tests.peers.peer_environment import SCRIPTS

CLIENTS = ("pydlms", "gurux", "dlms_cosem")
SHORT_NAME_CLIENTS = ("pydlms", "gurux")
"""dlms-cosem knows logical names only."""
LLS_CIPHERED = replace(
    MANAGEMENT, name="lls-ciphered", client_sap=8, instance=8, mechanism=Mechanism.LLS, secret=b"Conform1"
)
OFFERED = {
    "none": PUBLIC,
    "lls": replace(READING, users=()),
    "hls-md5": HLS_MD5,
    "hls-sha1": HLS_SHA1,
    "hls-sha256": HLS_SHA256,
    "hls-gmac": MANAGEMENT,
    "lls-ciphered": LLS_CIPHERED,
}
"""These clients send no calling-AE-invocation-id: the reading client is offered without client users."""
BY_SHORT_NAMES = {"none": SN_PUBLIC, "lls": SN_READING}


RELEASED = {"wrapper": bytes.fromhex("63"), "hdlc": bytes.fromhex("E6E70063")}
"""How the meter's RLRE begins, after the wrapper header or in the information field of a frame."""


class Overheard:
    """An endpoint of the meter, and what it sent."""

    def __init__(self, endpoint, sent):
        self._endpoint = endpoint
        self._sent = sent

    def __getattr__(self, name):
        return getattr(self._endpoint, name)

    def outgoing(self, now):
        due = self._endpoint.outgoing(now)
        self._sent.extend(octets for _, octets in due)
        return due


@pytest.fixture(params=["wrapper", "hdlc"])
def served(request):
    meter = build(profile=request.param, profiles=(*OFFERED.values(), *BY_SHORT_NAMES.values()))
    sent = []
    with TcpServer(lambda: Overheard(meter.endpoint(), sent)) as server:
        yield meter.profile, server.port, sent


def converse(python, client, port, security, *, hdlc, short_names=False, protection=None):
    """What a client finds; it has half a minute."""
    offered = (BY_SHORT_NAMES if short_names else OFFERED)[security]
    wanted = {
        "port": port,
        "hdlc": hdlc,
        "short_names": short_names,
        "security": security,
        "protection": protection or ("glo" if offered.context.ciphered else None),
        "client_sap": offered.client_sap,
        "server_sap": offered.server_sap,
        "password": (offered.secret or b"").decode(),
        "encryption_key": MANAGEMENT_KEYS.global_unicast.hex(),
        "authentication_key": MANAGEMENT_KEYS.authentication.hex(),
        "system_title": CLIENT_SYSTEM_TITLE.hex(),
        "invocation_counter": 1000,
    }
    done = subprocess.run(
        [str(python), str(SCRIPTS / f"client_{client}.py")],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("security", ["none", "lls", "hls-gmac"])
def test_a_foreign_client_associates_reads_clock_and_object_list_and_releases(peer_python, served, client, security):
    profile, port, sent = served

    found = converse(peer_python, client, port, security, hdlc=profile == "hdlc")

    assert_read_and_released(found, profile, sent)


@pytest.mark.parametrize("client", SHORT_NAME_CLIENTS)
@pytest.mark.parametrize("security", ["none", "lls"])
def test_a_foreign_client_does_the_same_by_short_names(peer_python, served, client, security):
    profile, port, sent = served

    found = converse(peer_python, client, port, security, hdlc=profile == "hdlc", short_names=True)

    assert_read_and_released(found, profile, sent)


@pytest.mark.parametrize("security", ["hls-md5", "hls-sha1", "hls-sha256"])
def test_a_foreign_client_proves_itself_by_every_mechanism(peer_python, served, security):
    profile, port, sent = served

    found = converse(peer_python, "pydlms", port, security, hdlc=profile == "hdlc")

    assert_read_and_released(found, profile, sent)


@pytest.mark.parametrize("protection", ["ded", "general-glo", "general-ded"])
def test_a_foreign_client_reads_in_every_protection(peer_python, served, protection):
    profile, port, sent = served

    # LLS: the client ciphers pass 3 of HLS under the dedicated key, and the meter takes it under the global one only.
    found = converse(peer_python, "pydlms", port, "lls-ciphered", hdlc=profile == "hdlc", protection=protection)

    assert_read_and_released(found, profile, sent)


def assert_read_and_released(found, profile, sent):
    assert decode(bytes.fromhex(found["clock"]), CosemDateTime.read, "date-time").year is not None
    assert {"0.0.1.0.0.255", "0.0.40.0.0.255", "1.0.1.8.0.255"} <= set(found["objects"])
    assert len(found["objects"]) == len(set(found["objects"]))
    assert any(octets.find(RELEASED[profile], 8) == 8 for octets in sent), "the meter sent no RLRE"
