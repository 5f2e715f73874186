"""The simulator of pydlms-client as a meter on a free port of the loopback interface.

Standard input: one line of JSON, `{"hdlc": bool, "system_title": hex, "encryption_key": hex, "authentication_key": hex,
"max_pdu": int, "clients": [{"sap": int, "mechanism": int, "secret": hex or null, "ciphered": bool}]}`. Standard output:
one line with the port. It serves until standard input is closed, so that it never outlives the one that started it.

Three methods of its own make it a meter that goes: of Script table 0-0:10.0.199.255, method 1 ends the process, 2 never
comes back and keeps every other client waiting, 3 does so with the processor busy.
"""

import json
import os
import sys
import threading

from pydlms import DlmsData, Mechanism
from pydlms.simulator import ClientProfile, example_meter, serve

ASSOCIATION = bytes((0, 0, 40, 0, 0, 255))
DEADLY = "0.0.10.0.199.255"


def octets(text):
    return bytes.fromhex(text) if text is not None else None


def spin():
    while True:
        pass


def main():
    wanted = json.loads(sys.stdin.readline())
    meter = example_meter(
        system_title=octets(wanted["system_title"]),
        encryption_key=octets(wanted["encryption_key"]),
        authentication_key=octets(wanted["authentication_key"]),
        max_pdu=wanted["max_pdu"],
    )
    # Without it the simulator has no current association object, and its logical name cannot be read.
    meter.add_object(15, "0.0.40.0.0.255", {1: DlmsData.octet_string(ASSOCIATION)}, version=1)
    meter.add_object(9, DEADLY, {})
    meter.add_method(9, DEADLY, 1, lambda meter, parameters: os._exit(1))
    meter.add_method(9, DEADLY, 2, lambda meter, parameters: threading.Event().wait())
    meter.add_method(9, DEADLY, 3, lambda meter, parameters: spin())
    meter.clients.clear()
    for client in wanted["clients"]:
        meter.clients[client["sap"]] = ClientProfile(
            Mechanism(client["mechanism"]), secret=octets(client["secret"]), ciphered=client["ciphered"]
        )
    server = serve(meter, hdlc=wanted["hdlc"])
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    os._exit(0)


main()
