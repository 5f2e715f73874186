"""Clients that were not written beside the embedded meter associate with it, read it and release it."""

import json
import subprocess
from dataclasses import replace

import pytest

from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.reader import decode
from conformance.link.server import TcpServer
from conformance.meter.meter import build
from conformance.meter.model.associations import CLIENT_SYSTEM_TITLE, MANAGEMENT, MANAGEMENT_KEYS, PUBLIC, READING
from tests.peers.peer_environment import SCRIPTS

CLIENTS = ("pydlms", "gurux", "dlms_cosem")
# These clients send no calling-AE-invocation-id: the reading client is offered without client users.
PROFILES = (PUBLIC, replace(READING, users=()), MANAGEMENT)
SAPS = {"none": 16, "lls": 2, "hls-gmac": 1}


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
    meter = build(profile=request.param, profiles=PROFILES)
    sent = []
    with TcpServer(lambda: Overheard(meter.endpoint(), sent)) as server:
        yield meter.profile, server.port, sent


def converse(python, client, port, security, *, hdlc):
    """What a client finds; it has half a minute."""
    wanted = {
        "port": port,
        "hdlc": hdlc,
        "security": security,
        "client_sap": SAPS[security],
        "password": READING.secret.decode(),
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
@pytest.mark.parametrize("security", SAPS)
def test_a_foreign_client_associates_reads_clock_and_object_list_and_releases(peer_python, served, client, security):
    profile, port, sent = served

    found = converse(peer_python, client, port, security, hdlc=profile == "hdlc")

    assert decode(bytes.fromhex(found["clock"]), CosemDateTime.read, "date-time").year is not None
    assert "0.0.1.0.0.255" in found["objects"]
    assert "0.0.40.0.0.255" in found["objects"]
    assert len(found["objects"]) == len(set(found["objects"])) > 5
    assert any(octets.find(RELEASED[profile], 8) == 8 for octets in sent), "the meter sent no RLRE"
