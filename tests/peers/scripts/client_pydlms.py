"""pydlms-client reads a meter: association, clock, object list, release.

Settings come as JSON on standard input; what was found goes as JSON to standard output.
"""

import json
import sys

from pydlms import DlmsClient, Mechanism, SecurityContext

LEVELS = {
    "none": Mechanism.NONE,
    "lls": Mechanism.LLS,
    "hls-md5": Mechanism.HLS_MD5,
    "hls-sha1": Mechanism.HLS_SHA1,
    "hls-gmac": Mechanism.HLS_GMAC,
    "hls-sha256": Mechanism.HLS_SHA256,
    "lls-ciphered": Mechanism.LLS,
}


def main():
    wanted = json.load(sys.stdin)
    settings = {"mechanism": LEVELS[wanted["security"]], "logical_names": not wanted["short_names"]}
    if wanted["security"] not in ("none", "hls-gmac"):
        settings["password"] = wanted["password"].encode()
    if wanted["security"] == "hls-sha256":
        settings["client_system_title"] = bytes.fromhex(wanted["system_title"])
    if wanted["protection"] is not None:
        settings["security"] = SecurityContext(
            bytes.fromhex(wanted["encryption_key"]),
            bytes.fromhex(wanted["authentication_key"]),
            client_system_title=bytes.fromhex(wanted["system_title"]),
            invocation_counter=wanted["invocation_counter"],
        )
        settings["protection"] = wanted["protection"].replace("ded", "glo")
        settings["use_dedicated_key"] = wanted["protection"].endswith("ded")
    client = DlmsClient.tcp(
        "127.0.0.1",
        wanted["port"],
        client_sap=wanted["client_sap"],
        server_logical=wanted["server_sap"],
        hdlc=wanted["hdlc"],
        timeout=5,
        **settings,
    )
    with client:
        clock = client.get_clock()
        names = [str(entry.logical_name) for entry in client.get_association_view()]
    print(json.dumps({"clock": clock.to_bytes().hex(), "objects": names}))


main()
