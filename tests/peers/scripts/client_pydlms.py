"""pydlms-client reads a meter: association, clock, object list, release.

Settings come as JSON on standard input; what was found goes as JSON to standard output.
"""

import json
import sys

from pydlms import DlmsClient, Mechanism, SecurityContext

LEVELS = {"none": Mechanism.NONE, "lls": Mechanism.LLS, "hls-gmac": Mechanism.HLS_GMAC}


def main():
    wanted = json.load(sys.stdin)
    settings = {"mechanism": LEVELS[wanted["security"]]}
    if wanted["security"] == "lls":
        settings["password"] = wanted["password"].encode()
    if wanted["security"] == "hls-gmac":
        settings["security"] = SecurityContext(
            bytes.fromhex(wanted["encryption_key"]),
            bytes.fromhex(wanted["authentication_key"]),
            client_system_title=bytes.fromhex(wanted["system_title"]),
            invocation_counter=wanted["invocation_counter"],
        )
    client = DlmsClient.tcp(
        "127.0.0.1", wanted["port"], client_sap=wanted["client_sap"], hdlc=wanted["hdlc"], timeout=5, **settings
    )
    with client:
        clock = client.get_clock()
        names = [str(entry.logical_name) for entry in client.get_association_view()]
    print(json.dumps({"clock": clock.to_bytes().hex(), "objects": names}))


main()
