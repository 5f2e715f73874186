"""dlms-cosem reads a meter: association, clock, object list, release.

Settings come as JSON on standard input; what was found goes as JSON to standard output.
"""

import json
import sys

from dlms_cosem import cosem, enumerations
from dlms_cosem.client import DlmsClient
from dlms_cosem.io import BlockingTcpIO, HdlcTransport, TcpTransport
from dlms_cosem.parsers import AssociationObjectListParser
from dlms_cosem.security import (
    HighLevelSecurityGmacAuthentication,
    LowLevelSecurityAuthentication,
    NoSecurityAuthentication,
)
from dlms_cosem.utils import parse_as_dlms_data


def main():
    wanted = json.load(sys.stdin)
    transport = (HdlcTransport if wanted["hdlc"] else TcpTransport)(
        client_logical_address=wanted["client_sap"],
        server_logical_address=wanted["server_sap"],
        io=BlockingTcpIO("127.0.0.1", wanted["port"], timeout=5),
        timeout=5,
    )
    keys = {}
    if wanted["security"] == "none":
        authentication = NoSecurityAuthentication()
    elif wanted["security"] == "lls":
        authentication = LowLevelSecurityAuthentication(secret=wanted["password"].encode())
    else:
        authentication = HighLevelSecurityGmacAuthentication(challenge_length=32)
        keys = {
            "encryption_key": bytes.fromhex(wanted["encryption_key"]),
            "authentication_key": bytes.fromhex(wanted["authentication_key"]),
            "client_system_title": bytes.fromhex(wanted["system_title"]),
            "client_initial_invocation_counter": wanted["invocation_counter"],
        }
    client = DlmsClient(transport=transport, authentication=authentication, max_pdu_size=1024, **keys)
    with client.session() as session:
        attribute = cosem.CosemAttribute(enumerations.CosemInterface.CLOCK, cosem.Obis(0, 0, 1, 0, 0, 255), 2)
        clock = bytes(parse_as_dlms_data(session.get(attribute)))
        attribute = cosem.CosemAttribute(enumerations.CosemInterface.ASSOCIATION_LN, cosem.Obis(0, 0, 40, 0, 0, 255), 2)
        objects = AssociationObjectListParser.parse_bytes(session.get(attribute))
    print(json.dumps({"clock": clock.hex(), "objects": [item.logical_name.to_string(".") for item in objects]}))


main()
